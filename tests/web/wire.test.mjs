// What the server's messages mean to the page, what it answers, and the captions that come of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MOST_LINES, parts } from '../../web/captions.js';
import { NOBODY, ended, greeting, heard, read, silence, stop, type } from '../../web/wire.js';

const GOLDEN = JSON.parse(readFileSync(new URL('../data/protocol.json', import.meta.url), 'utf8'));
const TRANSCRIPTION = 'conversation.item.input_audio_transcription';

/** A call after these messages, and all that was to be done. */
function after(messages, call = NOBODY) {
  const all = [];
  for (const message of messages) {
    const [next, effects] = read(call, message);
    call = next;
    all.push(...effects);
  }
  return [call, all];
}

const asked = [
  { type: 'session.created', session: {} },
  { type: 'input_audio_buffer.speech_started', item_id: 'u1' },
  { type: `${TRANSCRIPTION}.delta`, item_id: 'u1', delta: 'what' },
  { type: `${TRANSCRIPTION}.delta`, item_id: 'u1', delta: ' time' },
];
const understood = [
  { type: 'input_audio_buffer.speech_stopped', item_id: 'u1' },
  { type: `${TRANSCRIPTION}.completed`, item_id: 'u1', transcript: 'what time is it' },
];
const speaks = [
  { type: 'response.created', response: { id: 'r1' } },
  { type: 'response.output_audio_transcript.delta', item_id: 'a1', delta: 'It is' },
  { type: 'response.output_audio.delta', item_id: 'a1', delta: 'AAAA' },
  { type: 'response.output_audio_transcript.delta', item_id: 'a1', delta: ' noon.' },
];
const item = { id: 'a1', role: 'assistant', status: 'completed', content: [{ transcript: 'It is noon.' }] };
const cancelled = [
  { type: 'conversation.item.done', item: { ...item, status: 'incomplete' } },
  { type: 'response.done', response: { id: 'r1', status: 'cancelled' } },
];

test('words appear as they are heard, and are final when they are', () => {
  const [partial] = after(asked);
  assert.deepEqual(partial.lines, [{ id: 'u1', who: 'user', text: 'what time', state: 'partial' }]);
  assert.ok(partial.talking);
  const [call] = after(understood, partial);
  assert.deepEqual(call.lines, [{ id: 'u1', who: 'user', text: 'what time is it', state: 'final' }]);
  assert.ok(call.awaited && !call.talking);
});

test('how it was said stands with the words, whichever comes first', () => {
  const mood = { label: 'angry', unknown: false, reasons: ['louder than your usual by 6 dB'] };
  const told = { type: 'voiceagent.user_emotion', item_id: 'u1', final: true, valence: -0.5, ...mood };
  for (const order of [[told, ...understood], [...understood, told]]) {
    const [call] = after([...asked, ...order]);
    assert.deepEqual(call.lines, [{ id: 'u1', who: 'user', text: 'what time is it', state: 'final', mood }]);
  }
  const [nobody] = after([{ ...told, item_id: 'gone' }]);
  assert.deepEqual(nobody.lines, []);
});

test('a reply is played and written as it comes', () => {
  const [call, effects] = after([...asked, ...understood, ...speaks]);
  assert.deepEqual(call.lines.at(-1), { id: 'a1', who: 'agent', text: 'It is noon.', state: 'partial' });
  assert.deepEqual(effects.at(-1), { do: 'play', item: 'a1', audio: 'AAAA' });
  const [done] = after([{ type: 'conversation.item.done', item }, { type: 'response.done', response: { id: 'r1' } }], call);
  assert.ok(call.voiced && !done.voiced);
  assert.equal(done.lines.at(-1).state, 'final');
  assert.ok(!done.awaited && done.response === null);
});

test('words that come late stand where they were spoken', () => {
  const [call] = after([asked[1], understood[0], ...speaks, understood[1]]);
  assert.deepEqual(call.lines.map(({ id }) => id), ['u1', 'a1']);
});

test('speech over a reply silences it, and the server is told how much was heard', () => {
  const [speaking] = after([...asked, ...understood, ...speaks]);
  const [over, flush] = read(speaking, { type: 'input_audio_buffer.speech_started', item_id: 'u2' });
  assert.deepEqual(flush, [{ do: 'flush' }]);
  const [silent, told] = silence(over, 'a1', 400.4);
  const truncation = { type: 'conversation.item.truncate', item_id: 'a1', content_index: 0, audio_end_ms: 400 };
  assert.deepEqual(told, [{ do: 'send', message: truncation }]);
  const [late, nothing] = after([speaks[2], speaks[3], ...cancelled], silent);
  assert.deepEqual(nothing, []);
  const [asks, retrieval] = read(late, { type: 'conversation.item.truncated', item_id: 'a1' });
  assert.deepEqual(retrieval, [{ do: 'send', message: { type: 'conversation.item.retrieve', item_id: 'a1' } }]);
  const short = { ...item, content: [{ transcript: 'It is' }] };
  const [call] = read(asks, { type: 'conversation.item.retrieved', item: short });
  assert.deepEqual(parts(call.lines.find(({ id }) => id === 'a1')), { heard: 'It is', lost: 'noon.' });
});

test('typing ends what is spoken, then asks', () => {
  const [speaking] = after(speaks);
  const [call, effects] = type(speaking, 't1', 'hello');
  assert.deepEqual(effects.map((effect) => effect.message?.type ?? effect.do), [
    'response.cancel', 'flush', 'conversation.item.create', 'response.create',
  ]);
  assert.deepEqual(call.lines.at(-1), { id: 't1', who: 'user', text: 'hello', state: 'final' });
  assert.deepEqual(after([speaks[2]], call)[1], [], 'what was on its way is not played');
  assert.ok(!type(NOBODY, 't1', 'hello')[1].some((effect) => effect.message?.type === 'response.cancel'));
});

test('stop is silence, on both sides', () => {
  const [call, effects] = stop(after([...speaks])[0]);
  assert.deepEqual(effects.map((effect) => effect.message?.type ?? effect.do), [
    'response.cancel', 'flush', 'input_audio_buffer.clear',
  ]);
  assert.ok(!call.awaited && !call.talking);
});

test('a noise leaves no line and nothing is awaited', () => {
  const nothing = { type: `${TRANSCRIPTION}.completed`, item_id: 'u1', transcript: '' };
  const [call] = after([asked[1], understood[0], nothing]);
  assert.deepEqual(call.lines, []);
  assert.ok(!call.awaited);
});

test('errors are told, but not those of a race', () => {
  const error = (code) => read(NOBODY, { type: 'error', error: { code, message: 'no' } })[1];
  assert.deepEqual(error('invalid_value'), [{ do: 'tell', code: 'complaint', detail: 'no' }]);
  assert.deepEqual(error('session_expired'), [{ do: 'tell', code: 'expired', detail: 'no' }]);
  assert.deepEqual(error('response_cancel_not_active'), []);
  const failed = { id: 'r1', status: 'failed', status_details: { error: { message: 'no mind' } } };
  assert.deepEqual(read(NOBODY, { type: 'response.done', response: failed })[1], [{ do: 'tell', code: 'failed', detail: 'no mind' }]);
});

test('without sound it asks for text, and shows it', () => {
  assert.deepEqual(greeting(false).session.output_modalities, ['text']);
  assert.equal(greeting(true).session.output_modalities, undefined);
  const [call] = after([{ type: 'response.output_text.delta', item_id: 'a1', delta: 'Hi' }]);
  assert.equal(call.lines[0].text, 'Hi');
});

test('what was said outlives the line', () => {
  const call = ended(after([...asked, ...speaks])[0]);
  assert.deepEqual(call.lines.map(({ state }) => state), ['final', 'final']);
  assert.deepEqual({ ...call, lines: [] }, NOBODY);
});

test('a long conversation is kept to its last lines', () => {
  const delta = (i) => ({ type: 'response.output_text.delta', item_id: `a${i}`, delta: 'x' });
  const [call] = after(Array.from({ length: MOST_LINES + 50 }, (_, i) => delta(i)));
  assert.equal(call.lines.length, MOST_LINES);
  assert.equal(call.lines.at(-1).id, `a${MOST_LINES + 49}`);
});

test('every message that this server has ever sent is understood or let go', () => {
  const [call, effects] = after(GOLDEN.server);
  assert.ok(call.lines.length > 0);
  assert.ok(effects.some((effect) => effect.do === 'play'));
});

test('what the page sends is of the shapes that the server takes', () => {
  const known = new Set(GOLDEN.client.map((message) => message.type));
  const [, typed] = type({ ...NOBODY, response: 'r1' }, 't1', 'hello');
  const sent = [greeting(true), heard(new Int16Array(480)), ...typed.map((effect) => effect.message).filter(Boolean)];
  for (const message of sent) assert.ok(known.has(message.type), message.type);
  assert.equal(heard(new Int16Array(480)).audio.length, 1_280);
});

test('words that were not understood are said to be so', () => {
  const line = { id: 'u1', who: 'user', text: 'a [unclear] please', state: 'final' };
  assert.equal(parts(line).heard, 'a (not understood) please');
});
