import type { Aggregator } from '../../functions/api.ts';
import type { AggregateCall, TableCall } from '../../plan/steps/steps.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Row } from '../../types/row.ts';

/**
 * Makes functions of typed expressions, once per task. What they throw on a row goes to the processing log by then: a
 * value becomes null, a predicate false, a table function no rows.
 */
export interface Compiler {
  /** `what` the value is, for whoever reads that it failed: `argument 1 of SUM`. */
  value(expr: TypedExpr, what: string): (row: Row) => unknown;
  predicate(expr: TypedExpr): (row: Row) => boolean;
  /** A new row of one value for each expression; `columns`: their names. */
  projection(exprs: readonly TypedExpr[], columns: readonly { readonly name: string }[]): (row: Row) => Row;
  tableFunction(call: TableCall): (row: Row) => readonly unknown[];
  aggregator(call: AggregateCall): Aggregator;
}
