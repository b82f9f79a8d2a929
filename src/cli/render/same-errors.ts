import { textOf, type Fields } from './fields.ts';

/**
 * An error of a query, and its number of occurrences: a query that is retried repeatedly may report the same error each
 * time.
 */
export interface SameErrors {
  readonly type: string;
  readonly message: string;
  readonly times: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * The errors of a query, oldest first as the server lists them; equal ones are merged at the position of the last one.
 */
export function sameErrors(errors: readonly Fields[]): readonly SameErrors[] {
  const found = new Map<string, SameErrors>();
  for (const error of errors) {
    const [type, message, atMs] = [textOf(error['type']), textOf(error['errorMessage']), Number(error['timestamp'])];
    const key = `${type}\n${message}`;
    const before = found.get(key);
    found.delete(key);
    found.set(key, {
      type,
      message,
      times: (before?.times ?? 0) + 1,
      firstMs: Math.min(before?.firstMs ?? atMs, atMs),
      lastMs: Math.max(before?.lastMs ?? atMs, atMs),
    });
  }
  return [...found.values()];
}
