import type { Env } from '../base/env.ts';
import { isSluiceError, messageOf } from '../base/errors.ts';

/**
 * Reported for a store whose writing thread has ended, possibly in the middle of a write, for which LMDB would wait for
 * ever.
 */
export const WRITER_ENDED = 'the thread that writes has ended';
/**
 * With MDB_PANIC, LMDB reports that its first pages may be half written, and refuses everything from then on. lmdb-js
 * reports the other when its reading transaction has ended in this state and cannot be renewed.
 */
const LOST = /MDB_PANIC|No transaction to renew/;
/** A write or a flush that takes longer than this, in ms, is reported. */
export const SLOW_MS = 5000;
/** While the disk takes at least this long, in ms, the thread that serves clients should avoid it. */
export const KEEP_OFF_MS = 50;
/** A flush that takes longer than this, in ms, makes commits wait. */
const FLUSH_MS = 10;
/** How long a problem is reported after it last occurred, in ms: writes in between may have been small. */
export const LASTS_MS = 10_000;

/** What currently prevents a store from being written. Logged when it begins and ends, and reported on request. */
export class StoreCondition {
  readonly #env: Pick<Env, 'clock' | 'logger'>;
  readonly #name: string;
  readonly #onLost: ((reason: string) => void) | undefined;
  /** When each write and flush in progress began, by the monotonic clock. */
  readonly #underWay = new Set<{ readonly what: string; readonly beganMs: number }>();
  #problem: { readonly message: string; readonly lastMs: number } | undefined;
  #reported: string | undefined;
  /** When something last took longer than KEEP_OFF_MS. */
  #lastSlowMs = -Infinity;

  /**
   * @param name the store's name in messages
   * @param onLost called when nothing will be written until the store is opened again
   */
  constructor(env: Pick<Env, 'clock' | 'logger'>, name: string, onLost?: (reason: string) => void) {
    this.#env = env;
    this.#name = name;
    this.#onLost = onLost;
  }

  /** Called before a write or a flush. The returned function is called at its end, with its error. */
  begin(what: string): (error?: unknown) => void {
    const one = { what, beganMs: this.#env.clock.monotonicMs() };
    this.#underWay.add(one);
    return (error) => {
      this.#underWay.delete(one);
      const nowMs = this.#env.clock.monotonicMs();
      if (nowMs - one.beganMs >= KEEP_OFF_MS) this.#lastSlowMs = nowMs;
      if (error !== undefined) this.failed(error);
      else if (nowMs - one.beganMs >= SLOW_MS) this.#met(slow(what, nowMs - one.beganMs));
      else this.#succeeded(nowMs);
    };
  }

  /** @param error why a write was refused; errors that do not concern the disk are ignored */
  failed(error: unknown): void {
    const isOfDisk = isSluiceError(error, 'LOG_FULL') || isSluiceError(error, 'LOG_UNAVAILABLE');
    if (!isOfDisk) return;
    this.#met(messageOf(error));
    if (LOST.test(messageOf(error)) || messageOf(error).includes(WRITER_ENDED)) this.#onLost?.(messageOf(error));
  }

  /** Description of the problem; undefined: there is none. */
  problem(): string | undefined {
    const nowMs = this.#env.clock.monotonicMs();
    for (const { what, beganMs } of this.#underWay)
      if (nowMs - beganMs >= SLOW_MS) this.#met(slow(what, nowMs - beganMs));
    return this.#problem?.message;
  }

  /** Whether a write may currently have to wait for the disk. */
  get isSlow(): boolean {
    const nowMs = this.#env.clock.monotonicMs();
    if (nowMs - this.#lastSlowMs < LASTS_MS) return true;
    for (const { beganMs } of this.#underWay) if (nowMs - beganMs >= FLUSH_MS) return true;
    return false;
  }

  /** Whether it is time to check if the problem is over. */
  get isOld(): boolean {
    return this.#problem !== undefined && this.#env.clock.monotonicMs() - this.#problem.lastMs >= LASTS_MS;
  }

  #succeeded(nowMs: number): void {
    if (this.#problem === undefined || nowMs - this.#problem.lastMs < LASTS_MS) return;
    this.#problem = undefined;
    this.#reported = undefined;
    this.#env.logger.warn(`${this.#name} can be written again`);
  }

  #met(message: string): void {
    this.#problem = { message, lastMs: this.#env.clock.monotonicMs() };
    // Figures in the message change with each write.
    const kind = message.replace(/\d+/g, '');
    if (kind === this.#reported) return;
    this.#reported = kind;
    this.#env.logger.error(`${this.#name} cannot be written as it should`, { error: message });
  }
}

function slow(what: string, tookMs: number): string {
  return `The disk is slow: a ${what} has taken ${Math.round(tookMs / 1000)} s`;
}
