import { vi } from 'vitest';

/**
 * Looks until `look` throws no more. As patient as `expect.poll` is by the configuration: Vitest's own second is over
 * where a machine is busy.
 */
export async function waitFor<T>(look: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(look, { timeout: 60_000, interval: 10 });
}
