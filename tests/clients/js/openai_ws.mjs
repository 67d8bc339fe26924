// The official JavaScript client, which speaks TLS alone: with the key in a header, as programs send
// it, and among the subprotocols, as browsers do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import WebSocket from 'ws';
import { Microphone, until } from './microphone.mjs';

globalThis.WebSocket ??= WebSocket; // Node 20 has none; this one, too, wants its subprotocol back
const { VOICEAGENT_URL, VOICEAGENT_KEY } = process.env;
const client = new OpenAI({ apiKey: VOICEAGENT_KEY, baseURL: `${VOICEAGENT_URL}/v1` });

test('a spoken turn is heard, put in words and answered', async (t) => {
  const line = new OpenAIRealtimeWS({ model: 'gpt-realtime' }, client);
  t.after(() => line.close());
  const events = [];
  const errors = [];
  line.on('event', (event) => events.push(event));
  line.on('error', (error) => errors.push(error));
  const seen = (type) => events.filter((event) => event.type === type);
  await until(() => seen('session.created').length, 'the session');
  const input = {
    turn_detection: { type: 'server_vad', silence_duration_ms: 300 },
    transcription: { model: 'whisper-1' },
  };
  line.send({ type: 'session.update', session: { type: 'realtime', audio: { input } } });
  await until(() => seen('session.updated').length, 'the settings');
  const microphone = new Microphone((sound) =>
    line.send({ type: 'input_audio_buffer.append', audio: sound.toString('base64') }),
  );
  t.after(() => microphone.close());
  microphone.say('espresso');
  await until(() => seen('response.done').length, 'the end of the reply');
  const [words] = seen('conversation.item.input_audio_transcription.completed');
  assert.equal(words.transcript, 'hello there');
  const said = seen('response.output_audio_transcript.delta').map((event) => event.delta).join('');
  assert.equal(seen('response.done')[0].response.output[0].content[0].transcript, said);
  const sound = seen('response.output_audio.delta').map((event) => Buffer.from(event.delta, 'base64'));
  assert.equal(Buffer.concat(sound).length, 2 * 48_000);
  assert.deepEqual(errors, []);
});

test('a page opens a session with a secret and gets its subprotocol back', async (t) => {
  const { value } = await client.realtime.clientSecrets.create({
    session: { type: 'realtime', instructions: 'Be brief.' },
  });
  const page = new OpenAI({ apiKey: value, baseURL: client.baseURL });
  const line = new OpenAIRealtimeWebSocket(
    { model: 'gpt-realtime', dangerouslyAllowBrowser: true },
    page,
  );
  t.after(() => line.close());
  const created = [];
  const errors = [];
  line.on('session.created', (event) => created.push(event));
  line.on('error', (error) => errors.push(error));
  await until(() => created.length || errors.length, 'the session');
  assert.deepEqual(errors, []);
  assert.equal(created[0].session.instructions, 'Be brief.');
  assert.equal(line.socket.protocol, 'realtime');
});
