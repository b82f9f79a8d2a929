import { randomUUID } from 'node:crypto';
import type { Clock, Env, Logger, Random, Timers } from '../base/env.ts';

const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Those who wait for a turn, first come, first served. */
const waiting: (() => void)[] = [];

/** One goes on; the next in the next round, after timers and sockets. */
function giveTurn(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(giveTurn);
}

const timers: Timers = {
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  turn() {
    return new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(giveTurn);
    });
  },
};

const random: Random = { next: () => Math.random(), uuid: () => randomUUID() };

/** The real world, for `main`, tests and benchmarks. */
export function nodeEnv(logger: Logger): Env {
  return { clock, timers, random, logger };
}
