import type { Timers } from './env.ts';

/**
 * The result of the work, or undefined when it takes longer than `ms`; late results and errors are ignored.
 * @param ms Infinity: no limit
 * @throws the error of work that fails in time
 */
export async function within<T>(timers: Timers, ms: number, work: Promise<T>): Promise<T | undefined> {
  if (ms === Infinity) return await work;
  const waiting = new AbortController();
  work.catch(() => undefined);
  const late = timers.sleep(Math.max(0, ms), waiting.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    waiting.abort();
  }
}
