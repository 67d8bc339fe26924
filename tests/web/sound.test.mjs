// The resampler, the bytes and the meter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resampler, fromBase64, fromPcm, level, rms, toBase64, toPcm } from '../../web/sound.js';

const SECONDS = 0.5;

function tone(hz, rate) {
  return Float32Array.from({ length: rate * SECONDS }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
}

/** In uneven pieces, as a browser may deliver them. */
function resampled(sound, from, to) {
  const resampler = new Resampler(from, to);
  const out = [];
  for (let at = 0, size = 1; at < sound.length; at += size, size = 1 + ((size * 7) % 400)) {
    out.push(...resampler.feed(sound.subarray(at, at + size)));
  }
  return Float32Array.from(out);
}

/** How much of a sound is this tone, at any phase. */
function part(sound, hz, rate) {
  let [real, imaginary] = [0, 0];
  sound.forEach((sample, i) => {
    real += sample * Math.cos((2 * Math.PI * hz * i) / rate);
    imaginary += sample * Math.sin((2 * Math.PI * hz * i) / rate);
  });
  return (2 * Math.hypot(real, imaginary)) / sound.length;
}

for (const [from, to] of [[48_000, 24_000], [44_100, 24_000], [16_000, 24_000], [24_000, 48_000], [96_000, 24_000]]) {
  test(`a tone stays itself from ${from} to ${to}`, () => {
    const out = resampled(tone(440, from), from, to);
    assert.ok(Math.abs(out.length - to * SECONDS) < 60, `${out.length} samples`);
    const middle = out.subarray(2_000, 2_000 + (to / 440) * 110);
    assert.ok(Math.abs(part(middle, 440, to) - 1) < 0.02);
    const noise = Math.sqrt(Math.max(0, rms(middle) ** 2 - part(middle, 440, to) ** 2 / 2));
    assert.ok(noise < 0.01, `noise ${noise}`);
  });
}

test('what 24 kHz cannot hold does not come back as something else', () => {
  const out = resampled(tone(17_000, 48_000), 48_000, 24_000);
  assert.ok(rms(out.subarray(500, out.length - 500)) < 0.01);
});

test('at the same rate nothing is touched', () => {
  const sound = tone(440, 24_000);
  assert.deepEqual(resampled(sound, 24_000, 24_000), sound);
});

test('samples survive the way to the server and back', () => {
  const pcm = Int16Array.from([0, 1, -1, 32_767, -32_768, 258]);
  assert.deepEqual(fromBase64(toBase64(pcm)), pcm);
  assert.equal(toBase64(Int16Array.from([258])), 'AgE='); // little-endian
});

test('too loud is clipped, not wrapped', () => {
  assert.deepEqual([...toPcm(Float32Array.from([2, -2, 0.5]))], [32_767, -32_767, 16_384]);
  assert.deepEqual([...fromPcm(Int16Array.from([-32_768, 16_384]))], [-1, 0.5]);
});

test('the meter goes from silence to full', () => {
  assert.equal(level(0), 0);
  assert.equal(level(1), 1);
  assert.ok(level(0.01) > 0.3 && level(0.01) < level(0.1));
});
