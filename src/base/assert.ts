import { SluiceError } from './errors.ts';

/** Fails with INTERNAL when `condition` is false: a broken assertion is a defect of ours, never of the input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new SluiceError('INTERNAL', `Assertion failed: ${message}`);
}

/** The value, which must be there. */
export function must<T>(value: T | null | undefined, what = 'value'): T {
  if (value === null || value === undefined) throw new SluiceError('INTERNAL', `Assertion failed: ${what} is missing`);
  return value;
}

/** The element at `index`, which must be one of the list's. It may be null, as a value of a row may. */
export function elementAt<T>(items: readonly T[], index: number, what = 'element'): T {
  if (!(index >= 0 && index < items.length)) {
    throw new SluiceError('INTERNAL', `Assertion failed: ${what} ${index} of ${items.length} is missing`);
  }
  return items[index]!;
}

/** The end of an exhaustive switch. */
export function assertNever(value: never): never {
  throw new SluiceError('INTERNAL', `Assertion failed: unexpected ${JSON.stringify(value)}`);
}
