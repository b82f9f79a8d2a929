import { errorPath } from '../base/error-guide.ts';
import { isSluiceError, messageOf, SluiceError } from '../base/errors.ts';
import { ScriptFailure } from '../engine/script.ts';
import type { Entity, ErrorBody } from '../wire/entities.ts';
import { toEntity } from './entities.ts';

/** The response for any thrown value: status and ksqlDB's error object. */
export function errorAnswer(error: unknown): { readonly status: number; readonly body: ErrorBody } {
  if (error instanceof ScriptFailure) {
    const { error: cause, statementText, completed } = error;
    const common = errorBody(cause);
    if (statementText === undefined && cause.kind !== 'parse') return { status: cause.status, body: common };
    const entities = completed.map(toEntity).filter((e): e is Entity => e !== undefined);
    return {
      status: cause.status,
      body: { ...common, '@type': 'statement_error', statementText: statementText ?? cause.statement ?? '', entities },
    };
  }
  const sluice = isSluiceError(error) ? error : new SluiceError('INTERNAL', messageOf(error), { cause: error });
  return { status: sluice.status, body: errorBody(sluice) };
}

/** `generic_error` for one error, with our position and hint in addition to ksqlDB's fields. */
export function errorBody(error: SluiceError): ErrorBody {
  return {
    '@type': 'generic_error',
    error_code: error.restCode,
    message: error.message,
    code: error.code,
    ...(error.span && error.span.end > 0 ? { line: error.span.line, column: error.span.column } : {}),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    docs: errorPath(error.code),
  };
}
