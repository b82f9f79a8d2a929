import type { Env } from '../../base/env.ts';

/** The clock of a machine drifts, and is set right in small steps: more than this at once is a jump, in ms. */
const JUMP_MS = 10 * 60_000;
/** A clock that has jumped ahead is believed after it has run on for so long, in ms. */
export const BELIEVED_AFTER_MS = 60 * 60_000;

/**
 * The time by which records expire. A clock that jumps ahead by mistake would have all of them deleted at the next
 * look: what is beyond what the monotonic clock says counts only when it has stayed so for an hour. One that is set
 * back deletes less until it is right again.
 */
export class RetentionTime {
  readonly #env: Pick<Env, 'clock' | 'logger'>;
  /** What the wall clock is ahead of the monotonic one, as long as it is believed. */
  #offsetMs: number;
  /** Since when it has been further ahead, monotonic. */
  #aheadSinceMs: number | undefined;

  constructor(env: Pick<Env, 'clock' | 'logger'>) {
    this.#env = env;
    this.#offsetMs = env.clock.nowMs() - env.clock.monotonicMs();
  }

  /** ms since the epoch; never beyond the wall clock. */
  nowMs(): number {
    const { clock, logger } = this.#env;
    const monotonicMs = clock.monotonicMs();
    const wallMs = clock.nowMs();
    const jumpMs = wallMs - monotonicMs - this.#offsetMs;
    if (jumpMs < JUMP_MS) {
      if (jumpMs < -JUMP_MS) logger.warn('The clock was set back: records expire later', { byMs: -jumpMs });
      else if (this.#aheadSinceMs !== undefined) logger.warn('The clock is as it was before its jump ahead');
      return this.#believe(wallMs, monotonicMs);
    }
    if (this.#aheadSinceMs === undefined) {
      this.#aheadSinceMs = monotonicMs;
      logger.error('The clock has jumped ahead: no records expire by that until it has stayed so for an hour', {
        byMs: jumpMs,
      });
    }
    if (monotonicMs - this.#aheadSinceMs < BELIEVED_AFTER_MS) return monotonicMs + this.#offsetMs;
    return this.#believe(wallMs, monotonicMs);
  }

  #believe(wallMs: number, monotonicMs: number): number {
    this.#aheadSinceMs = undefined;
    this.#offsetMs = wallMs - monotonicMs;
    return wallMs;
  }
}
