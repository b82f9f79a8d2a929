import type { Timers } from './env.ts';

/**
 * What the work ends with, or undefined where it takes longer than `ms`: it is left to itself then, and its errors too.
 * @param ms Infinity: as long as it takes
 * @throws what the work fails with in time
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
