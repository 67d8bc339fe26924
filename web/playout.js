// @ts-check
// What waits to be played: in order, bounded, and gone at once when somebody interrupts.

const START_S = 0.04; // so much must wait before it begins, or the first jitter tears it
const MOST_S = 30; // the server sends at the pace of speech: so much never waits
const FADE_S = 0.005; // an end without a click

/** @typedef {{ item: string, sound: Float32Array, at: number }} Piece */

export class Playout {
  /** @param {number} rate samples a second */
  constructor(rate) {
    this.rate = rate;
    /** @type {Piece[]} */
    this.pieces = [];
    this.left = 0; // samples
    this.running = false;
    this.ended = true; // nothing more of this reply will come
    this.dropped = 0; // samples that came over the bound
    /** @type {string | null} */
    this.item = null; // what is played, or was last
    this.played = 0; // samples of that item
  }

  /** @param {string} item @param {Float32Array} sound */
  push(item, sound) {
    this.ended = false;
    if (this.left + sound.length > MOST_S * this.rate) {
      this.dropped += sound.length;
      return;
    }
    this.pieces.push({ item, sound, at: 0 });
    this.left += sound.length;
  }

  end() {
    this.ended = true;
  }

  /** Forget what was not played. Returns which item was cut, and how much of it was heard. */
  flush() {
    const item = this.left ? this.pieces[0].item : this.ended ? null : this.item;
    const cut = item === null ? null : { item, playedMs: this.msOf(item) };
    const tail = new Float32Array(this.running ? Math.round(FADE_S * this.rate) : 0);
    this.take(tail);
    this.pieces = [];
    this.left = 0;
    if (tail.length && cut) {
      const faded = tail.map((sample, i) => sample * (1 - i / tail.length));
      this.pieces = [{ item: cut.item, sound: faded, at: 0 }];
      this.left = faded.length;
      this.played -= faded.length;
    }
    this.ended = true;
    return cut;
  }

  /** Fill a block for the loudspeaker. @param {Float32Array} block */
  fill(block) {
    block.fill(0);
    if (!this.running) this.running = this.left > 0 && (this.ended || this.left >= START_S * this.rate);
    if (!this.running) return;
    this.take(block);
    if (!this.left) this.running = false;
  }

  /** @param {Float32Array} block */
  take(block) {
    for (let filled = 0; filled < block.length && this.pieces.length; ) {
      const piece = this.pieces[0];
      const some = piece.sound.subarray(piece.at, piece.at + block.length - filled);
      block.set(some, filled);
      filled += some.length;
      piece.at += some.length;
      this.left -= some.length;
      this.count(piece.item, some.length);
      if (piece.at === piece.sound.length) this.pieces.shift();
    }
  }

  /** @param {string} item @param {number} samples */
  count(item, samples) {
    this.played = (this.item === item ? this.played : 0) + samples;
    this.item = item;
  }

  /** How much of an item was played. @param {string} item */
  msOf(item) {
    return this.item === item ? Math.round((this.played / this.rate) * 1000) : 0;
  }
}
