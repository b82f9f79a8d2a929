import { must } from '../base/assert.ts';
import { KEYS } from '../config/keys.ts';
import { SluiceError } from '../base/errors.ts';
import type { Source } from '../catalog/source.ts';
import type { TypedExpr } from '../expr/typed.ts';
import { checkFunctions } from './query/select/check-functions.ts';
import type { Expression } from '../sql/ast/expressions.ts';
import type { Query } from '../sql/ast/query.ts';
import { collect } from '../sql/ast/visit.ts';
import { formatExpression } from '../sql/printer/expressions.ts';
import type { Column } from '../types/schema.ts';
import { formatType, quoteIdentifier } from '../types/sql-type.ts';
import type { ConfigKey } from '../base/config/key.ts';
import type { PlanContext } from './context.ts';
import { located, reject } from './errors.ts';
import { isWindowBound } from './names.ts';
import { planTransientQuery } from './plan-transient.ts';
import { isKsqldb, refuseOtherClauses } from './dialect.ts';
import { isGeneral, planGeneral } from './pull/general.ts';
import { keptAsWritten, keptRow } from './pull/reads.ts';
import { keptStep } from './steps/kept-step.ts';
import { lookupsOf } from './pull/lookups.ts';
import type { PullPlan, TablePullPlan } from './pull/pull-plan.ts';
import { type BoundSource, bindSources } from './query/from/bind-sources.ts';
import { callsOf, columnRefs } from './query/expressions.ts';
import { checkPredicate } from './query/filter.ts';
import { checkDuplicates } from './query/select/projection.ts';
import { checkQualifiers, flatten, qualify } from './query/qualify.ts';
import { Typer } from './query/relation.ts';
import { checkResolved } from './query/select/resolve-columns.ts';
import { expandSelect, type SelectEntry } from './query/select/select-items.ts';
import type { QueryPlan, RowColumn } from './steps/steps.ts';

const MORE = ' See https://cnfl.io/queries for more info.';

/** Plans SELECT without EMIT, which returns the current rows. @throws SluiceError with `statement` set */
export function planPullQuery(query: Query, text: string, context: PlanContext): PullPlan {
  try {
    return plan(query, text, context);
  } catch (error) {
    throw located(error, query.from.source.span, text);
  }
}

function plan(query: Query, text: string, context: PlanContext): PullPlan {
  const ksqldb = isKsqldb(context.config);
  if (ksqldb) refuseOtherClauses(query);
  const sources = bindSources(query.from, context.catalog);
  checkClauses(query, ksqldb);
  checkQualifiers(query, sources);
  checkFunctions(query, sources, context.functions);
  const bound = must(sources[0], 'source');
  const { source } = bound;
  if (ksqldb) checkPseudoColumns(query);
  if (query.limit !== null) {
    refuseDisabled(context, KEYS.queryPullLimitClauseEnabled, 'LIMIT clause in pull queries has been disabled', query);
  }
  if (source.kind === 'STREAM') {
    refuseDisabled(context, KEYS.queryPullStreamEnabled, 'Pull queries on streams are disabled', query);
    if (isGeneral(query, context) && !ksqldb) return planGeneral(query, sources, context);
    const transient = planTransientQuery(query, text, context);
    return {
      kind: 'STREAM',
      source: source.name,
      topic: source.topic.name,
      transient,
      columns: transient.columns,
      limit: transient.limit,
    };
  }
  if (!ksqldb && (isGeneral(query, context) || !isKept(query, sources, context)))
    return planGeneral(query, sources, context);
  return planTable(query, bound, context);
}

/** Whether a query keeps everything that is asked for: rows of the table, but not their partition and offset. */
function isKept(query: Query, sources: readonly BoundSource[], context: PlanContext): boolean {
  const keeper = context.catalog.createdByQuery(must(sources[0], 'source').source.name);
  if (keeper === undefined || keptStep((keeper.plan as QueryPlan).root).kept === undefined) return false;
  return recordColumns(query).every(({ names }) => names.length === 0);
}

function planTable(query: Query, bound: BoundSource, context: PlanContext): TablePullPlan {
  const { source } = bound;
  const sources = [bound];
  const windowed = source.topic.window !== undefined;
  const row = keptRow(source);
  const typer = new Typer(context, false);
  const one = (e: Expression): Expression => qualify(e, sources, context.functions);
  const entries = expandSelect(query, {
    sources,
    qualify: one,
    partitionBy: undefined,
    syntheticKey: undefined,
    starShowsBounds: true,
    typeOf: (e) => typer.checkOver(e, row, 'SELECT').type,
  });
  const site = { sources, isJoin: false, synthetic: undefined, hasWindow: false, functions: context.functions };
  for (const entry of entries) {
    checkResolved(entry.expression, 'SELECT', site);
    refuseCalls(entry.expression, context);
  }
  const select = entries.map((entry) => typer.checkOver(entry.expression, row, 'SELECT'));
  const columns = entries.map((entry, i) => columnOf(entry, must(select[i], 'selected expression'), source));
  checkDuplicates(
    columns.filter((c) => c.role === 'KEY'),
    'key',
  );
  checkDuplicates(
    columns.filter((c) => c.role !== 'KEY'),
    'value',
  );
  const written = (e: TypedExpr): TypedExpr => keptAsWritten(e, row, source);
  const keeper = context.catalog.createdByQuery(source.name);
  if (keeper === undefined) throw notQueryable(source, bound);
  const where = query.where === null ? undefined : one(query.where);
  let predicate: TypedExpr | undefined;
  if (where !== undefined) {
    checkResolved(where, 'WHERE', site);
    refuseCalls(where, context);
    predicate = typePredicate(where, row, typer);
    checkKeyLists(where, source);
  }
  return {
    kind: 'TABLE',
    source: source.name,
    queryId: keeper.id,
    row,
    windowed,
    lookups: lookupsOf(predicate, { key: row.slice(0, source.schema.key.length), windowed, config: context.config }),
    predicate: predicate === undefined ? undefined : written(predicate),
    select: select.map(written),
    columns,
    limit: query.limit ?? undefined,
  };
}

/** A column of the result. Key columns and window bounds that are selected unchanged remain part of the key. */
function columnOf(entry: SelectEntry, typed: TypedExpr, source: Source): Column {
  const { expression } = entry;
  const header = source.schema.value.find(
    (c) => c.role === 'HEADERS' && expression.kind === 'ColumnReference' && c.name === expression.name,
  );
  if (header !== undefined) return { ...header, name: entry.name };
  const isKey =
    expression.kind === 'ColumnReference' &&
    (source.schema.key.some((c) => c.name === expression.name) ||
      (isWindowBound(expression.name) && source.topic.window !== undefined));
  return { name: entry.name, type: typed.type, role: isKey ? 'KEY' : 'VALUE' };
}

function checkClauses(query: Query, ksqldb: boolean): void {
  const unsupported: [boolean, string][] = [
    [ksqldb && query.from.joins.length > 0, 'JOIN clauses'],
    [query.window !== null, 'WINDOW clauses'],
    [ksqldb && query.groupBy.length > 0, 'GROUP BY clauses'],
    [query.partitionBy.length > 0, 'PARTITION BY clauses'],
    [ksqldb && query.having !== null, 'HAVING clauses'],
  ];
  for (const [present, what] of unsupported) if (present) throw unsupportedIn(what, query);
  if (query.limit !== null && query.limit < 0)
    throw unsupportedIn('negative integers in the LIMIT clause', query, 'LIMIT takes 0 or more: LIMIT 10.');
}

/**
 * The error for a disabled feature, with the push query to use instead and the key that enables the feature.
 * @throws SluiceError STATEMENT
 */
function refuseDisabled(context: PlanContext, key: ConfigKey<boolean>, what: string, query: Query): void {
  if (context.config.get(key)) return;
  throw reject(
    `${what}.${MORE}\nAdd EMIT CHANGES if you intended to issue a push query.\nPlease set ${key.name}=true to enable this feature.`,
    query.span,
    `SET '${key.name}'='true';`,
  );
}

function unsupportedIn(what: string, query: Query, hint = 'Add EMIT CHANGES for a push query.'): SluiceError {
  return reject(
    `Pull queries don't support ${what}.${MORE}\nAdd EMIT CHANGES if you intended to issue a push query.`,
    query.span,
    hint,
  );
}

function checkPseudoColumns(query: Query): void {
  for (const { clause, names } of recordColumns(query)) {
    if (names.length === 0) continue;
    throw unsupportedIn(`the following columns in ${clause} clauses: ${names.map(quoteIdentifier).join(', ')}`, query);
  }
}

/** References to a record's position in its topic, by clause. */
function recordColumns(query: Query): { readonly clause: string; readonly names: readonly string[] }[] {
  const clauses: [string, Expression[]][] = [
    ['SELECT', query.select.flatMap((item) => (item.kind === 'SingleColumn' ? [item.expression] : []))],
    ['WHERE', query.where === null ? [] : [query.where]],
  ];
  return clauses.map(([clause, expressions]) => {
    const isMeant = (n: string): boolean => n === 'ROWPARTITION' || n === 'ROWOFFSET';
    const refs = columnRefs(...expressions);
    return { clause, names: [...new Set(refs.map((r) => r.name))].filter(isMeant) };
  });
}

function refuseCalls(expression: Expression, context: PlanContext): void {
  for (const kind of ['AGGREGATE', 'TABLE'] as const) {
    const call = callsOf(expression, kind, context.functions)[0];
    if (call !== undefined) {
      throw reject(`Pull queries don't support ${kind.toLowerCase()} functions: ${call.name}.${MORE}`, call.span);
    }
  }
}

function notQueryable(source: Source, bound: BoundSource): SluiceError {
  const { name } = source;
  return reject(
    `The ${quoteIdentifier(name)} table isn't queryable. To derive a queryable table, you can do ` +
      `'CREATE TABLE QUERYABLE_${name} AS SELECT * FROM ${name}'.${MORE}\n` +
      `Add EMIT CHANGES if you intended to issue a push query.`,
    bound.node.span,
    `CREATE TABLE QUERYABLE_${name} AS SELECT * FROM ${name};`,
  );
}

/** Types the WHERE clause. Errors name the clause, as ksqlDB's do. */
function typePredicate(where: Expression, row: readonly RowColumn[], typer: Typer): TypedExpr {
  for (const between of collect(where, 'Between')) {
    // ksqlDB reports these errors when it compiles the expression, in other words.
    try {
      typer.checkOver(between, row, 'SELECT');
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      throw reject(`Invalid expression: ${error.message}`, between.span, error.hint);
    }
  }
  try {
    const predicate = typer.checkOver(where, row, 'WHERE');
    checkPredicate(predicate, where, 'WHERE', false);
    return predicate;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw reject(`${error.message}\nStatement: ${formatExpression(flatten(where, false))}`, error.span, error.hint);
  }
}

/** Refuses texts in a list for a key that is not a text: `ID IN ('10', 8)`. */
function checkKeyLists(where: Expression, source: Source): void {
  for (const list of collect(where, 'In')) {
    const { value } = list;
    const key = value.kind === 'ColumnReference' ? source.schema.key.find((c) => c.name === value.name) : undefined;
    if (key === undefined || ['STRING', 'BYTES', 'DATE', 'TIME', 'TIMESTAMP'].includes(key.type.kind)) continue;
    const text = list.list.find((item) => item.kind === 'StringLiteral');
    if (text === undefined) continue;
    throw reject(
      `${formatExpression(text)} can not be converted to the type of the key column: ${key.name} ${formatType(key.type)} KEY`,
      text.span,
    );
  }
}
