// The agents SDK for JavaScript: one spoken conversation with a tool, and speech over the reply.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { z } from 'zod';
import { Microphone, until } from './microphone.mjs';

// Not public: what the SDK itself asks of every event. An event that fails is ignored in silence.
const sdk = import.meta.resolve('@openai/agents-realtime');
const { parseRealtimeEvent } = await import(new URL('openaiRealtimeEvents.mjs', sdk).href);

const url = `${process.env.VOICEAGENT_URL}/v1/realtime?model=gpt-realtime`;
const RESULT = 'coffee for one, and it will be with you soon';
const told = { events: [], errors: [], sound: 0, orders: 0, tools: [], interrupted: 0, ends: 0 };
let history = [];
let session;
let microphone;

before(async () => {
  const order = tool({
    name: 'order',
    description: 'Order what the guest wants.',
    parameters: z.object({}),
    execute: async () => {
      told.orders += 1;
      return RESULT;
    },
  });
  const agent = new RealtimeAgent({ name: 'waiter', instructions: 'Take orders.', tools: [order] });
  const turnDetection = { type: 'semantic_vad', eagerness: 'high', interruptResponse: true };
  session = new RealtimeSession(agent, {
    transport: new OpenAIRealtimeWebSocket({ url, useInsecureApiKey: true }),
    config: { toolChoice: 'required', audio: { input: { turnDetection } } },
  });
  session.on('transport_event', (event) => told.events.push(event));
  session.on('error', (error) => told.errors.push(error));
  session.on('audio', (event) => (told.sound += event.data.byteLength));
  session.on('audio_interrupted', () => (told.interrupted += 1));
  session.on('agent_tool_end', (context, who, what, result) => told.tools.push(result));
  session.on('history_updated', (items) => (history = structuredClone(items)));
  await session.connect({ apiKey: 'any', url });
  microphone = new Microphone((sound) =>
    session.sendAudio(sound.buffer.slice(sound.byteOffset, sound.byteOffset + sound.length)),
  );
  microphone.say('espresso');
  await until(() => told.sound > 24_000, 'half a second of the first reply');
  microphone.say('americano');
  await until(() => told.interrupted === 1, 'the interruption');
  const done = () => told.events.filter((event) => event.type === 'response.done').length;
  await until(() => done() === 4, 'the end of the second reply');
  await until(() => history.at(-1)?.status === 'completed', 'the second reply in the history');
});

after(() => {
  microphone?.close();
  session?.close();
});

test('nothing is an error to the application', () => {
  assert.deepEqual(told.errors, []);
});

test('every event fits the schema of its type', () => {
  const strange = told.events.filter(
    (event) => parseRealtimeEvent({ data: JSON.stringify(event) }).isGeneric,
  );
  assert.deepEqual(strange, []);
  assert.ok(told.events.length > 50);
});

test('the tool runs for every order', () => {
  assert.equal(told.orders, 2);
  assert.deepEqual(told.tools, [RESULT, RESULT]);
});

test('the history has the words of both, and the call between them', () => {
  const kinds = history.map((item) => item.role ?? item.type);
  assert.deepEqual(kinds, ['user', 'function_call', 'assistant', 'user', 'function_call', 'assistant']);
  const asked = history.filter((item) => item.role === 'user');
  assert.deepEqual(asked.map((item) => item.content[0].transcript), ['hello there', 'hello there']);
  assert.equal(history.at(-1).content[0].transcript, `The result is ${RESULT}`);
  assert.equal(history.at(-2).output, RESULT);
});

test('the interrupted reply keeps only what was heard', () => {
  const cut = history.find((item) => item.role === 'assistant');
  const whole = `The result is ${RESULT}`;
  assert.equal(cut.status, 'incomplete');
  assert.ok(whole.startsWith(cut.content[0].transcript));
  assert.ok(cut.content[0].transcript.length < whole.length);
});

test('the client truncated what it did not play, and the server agreed', () => {
  const truncated = told.events.filter((event) => event.type === 'conversation.item.truncated');
  const cut = history.find((item) => item.role === 'assistant');
  assert.deepEqual(truncated.map((event) => event.item_id), [cut.itemId]);
});
