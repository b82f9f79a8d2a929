import type { SqlType } from '../types/sql-type.ts';

/**
 * Typed expressions: the checker produces them from an AST expression and a scope, and the compiler consumes them. They
 * are plain data (contained in steps and stored in the command log): see `expr/json.ts` for the serialization of
 * values. Implicit casts are explicit here. Columns are positions in the input row.
 */
export type TypedExpr =
  | { readonly kind: 'column'; readonly index: number; readonly name: string; readonly type: SqlType }
  /** `value` follows types/sql-type.ts; null has the type that its context gave it. */
  | { readonly kind: 'literal'; readonly value: unknown; readonly type: SqlType }
  /** A call of a scalar function; `signature` is the index into the definition's signatures. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly signature: number;
      readonly args: readonly TypedArg[];
      readonly type: SqlType;
    }
  | { readonly kind: 'variable'; readonly name: string; readonly type: SqlType }
  | {
      readonly kind: 'arithmetic';
      readonly op: ArithmeticOp;
      readonly left: TypedExpr;
      readonly right: TypedExpr;
      readonly type: SqlType;
    }
  | { readonly kind: 'negate'; readonly operand: TypedExpr; readonly type: SqlType }
  | {
      readonly kind: 'compare';
      readonly op: CompareOp;
      readonly left: TypedExpr;
      readonly right: TypedExpr;
      readonly type: SqlType;
    }
  | {
      readonly kind: 'logical';
      readonly op: 'AND' | 'OR';
      readonly left: TypedExpr;
      readonly right: TypedExpr;
      readonly type: SqlType;
    }
  | { readonly kind: 'not'; readonly operand: TypedExpr; readonly type: SqlType }
  | { readonly kind: 'isNull'; readonly operand: TypedExpr; readonly negated: boolean; readonly type: SqlType }
  | {
      readonly kind: 'like';
      readonly value: TypedExpr;
      readonly pattern: TypedExpr;
      readonly escape: string | null;
      readonly type: SqlType;
    }
  | {
      readonly kind: 'between';
      readonly value: TypedExpr;
      readonly min: TypedExpr;
      readonly max: TypedExpr;
      readonly type: SqlType;
    }
  | { readonly kind: 'in'; readonly value: TypedExpr; readonly list: readonly TypedExpr[]; readonly type: SqlType }
  | {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: TypedExpr; readonly then: TypedExpr }[];
      readonly otherwise: TypedExpr | null;
      readonly type: SqlType;
    }
  | { readonly kind: 'cast'; readonly operand: TypedExpr; readonly type: SqlType }
  /** Access to an ARRAY (1-based, negative from the end) or a MAP. */
  | { readonly kind: 'subscript'; readonly base: TypedExpr; readonly index: TypedExpr; readonly type: SqlType }
  | {
      readonly kind: 'field';
      readonly base: TypedExpr;
      readonly index: number;
      readonly name: string;
      readonly type: SqlType;
    }
  | { readonly kind: 'makeArray'; readonly items: readonly TypedExpr[]; readonly type: SqlType }
  | { readonly kind: 'makeMap'; readonly entries: readonly (readonly [TypedExpr, TypedExpr])[]; readonly type: SqlType }
  | { readonly kind: 'makeStruct'; readonly fields: readonly TypedExpr[]; readonly type: SqlType };

export interface TypedLambda {
  readonly kind: 'lambda';
  readonly params: readonly { readonly name: string; readonly type: SqlType }[];
  readonly body: TypedExpr;
}

/** An argument of a call: an expression, a lambda, or an interval unit such as `DAYS`. */
export type TypedArg = TypedExpr | TypedLambda | { readonly kind: 'intervalUnit'; readonly unit: string };

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%';
export type CompareOp = '=' | '<>' | '<' | '<=' | '>' | '>=' | 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM';
