import { must } from '../../base/assert.ts';
import type { Source } from '../../catalog/source.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Query } from '../../sql/ast/query.ts';
import { collect } from '../../sql/ast/visit.ts';
import { formatQuery } from '../../sql/printer/query.ts';
import type { Column } from '../../types/schema.ts';
import { formatType } from '../../types/sql-type.ts';
import type { PlanContext } from '../context.ts';
import { reject } from '../errors.ts';
import type { BoundSource } from '../query/from/bind-sources.ts';
import { callsOf, columnRefs, sameExpression } from '../query/expressions.ts';
import { bindGrouping } from '../query/group/group-by.ts';
import { internalName, qualify } from '../query/qualify.ts';
import { type Held, Typer } from '../query/relation.ts';
import { checkResolved } from '../query/select/resolve-columns.ts';
import { expandSelect, type SelectEntry } from '../query/select/select-items.ts';
import type { RowColumn } from '../steps/steps.ts';
import type { GeneralPullPlan, PullOrder, PullRead } from './pull-plan.ts';
import { joinCondition, and, splitWhere, qualified, planJoin } from './joins.ts';
import { readOf, typePredicate } from './reads.ts';
import { planGroup } from './groups.ts';

/** The clauses of a query with qualified names. */
interface Clauses {
  readonly entries: readonly SelectEntry[];
  readonly on: readonly Expression[];
  readonly where: Expression | null;
  readonly groupBy: readonly Expression[];
  readonly having: Expression | null;
  readonly order: readonly Expression[];
}

/** Plans a SELECT that needs more than the rows of one stored table. @throws SluiceError STATEMENT */
export function planGeneral(query: Query, sources: readonly BoundSource[], context: PlanContext): GeneralPullPlan {
  const isJoin = sources.length > 1;
  const typer = new Typer(context, isJoin);
  const clauses = clausesOf(query, sources, typer, context);
  const grouping = bindGrouping(
    query,
    clauses,
    context.functions,
    isJoin,
    { persistent: false, subject: 'SELECT statement', groupsAlone: true },
    clauses.order,
  );
  const parts = splitWhere(clauses.where, query.from.joins, sources);
  const wanted = columnRefs(
    ...clauses.entries.map((e) => e.expression),
    ...Object.values(clauses).flat().filter(isExpr),
  );
  const reads = sources.map((bound, i) => {
    const names = new Set(wanted.filter((ref) => ref.qualifier === bound.alias).map((ref) => ref.name));
    return readOf(bound, names, must(parts.pushed[i], 'pushed conditions'), context);
  });
  const row = reads.flatMap((read, i) => qualified(read.row, must(sources[i], 'source').alias, isJoin));
  const joins = query.from.joins.map((join, i) =>
    planJoin(join, must(clauses.on[i], 'join condition'), reads.slice(0, i + 2), sources, typer),
  );
  const predicate = parts.rest.length === 0 ? undefined : typePredicate(parts.rest.reduce(and), row, typer);
  const grouped = grouping && planGroup(grouping, row, typer, context);
  const site = { row: grouped?.row ?? row, held: grouped?.held ?? [], typer };
  const select = clauses.entries.map((e) => typer.checkOver(e.expression, site.row, 'SELECT', site.held));
  return {
    kind: 'GENERAL',
    queryId: `transient_${must(sources[0], 'source').source.name}_${context.transientSuffix?.() ?? '0'}`,
    reads: reads as [PullRead, ...PullRead[]],
    joins,
    row,
    predicate,
    group: grouped?.group,
    select,
    distinct: query.distinct,
    order: planOrder(query, clauses, select, site),
    columns: clauses.entries.map((e, i): Column => ({
      name: e.name,
      type: must(select[i], 'selected expression').type,
      role:
        grouping === undefined && !isJoin && isKeyOf(e.expression, must(sources[0], 'source').source) ? 'KEY' : 'VALUE',
    })),
    limit: query.limit ?? undefined,
    persistentForm: persistentForm(query, sources, grouping !== undefined),
  };
}

function isExpr(value: unknown): value is Expression {
  return value !== null && typeof value === 'object' && 'kind' in value;
}

function clausesOf(query: Query, sources: readonly BoundSource[], typer: Typer, context: PlanContext): Clauses {
  const { functions } = context;
  const isJoin = typer.isJoin;
  const one = (e: Expression): Expression => qualify(e, sources, functions);
  const all = sources.flatMap(({ source, alias }) =>
    [...source.schema.key, ...source.schema.value].map((c) => ({
      name: internalName(alias, c.name, isJoin),
      type: c.type,
    })),
  );
  const entries = expandSelect(query, {
    sources,
    qualify: one,
    partitionBy: undefined,
    syntheticKey: undefined,
    starShowsBounds: true,
    typeOf: (e) => typer.checkOver(e, all, 'SELECT').type,
  });
  const clauses: Clauses = {
    entries,
    on: query.from.joins.map((join) => joinCondition(join, one(join.on), sources)),
    where: query.where === null ? null : one(query.where),
    groupBy: query.groupBy.map(one),
    having: query.having === null ? null : one(query.having),
    order: query.orderBy.map((item) => ordered(item.expression, entries, one)),
  };
  const site = { sources, isJoin, synthetic: undefined, hasWindow: false, functions };
  for (const entry of entries) checkResolved(entry.expression, 'SELECT', site);
  if (clauses.where !== null) checkResolved(clauses.where, 'WHERE', site, entries);
  for (const e of clauses.groupBy) checkResolved(e, 'GROUP BY', site, entries);
  if (clauses.having !== null) checkResolved(clauses.having, 'HAVING', site, entries);
  for (const e of clauses.order) checkResolved(e, 'ORDER BY', site);
  const everything = [...entries.map((e) => e.expression), ...Object.values(clauses).flat().filter(isExpr)];
  for (const expression of everything) {
    const call = callsOf(expression, 'TABLE', functions)[0];
    if (call !== undefined) {
      throw reject(
        `Pull queries don't support table functions: ${call.name}.`,
        call.span,
        'Add EMIT CHANGES for a push query.',
      );
    }
  }
  const inWhere = clauses.where === null ? undefined : callsOf(clauses.where, 'AGGREGATE', functions)[0];
  if (inWhere !== undefined)
    throw reject(
      `WHERE cannot hold the aggregate function ${inWhere.name}.`,
      inWhere.span,
      'Conditions on groups stand in HAVING.',
    );
  return clauses;
}

/** Resolves ORDER BY: a column of the result by name or number, or an expression over the rows. */
function ordered(
  expression: Expression,
  entries: readonly SelectEntry[],
  one: (e: Expression) => Expression,
): Expression {
  if (expression.kind === 'IntegerLiteral') {
    const entry = entries[Number(expression.value) - 1];
    if (entry === undefined)
      throw reject(
        `ORDER BY position ${expression.value} is not in the select list.`,
        expression.span,
        `The select list has ${entries.length === 1 ? 'one column' : `${entries.length} columns`}, counted from 1; a name or an expression may stand there too.`,
      );
    return entry.expression;
  }
  if (expression.kind === 'ColumnReference' && expression.qualifier === null) {
    const entry = entries.find((e) => e.name === expression.name);
    if (entry !== undefined) return entry.expression;
  }
  return one(expression);
}

function planOrder(
  query: Query,
  clauses: Clauses,
  select: readonly TypedExpr[],
  site: { readonly row: readonly RowColumn[]; readonly held: Held; readonly typer: Typer },
): PullOrder[] {
  return query.orderBy.map((item, i) => {
    const expression = must(clauses.order[i], 'expression of ORDER BY');
    const at = clauses.entries.findIndex((e) => sameExpression(e.expression, expression));
    if (at === -1 && query.distinct) {
      throw reject('With SELECT DISTINCT, what ORDER BY names must be in the select list.', item.span);
    }
    const typed =
      at >= 0
        ? must(select[at], 'selected expression')
        : site.typer.checkOver(expression, site.row, 'ORDER BY', site.held);
    if (hasNoOrder(typed.type)) throw reject(`Values of type ${formatType(typed.type)} have no order.`, item.span);
    return {
      expression: typed,
      descending: item.descending,
      nullsFirst: item.nulls === null ? item.descending : item.nulls === 'FIRST',
    };
  });
}

function hasNoOrder(type: TypedExpr['type']): boolean {
  switch (type.kind) {
    case 'MAP':
      return true;
    case 'ARRAY':
      return hasNoOrder(type.element);
    case 'STRUCT':
      return type.fields.some((f) => hasNoOrder(f.type));
    default:
      return false;
  }
}

function isKeyOf(expression: Expression, source: Source): boolean {
  return (
    expression.kind === 'ColumnReference' &&
    (source.schema.key.some((c) => c.name === expression.name) ||
      ((expression.name === 'WINDOWSTART' || expression.name === 'WINDOWEND') && source.topic.window !== undefined))
  );
}

/** The statement that would create a table with the state that this query needs each time. */
function persistentForm(query: Query, sources: readonly BoundSource[], isGrouped: boolean): string {
  const [first] = sources as readonly [BoundSource, ...BoundSource[]];
  if (sources.length === 1 && !isGrouped) {
    const { name, kind } = first.source;
    return kind === 'TABLE'
      ? `CREATE TABLE QUERYABLE_${name} AS SELECT * FROM ${name};`
      : `CREATE STREAM ${name}_FILTERED AS SELECT * FROM ${name} WHERE ...;`;
  }
  const kind = isGrouped || first.source.kind === 'TABLE' ? 'TABLE' : 'STREAM';
  const body = formatQuery({ ...query, distinct: false, orderBy: [], limit: null, emit: null });
  return `CREATE ${kind} ANSWERS AS ${body.replaceAll(/\s+/g, ' ')};`;
}

/** Whether a query needs more than unchanged rows of one source. */
export function isGeneral(query: Query, context: PlanContext): boolean {
  return (
    query.from.joins.length > 0 ||
    query.groupBy.length > 0 ||
    query.having !== null ||
    query.distinct ||
    query.orderBy.length > 0 ||
    collect(query, 'FunctionCall').some((call) => context.functions.find(call.name)?.kind === 'AGGREGATE')
  );
}
