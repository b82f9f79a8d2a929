import type { FunctionEnv } from '../../functions/api.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import type { Row } from '../../types/row.ts';

/** The dependencies of the compiler besides the expression. */
export interface CompileEnv {
  readonly functions: Pick<FunctionRegistry, 'find'>;
  /** Clock and random numbers for functions. */
  readonly functionEnv: FunctionEnv;
  /** Receives failures if the caller passes no context of its own; absent: they are not reported. */
  readonly failures?: EvaluationContext;
}

/** Receives each failed evaluation whose value became null. */
export interface EvaluationContext {
  /** `column` is the position in the projection, or 0 if there is only one expression. */
  onError(column: number, error: unknown): void;
}

/**
 * Evaluates one expression. Throws an error of the expression that occurs outside function arguments and constructors.
 */
export type ValueFunction = (row: Row, context?: EvaluationContext) => unknown;
/** True only if the expression is true; null and a failure are false. */
export type PredicateFunction = (row: Row, context?: EvaluationContext) => boolean;
/** Creates a new row; a column whose expression fails is reported and null. */
export type ProjectionFunction = (row: Row, context?: EvaluationContext) => Row;

export const IGNORE_ERRORS: EvaluationContext = { onError() {} };
