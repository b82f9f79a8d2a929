import { randomUUID } from 'node:crypto';
import type { Env } from '../../src/base/env.ts';
import { SILENT_LOGGER } from '../../src/base/env.ts';

/** The real clock and timers, for tests that run against real time. */
export function testEnv(): Env {
  return {
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    timers: {
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason as Error);
          const onAbort = (): void => {
            clearTimeout(timer);
            reject(signal!.reason as Error);
          };
          const timer = setTimeout(() => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          }, ms);
          signal?.addEventListener('abort', onAbort);
        }),
      after: (ms, task) => {
        const timer = setTimeout(task, ms);
        timer.unref();
        return () => clearTimeout(timer);
      },
    },
    random: { next: () => Math.random(), uuid: () => randomUUID() },
    logger: SILENT_LOGGER,
  };
}
