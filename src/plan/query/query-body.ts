import { must } from '../../base/assert.ts';
import type { Source } from '../../catalog/source.ts';
import { KEYS } from '../../config/keys.ts';
import { NO_SPAN } from '../../base/span.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { formatName } from '../../sql/printer/names.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Query } from '../../sql/ast/query.ts';
import { type PlanContext, requireEnabled } from '../context.ts';
import { refuseSwitchedOff } from './switched-off.ts';
import { isKsqldb, refuseOtherClauses } from '../dialect.ts';
import { reject } from '../errors.ts';
import { isSystemName, isWindowBound } from '../names.ts';
import type { RowColumn } from '../steps/steps.ts';
import { aggregateSteps, refuseFinal } from './group/aggregate.ts';
import { type BoundSource, bindSources } from './from/bind-sources.ts';
import type { BodyMode } from './body-mode.ts';
import { filterSteps } from './filter.ts';
import { bindGrouping, type Grouping } from './group/group-by.ts';
import { bindJoins, type BoundJoin } from './from/join-criteria.ts';
import { type JoinKey, keyOfJoins } from './from/join-keys.ts';
import { fromSteps } from './from/join-steps.ts';
import { streamOver } from './from/stream-over.ts';
import type { KeyOrigin } from './keys.ts';
import { keyNamesOf, partitionSteps } from './group/partition-by.ts';
import { checkQualifiers, internalName, qualify } from './qualify.ts';
import { type Held, type Relation, Typer } from './relation.ts';
import { checkFunctions } from './select/check-functions.ts';
import { checkResolved, type ColumnSite } from './select/resolve-columns.ts';
import { expandSelect, reservedInSelect, type SelectEntry } from './select/select-items.ts';
import { tableFunctionSteps } from './select/table-functions.ts';

/** A query up to its projection: the part that CREATE AS, INSERT INTO and transient queries share. */
export interface QueryBody {
  readonly relation: Relation;
  readonly entries: readonly SelectEntry[];
  /** Where the row holds the values of grouping expressions, aggregates and table functions. */
  readonly held: Held;
  readonly origin: KeyOrigin;
  readonly sources: readonly BoundSource[];
  readonly typer: Typer;
  readonly grouping: Grouping | undefined;
  /** The query as it was understood: names qualified, `*` expanded, every column named. */
  readonly understood: Query;
}

/** Binds a query and makes its steps up to the projection. @throws SluiceError */
export function queryBody(query: Query, mode: BodyMode, context: PlanContext): QueryBody {
  const { functions } = context;
  refuseSwitchedOff(query, context);
  if (query.emit === 'FINAL') requireEnabled(context.config, KEYS.suppressEnabled, 'EMIT FINAL');
  if (isKsqldb(context.config)) refuseOtherClauses(query);
  if (mode.persistent) refuseLegacySessions(query, context);
  checkOneShotClauses(query, mode);
  const sources = bindSources(query.from, context.catalog);
  const isJoin = sources.length > 1;
  const typer = new Typer(context, isJoin);
  checkQualifiers(query, sources);
  const clauses = qualifyClauses(query, sources, context);
  checkFunctions(query, sources, context.functions);
  const joins = bindJoins(query.from.joins, sources, functions);
  const joinKey = keyOfJoins(joins, sources);
  const entries = selectEntries(query, clauses, { sources, typer, joinKey, mode }, context);
  const understood = understoodQuery(query, clauses, entries, sources, joins, mode.persistent);
  mode.onBound?.(understood);
  if (mode.persistent) checkSystemNames(entries);
  checkClauses(query, clauses, entries, {
    sources,
    isJoin,
    synthetic: syntheticName(joinKey),
    hasWindow: query.window !== null,
    functions: context.functions,
  });
  if (mode.persistent) checkWindowedTables(sources);
  checkValueFormats(sources, query.groupBy.length > 0);
  if (!mode.persistent && !isKsqldb(context.config)) refusePlaces(query);

  const grouping = bindGrouping(query, { ...clauses, entries }, functions, isJoin, mode);
  let relation = fromSteps(sources, joins, typer, context, mode.persistent);
  if (clauses.where !== null) relation = filterSteps(relation, clauses.where, typer);
  const flat = tableFunctionSteps(relation, entries, grouping !== undefined, typer, context);
  relation = flat.relation;
  let { held } = flat;
  let origin: KeyOrigin = originOfFrom(joinKey, joins);
  if (clauses.partitionBy.length > 0) {
    relation = partitionSteps(relation, clauses.partitionBy, entries, { query, typer, context, isJoin });
    origin = { kind: 'PARTITION_BY', expressions: clauses.partitionBy };
  }
  if (grouping !== undefined) {
    const keyNames = keyNamesOf(grouping.groupBy, entries, sources);
    const aggregated = aggregateSteps(relation, { grouping, query, where: clauses.where, keyNames }, typer, context);
    ({ relation, held } = aggregated);
    origin = { kind: 'GROUP_BY', expressions: grouping.groupBy };
  } else if (query.emit === 'FINAL') {
    throw refuseFinal(query, relation.step.relation === 'TABLE', 'STATEMENT');
  }
  return { relation, entries, held, origin, sources, typer, grouping, understood };
}

interface Clauses {
  readonly where: Expression | null;
  readonly groupBy: readonly Expression[];
  readonly having: Expression | null;
  readonly partitionBy: readonly Expression[];
}

function qualifyClauses(query: Query, sources: readonly BoundSource[], context: PlanContext): Clauses {
  const one = (e: Expression): Expression => qualify(e, sources, context.functions);
  return {
    where: query.where === null ? null : one(query.where),
    groupBy: query.groupBy.map(one),
    having: query.having === null ? null : one(query.having),
    partitionBy: query.partitionBy.map(one),
  };
}

function selectEntries(
  query: Query,
  clauses: Clauses,
  site: {
    readonly sources: readonly BoundSource[];
    readonly typer: Typer;
    readonly joinKey: JoinKey;
    readonly mode: BodyMode;
  },
  context: PlanContext,
): SelectEntry[] {
  const { sources, typer, joinKey, mode } = site;
  return expandSelect(query, {
    sources,
    qualify: (e) => qualify(e, sources, context.functions),
    partitionBy: clauses.partitionBy.length === 0 ? undefined : clauses.partitionBy,
    syntheticKey: syntheticName(joinKey),
    starShowsBounds: !mode.persistent,
    typeOf: (e) => typer.checkOver(e, allColumns(sources), 'SELECT').type,
  });
}

/** All columns of the sources as in a joined row, for typing `->*` before there are steps. */
function allColumns(sources: readonly BoundSource[]): RowColumn[] {
  const isJoin = sources.length > 1;
  return sources.flatMap(({ source, alias }) =>
    [...source.schema.key, ...source.schema.value].map((c) => ({
      name: internalName(alias, c.name, isJoin),
      type: c.type,
    })),
  );
}

function syntheticName(key: JoinKey): string | undefined {
  return key.kind === 'synthetic' ? key.name : undefined;
}

function originOfFrom(key: JoinKey, joins: readonly BoundJoin[]): KeyOrigin {
  if (joins.length === 0) return { kind: 'SOURCE' };
  if (key.kind === 'columns' && key.foreign !== undefined) return { kind: 'FOREIGN_KEY_JOIN', leftAlias: key.foreign };
  return { kind: 'JOIN', synthetic: key.kind === 'synthetic' };
}

/**
 * Refuses ORDER BY and DISTINCT in queries that never end: they have no last row to sort before, and do not remember
 * what they returned.
 */
function checkOneShotClauses(query: Query, mode: BodyMode): void {
  const [item] = query.orderBy;
  if (item !== undefined) {
    throw reject(
      `ORDER BY is for queries that end, and ${mode.persistent ? `a ${mode.subject}` : 'one with EMIT'} never ends.`,
      item.span,
      mode.persistent
        ? 'Order the answer of a SELECT over the result.'
        : 'Leave EMIT out: the query then answers from what is there now.',
    );
  }
  if (query.distinct) {
    throw reject(
      `SELECT DISTINCT is for queries that end, and ${mode.persistent ? `a ${mode.subject}` : 'one with EMIT'} never ends.`,
      query.span,
      `Each group is a row of a table: ${mode.persistent ? 'CREATE TABLE … AS ' : ''}SELECT ${distinctColumns(query)}, COUNT(*) … GROUP BY ${distinctColumns(query)}.`,
    );
  }
}

/** In other databases GROUP BY 1 means the first column; here it would silently put all rows into one group. */
function refusePlaces({ groupBy, select }: Query): void {
  for (const expression of groupBy) {
    if (expression.kind !== 'IntegerLiteral') continue;
    const item = select[Number(expression.value) - 1];
    const meant =
      item !== undefined && 'expression' in item && item.expression.kind === 'ColumnReference'
        ? isWindowBound(item.expression.name)
          ? ". The bounds of a window are no part of GROUP BY: its other columns alone, or GROUP BY 'all' for one row of each window"
          : `: GROUP BY ${formatExpression(item.expression)}`
        : '';
    throw reject(
      `GROUP BY ${formatExpression(expression)} groups by the number, and all rows are one group.`,
      expression.span,
      `A column is grouped by its name, not by its place in the SELECT${meant}.`,
    );
  }
}

function distinctColumns({ select }: Query): string {
  return select.map((item) => ('expression' in item ? formatExpression(item.expression) : 'the_columns')).join(', ');
}

/** System columns can be selected, but need an alias. */
function checkSystemNames(entries: readonly SelectEntry[]): void {
  for (const entry of entries) {
    if (!entry.starred && !entry.aliased && isSystemName(entry.name)) throw reservedInSelect(entry.name, entry.span);
  }
}

function checkClauses(query: Query, clauses: Clauses, entries: readonly SelectEntry[], site: ColumnSite): void {
  const typed = query.window !== null && !site.isJoin;
  for (const entry of entries) checkResolved(entry.expression, 'SELECT', site);
  // Bounds of the query's own windows are unknown in WHERE, which is reported when it is typed.
  if (clauses.where !== null) checkResolved(clauses.where, 'WHERE', { ...site, hasWindow: typed }, entries);
  for (const e of clauses.groupBy) checkResolved(e, 'GROUP BY', site, entries);
  if (clauses.having !== null) checkResolved(clauses.having, 'HAVING', site, entries);
  for (const e of clauses.partitionBy) checkResolved(e, 'PARTITION BY', site, entries);
}

function checkWindowedTables(sources: readonly BoundSource[]): void {
  const windowed = sources.find((s) => s.source.kind === 'TABLE' && s.source.topic.window !== undefined);
  if (windowed !== undefined) {
    throw reject(
      'KSQL does not support persistent queries on windowed tables.',
      windowed.node.span,
      windowedAdvice(windowed.source),
    );
  }
}

/** Advice for persistent queries over a windowed table: the stream of its changes. */
function windowedAdvice(table: Source): string {
  const stream = streamOver(table);
  const ask = `SELECT … FROM ${formatName(table.name)}; answers from what it holds.`;
  return stream === undefined ? ask : `Its changes, each as an event, are a stream: ${stream} ${ask}`;
}

function checkValueFormats(sources: readonly BoundSource[], groups: boolean): void {
  const isJoin = sources.length > 1;
  if (!isJoin && !groups) return;
  const kafka = sources.filter((s) => s.source.topic.valueFormat.format === 'KAFKA');
  if (kafka.length === 0) return;
  throw reject(
    `Source(s) ${kafka.map((s) => s.source.name).join(', ')} are using the 'KAFKA' value format. ` +
      `This format does not yet support ${isJoin ? 'JOIN' : 'GROUP BY'}.`,
    must(kafka[0], 'source').node.span,
  );
}

/** The statement as ksqlDB shows it in planning errors. */
function understoodQuery(
  query: Query,
  clauses: Clauses,
  entries: readonly SelectEntry[],
  sources: readonly BoundSource[],
  joins: readonly BoundJoin[],
  persistent: boolean,
): Query {
  const aliased = (bound: BoundSource) => ({
    ...bound.node,
    alias: { kind: 'Identifier' as const, name: bound.alias, quoted: false, span: bound.node.span },
  });
  return {
    ...query,
    select: entries.map((e) => ({
      kind: 'SingleColumn',
      expression: e.expression,
      alias: { kind: 'Identifier', name: e.name, quoted: false, span: NO_SPAN },
      span: e.span,
    })),
    from: {
      ...query.from,
      source: aliased(must(sources[0], 'source')),
      joins: joins.map((j) => ({ ...j.node, source: aliased(j.right), on: j.on })),
    },
    ...clauses,
    emit: query.emit ?? (persistent ? 'CHANGES' : null),
  };
}

/**
 * Without the session's end in the key, two sessions with the same start would become one row. @throws SluiceError
 * STATEMENT
 */
function refuseLegacySessions(query: Query, context: PlanContext): void {
  if (query.window?.kind !== 'SessionWindow' || !context.config.get(KEYS.windowedSessionKeyLegacy)) return;
  throw reject(
    'Keys of session windows hold start and end: ksql.windowed.session.key.legacy=true asks for the start alone.',
    query.window.span,
    "SET 'ksql.windowed.session.key.legacy'='false';",
  );
}
