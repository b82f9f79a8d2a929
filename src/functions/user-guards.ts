import { quoting } from '../base/quoting.ts';
import { assertNever } from '../base/assert.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { INT32_MAX, INT32_MIN, normalizeInt64 } from '../types/int64.ts';
import { formatType, type SqlType } from '../types/sql-type.ts';
import type { Aggregator, CallSite, ScalarBody } from './api.ts';
import type { UserCode } from './user-fence.ts';

/** Guards around user-defined code: they check its exceptions and results. */

type RowsBody = (...args: any[]) => readonly unknown[] | null;

/** Wraps the body of a scalar function. @throws SluiceError EVALUATION (the returned body) */
export function guardBody(code: UserCode, body: ScalarBody, { returnType, env }: CallSite): ScalarBody {
  const check = resultCheck(code.name, returnType);
  const fenced = fence('EVALUATION', code, env);
  return (...args: unknown[]) => check(fenced(() => body(...args) as unknown));
}

/** Wraps the body of a table function. @throws SluiceError EVALUATION (the returned body) */
export function guardRows(code: UserCode, body: RowsBody, { returnType, env }: CallSite): RowsBody {
  const { name } = code;
  const check = resultCheck(name, returnType);
  const fenced = fence('EVALUATION', code, env);
  return (...args: unknown[]) => {
    const rows: unknown = fenced(() => body(...args));
    if (rows === null || rows === undefined) return null;
    if (!Array.isArray(rows)) throw new SluiceError('EVALUATION', `Function ${name} must return an array of rows`);
    return rows.map(check);
  };
}

/** After a failure the state of an aggregate cannot be trusted: its query stops, and others continue. */
export function guardAggregator(code: UserCode, aggregator: Aggregator, { returnType, env }: CallSite): Aggregator {
  const { name } = code;
  const check = resultCheck(name, returnType);
  if (
    typeof aggregator !== 'object' ||
    !['initialize', 'add', 'result'].every((key) => typeof aggregator[key as keyof Aggregator] === 'function')
  ) {
    throw new SluiceError('STATEMENT', `Function ${name}: create must return intermediate, initialize, add and result`);
  }
  const fenced = fence('QUERY_FAILED', code, env);
  const { undo, merge } = aggregator;
  return {
    intermediate: aggregator.intermediate,
    initialize: () => fenced(() => aggregator.initialize()),
    add: (aggregate, args) => fenced(() => aggregator.add(aggregate, args)),
    ...(undo && { undo: (aggregate, args) => fenced(() => undo.call(aggregator, aggregate, args)) }),
    ...(merge && { merge: (a, b) => fenced(() => merge.call(aggregator, a, b)) }),
    result: (aggregate) => check(fenced(() => aggregator.result(aggregate))),
  };
}

/**
 * Runs a call: an exception becomes the function's error; in the thread that serves clients the call has a time limit.
 */
function fence(code: 'EVALUATION' | 'QUERY_FAILED', user: UserCode, env: CallSite['env']): <R>(step: () => R) => R {
  const guarded = <R>(step: () => R): R => {
    try {
      return step();
    } catch (error) {
      throw failed(code, user.name, error);
    }
  };
  const { fence: around } = env;
  return around === undefined ? guarded : (step) => around.call(user, env, () => guarded(step));
}

function failed(code: 'EVALUATION' | 'QUERY_FAILED', name: string, error: unknown): SluiceError {
  // An error thrown by user-defined code may quote any data.
  const message = quoting(messageOf(error), (text) => `Failed to invoke function ${name}: ${text}`);
  return new SluiceError(code, message, { cause: error });
}

/** Checks the outermost layer of a result; undefined counts as null, and a BIGINT is normalized. */
function resultCheck(name: string, type: SqlType): (value: unknown) => unknown {
  const wrong = (value: unknown): never => {
    const found =
      value instanceof Promise
        ? 'a promise (functions are synchronous)'
        : Array.isArray(value)
          ? 'an array'
          : `a ${typeof value}`;
    throw new SluiceError('EVALUATION', `Function ${name} returned ${found} where ${formatType(type)} is declared`);
  };
  const accept = acceptor(type);
  if (type.kind === 'BIGINT') {
    return (value) => {
      if (value === null || value === undefined) return null;
      if (typeof value === 'bigint') return normalizeInt64(value);
      return Number.isSafeInteger(value) ? value : wrong(value);
    };
  }
  return (value) => (value === null || value === undefined ? null : accept(value) ? value : wrong(value));
}

function acceptor(type: SqlType): (value: unknown) => boolean {
  switch (type.kind) {
    case 'BOOLEAN':
      return (value) => typeof value === 'boolean';
    case 'INTEGER':
      return (value) => Number.isInteger(value) && (value as number) >= INT32_MIN && (value as number) <= INT32_MAX;
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return Number.isSafeInteger;
    case 'BIGINT':
    case 'DOUBLE':
      return (value) => typeof value === 'number';
    case 'DECIMAL':
      return (value) => typeof value === 'bigint';
    case 'STRING':
      return (value) => typeof value === 'string';
    case 'BYTES':
      return (value) => value instanceof Uint8Array;
    case 'ARRAY':
      return Array.isArray;
    case 'STRUCT':
      return (value) => Array.isArray(value) && value.length === type.fields.length;
    case 'MAP':
      return (value) => value instanceof Map;
    default:
      return assertNever(type);
  }
}
