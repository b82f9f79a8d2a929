import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';

/** An upper bound, and the setting that changes it. */
export interface Limit {
  readonly most: number;
  readonly setting: string;
}

/** The maximum size of a statement; parsing and later steps take time in proportion to it. */
export interface StatementLimits {
  /** Words, names, literals and punctuation. */
  readonly tokens: Limit;
  /**
   * Characters of a statement, of the content of one of its strings after variables are replaced, and of all variables
   * together.
   */
  readonly characters: Limit;
}

/** The maximum number of digits of a number and of a DECIMAL: the limit for a declared NUMERIC in PostgreSQL. */
export const MAX_DIGITS = 1000;

/** Errors whose statement is too large to be searched for advice, or to be shown. */
const exceeded = new WeakSet<SluiceError>();

/** Reports a limit that was exceeded. @throws SluiceError REJECTED, always */
export function tooMuch(what: string, unit: string, limit: Limit, span?: Span): never {
  const error = new SluiceError('REJECTED', `${what} more than ${limit.most} ${unit} (${limit.setting})`, {
    ...(span && { span }),
    hint: `${limit.setting} in the server's configuration is the limit. Long lists are shorter as rows of a table that is joined.`,
  });
  throw markTooMuch(error);
}

/** Marks the error of a statement that is too long, so that only the beginning of the statement is shown. */
export function markTooMuch(error: SluiceError): SluiceError {
  exceeded.add(error);
  return error;
}

/** Whether the error reports a statement that is too large to be searched for advice, or shown. */
export function isTooMuch(error: SluiceError): boolean {
  return exceeded.has(error);
}
