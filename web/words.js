// @ts-check
// What the page says in words: its state, and what went wrong with how to mend it.

/**
 * What is the case, as far as it shows.
 * @typedef {object} View
 * @property {'none' | 'opening' | 'open'} link
 * @property {boolean} opening the microphone is asked for
 * @property {boolean} microphone it is open
 * @property {boolean} speaking the agent is heard
 * @property {import('./wire.js').Call} call
 */

/**
 * How the user sounded: what is claimed, if anything is, why, and what was heard that is no word.
 * @typedef {{ label: string, unknown: boolean, reasons: readonly string[], sounds?: readonly { kind: string }[] }} Mood
 */

/** @typedef {'idle' | 'connecting' | 'opening' | 'listening' | 'thinking' | 'speaking' | 'waiting'} State */

/** @type {Record<State, string>} */
export const STATES = {
  idle: 'Ready',
  connecting: 'Connecting',
  opening: 'Opening the microphone',
  listening: 'Listening',
  thinking: 'Thinking',
  speaking: 'Speaking',
  waiting: 'Say something',
};

/** @param {View} view @returns {State} */
export function stateOf({ link, opening, microphone, speaking, call }) {
  if (link === 'opening' || (opening && link === 'none')) return 'connecting';
  if (call.talking) return 'listening';
  if (speaking || call.voiced) return 'speaking';
  if (call.awaited) return 'thinking';
  if (opening && !microphone) return 'opening';
  return microphone ? 'waiting' : 'idle';
}

/**
 * @typedef {object} Trouble
 * @property {string} text
 * @property {boolean} [again] trying once more may help
 * @property {boolean} [key] a key would help
 */

/** @type {Record<string, Trouble>} */
const TROUBLES = {
  insecure: {
    text:
      'On this address the browser gives a page neither microphone nor sound. Open it as http://localhost on the computer ' +
      'where the server runs, or over https (start the server with --tls-cert and --tls-key). Typing works.',
  },
  unsupported: { text: 'This browser cannot handle live sound. Use a recent Chrome, Edge, Firefox or Safari. Typing works.' },
  denied: {
    text: 'The browser may not use the microphone. Allow it beside the address of this page, then press Talk. Typing works without.',
  },
  absent: { text: 'No microphone was found. Connect one and press Talk. Typing works without.' },
  occupied: { text: 'The microphone could not be opened. Another program may be using it: close that and press Talk.' },
  unplugged: { text: 'The microphone is gone. Connect it again and press Talk.' },
  silent: { text: 'The sound could not be started. Check the loudspeaker or headphones, then press Talk.' },
  gone: { text: 'The server does not answer. Is it still running?', again: true },
  lost: { text: 'The connection to the server was lost.', again: true },
  expired: { text: 'This conversation has reached its time limit.', again: true },
  busy: { text: 'All places are taken. Try again in a moment.', again: true },
  refused: { text: 'The server could not take the call just now. Try again in a moment.', again: true },
  key: { text: 'This server asks for a key.', key: true },
  wrong: { text: 'The server does not know this key.', key: true },
  slow: { text: 'The line is too slow: some of what you said did not get through.' },
  unheard: { text: 'That could not be put into words. Please say it again.' },
  failed: { text: 'The answer failed.' },
  complaint: { text: 'The server refused something.' },
};

/** @param {string} code @param {string} [detail] in the server's words @returns {Trouble} */
export function troubleOf(code, detail = '') {
  const known = TROUBLES[code] ?? TROUBLES.refused;
  return detail ? { ...known, text: `${known.text} ${detail}` } : known;
}

/** Why there is no microphone. @param {unknown} problem what getUserMedia threw */
export function microphoneTrouble(problem) {
  const name = problem instanceof Error ? problem.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'absent';
  return name === 'NotReadableError' || name === 'AbortError' ? 'occupied' : 'unsupported';
}

/** @type {Record<string, string>} */
const SOUNDS = { laugh: 'laughs' };

/** In a line under the user's words; nothing where nothing is claimed. @param {Mood} mood */
export function moodOf({ label, unknown, reasons, sounds = [] }) {
  const made = [...new Set(sounds.map(({ kind }) => SOUNDS[kind] ?? kind))].filter((sound) => !reasons.some((why) => why.includes(sound)));
  if (unknown) return made.join(', ');
  return [`sounds ${label}`, ...made].join(', ') + (reasons.length ? `: ${reasons.join('; ')}` : '');
}
