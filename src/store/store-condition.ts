import type { Env } from '../base/env.ts';
import { isSluiceError, messageOf } from '../base/errors.ts';

/** Told of a store whose writing thread has ended, in the middle of a write maybe: LMDB waits for it for ever then. */
export const WRITER_ENDED = 'the thread that writes has ended';
/**
 * By MDB_PANIC LMDB says that its first pages may be half written: it refuses everything from then on. lmdb-js says the
 * other where its reading transaction has ended with that, which it cannot begin anew.
 */
const LOST = /MDB_PANIC|No transaction to renew/;
/** A write or a flush that takes longer than this, in ms, is told. */
export const SLOW_MS = 5000;
/** While the disk is as slow as this, in ms, the thread that serves clients is to keep off it. */
export const KEEP_OFF_MS = 50;
/** A flush in progress for longer makes commits wait, in ms. */
const FLUSH_MS = 10;
/** For so long a problem is told after the last time it was met: what is written in between may have been small. */
export const LASTS_MS = 10_000;

/**
 * What keeps a store from being written, as of now: told to the log when it begins and when it is over, and to whoever
 * asks.
 */
export class StoreCondition {
  readonly #env: Pick<Env, 'clock' | 'logger'>;
  readonly #name: string;
  readonly #onLost: ((reason: string) => void) | undefined;
  /** When each write and flush that is in progress began, monotonic. */
  readonly #underWay = new Set<{ readonly what: string; readonly beganMs: number }>();
  #problem: { readonly message: string; readonly lastMs: number } | undefined;
  #told: string | undefined;
  /** When something last took longer than KEEP_OFF_MS. */
  #lastSlowMs = -Infinity;

  /**
   * @param name what the store is called in what is told
   * @param onLost told that nothing will be written any more until the store is opened again
   */
  constructor(env: Pick<Env, 'clock' | 'logger'>, name: string, onLost?: (reason: string) => void) {
    this.#env = env;
    this.#name = name;
    this.#onLost = onLost;
  }

  /** To be called before a write or a flush, and what it gives when that has ended, with its error. */
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

  /** @param error why a write was refused; what says nothing of the disk is passed over */
  failed(error: unknown): void {
    const isOfDisk = isSluiceError(error, 'LOG_FULL') || isSluiceError(error, 'LOG_UNAVAILABLE');
    if (!isOfDisk) return;
    this.#met(messageOf(error));
    if (LOST.test(messageOf(error)) || messageOf(error).includes(WRITER_ENDED)) this.#onLost?.(messageOf(error));
  }

  /** In words; undefined: all is well. */
  problem(): string | undefined {
    const nowMs = this.#env.clock.monotonicMs();
    for (const { what, beganMs } of this.#underWay)
      if (nowMs - beganMs >= SLOW_MS) this.#met(slow(what, nowMs - beganMs));
    return this.#problem?.message;
  }

  /** Whether whoever writes now may have to wait for the disk. */
  get isSlow(): boolean {
    const nowMs = this.#env.clock.monotonicMs();
    if (nowMs - this.#lastSlowMs < LASTS_MS) return true;
    for (const { beganMs } of this.#underWay) if (nowMs - beganMs >= FLUSH_MS) return true;
    return false;
  }

  /** Whether it is time to try whether the problem is over. */
  get isOld(): boolean {
    return this.#problem !== undefined && this.#env.clock.monotonicMs() - this.#problem.lastMs >= LASTS_MS;
  }

  #succeeded(nowMs: number): void {
    if (this.#problem === undefined || nowMs - this.#problem.lastMs < LASTS_MS) return;
    this.#problem = undefined;
    this.#told = undefined;
    this.#env.logger.warn(`${this.#name} can be written again`);
  }

  #met(message: string): void {
    this.#problem = { message, lastMs: this.#env.clock.monotonicMs() };
    // Figures in it change with each write.
    const kind = message.replace(/\d+/g, '');
    if (kind === this.#told) return;
    this.#told = kind;
    this.#env.logger.error(`${this.#name} cannot be written as it should`, { error: message });
  }
}

function slow(what: string, tookMs: number): string {
  return `The disk is slow: a ${what} has taken ${Math.round(tookMs / 1000)} s`;
}
