// @ts-check
// The protocol: what the page sends, and what a message of the server's means. Pure.
import { cut, felt, more, settle, whole } from './captions.js';
import { toBase64 } from './sound.js';

/** @typedef {import('./captions.js').Lines} Lines */
/** @typedef {Record<string, any>} Message */
/**
 * What the page knows of the conversation.
 * @typedef {object} Call
 * @property {boolean} open the server has greeted
 * @property {boolean} talking the user
 * @property {boolean} awaited an answer
 * @property {string | null} response that goes on
 * @property {boolean} voiced it has begun to sound
 * @property {readonly string[]} silenced items of which nothing more is played
 * @property {Lines} lines
 */
/**
 * What is to be done about a message.
 * @typedef {{ do: 'play', item: string, audio: string } | { do: 'end' } | { do: 'flush' }
 *   | { do: 'send', message: Message } | { do: 'tell', code: string, detail: string }} Effect
 */

const TRANSCRIPTION = 'conversation.item.input_audio_transcription';
const MOST_SILENCED = 32;
// of what the page asks for just as it becomes needless
const HARMLESS = ['response_cancel_not_active', 'item_truncate_invalid_item_id', 'item_retrieve_invalid_item_id'];

/** @type {Call} */
export const NOBODY = { open: false, talking: false, awaited: false, response: null, voiced: false, silenced: [], lines: [] };

// --- what the page sends ---------------------------------------------------------------------------

/** @param {boolean} sound whether this browser can play any */
export function greeting(sound) {
  const audio = { input: { transcription: { model: 'voiceagent' } } };
  const modalities = sound ? {} : { output_modalities: ['text'] };
  return { type: 'session.update', session: { type: 'realtime', audio, ...modalities, voiceagent: { events: ['emotion'] } } };
}

/** @param {Int16Array} pcm at 24 kHz */
export function heard(pcm) {
  return { type: 'input_audio_buffer.append', audio: toBase64(pcm) };
}

/** @param {string} item @param {number} playedMs */
export function truncation(item, playedMs) {
  return { type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: Math.max(0, Math.round(playedMs)) };
}

// --- what the user does ----------------------------------------------------------------------------

/** @param {Call} call @param {string} id @param {string} text @returns {[Call, Effect[]]} */
export function type(call, id, text) {
  const item = { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
  const [quiet, effects] = hush(call);
  const lines = whole(quiet.lines, id, 'user', text);
  const messages = [{ type: 'conversation.item.create', item }, { type: 'response.create' }];
  return [{ ...quiet, lines, awaited: true }, [...effects, ...messages.map(send)]];
}

/** Whoever speaks is silent now, and what was half said is forgotten. @param {Call} call @returns {[Call, Effect[]]} */
export function stop(call) {
  const [quiet, effects] = hush(call);
  return [{ ...quiet, talking: false, awaited: false }, [...effects, send({ type: 'input_audio_buffer.clear' })]];
}

/** @param {Call} call @returns {[Call, Effect[]]} */
function hush(call) {
  const ending = call.response === null ? [] : [send({ type: 'response.cancel' })];
  const silenced = call.lines.filter((line) => line.who === 'agent' && line.state === 'partial').map((line) => line.id);
  return [{ ...call, voiced: false, silenced: [...call.silenced, ...silenced].slice(-MOST_SILENCED) }, [...ending, { do: 'flush' }]];
}

/** The loudspeaker was stopped in the middle of an item. @param {Call} call @param {string} item @param {number} playedMs @returns {[Call, Effect[]]} */
export function silence(call, item, playedMs) {
  const silenced = [...call.silenced, item].slice(-MOST_SILENCED);
  return [{ ...call, silenced, lines: cut(call.lines, item) }, [send(truncation(item, playedMs))]];
}

/** The line is gone. What was said stays to be read. @param {Call} call @returns {Call} */
export function ended(call) {
  return { ...NOBODY, lines: settle(call.lines) };
}

// --- what the server says --------------------------------------------------------------------------

/** @param {Call} call @param {Message} message @returns {[Call, Effect[]]} */
export function read(call, message) {
  const id = message.item_id;
  switch (message.type) {
    case 'session.created':
      return [{ ...call, open: true }, []];
    case 'input_audio_buffer.speech_started':
      return [{ ...call, talking: true, awaited: false, voiced: false, lines: more(call.lines, id, 'user', '') }, [{ do: 'flush' }]];
    case 'input_audio_buffer.speech_stopped':
      return [{ ...call, talking: false, awaited: true }, []];
    case 'input_audio_buffer.cleared':
      return [{ ...call, talking: false }, []];
    case `${TRANSCRIPTION}.delta`:
      return [{ ...call, lines: more(call.lines, id, 'user', message.delta ?? '') }, []];
    case `${TRANSCRIPTION}.completed`:
      return [understood(call, id, message.transcript), []];
    case `${TRANSCRIPTION}.failed`:
      return [understood(call, id, ''), [{ do: 'tell', code: 'unheard', detail: message.error?.message ?? '' }]];
    case 'voiceagent.user_emotion':
      return [{ ...call, lines: felt(call.lines, id, mood(message)) }, []];
    case 'response.created':
      return [{ ...call, response: message.response.id, awaited: true }, []];
    case 'response.done':
      return answered(call, message.response);
    case 'error':
      return [call, complaint(message.error)];
    default:
      return reply(call, message);
  }
}

/** What belongs to the agent's words. @param {Call} call @param {Message} message @returns {[Call, Effect[]]} */
function reply(call, message) {
  const id = message.item_id;
  switch (message.type) {
    case 'response.output_audio.delta':
      return call.silenced.includes(id) ? [call, []] : [{ ...call, voiced: true }, [{ do: 'play', item: id, audio: message.delta }]];
    case 'response.output_audio.done':
      return [call, [{ do: 'end' }]];
    case 'response.output_audio_transcript.delta':
    case 'response.output_text.delta':
      return [call.silenced.includes(id) ? call : { ...call, lines: more(call.lines, id, 'agent', message.delta) }, []];
    case 'conversation.item.done':
      return [{ ...call, lines: said(call.lines, message.item) }, []];
    case 'conversation.item.truncated':
      return [call, [send({ type: 'conversation.item.retrieve', item_id: id })]];
    case 'conversation.item.retrieved':
      return [{ ...call, lines: cut(call.lines, message.item.id, textOf(message.item)) }, []];
    default:
      return [call, []];
  }
}

/** @param {Call} call @param {string} id @param {string} text @returns {Call} */
function understood(call, id, text) {
  const nothing = !text.trim() && call.response === null;
  return { ...call, awaited: call.awaited && !nothing, lines: whole(call.lines, id, 'user', text) };
}

/** @param {Message} message @returns {import('./words.js').Mood} */
function mood({ label, unknown, reasons, sounds }) {
  return { label, unknown, reasons, ...(sounds ? { sounds } : {}) };
}

/** @param {Call} call @param {Message} response @returns {[Call, Effect[]]} */
function answered(call, response) {
  const went = call.response === response.id;
  const detail = response.status_details?.error?.message ?? '';
  const failed = response.status === 'failed';
  return [went ? { ...call, response: null, awaited: false, voiced: false } : call, failed ? [{ do: 'tell', code: 'failed', detail }] : []];
}

/** @param {Lines} lines @param {Message} item @returns {Lines} */
function said(lines, item) {
  if (item.role !== 'assistant') return lines;
  const text = textOf(item);
  return item.status === 'incomplete' ? cut(lines, item.id, text) : whole(lines, item.id, 'agent', text);
}

/** @param {Message} item @returns {string} */
function textOf(item) {
  return (item.content ?? []).map((/** @type {Message} */ part) => part.transcript ?? part.text ?? '').join(' ');
}

/** @param {Message} error @returns {Effect[]} */
function complaint(error) {
  if (HARMLESS.includes(error.code)) return [];
  return [{ do: 'tell', code: error.code === 'session_expired' ? 'expired' : 'complaint', detail: error.message ?? '' }];
}

/** @param {Message} message @returns {Effect} */
function send(message) {
  return { do: 'send', message };
}
