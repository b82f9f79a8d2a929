import type { FunctionEnv } from '../../functions/api.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import type { Row } from '../../types/row.ts';

/** What compiling needs besides the expression. */
export interface CompileEnv {
  readonly functions: Pick<FunctionRegistry, 'find'>;
  /** Clock and randomness of functions. */
  readonly functionEnv: FunctionEnv;
  /** Told of failures where the caller gives no context of its own; absent: nobody is. */
  readonly failures?: EvaluationContext;
}

/** Told of each evaluation that failed and became null. */
export interface EvaluationContext {
  /** `column` is the position in the projection; 0 where there is only one expression. */
  onError(column: number, error: unknown): void;
}

/** Evaluates one expression. Throws what the expression throws outside function arguments and constructors. */
export type ValueFunction = (row: Row, context?: EvaluationContext) => unknown;
/** True only where the expression is true: null and a failure are false. */
export type PredicateFunction = (row: Row, context?: EvaluationContext) => boolean;
/** Makes a new row; a column whose expression fails is null and reported. */
export type ProjectionFunction = (row: Row, context?: EvaluationContext) => Row;

export const IGNORE_ERRORS: EvaluationContext = { onError() {} };
