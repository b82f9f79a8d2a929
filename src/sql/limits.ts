import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';

/** One bound, and the setting that moves it. */
export interface Limit {
  readonly most: number;
  readonly setting: string;
}

/** How much a statement may be; parsing and what comes after it take time in proportion. */
export interface StatementLimits {
  /** Words, names, literals and signs. */
  readonly tokens: Limit;
  /**
   * Characters of a statement, of what stands in one of its strings once variables are replaced, and of all variables
   * together.
   */
  readonly characters: Limit;
}

/** Most digits of a number, and of a DECIMAL: as many as NUMERIC of Postgres is declared with. */
export const MAX_DIGITS = 1000;

/** Marks errors whose statement is too large to be looked at for advice, or shown. */
const exceeded = new WeakSet<SluiceError>();

/** @throws SluiceError REJECTED, always */
export function tooMuch(what: string, unit: string, limit: Limit, span?: Span): never {
  const error = new SluiceError('REJECTED', `${what} more than ${limit.most} ${unit} (${limit.setting})`, {
    ...(span && { span }),
    hint: `${limit.setting} in the server's configuration is the limit. Long lists are shorter as rows of a table that is joined.`,
  });
  throw markTooMuch(error);
}

/** Marks an error of a statement that is too long: only the beginning of the statement is shown. */
export function markTooMuch(error: SluiceError): SluiceError {
  exceeded.add(error);
  return error;
}

export function isTooMuch(error: SluiceError): boolean {
  return exceeded.has(error);
}
