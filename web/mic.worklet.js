// @ts-check
// The microphone's side of the audio thread: blocks of 20 ms at 24 kHz, each with its loudness.
import { BLOCK, RATE, Resampler, rms, toPcm } from './sound.js';

class Microphone extends AudioWorkletProcessor {
  resampler = new Resampler(sampleRate, RATE);
  block = new Float32Array(BLOCK);
  filled = 0;

  /** @param {Float32Array[][]} inputs */
  process([channels]) {
    if (channels.length) this.add(this.resampler.feed(channels[0]));
    return true;
  }

  /** @param {Float32Array} sound */
  add(sound) {
    for (let at = 0; at < sound.length; ) {
      const some = sound.subarray(at, at + BLOCK - this.filled);
      this.block.set(some, this.filled);
      this.filled += some.length;
      at += some.length;
      if (this.filled === BLOCK) this.tell();
    }
  }

  tell() {
    const pcm = toPcm(this.block);
    this.port.postMessage({ pcm, loudness: rms(this.block) }, [pcm.buffer]);
    this.filled = 0;
  }
}

registerProcessor('microphone', Microphone);
