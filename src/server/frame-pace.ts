/** As long as fewer pieces of one response than this are due per second, each is a frame of its own. */
export const FRAMES_PER_SECOND = 1000;
/**
 * The limit for all responses together, when more than one piece is due at once. A separate frame costs 50 to 150 µs,
 * and clients that send a row for each acknowledgement stay as slow as their frames: with a limit of 10,000, sixteen
 * clients with 64 rows in flight each were held at 4,300 rows per second by frames alone.
 */
const ALL_FRAMES_PER_SECOND = 2000;

const SLOTS = 10;
const SLOT_MS = 100;

/** Counts events within the last second. */
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
 * that is cheap. One instance for each response.
 */
export class FramePace {
  readonly #own = new LastSecond();

  /** Whether these pieces, which are due now, are sent as separate frames. `nowMs` is of a monotonic clock. */
  separates(pieces: number, nowMs: number): boolean {
    if (this.#own.add(pieces, nowMs) >= FRAMES_PER_SECOND) return false;
    return pieces === 1 || all.add(pieces, nowMs) < ALL_FRAMES_PER_SECOND;
  }
}
