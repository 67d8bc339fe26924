// @ts-check
// The page itself: passes what happens to the pure modules, does what they say, and shows the rest.
import { Microphone, Speaker, lacking } from './audio.js';
import { Link } from './link.js';
import { paint } from './paint.js';
import { NOBODY, ended, greeting, heard, read, silence, stop, type } from './wire.js';
import { microphoneTrouble, stateOf, troubleOf } from './words.js';

/** @typedef {import('./wire.js').Call} Call */
/** @typedef {import('./wire.js').Effect} Effect */

const link = new Link();
/** @type {Microphone | null} */
let microphone = null;
/** @type {Promise<Speaker | null> | null} */
let speakerOpening = null;
/** @type {Speaker | null} */
let speaker = null;
let typed = 0;

/** What the page knows and shows. Tests look at it; nothing else does. */
export const page = {
  /** @type {'none' | 'opening' | 'open'} */
  link: 'none',
  microphone: false,
  opening: false, // the microphone
  wanted: false, // it was on when the line broke
  speaking: false,
  key: '', // for as long as this page lives, and nowhere else
  call: NOBODY,
  /** @type {import('./words.js').Trouble | null} */
  trouble: null,
  heard: { blocks: 0, loudness: 0, loudest: 0 },
  said: { loudness: 0, loudest: 0, playedMs: 0, cuts: 0 },
  state: () => stateOf(page),
};

// --- what the user does ----------------------------------------------------------------------------

const hands = {
  async talk() {
    if (page.opening) return;
    if (page.microphone) return rest();
    const lacks = lacking();
    if (lacks) return tell(lacks);
    page.opening = true;
    page.trouble = null;
    show();
    try {
      await begin();
    } finally {
      page.opening = false;
      show();
    }
  },

  /** @param {string} text */
  async write(text) {
    page.trouble = null;
    if (!(await connected())) return false;
    const id = `typed_${Date.now().toString(36)}_${++typed}`;
    happen(type(page.call, id, text));
    return true;
  },

  async again() {
    page.trouble = null;
    if (page.wanted) await hands.talk();
    else await connected();
  },

  /** Whether the server took it. @param {string} key */
  async unlock(key) {
    page.key = key;
    await hands.again();
    return page.link === 'open';
  },
};

async function begin() {
  page.wanted = true;
  if (!(await connected())) return;
  try {
    microphone = await Microphone.open(listen, () => tell('unplugged', '', rest));
  } catch (problem) {
    return tell(microphoneTrouble(problem));
  }
  page.microphone = page.link === 'open';
  if (!page.microphone) mute();
}

/** Stop listening and speaking; the conversation may go on. */
function rest() {
  page.wanted = false;
  mute();
  happen(stop(page.call));
}

function mute() {
  microphone?.close();
  microphone = null;
  page.microphone = false;
  page.heard.loudness = 0;
}

// --- the line --------------------------------------------------------------------------------------

/** Whether there is a line, and as good a loudspeaker as there can be. */
async function connected() {
  const sound = lacking() ? null : await loudspeaker();
  if (page.link !== 'none') return page.link === 'open';
  page.link = 'opening';
  show();
  const problem = await link.open(page.key, { heard: receive, closed: lost });
  page.link = problem ? 'none' : 'open';
  if (problem) tell(problem);
  else link.send(greeting(sound !== null));
  show();
  return !problem;
}

/** @param {Record<string, any>} message */
function receive(message) {
  happen(read(page.call, message));
}

/** @param {string} code */
function lost(code) {
  const { wanted } = page;
  link.close();
  mute();
  speaker?.flush();
  page.wanted = wanted;
  page.link = 'none';
  page.call = ended(page.call);
  if (!page.trouble?.again) tell(code); // it may have said why
  show();
}

/** @param {[Call, Effect[]]} after */
function happen([call, effects]) {
  page.call = call;
  effects.forEach(act);
  show();
}

/** @param {Effect} effect */
function act(effect) {
  if (effect.do === 'play') speaker?.play(effect.item, effect.audio);
  if (effect.do === 'end') speaker?.end();
  if (effect.do === 'flush') speaker?.flush();
  if (effect.do === 'send') link.send(effect.message);
  if (effect.do === 'tell') tell(effect.code, effect.detail);
}

/** @param {string} code @param {string} [detail] @param {() => void} [first] */
function tell(code, detail, first) {
  first?.();
  page.trouble = troubleOf(code, detail);
  show();
}

// --- sound -----------------------------------------------------------------------------------------

/** @param {import('./audio.js').Block} block */
function listen({ pcm, loudness }) {
  if (!page.microphone) return;
  if (!link.send(heard(pcm)) && page.link === 'open') tell('slow');
  const { blocks, loudest } = page.heard;
  page.heard = { blocks: blocks + 1, loudness, loudest: Math.max(loudest, loudness) };
  show();
}

/** Opened once, after the user did something: before that a browser lets nothing sound. */
async function loudspeaker() {
  speakerOpening ??= Speaker.open(playing, flushed).catch(() => null);
  speaker = await speakerOpening;
  if (!speaker) speakerOpening = null;
  speaker ? speaker.resume().catch(() => tell('silent')) : tell('silent');
  return speaker;
}

/** @param {import('./audio.js').Report} report */
function playing(report) {
  page.speaking = report.playing;
  const loudest = Math.max(page.said.loudest, report.loudness);
  page.said = { ...page.said, loudest, loudness: report.playing ? report.loudness : 0, playedMs: report.playedMs };
  show();
}

/** @param {import('./audio.js').Cut} cut */
function flushed(cut) {
  if (!cut) return;
  page.said.cuts += 1;
  happen(silence(page.call, cut.item, cut.playedMs));
}

// --- showing ---------------------------------------------------------------------------------------

let due = false;

/** Once for all that happens before the next picture. */
function show() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    paint(page, hands);
  });
}

const lacks = lacking();
if (lacks) tell(lacks);
show();
