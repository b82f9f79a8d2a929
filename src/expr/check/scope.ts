import type { Expression } from '../../sql/ast/expressions.ts';
import type { SqlType } from '../../types/sql-type.ts';

/** A column that an expression may refer to. */
export interface ScopeColumn {
  /** Position in the row on which the expression is evaluated. */
  readonly index: number;
  readonly name: string;
  readonly type: SqlType;
}

/** The meaning of names in the context of an expression. */
export interface Scope {
  /** The column, or undefined if there is none. May throw an error of its own (an ambiguous name). */
  column(qualifier: string | undefined, name: string): ScopeColumn | undefined;
  /**
   * Called first for every sub-expression: returns the column that already contains its value, such as the result of an
   * aggregate or a grouping expression.
   */
  replace?(expression: Expression): ScopeColumn | undefined;
  /** The custom type (CREATE TYPE) with that name. */
  customType?(name: string): SqlType | undefined;
}

/** A scope without columns, for constant expressions. */
export const EMPTY_SCOPE: Scope = { column: () => undefined };

/** A scope of plain columns, found by name regardless of the qualifier. */
export function columnScope(columns: readonly { readonly name: string; readonly type: SqlType }[]): Scope {
  const byName = new Map(columns.map((c, index) => [c.name, { index, name: c.name, type: c.type }]));
  return { column: (_, name) => byName.get(name) };
}
