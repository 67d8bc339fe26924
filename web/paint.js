// @ts-check
// What the page knows, put on the screen. Text only ever goes in as text.
import { parts } from './captions.js';
import { level } from './sound.js';
import { STATES, moodOf, stateOf } from './words.js';

/** @typedef {typeof import('./app.js').page} Page */
/** @typedef {import('./captions.js').Line} Line */
/**
 * @typedef {object} Hands
 * @property {() => Promise<unknown>} talk
 * @property {(text: string) => Promise<boolean>} write
 * @property {() => Promise<unknown>} again
 * @property {(key: string) => Promise<boolean>} unlock
 */

const NAMES = { user: 'You', agent: 'Agent' };

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function found(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new TypeError(`the page has no ${id}`);
  return element;
}

const talk = found('talk', HTMLButtonElement);
const state = found('state', HTMLElement);
const meter = found('level', HTMLElement);
const captions = found('captions', HTMLElement);
const spoken = found('spoken', HTMLElement);
const trouble = found('trouble', HTMLElement);
const troubleText = found('trouble-text', HTMLElement);
const again = found('again', HTMLButtonElement);
const unlock = found('unlock', HTMLFormElement);
const key = found('key', HTMLInputElement);
const write = found('write', HTMLFormElement);
const text = found('text', HTMLInputElement);

/** @type {Map<string, { line: Line, element: HTMLElement }>} */
const shown = new Map();
/** @type {Hands | null} */
let hands = null;
let follows = true; // the newest line is in sight, and stays so

/** @param {Page} page @param {Hands} theirs */
export function paint(page, theirs) {
  hands = theirs;
  paintTalk(page);
  paintTrouble(page);
  paintLines(page.call.lines);
  if (follows) captions.scrollTop = captions.scrollHeight;
}

/** @param {Page} page */
function paintTalk(page) {
  const now = stateOf(page);
  put(state, STATES[now]);
  put(talk, page.microphone ? 'Stop' : 'Talk');
  document.body.dataset.state = now;
  document.body.dataset.microphone = String(page.microphone);
  talk.setAttribute('aria-disabled', String(page.opening || page.link === 'opening'));
  const out = level(page.microphone && !page.speaking ? page.heard.loudness : page.said.loudness);
  talk.style.setProperty('--level', out.toFixed(2));
  const heard = level(page.heard.loudness);
  meter.style.setProperty('--level', heard.toFixed(2));
  meter.setAttribute('aria-valuenow', String(Math.round(heard * 10) * 10));
}

/** @param {Page} page */
function paintTrouble({ trouble: what }) {
  put(troubleText, what?.text ?? '');
  trouble.hidden = !what;
  again.hidden = !what?.again;
  if (unlock.hidden && what?.key) queueMicrotask(() => key.focus());
  unlock.hidden = !what?.key;
}

/** @param {readonly Line[]} lines */
function paintLines(lines) {
  const visible = lines.filter((line) => line.text.trim());
  visible.forEach(paintLine);
  const known = new Set(visible.map((line) => line.id));
  for (const [id, { element }] of shown) if (!known.has(id)) (element.remove(), shown.delete(id));
  visible.forEach((line, i) => {
    const element = shown.get(line.id)?.element;
    if (element && captions.children[i] !== element) captions.insertBefore(element, captions.children[i] ?? null);
  });
}

/** @param {Line} line */
function paintLine(line) {
  const before = shown.get(line.id);
  if (before?.line === line) return;
  const element = before?.element ?? made('li', line.who);
  const { heard, lost } = parts(line);
  const pieces = [made('span', 'who', NAMES[line.who]), made('span', 'words', heard)];
  if (lost) pieces.push(made('s', 'lost', lost));
  if (line.state === 'cut') pieces.push(made('span', 'note', 'interrupted'));
  const mood = line.mood && moodOf(line.mood);
  if (mood) pieces.push(made('span', 'mood', mood));
  element.dataset.state = line.state;
  element.replaceChildren(...pieces.flatMap((piece) => [piece, ' ']));
  shown.set(line.id, { line, element });
  if (line.state !== 'partial' && before?.line.state !== line.state) announce(line, heard);
}

/** For screen readers: whole lines only. @param {Line} line @param {string} heard */
function announce(line, heard) {
  spoken.append(made('p', '', `${NAMES[line.who]}: ${heard}`));
  while (spoken.children.length > 5) spoken.firstElementChild?.remove();
}

/** @param {string} tag @param {string} name @param {string} [words] */
function made(tag, name, words = '') {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = words;
  return element;
}

/** @param {HTMLElement} element @param {string} words */
function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

captions.addEventListener('scroll', () => {
  follows = captions.scrollHeight - captions.scrollTop - captions.clientHeight < 80;
});
document.addEventListener('keydown', ({ key: pressed }) => {
  if (pressed === 'Escape') document.querySelector('details')?.removeAttribute('open');
});
talk.addEventListener('click', () => void hands?.talk());
again.addEventListener('click', () => void hands?.again());
unlock.addEventListener('submit', async (event) => {
  event.preventDefault();
  const given = key.value.trim();
  key.value = '';
  if (!given) return;
  const next = (await hands?.unlock(given)) ? text : key; // what was typed before waits in the text
  next.focus();
});
write.addEventListener('submit', async (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words || !hands) return;
  text.value = '';
  if (!(await hands.write(words)) && !text.value) text.value = words;
});
