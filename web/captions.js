// @ts-check
// Who said what, line by line. Pure: every function returns the lines as they are afterwards.

export const MOST_LINES = 200;
const UNCLEAR = '[unclear]'; // what the server writes for words that were not understood

/**
 * @typedef {object} Line
 * @property {string} id the item's
 * @property {'user' | 'agent'} who
 * @property {string} text
 * @property {'partial' | 'final' | 'cut'} state
 * @property {string} [heard] of a reply that was cut: the words that were heard
 * @property {import('./words.js').Mood} [mood] how it was said
 */
/** @typedef {readonly Line[]} Lines */

/** Words that come after those that are there. @param {Lines} lines @param {string} id @param {Line['who']} who @param {string} words */
export function more(lines, id, who, words) {
  const line = lines.find((known) => known.id === id);
  return line && line.state !== 'partial' ? lines : put(lines, { ...line, id, who, text: (line?.text ?? '') + words, state: 'partial' });
}

/** All the words. @param {Lines} lines @param {string} id @param {Line['who']} who @param {string} text */
export function whole(lines, id, who, text) {
  const line = lines.find((known) => known.id === id);
  if (line?.state === 'cut') return lines;
  return text.trim() ? put(lines, { ...line, id, who, text, state: 'final' }) : without(lines, id);
}

/** How a line was said, as far as that is known by now. @param {Lines} lines @param {string} id @param {import('./words.js').Mood} mood */
export function felt(lines, id, mood) {
  const line = lines.find((known) => known.id === id);
  return line ? put(lines, { ...line, mood }) : lines;
}

/** A reply was talked over. @param {Lines} lines @param {string} id @param {string} [heard] its words as far as they were heard */
export function cut(lines, id, heard) {
  const line = lines.find((known) => known.id === id);
  return line ? put(lines, { ...line, state: 'cut', heard: heard ?? line.heard ?? line.text }) : lines;
}

/** The connection ended: what is unfinished stays so. @param {Lines} lines @returns {Lines} */
export function settle(lines) {
  return lines.map((line) => (line.state === 'partial' ? { ...line, state: 'final' } : line));
}

/** A line as it is shown; one that was cut in two: what was heard, and what was not. @param {Line} line */
export function parts(line) {
  if (line.state !== 'cut') return { heard: line.text.replaceAll(UNCLEAR, '(not understood)').trim(), lost: '' };
  const heard = (line.heard ?? line.text).trim();
  const text = line.text.trim();
  return { heard, lost: text.startsWith(heard) ? text.slice(heard.length).trim() : '' };
}

/** @param {Lines} lines @param {Line} line @returns {Lines} */
function put(lines, line) {
  const known = lines.some(({ id }) => id === line.id);
  const all = known ? lines.map((old) => (old.id === line.id ? line : old)) : [...lines, line];
  return all.slice(-MOST_LINES);
}

/** @param {Lines} lines @param {string} id @returns {Lines} */
function without(lines, id) {
  return lines.filter((line) => line.id !== id);
}
