import type { Span } from '../../base/span.ts';
import { SluiceError, type SluiceErrorOptions } from '../../base/errors.ts';

export const NO_TYPE =
  "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).";

/**
 * ksqlDB finds some faults while it types an expression and others while it compiles it, and names the clause
 * differently: `Error in WHERE expression: ...` and `Invalid Predicate: ...`. Here both are found by the checker; this
 * says which of the two an error is.
 */
const INVALID = new WeakSet<SluiceError>();

/** A fault of ksqlDB's typing stage. */
export function typeError(message: string, options: SluiceErrorOptions = {}): SluiceError {
  return new SluiceError('STATEMENT', message, options);
}

/** A fault of ksqlDB's compiling stage: `Invalid Predicate: ` or `Invalid Select: ` belongs before its sentence. */
export function invalidError(message: string, options: SluiceErrorOptions = {}): SluiceError {
  const error = new SluiceError('STATEMENT', message, options);
  INVALID.add(error);
  return error;
}

/** The error with a place, where it has none. Which of the two it is stays known. */
export function placed(error: unknown, span: Span): unknown {
  if (!(error instanceof SluiceError) || error.span !== undefined) return error;
  const { code, message, hint, cause, statement } = error;
  const located = new SluiceError(code, message, { span, hint, cause, statement });
  if (INVALID.has(error)) INVALID.add(located);
  return located;
}

export type Clause = 'SELECT' | 'WHERE' | 'HAVING' | 'GROUP BY' | 'PARTITION BY' | 'ORDER BY' | 'JOIN';

/** The checker's error with the words that ksqlDB puts before it in that clause. Other errors come back as they are. */
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
