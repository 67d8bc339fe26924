// The page's state and its troubles, in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY } from '../../web/wire.js';
import { STATES, microphoneTrouble, moodOf, stateOf, troubleOf } from '../../web/words.js';

const QUIET = { link: 'open', opening: false, microphone: true, speaking: false, call: NOBODY };

test('the state is one word for what happens now', () => {
  const of = (more) => STATES[stateOf({ ...QUIET, ...more })];
  assert.equal(of({}), 'Say something');
  assert.equal(of({ microphone: false }), 'Ready');
  assert.equal(of({ opening: true, microphone: false }), 'Opening the microphone');
  assert.equal(of({ link: 'opening' }), 'Connecting');
  assert.equal(of({ call: { ...NOBODY, talking: true }, speaking: true }), 'Listening');
  assert.equal(of({ call: { ...NOBODY, awaited: true } }), 'Thinking');
  assert.equal(of({ call: { ...NOBODY, awaited: true }, speaking: true }), 'Speaking');
  assert.equal(of({ call: { ...NOBODY, awaited: true, voiced: true } }), 'Speaking', 'between two words too');
});

test('why there is no microphone is told apart', () => {
  const of = (name) => microphoneTrouble(Object.assign(new Error(), { name }));
  assert.equal(of('NotAllowedError'), 'denied');
  assert.equal(of('NotFoundError'), 'absent');
  assert.equal(of('NotReadableError'), 'occupied');
  assert.equal(microphoneTrouble(undefined), 'unsupported');
});

test('a trouble says how to mend it, and keeps what the server said', () => {
  assert.match(troubleOf('insecure').text, /localhost.*https/s);
  assert.ok(troubleOf('gone').again);
  assert.ok(troubleOf('wrong').key);
  assert.match(troubleOf('complaint', 'Too long.').text, /Too long\.$/);
  assert.ok(troubleOf('never heard of').text);
});

test('a mood is told with its reasons, and not claimed where nothing is', () => {
  const mood = { label: 'angry', unknown: false, reasons: ['louder than your usual by 6 dB'] };
  assert.equal(moodOf(mood), 'sounds angry: louder than your usual by 6 dB');
  assert.equal(moodOf({ ...mood, reasons: [] }), 'sounds angry');
  assert.equal(moodOf({ ...mood, unknown: true }), '');
  const laughs = [{ kind: 'laugh' }, { kind: 'laugh' }];
  assert.equal(moodOf({ ...mood, unknown: true, sounds: laughs }), 'laughs');
  assert.equal(moodOf({ ...mood, reasons: ['laughs'], sounds: laughs }), 'sounds angry: laughs', 'once');
});
