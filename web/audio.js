// @ts-check
// Microphone and loudspeaker of this browser, for the page. Nothing is opened before it is asked for.
import { RATE, fromBase64 } from './sound.js';

// No noise suppression: in Chromium it cost the first words of a call, and the recogniser gained nothing by it.
const WISHES = { echoCancellation: true, noiseSuppression: false, autoGainControl: true, channelCount: 1 };

/** What this browser lacks, as a code; "" for nothing. */
export function lacking() {
  if (!window.isSecureContext) return 'insecure';
  const able = 'AudioContext' in window && 'AudioWorkletNode' in window && 'mediaDevices' in navigator;
  return able ? '' : 'unsupported';
}

/** @typedef {{ pcm: Int16Array, loudness: number }} Block */

export class Microphone {
  /** @param {MediaStream} stream @param {AudioContext} context */
  constructor(stream, context) {
    this.stream = stream;
    this.context = context;
  }

  /** @param {(block: Block) => void} heard @param {() => void} gone */
  static async open(heard, gone) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: WISHES });
    const context = new AudioContext();
    const microphone = new Microphone(stream, context);
    try {
      await context.audioWorklet.addModule('mic.worklet.js');
      const node = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
      node.port.onmessage = ({ data }) => heard(data);
      context.createMediaStreamSource(stream).connect(node);
      await context.resume();
    } catch (problem) {
      microphone.close();
      throw new DOMException(String(problem), 'NotSupportedError'); // the microphone itself was there
    }
    stream.getTracks().forEach((track) => (track.onended = gone));
    return microphone;
  }

  close() {
    this.stream.getTracks().forEach((track) => track.stop());
    void this.context.close();
  }
}

/** @typedef {{ playing: boolean, item: string | null, playedMs: number, loudness: number, dropped: number }} Report */
/** @typedef {{ item: string, playedMs: number } | null} Cut */

export class Speaker {
  /** @param {AudioContext} context @param {AudioWorkletNode} node */
  constructor(context, node) {
    this.context = context;
    this.node = node;
  }

  /** @param {(report: Report) => void} playing @param {(cut: Cut) => void} flushed */
  static async open(playing, flushed) {
    const context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
    await context.audioWorklet.addModule('speaker.worklet.js');
    const node = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
    const speaker = new Speaker(context, node);
    node.port.onmessage = ({ data }) => {
      if (data.told === 'playing') playing(data);
      if (data.told === 'flushed') flushed(speaker.heard(data.cut));
    };
    node.connect(context.destination);
    return speaker;
  }

  /** What lies between this page and the ear was not heard yet. @param {Cut} cut @returns {Cut} */
  heard(cut) {
    const lateMs = (this.context.outputLatency || 0) * 1000;
    return cut && { item: cut.item, playedMs: Math.max(0, cut.playedMs - lateMs) };
  }

  async resume() {
    if (this.context.state !== 'running') await this.context.resume();
  }

  /** @param {string} item @param {string} audio in base64 */
  play(item, audio) {
    const pcm = fromBase64(audio);
    this.node.port.postMessage({ do: 'play', item, pcm }, [pcm.buffer]);
  }

  end() {
    this.node.port.postMessage({ do: 'end' });
  }

  flush() {
    this.node.port.postMessage({ do: 'flush' });
  }
}
