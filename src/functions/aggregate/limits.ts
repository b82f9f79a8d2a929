import { SluiceError } from '../../base/errors.ts';
import type { FunctionEnv } from '../api.ts';

/**
 * A configured limit on the length of a collection; unlimited when it is not set. Throws CONFIG for what is no number
 * >= 0.
 */
export function limitOf(env: FunctionEnv, key: string): number {
  const value = env.config?.(key);
  if (value === undefined || value === null || value === '') return Number.POSITIVE_INFINITY;
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new SluiceError(
      'CONFIG',
      `Invalid value ${JSON.stringify(value)} for configuration ${key}: must be a whole number of at least 0`,
    );
  }
  return limit;
}

/** A literal argument that says how many values to keep. Throws STATEMENT unless it is at least 1. */
export function countArgument(value: unknown, name: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new SluiceError('STATEMENT', `${name} must be 1 or greater`);
}
