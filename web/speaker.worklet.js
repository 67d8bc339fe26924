// @ts-check
// The loudspeaker's side of the audio thread: plays what waits, and says what was played.
import { Playout } from './playout.js';
import { RATE, Resampler, fromPcm, rms } from './sound.js';

const TELL_S = 0.06;

class Speaker extends AudioWorkletProcessor {
  playout = new Playout(sampleRate);
  resampler = new Resampler(RATE, sampleRate);
  since = 0; // samples since the last report
  sum = 0; // of their squares
  playing = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.obey(data);
  }

  /** @param {{ do: string, item: string, pcm: Int16Array }} order */
  obey(order) {
    if (order.do === 'play') this.playout.push(order.item, this.resampler.feed(fromPcm(order.pcm)));
    if (order.do === 'end') this.playout.end();
    if (order.do === 'flush') this.port.postMessage({ told: 'flushed', cut: this.playout.flush() });
  }

  /** @param {Float32Array[][]} _ @param {Float32Array[][]} outputs */
  process(_, [[block]]) {
    this.playout.fill(block);
    const { running } = this.playout;
    if (running || this.playing) this.report(block, running);
    return true;
  }

  /** @param {Float32Array} block @param {boolean} running */
  report(block, running) {
    this.since += block.length;
    this.sum += rms(block) ** 2 * block.length;
    if (running && this.playing && this.since < TELL_S * sampleRate) return;
    const { item, dropped } = this.playout;
    const playedMs = item === null ? 0 : this.playout.msOf(item);
    const loudness = Math.sqrt(this.sum / this.since);
    this.port.postMessage({ told: 'playing', playing: running, item, playedMs, loudness, dropped });
    this.playing = running;
    this.since = this.sum = 0;
  }
}

registerProcessor('speaker', Speaker);
