import { ConnectError } from '../../api/errors.ts';

/** The most characters, bytes and items that a generated value has. */
const MOST = 1_000_000;

/**
 * Checks the size that a generator's values may reach, before any is made: lists of lists of long texts are a few words
 * and more than a process has.
 * @returns the size
 * @throws ConnectError when it is too large
 */
export function sized(size: number, what: string): number {
  if (!(size <= MOST)) throw new ConnectError(`${what} may have more than ${MOST} characters, bytes and items`);
  return size;
}
