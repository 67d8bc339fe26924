// A microphone for tests: recorded speech at the pace of a person, and silence in between.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK_MS = 40;
const BYTES = CHUNK_MS * 48; // 16 bit at 24 kHz

export class Microphone {
  #send;
  #waiting = Buffer.alloc(0);
  #timer;

  /** @param {(sound: Buffer) => void} send takes 16 bit samples at 24 kHz */
  constructor(send) {
    this.#send = send;
    const begin = Date.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      for (; sent * CHUNK_MS <= Date.now() - begin; sent++) this.#sendChunk();
    }, CHUNK_MS / 2);
  }

  /** @param {string} clip a name; the clips lie in VOICEAGENT_CLIPS as bare samples */
  say(clip) {
    const sound = readFileSync(join(process.env.VOICEAGENT_CLIPS, `${clip}.pcm`));
    this.#waiting = Buffer.concat([this.#waiting, sound]);
  }

  close() {
    clearInterval(this.#timer);
  }

  #sendChunk() {
    const chunk = Buffer.alloc(BYTES);
    this.#waiting.copy(chunk);
    this.#waiting = this.#waiting.subarray(BYTES);
    this.#send(chunk);
  }
}

/** Resolves as soon as it is true; rejects when it never becomes so. */
export async function until(happened, what, patienceMs = 20_000) {
  const end = Date.now() + patienceMs;
  while (!happened()) {
    if (Date.now() > end) throw new Error(`it never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
