import { SluiceError } from '../../base/errors.ts';
import type { FunctionEnv } from '../api.ts';

/**
 * A configured limit on the length of a collection; infinite if it is not set. @throws SluiceError CONFIG if it is not
 * a number >= 0
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

/**
 * A literal argument that specifies how many values to keep. @throws SluiceError STATEMENT if it is not an integer >= 1
 */
export function countArgument(value: unknown, name: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new SluiceError('STATEMENT', `${name} must be 1 or greater`);
}
