import type { Source } from '../../catalog/source.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Column } from '../../types/schema.ts';
import { BIGINT } from '../../types/sql-type.ts';
import type { PlanContext } from '../context.ts';
import { type BoundSource, columnNames } from '../query/from/bind-sources.ts';
import { checkPredicate } from '../query/filter.ts';
import { Typer } from '../query/relation.ts';
import { sourceStep } from '../query/from/source-step.ts';
import { PLAN_VERSION, type QueryPlan, type RowColumn, type Step } from '../steps/steps.ts';
import { asWritten } from './as-written.ts';
import { keptStep } from '../steps/kept-step.ts';
import { lookupsOf } from './lookups.ts';
import type { PullRead } from './pull-plan.ts';
import { and } from './joins.ts';

/**
 * How the rows of one source are read: from the store of the query that keeps the table if there is one, otherwise from
 * the topic.
 * @param names the columns that the query uses
 * @param conditions those of WHERE that concern this source alone
 */
export function readOf(
  bound: BoundSource,
  names: ReadonlySet<string>,
  conditions: readonly Expression[],
  context: PlanContext,
): PullRead {
  const { source } = bound;
  const typer = new Typer(context, false);
  const condition = conditions.length === 0 ? undefined : conditions.reduce(and);
  const keeper = context.catalog.createdByQuery(source.name);
  const byRecord = names.has('ROWPARTITION') || names.has('ROWOFFSET');
  const isKept = keeper !== undefined && keptStep((keeper.plan as QueryPlan).root).kept !== undefined;
  if (source.kind === 'TABLE' && isKept && !byRecord) {
    const row = keptRow(source);
    const predicate = condition && typePredicate(condition, row, typer);
    const windowed = source.topic.window !== undefined;
    return {
      kind: 'TABLE',
      source: source.name,
      queryId: keeper.id,
      row,
      windowed,
      lookups: lookupsOf(predicate, { key: row.slice(0, source.schema.key.length), windowed, config: context.config }),
      predicate: predicate && keptAsWritten(predicate, row, source),
      shown: shownRow(row, source),
    };
  }
  const step = sourceStep({
    source,
    name: 'KsqlTopic/Source',
    wanted: columnNames(source).filter((name) => names.has(name) || name === 'ROWTIME'),
    rename: (name) => name,
  });
  const { row } = step.out;
  const predicate = condition && typePredicate(condition, row, typer);
  const filter = (): Step => ({
    kind: source.kind === 'STREAM' ? 'StreamFilter' : 'TableFilter',
    name: 'WhereFilter',
    relation: source.kind,
    out: step.out,
    source: step,
    predicate: predicate!,
  });
  return {
    kind: 'TOPIC',
    source: source.name,
    topic: source.topic.name,
    relation: source.kind,
    row,
    predicate,
    plan: {
      version: PLAN_VERSION,
      queryId: `transient_${source.name}`,
      sources: [source.name],
      sink: undefined,
      root: predicate === undefined ? step : filter(),
    },
  };
}

/** The row in which a stored table is read. */
export function keptRow(source: Source): RowColumn[] {
  const plain = (c: Column): RowColumn => ({ name: c.name, type: c.type });
  const bounds = source.topic.window === undefined ? [] : ['WINDOWSTART', 'WINDOWEND'];
  return [
    ...source.schema.key.map(plain),
    ...bounds.map((name) => ({ name, type: BIGINT })),
    ...source.schema.value.map(plain),
    { name: 'ROWTIME', type: BIGINT },
  ];
}

/** An expression over a stored table's row that gives what readers of its topic would see. */
export function keptAsWritten(e: TypedExpr, row: readonly RowColumn[], source: Source): TypedExpr {
  const firstValue = row.length - source.schema.value.length - 1;
  return asWritten(e, row, (index) => index >= firstValue && index < row.length - 1, source.topic);
}

/** The expressions for a stored row as readers of the topic would see it; undefined if it is the same. */
function shownRow(row: readonly RowColumn[], source: Source): TypedExpr[] | undefined {
  const columns = row.map((c, index): TypedExpr => ({ kind: 'column', index, name: c.name, type: c.type }));
  const shown = columns.map((column) => keptAsWritten(column, row, source));
  return shown.every((e) => e.kind === 'column') ? undefined : shown;
}

/** Types a condition of WHERE. @throws SluiceError STATEMENT */
export function typePredicate(where: Expression, row: readonly RowColumn[], typer: Typer): TypedExpr {
  const predicate = typer.checkOver(where, row, 'WHERE');
  checkPredicate(predicate, where, 'WHERE', typer.isJoin);
  return predicate;
}
