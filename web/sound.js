// @ts-check
// Samples: from numbers to bytes and back, how loud they are, and from one rate to another.

export const RATE = 24_000; // of the protocol: 16 bit, one channel
export const BLOCK = RATE / 50; // samples of 20 ms

const QUIETEST_DB = -60;
const LOUDEST_DB = -12;
const CROSSINGS = 16; // of the resampler's kernel, each side
const PHASES = 512;
const PASSED = 0.92; // of the band: the rest is where the filter falls

/** @param {Float32Array} sound @returns {Int16Array<ArrayBuffer>} */
export function toPcm(sound) {
  const pcm = new Int16Array(sound.length);
  for (let i = 0; i < sound.length; i++) pcm[i] = Math.round(Math.max(-1, Math.min(1, sound[i])) * 32_767);
  return pcm;
}

/** @param {Int16Array} pcm @returns {Float32Array<ArrayBuffer>} */
export function fromPcm(pcm) {
  const sound = new Float32Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) sound[i] = pcm[i] / 32_768;
  return sound;
}

/** @param {Int16Array} pcm little-endian in base64, as the protocol wants it */
export function toBase64(pcm) {
  const bytes = new Uint8Array(pcm.length * 2);
  const view = new DataView(bytes.buffer);
  pcm.forEach((sample, i) => view.setInt16(2 * i, sample, true));
  let text = '';
  for (let i = 0; i < bytes.length; i += 8_192) text += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  return btoa(text);
}

/** @param {string} base64 @returns {Int16Array<ArrayBuffer>} */
export function fromBase64(base64) {
  const text = atob(base64);
  const pcm = new Int16Array(text.length >> 1);
  for (let i = 0; i < pcm.length; i++) pcm[i] = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8);
  return pcm;
}

/** @param {ArrayLike<number>} sound from -1 to 1 */
export function rms(sound) {
  let sum = 0;
  for (let i = 0; i < sound.length; i++) sum += sound[i] * sound[i];
  return sound.length ? Math.sqrt(sum / sound.length) : 0;
}

/** How far a meter goes out, from 0 to 1. @param {number} loudness an rms */
export function level(loudness) {
  const db = 20 * Math.log10(loudness || 1e-9);
  return Math.max(0, Math.min(1, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
}

/** A stream at one rate in, the same stream at another out, a fraction of a millisecond later. */
export class Resampler {
  /** @param {number} from @param {number} to samples a second */
  constructor(from, to) {
    this.step = from / to;
    const cut = PASSED * Math.min(1, to / from);
    this.reach = Math.ceil(CROSSINGS / cut);
    this.kernel = from === to ? [] : kernel(cut, this.reach);
    this.at = this.reach; // where in `held` the next sample lies
    this.held = new Float32Array(this.reach);
  }

  /** @param {Float32Array} sound @returns {Float32Array} what can be told by now */
  feed(sound) {
    if (!this.kernel.length) return sound;
    const held = joined(this.held, sound);
    const last = held.length - this.reach - 1;
    const out = new Float32Array(Math.max(0, Math.floor((last - this.at) / this.step) + 1));
    for (let i = 0; i < out.length; i++, this.at += this.step) out[i] = this.sample(held);
    const done = Math.max(0, Math.min(held.length, Math.floor(this.at) - this.reach));
    this.held = held.slice(done);
    this.at -= done;
    return out;
  }

  /** @param {Float32Array} held */
  sample(held) {
    const whole = Math.floor(this.at);
    const weights = this.kernel[Math.floor((this.at - whole) * PHASES)];
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i] * held[whole - this.reach + 1 + i];
    return sum;
  }
}

/**
 * A sinc under a Hann window for every phase; each adds up to one.
 * @param {number} cut of the band of the input @param {number} reach samples each side
 */
function kernel(cut, reach) {
  return Array.from({ length: PHASES }, (_, phase) => {
    const weights = new Float32Array(2 * reach);
    for (let i = 0; i < weights.length; i++) {
      const x = i - reach + 1 - phase / PHASES;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * cut * x) / (Math.PI * cut * x);
      weights[i] = sinc * Math.cos((Math.PI * x) / (2 * reach)) ** 2;
    }
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
}

/** @param {Float32Array} first @param {Float32Array} second */
function joined(first, second) {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
