import type { Expression } from '../../sql/ast/expressions.ts';
import type { SqlType } from '../../types/sql-type.ts';

/** A column as an expression sees it. */
export interface ScopeColumn {
  /** Position in the row that the expression will be evaluated on. */
  readonly index: number;
  readonly name: string;
  readonly type: SqlType;
}

/** What names mean where an expression stands. */
export interface Scope {
  /** The column, or undefined when there is none. May throw a sentence of its own (an ambiguous name). */
  column(qualifier: string | undefined, name: string): ScopeColumn | undefined;
  /**
   * Asked first for every sub-expression: the column that already holds its value, such as an aggregate's result
   * or a grouping expression's.
   */
  replace?(expression: Expression): ScopeColumn | undefined;
  /** The custom type (CREATE TYPE) of that name. */
  customType?(name: string): SqlType | undefined;
}

/** A scope without columns: for expressions of constants. */
export const EMPTY_SCOPE: Scope = { column: () => undefined };

/** A scope of plain columns, found by name whatever the qualifier. */
export function columnScope(columns: readonly { readonly name: string; readonly type: SqlType }[]): Scope {
  const byName = new Map(columns.map((c, index) => [c.name, { index, name: c.name, type: c.type }]));
  return { column: (_, name) => byName.get(name) };
}
