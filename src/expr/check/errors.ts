import type { Span } from '../../base/span.ts';
import { SluiceError, type SluiceErrorOptions } from '../../base/errors.ts';

/** ksqlDB's message for a NULL whose context gives it no type. */
export const NO_TYPE =
  "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).";

/**
 * ksqlDB finds some errors while it types an expression and others while it compiles it, and names the clause
 * differently: `Error in WHERE expression: ...` and `Invalid Predicate: ...`. Here the checker finds both; this set
 * contains the errors of the second kind.
 */
const INVALID = new WeakSet<SluiceError>();

/** An error of ksqlDB's typing stage. */
export function typeError(message: string, options: SluiceErrorOptions = {}): SluiceError {
  return new SluiceError('STATEMENT', message, options);
}

/** An error of ksqlDB's compilation stage, which gets the prefix `Invalid Predicate: ` or `Invalid Select: `. */
export function invalidError(message: string, options: SluiceErrorOptions = {}): SluiceError {
  const error = new SluiceError('STATEMENT', message, options);
  INVALID.add(error);
  return error;
}

/** Returns the error with a position, if it has none. Which of the two stages it belongs to is preserved. */
export function placed(error: unknown, span: Span): unknown {
  if (!(error instanceof SluiceError) || error.span !== undefined) return error;
  const { code, message, hint, cause, statement } = error;
  const located = new SluiceError(code, message, { span, hint, cause, statement });
  if (INVALID.has(error)) INVALID.add(located);
  return located;
}

export type Clause = 'SELECT' | 'WHERE' | 'HAVING' | 'GROUP BY' | 'PARTITION BY' | 'ORDER BY' | 'JOIN';

/** Adds the prefix that ksqlDB uses for the clause to the checker's error. Other errors are returned unchanged. */
export function inClause(error: unknown, clause: Clause): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'STATEMENT') return error;
  const prefix = INVALID.has(error)
    ? clause === 'WHERE' || clause === 'HAVING'
      ? 'Invalid Predicate: '
      : clause === 'SELECT'
        ? 'Invalid Select: '
        : `Invalid ${clause}: `
    : clause === 'WHERE' || clause === 'HAVING'
      ? `Error in ${clause} expression: `
      : '';
  if (prefix === '') return error;
  return new SluiceError(error.code, prefix + error.message, {
    span: error.span,
    hint: error.hint,
    cause: error,
    statement: error.statement,
  });
}
