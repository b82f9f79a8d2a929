import type { Work } from '../../base/budget/work.ts';
import type { Aggregator } from '../../functions/api.ts';
import type { AggregateCall, TableCall } from '../../plan/steps/steps.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Row } from '../../types/row.ts';

/**
 * Compiles typed expressions to functions, once per task. Their errors on a row go to the processing log: a value
 * becomes null, a predicate false, a table function gives no rows.
 */
export interface Compiler {
  /** Counts steps, for operators that repeat something for a record as its values do. */
  readonly work: Work;
  /** `what` describes the value in error messages: `argument 1 of SUM`. */
  value(expr: TypedExpr, what: string): (row: Row) => unknown;
  predicate(expr: TypedExpr): (row: Row) => boolean;
  /** Creates a new row with one value for each expression; `columns` are their names. */
  projection(exprs: readonly TypedExpr[], columns: readonly { readonly name: string }[]): (row: Row) => Row;
  tableFunction(call: TableCall): (row: Row) => readonly unknown[];
  aggregator(call: AggregateCall): Aggregator;
}
