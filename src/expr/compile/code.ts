import type { TypedExpr, TypedLambda } from '../typed.ts';
import type { Names } from './names.ts';
import type { StepCount } from './step-count.ts';

/** A JavaScript expression that computes a value, and what is known of it. */
export interface Code {
  readonly js: string;
  /** It may be null (it is never undefined). */
  readonly nullable: boolean;
  /** It may throw. */
  readonly throws: boolean;
}

export type Of<K extends TypedExpr['kind']> = Extract<TypedExpr, { kind: K }>;

/** Writes the code of an expression's parts. */
export interface Emitter {
  readonly names: Names;
  readonly steps: StepCount;
  /** The expression with a failure turned into null and reported. */
  guarded(expression: TypedExpr): Code;
  /** An operation that is null as soon as one operand is null; `result` is handed what the operands are called. */
  strictCodes(
    codes: readonly Code[],
    result: (refs: readonly string[]) => { js: string; throws?: boolean; nullable?: boolean },
  ): Code;
  /** A function of its parameters. */
  lambda(lambda: TypedLambda): Code;
}
