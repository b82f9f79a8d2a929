/** As long as fewer pieces of one answer than this are due in a second, each is a frame of its own. */
export const FRAMES_PER_SECOND = 1000;
/**
 * All answers together, where more than one piece is due at once. A frame of its own costs 50 to 150 µs, and many
 * clients that send a row for each acknowledgement stay as slow as their frames: with 10,000 of them sixteen clients
 * with 64 rows in flight each were held at 4,300 rows a second by the frames alone.
 */
const ALL_FRAMES_PER_SECOND = 2000;

const SLOTS = 10;
const SLOT_MS = 100;

/** How many things happened within the last second. */
class LastSecond {
  readonly #counts = new Float64Array(SLOTS);
  #slot = 0;
  #sum = 0;

  add(count: number, nowMs: number): number {
    const slot = Math.floor(nowMs / SLOT_MS);
    for (let at = Math.max(this.#slot + 1, slot - SLOTS + 1); at <= slot; at++) {
      this.#sum -= this.#counts[at % SLOTS]!;
      this.#counts[at % SLOTS] = 0;
    }
    this.#slot = Math.max(slot, this.#slot);
    this.#counts[this.#slot % SLOTS]! += count;
    this.#sum += count;
    return this.#sum;
  }
}

const all = new LastSecond();

/**
 * Some clients parse each HTTP/2 DATA frame as one row or one acknowledgement, so each gets a frame of its own while
 * that is cheap. One of these for each answer.
 */
export class FramePace {
  readonly #own = new LastSecond();

  /**
   * Whether these pieces, which are due now, are to be frames of their own. `nowMs` is of a clock that only goes
   * forward.
   */
  separates(pieces: number, nowMs: number): boolean {
    if (this.#own.add(pieces, nowMs) >= FRAMES_PER_SECOND) return false;
    return pieces === 1 || all.add(pieces, nowMs) < ALL_FRAMES_PER_SECOND;
  }
}
