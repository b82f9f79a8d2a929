import { vi } from 'vitest';

/**
 * Retries `look` until it no longer throws, with the time limit that the configuration gives `expect.poll`: Vitest's
 * default of one second is too short on a busy machine.
 */
export async function waitFor<T>(look: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(look, { timeout: 60_000, interval: 10 });
}
