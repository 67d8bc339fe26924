// What waits to be played.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Playout } from '../../web/playout.js';

const RATE = 1_000; // a sample is a millisecond

function filled(playout, ms) {
  const block = new Float32Array(ms);
  playout.fill(block);
  return block;
}

function some(ms, value = 0.5) {
  return new Float32Array(ms).fill(value);
}

test('it begins when a little waits, and says what was played', () => {
  const playout = new Playout(RATE);
  playout.push('a', some(30));
  assert.ok(filled(playout, 10).every((sample) => sample === 0));
  playout.push('a', some(30));
  assert.ok(filled(playout, 25).every((sample) => sample === 0.5));
  assert.equal(playout.msOf('a'), 25);
  assert.ok(playout.running);
});

test('a short reply that is complete does not wait for more', () => {
  const playout = new Playout(RATE);
  playout.push('a', some(10));
  playout.end();
  assert.deepEqual([...filled(playout, 15)], [...some(10), ...some(5, 0)]);
  assert.equal(playout.running, false);
});

test('an interruption silences it within milliseconds and tells how much was heard', () => {
  const playout = new Playout(RATE);
  playout.push('a', some(500));
  filled(playout, 100);
  assert.deepEqual(playout.flush(), { item: 'a', playedMs: 100 });
  const after = filled(playout, 20);
  assert.ok(after.subarray(5).every((sample) => sample === 0));
  assert.ok(after[0] > after[4] && after[4] > 0, 'it fades: a hard end clicks');
  assert.equal(playout.left, 0);
});

test('what was played out cannot be interrupted', () => {
  const playout = new Playout(RATE);
  assert.equal(playout.flush(), null);
  playout.push('a', some(50));
  playout.end();
  filled(playout, 60);
  assert.equal(playout.flush(), null);
  assert.equal(playout.msOf('a'), 50);
});

test('a reply that has run dry but is not over is interrupted all the same', () => {
  const playout = new Playout(RATE);
  playout.push('a', some(50));
  filled(playout, 60);
  assert.deepEqual(playout.flush(), { item: 'a', playedMs: 50 });
  assert.equal(playout.flush(), null, 'once');
});

test('a reply cut before it began was not heard at all', () => {
  const playout = new Playout(RATE);
  playout.push('a', some(30));
  assert.deepEqual(playout.flush(), { item: 'a', playedMs: 0 });
  assert.ok(filled(playout, 20).every((sample) => sample === 0));
});

test('the next reply counts from its own beginning', () => {
  const playout = new Playout(RATE);
  playout.push('a', some(50));
  playout.push('b', some(50, 0.25));
  const block = filled(playout, 70);
  assert.equal(block[49], 0.5);
  assert.equal(block[50], 0.25);
  assert.deepEqual([playout.msOf('a'), playout.msOf('b')], [0, 20]);
});

test('it is bounded', () => {
  const playout = new Playout(RATE);
  for (let i = 0; i < 100; i++) playout.push('a', some(1_000));
  assert.equal(playout.left, 30_000);
  assert.equal(playout.dropped, 70_000);
});

test('after running dry it waits for a little again', () => {
  const playout = new Playout(RATE);
  playout.push('a', some(50));
  filled(playout, 60);
  playout.push('a', some(20));
  assert.ok(filled(playout, 10).every((sample) => sample === 0));
  playout.push('a', some(20));
  assert.ok(filled(playout, 10).every((sample) => sample === 0.5));
  assert.equal(playout.msOf('a'), 60);
});
