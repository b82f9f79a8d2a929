import { ok, type Condition } from '../../base/condition.ts';
import type { Env } from '../../base/env.ts';

/** Machine clocks drift and are corrected in small steps: a larger change, in ms, counts as a jump. */
const JUMP_MS = 10 * 60_000;
/** A clock that has jumped ahead is trusted after it has run on for this long, in ms. */
export const BELIEVED_AFTER_MS = 60 * 60_000;
/** How long a clock that was set back is reported, in ms. */
const TOLD_MS = 60 * 60_000;

/**
 * The time by which records expire. A clock that jumped ahead by mistake would cause all of them to be deleted at the
 * next check. So time beyond the monotonic clock counts only when it has lasted for an hour. After a clock was set
 * back, less is deleted until it is right again.
 */
export class RetentionTime {
  readonly #env: Pick<Env, 'clock' | 'logger'>;
  /** The trusted difference between the wall clock and the monotonic clock. */
  #offsetMs: number;
  /** Since when the difference has been larger, by the monotonic clock. */
  #aheadSinceMs: number | undefined;
  /** When the clock was last set back, by the monotonic clock, and by how much. */
  #setBack: { readonly atMs: number; readonly byMs: number } | undefined;

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
      if (jumpMs < -JUMP_MS) {
        this.#setBack = { atMs: monotonicMs, byMs: -jumpMs };
        logger.warn('The clock was set back: records expire later', { byMs: -jumpMs });
      } else if (this.#aheadSinceMs !== undefined) logger.warn('The clock is as it was before its jump ahead');
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

  /** The condition of the clock. */
  condition(): Condition {
    const trustedMs = this.nowMs();
    const { clock } = this.#env;
    if (this.#aheadSinceMs !== undefined) {
      const sinceMs = clock.monotonicMs() - this.#aheadSinceMs;
      return {
        name: 'clock',
        state: 'WARNING',
        reason: `The clock has jumped ahead by ${minutes(clock.nowMs() - trustedMs)}, ${minutes(sinceMs)} ago`,
        hint: `Set it right. Until then records get its times; none expire by it until it has stayed so for ${minutes(BELIEVED_AFTER_MS)}.`,
      };
    }
    const back = this.#setBack;
    if (back !== undefined && clock.monotonicMs() - back.atMs < TOLD_MS)
      return {
        name: 'clock',
        state: 'WARNING',
        reason: `The clock was set back by ${minutes(back.byMs)}, ${minutes(clock.monotonicMs() - back.atMs)} ago`,
        hint: 'Where it is right now, nothing has to be done: records that have later times expire later.',
      };
    return ok('clock');
  }

  #believe(wallMs: number, monotonicMs: number): number {
    this.#aheadSinceMs = undefined;
    this.#offsetMs = wallMs - monotonicMs;
    return wallMs;
  }
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}
