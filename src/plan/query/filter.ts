import type { TypedExpr } from '../../expr/typed.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { formatType } from '../../types/sql-type.ts';
import { reject } from '../errors.ts';
import type { Step } from '../steps/steps.ts';
import { flatten } from './qualify.ts';
import type { Relation, Typer } from './relation.ts';

/** Keeps the rows that satisfy a predicate. */
export function filterSteps(input: Relation, where: Expression, typer: Typer): Relation {
  const predicate = typer.check(where, input, 'WHERE');
  checkPredicate(predicate, where, 'WHERE', typer.isJoin);
  const step = keptForFilter(input.step);
  return {
    ...input,
    step: {
      kind: step.relation === 'STREAM' ? 'StreamFilter' : 'TableFilter',
      name: 'WhereFilter',
      relation: step.relation,
      out: step.out,
      source: step,
      predicate,
    },
  };
}

/**
 * A filter of a table must know the previous row, since only a row that existed is retracted. So the table is stored,
 * as ksqlDB stores every table that it reads.
 */
function keptForFilter(step: Step): Step {
  return step.kind === 'TableSource' || step.kind === 'WindowedTableSource' ? { ...step, materialized: true } : step;
}

/** @throws SluiceError STATEMENT when the expression is not a condition */
export function checkPredicate(
  predicate: TypedExpr,
  expression: Expression,
  clause: 'WHERE' | 'HAVING',
  isJoin: boolean,
): void {
  if (predicate.type.kind === 'BOOLEAN') return;
  throw reject(
    `Type error in ${clause} expression: Should evaluate to boolean but is ${formatExpression(flatten(expression, isJoin))} ` +
      `(${formatType(predicate.type)}) instead.`,
    expression.span,
    `${clause} takes a BOOLEAN: a comparison, as in ${formatExpression(flatten(expression, isJoin))} ${predicate.type.kind === 'STRING' ? "= '…'" : 'IS NOT NULL'}.`,
  );
}
