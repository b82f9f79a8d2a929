import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';

/** The statement is rejected (ksqlDB's KsqlStatementException). */
export function reject(message: string, span?: Span, hint?: string): SluiceError {
  return new SluiceError('STATEMENT', message, { span, hint });
}

/** Adds a position, if the error has none, and the statement that was being planned. */
export function located(error: unknown, span: Span, statement: string): unknown {
  if (!(error instanceof SluiceError)) return error;
  if (error.span !== undefined) {
    error.statement ??= statement;
    return error;
  }
  return new SluiceError(error.code, error.message, {
    span,
    hint: error.hint,
    cause: error.cause,
    statement: error.statement ?? statement,
    retriable: error.retriable,
  });
}

/** `Line: 3, Col: 38: `, or nothing where the position is unknown. Lines and columns count from 1. */
export function place(span: Span | undefined): string {
  return span === undefined || span.line === 0 ? '' : `Line: ${span.line}, Col: ${span.column + 1}: `;
}
