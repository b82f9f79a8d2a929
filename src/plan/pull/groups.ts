import { must } from '../../base/assert.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import type { PlanContext } from '../context.ts';
import { typedAggregate } from '../query/group/aggregate.ts';
import { checkPredicate } from '../query/filter.ts';
import type { Grouping } from '../query/group/group-by.ts';
import { flatten } from '../query/qualify.ts';
import { type Held, Typer } from '../query/relation.ts';
import type { RowColumn } from '../steps/steps.ts';
import type { PullGroup } from './pull-plan.ts';

/** The grouping of a query, its rows, and the expressions that those rows hold. */
interface Grouped {
  readonly group: PullGroup;
  readonly row: readonly RowColumn[];
  readonly held: Held;
}

export function planGroup(grouping: Grouping, row: readonly RowColumn[], typer: Typer, context: PlanContext): Grouped {
  const isAll = grouping.isOneGroup;
  const keys = isAll ? [] : grouping.groupBy.map((e) => typer.checkOver(e, row, 'GROUP BY'));
  const calls = grouping.calls.map((call) => typedAggregate(call, row, typer, context));
  const expressions = [...grouping.calls, ...(isAll ? [] : grouping.groupBy)];
  const types = [...calls, ...keys].map((e) => e.type);
  const out = expressions.map((e, i): RowColumn => ({
    name: formatExpression(flatten(e, typer.isJoin)),
    type: must(types[i], 'type'),
  }));
  const held = expressions.map((expression, index) => ({
    expression,
    column: { index, ...must(out[index], 'column') },
  }));
  let having: TypedExpr | undefined;
  if (grouping.having !== null) {
    having = typer.checkOver(grouping.having, out, 'HAVING', held);
    checkPredicate(having, grouping.having, 'HAVING', typer.isJoin);
  }
  const plain = calls.map(({ name, signature, args, type, intermediate }) => ({
    name,
    signature,
    args,
    type,
    intermediate,
  }));
  return { group: { keys, calls: plain, having }, row: out, held };
}
