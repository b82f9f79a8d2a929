import { must } from '../../base/assert.ts';
import type { Source } from '../../catalog/source.ts';
import { readColumns, remapColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Join, Query } from '../../sql/ast/query.ts';
import { collect } from '../../sql/ast/visit.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { formatQuery } from '../../sql/printer/query.ts';
import type { Column } from '../../types/schema.ts';
import { BIGINT, BOOLEAN, formatType } from '../../types/sql-type.ts';
import type { PlanContext } from '../context.ts';
import { place, reject } from '../errors.ts';
import { typedAggregate } from '../query/group/aggregate.ts';
import { type BoundSource, columnNames, hasColumn } from '../query/from/bind-sources.ts';
import { callsOf, columnRefs, sameExpression } from '../query/expressions.ts';
import { checkPredicate } from '../query/filter.ts';
import { bindGrouping, type Grouping } from '../query/group/group-by.ts';
import { flatten, internalName, qualify } from '../query/qualify.ts';
import { type Held, Typer } from '../query/relation.ts';
import { checkResolved } from '../query/select/resolve-columns.ts';
import { expandSelect, type SelectEntry } from '../query/select/select-items.ts';
import { sourceStep } from '../query/from/source-step.ts';
import { PLAN_VERSION, type QueryPlan, type RowColumn, type Step } from '../steps/steps.ts';
import { asWritten } from './as-written.ts';
import { keptStep } from '../steps/kept-step.ts';
import { lookupsOf } from './lookups.ts';
import type { GeneralPullPlan, PullGroup, PullJoin, PullOrder, PullRead } from './pull-plan.ts';

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

function joinCondition(join: Join, on: Expression, sources: readonly BoundSource[]): Expression {
  for (const ref of columnRefs(on)) {
    const owner = sources.find((s) => s.alias === ref.qualifier);
    if (owner !== undefined && hasColumn(owner.source, ref.name)) continue;
    const name = ref.qualifier === null ? ref.name : `${ref.qualifier}.${ref.name}`;
    throw reject(`${place(ref.span)}JOIN ON column '${name}' cannot be resolved.`, ref.span);
  }
  if (join.within !== null) {
    throw reject(
      `Pull queries don't support WITHIN: they join what is there, whenever it happened.`,
      join.within.span,
      'Leave WITHIN out and compare ROWTIMEs in WHERE, or add EMIT CHANGES for a push query.',
    );
  }
  return on;
}

function conjunctsOf(e: Expression): Expression[] {
  return e.kind === 'Logical' && e.op === 'AND' ? [...conjunctsOf(e.left), ...conjunctsOf(e.right)] : [e];
}

function and(left: Expression, right: Expression): Expression {
  return { kind: 'Logical', op: 'AND', left, right, span: left.span };
}

/** Moves conditions on one source to where it is read, unless an outer join could bring its rows back as nulls. */
function splitWhere(
  where: Expression | null,
  joins: readonly Join[],
  sources: readonly BoundSource[],
): { readonly pushed: readonly Expression[][]; readonly rest: readonly Expression[] } {
  const pushed: Expression[][] = sources.map(() => []);
  const rest: Expression[] = [];
  for (const conjunct of where === null ? [] : conjunctsOf(where)) {
    const aliases = new Set(columnRefs(conjunct).map((ref) => ref.qualifier));
    const at = aliases.size === 1 ? sources.findIndex((s) => aliases.has(s.alias)) : -1;
    if (sources.length === 1) must(pushed[0], 'pushed conditions').push(conjunct);
    else if (at >= 0 && isPreserved(at, joins)) must(pushed[at], 'pushed conditions').push(conjunct);
    else rest.push(conjunct);
  }
  return { pushed, rest };
}

/** Whether no join fills the columns of this source with nulls. */
function isPreserved(at: number, joins: readonly Join[]): boolean {
  return joins.every(({ type }, i) =>
    i + 1 === at ? type === 'INNER' || type === 'RIGHT' : i + 1 < at || type === 'INNER' || type === 'LEFT',
  );
}

function readOf(
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

function shownRow(row: readonly RowColumn[], source: Source): TypedExpr[] | undefined {
  const columns = row.map((c, index): TypedExpr => ({ kind: 'column', index, name: c.name, type: c.type }));
  const shown = columns.map((column) => keptAsWritten(column, row, source));
  return shown.every((e) => e.kind === 'column') ? undefined : shown;
}

function qualified(row: readonly RowColumn[], alias: string, isJoin: boolean): RowColumn[] {
  return row.map((c) => ({ name: internalName(alias, c.name, isJoin), type: c.type }));
}

function typePredicate(where: Expression, row: readonly RowColumn[], typer: Typer): TypedExpr {
  const predicate = typer.checkOver(where, row, 'WHERE');
  checkPredicate(predicate, where, 'WHERE', typer.isJoin);
  return predicate;
}

/** `reads`: the earlier sources followed by the joined one. */
function planJoin(
  join: Join,
  on: Expression,
  reads: readonly PullRead[],
  sources: readonly BoundSource[],
  typer: Typer,
): PullJoin {
  const columns = reads.flatMap((read, i) => qualified(read.row, must(sources[i], 'source').alias, true));
  const width = columns.length - reads.at(-1)!.row.length;
  const left: TypedExpr[] = [];
  const right: TypedExpr[] = [];
  const also: TypedExpr[] = [];
  for (const conjunct of conjunctsOf(on)) {
    const typed = typer.checkOver(conjunct, columns, 'JOIN');
    if (typed.type.kind !== 'BOOLEAN')
      throw reject(`A join condition must be BOOLEAN, and is ${formatType(typed.type)}.`, conjunct.span);
    const sides = typed.kind === 'compare' && typed.op === '=' ? sidesOf(typed.left, typed.right, width) : undefined;
    if (sides === undefined) also.push(typed);
    else {
      left.push(sides.left);
      right.push(remapColumns(sides.right, (index) => index - width));
    }
  }
  if (left.length === 0) {
    throw reject(
      `Invalid join condition: it must hold an equality between a column of ${must(sources[reads.length - 1], 'source').alias} and one of what stands before it.`,
      join.on.span,
    );
  }
  const type = BOOLEAN;
  return {
    type: join.type,
    left,
    right,
    also:
      also.length === 0
        ? undefined
        : also.reduce((a, b): TypedExpr => ({ kind: 'logical', op: 'AND', left: a, right: b, type })),
  };
}

/** Assigns the two sides of an equality by the sources that they read; undefined when one side reads both or none. */
function sidesOf(
  a: TypedExpr,
  b: TypedExpr,
  width: number,
): { readonly left: TypedExpr; readonly right: TypedExpr } | undefined {
  const side = (e: TypedExpr): 'left' | 'right' | undefined => {
    const read = readColumns([e]);
    if (read.length === 0) return undefined;
    return read.every((i) => i < width) ? 'left' : read.every((i) => i >= width) ? 'right' : undefined;
  };
  const [first, second] = [side(a), side(b)];
  if (first === 'left' && second === 'right') return { left: a, right: b };
  return first === 'right' && second === 'left' ? { left: b, right: a } : undefined;
}

interface Grouped {
  readonly group: PullGroup;
  readonly row: readonly RowColumn[];
  readonly held: Held;
}

function planGroup(grouping: Grouping, row: readonly RowColumn[], typer: Typer, context: PlanContext): Grouped {
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
