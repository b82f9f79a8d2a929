import type { TypedExpr, TypedLambda } from '../typed.ts';
import type { Names } from './names.ts';
import type { StepCount } from './step-count.ts';

/** A JavaScript expression that computes a value, and its known properties. */
export interface Code {
  readonly js: string;
  /** Whether it may be null (it is never undefined). */
  readonly nullable: boolean;
  /** Whether it may throw. */
  readonly throws: boolean;
}

/** The typed expressions of one kind. */
export type Of<K extends TypedExpr['kind']> = Extract<TypedExpr, { kind: K }>;

/** Generates the code of an expression's parts. */
export interface Emitter {
  readonly names: Names;
  readonly steps: StepCount;
  /** The expression, whose failure is reported and becomes null. */
  guarded(expression: TypedExpr): Code;
  /** An operation that is null if any operand is null; `result` receives the names of the operands. */
  strictCodes(
    codes: readonly Code[],
    result: (refs: readonly string[]) => { js: string; throws?: boolean; nullable?: boolean },
  ): Code;
  /** The JavaScript function of a lambda. */
  lambda(lambda: TypedLambda): Code;
}
