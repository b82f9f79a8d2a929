import type { Aggregator } from '../functions/api.ts';
import type { AggregateCall, TableCall } from '../plan/steps/steps.ts';
import type { TypedExpr } from '../expr/typed.ts';
import type { Row } from '../types/row.ts';

/**
 * Makes functions of typed expressions, once per task. What they throw on a row goes to the processing log by then: a value becomes
 * null, a predicate false, a table function no rows.
 */
export interface Compiler {
  value(expr: TypedExpr): (row: Row) => unknown;
  predicate(expr: TypedExpr): (row: Row) => boolean;
  /** A new row of one value for each expression. */
  projection(exprs: readonly TypedExpr[]): (row: Row) => Row;
  tableFunction(call: TableCall): (row: Row) => readonly unknown[];
  aggregator(call: AggregateCall): Aggregator;
}
