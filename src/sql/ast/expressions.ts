import type { Node } from './node.ts';
import type { TypeSyntax } from './types.ts';

/** Expressions as written: names and types are not resolved yet. Parentheses leave no node. */
export type Expression =
  | NullLiteral
  | BooleanLiteral
  | IntegerLiteral
  | DecimalLiteral
  | DoubleLiteral
  | StringLiteral
  | ColumnReference
  | LambdaVariable
  | FieldAccess
  | Subscript
  | FunctionCall
  | Lambda
  | IntervalUnit
  | Unary
  | Arithmetic
  | Comparison
  | Logical
  | Not
  | IsNull
  | Between
  | In
  | Like
  | Case
  | Cast
  | ArrayConstructor
  | MapConstructor
  | StructConstructor;

export type Literal = NullLiteral | BooleanLiteral | IntegerLiteral | DecimalLiteral | DoubleLiteral | StringLiteral;

export interface NullLiteral extends Node {
  readonly kind: 'NullLiteral';
}
export interface BooleanLiteral extends Node {
  readonly kind: 'BooleanLiteral';
  readonly value: boolean;
}
/** INTEGER where it fits 32 bits, else BIGINT. A sign before the digits belongs to the literal. */
export interface IntegerLiteral extends Node {
  readonly kind: 'IntegerLiteral';
  readonly type: 'INTEGER' | 'BIGINT';
  /** A number while it is a safe integer, a bigint beyond. */
  readonly value: number | bigint;
}
/** `1.50`: digits exact, without superfluous leading zeros, at least one digit before and after the point. */
export interface DecimalLiteral extends Node {
  readonly kind: 'DecimalLiteral';
  readonly text: string;
}
/** `1e3`, `4.9E-324`. */
export interface DoubleLiteral extends Node {
  readonly kind: 'DoubleLiteral';
  readonly value: number;
}
export interface StringLiteral extends Node {
  readonly kind: 'StringLiteral';
  readonly value: string;
}

/** `name` or `source.name`. A dot is never a struct's: that is `->` (FieldAccess). */
export interface ColumnReference extends Node {
  readonly kind: 'ColumnReference';
  readonly qualifier: string | null;
  readonly name: string;
}
/** A parameter of an enclosing lambda. */
export interface LambdaVariable extends Node {
  readonly kind: 'LambdaVariable';
  readonly name: string;
}
/** `base->field`. */
export interface FieldAccess extends Node {
  readonly kind: 'FieldAccess';
  readonly base: Expression;
  readonly field: string;
}
/** `base[index]` on arrays and maps. */
export interface Subscript extends Node {
  readonly kind: 'Subscript';
  readonly base: Expression;
  readonly index: Expression;
}

/**
 * `name` is upper-cased. `COUNT(*)` has no arguments and `star`. Lambdas and interval units occur only as arguments.
 */
export interface FunctionCall extends Node {
  readonly kind: 'FunctionCall';
  readonly name: string;
  readonly args: readonly Expression[];
  readonly star: boolean;
}
/** `x => body`, `(x, y) => body`. */
export interface Lambda extends Node {
  readonly kind: 'Lambda';
  readonly params: readonly string[];
  readonly body: Expression;
}
/**
 * `DAYS` as in `TIMESTAMPADD(DAYS, 1, ts)`: an unquoted unit word standing alone as the first of several arguments.
 * `unit` is the plural, `name` the word as written, upper-cased: a checker whose function takes no unit there reads
 * it as the column of that name.
 */
export interface IntervalUnit extends Node {
  readonly kind: 'IntervalUnit';
  readonly unit: IntervalUnitName;
  readonly name: string;
}
export type IntervalUnitName = 'MILLISECONDS' | 'SECONDS' | 'MINUTES' | 'HOURS' | 'DAYS' | 'WEEKS' | 'MONTHS' | 'YEARS';

/** A sign before anything but a number literal. */
export interface Unary extends Node {
  readonly kind: 'Unary';
  readonly op: '-' | '+';
  readonly operand: Expression;
}
export interface Arithmetic extends Node {
  readonly kind: 'Arithmetic';
  readonly op: '+' | '-' | '*' | '/' | '%';
  readonly left: Expression;
  readonly right: Expression;
}
/** `!=` is read as `<>`. */
export interface Comparison extends Node {
  readonly kind: 'Comparison';
  readonly op: '=' | '<>' | '<' | '<=' | '>' | '>=' | 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM';
  readonly left: Expression;
  readonly right: Expression;
}
export interface Logical extends Node {
  readonly kind: 'Logical';
  readonly op: 'AND' | 'OR';
  readonly left: Expression;
  readonly right: Expression;
}
/** Also represents NOT BETWEEN, NOT IN and NOT LIKE. */
export interface Not extends Node {
  readonly kind: 'Not';
  readonly operand: Expression;
}
export interface IsNull extends Node {
  readonly kind: 'IsNull';
  readonly operand: Expression;
  /** IS NOT NULL. */
  readonly negated: boolean;
}
export interface Between extends Node {
  readonly kind: 'Between';
  readonly value: Expression;
  readonly min: Expression;
  readonly max: Expression;
}
export interface In extends Node {
  readonly kind: 'In';
  readonly value: Expression;
  readonly list: readonly Expression[];
}
export interface Like extends Node {
  readonly kind: 'Like';
  readonly value: Expression;
  readonly pattern: Expression;
  /** The one character after ESCAPE. */
  readonly escape: string | null;
}
/** `operand` is null in the searched form (CASE WHEN condition ...). */
export interface Case extends Node {
  readonly kind: 'Case';
  readonly operand: Expression | null;
  readonly branches: readonly CaseBranch[];
  readonly otherwise: Expression | null;
}
export interface CaseBranch extends Node {
  readonly kind: 'CaseBranch';
  readonly when: Expression;
  readonly then: Expression;
}
export interface Cast extends Node {
  readonly kind: 'Cast';
  readonly operand: Expression;
  readonly type: TypeSyntax;
}
export interface ArrayConstructor extends Node {
  readonly kind: 'ArrayConstructor';
  readonly items: readonly Expression[];
}
export interface MapConstructor extends Node {
  readonly kind: 'MapConstructor';
  readonly entries: readonly MapEntry[];
}
export interface MapEntry extends Node {
  readonly kind: 'MapEntry';
  readonly key: Expression;
  readonly value: Expression;
}
export interface StructConstructor extends Node {
  readonly kind: 'StructConstructor';
  readonly fields: readonly StructEntry[];
}
export interface StructEntry extends Node {
  readonly kind: 'StructEntry';
  readonly name: string;
  readonly value: Expression;
}
