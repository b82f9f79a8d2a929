import { elementAt } from '../base/assert.ts';
import { parseStatement } from '../sql/parse.ts';
import type { Expression } from '../sql/ast/expressions.ts';
import type { AliasedSource, Query } from '../sql/ast/query.ts';
import { visit } from '../sql/ast/visit.ts';
import { fieldsOf, listOf, textOf } from './render/fields.ts';
import { jsonText, type Json } from '../wire/row-json.ts';
import type { ConsoleSession } from './session.ts';

/**
 * The key of a live table: for each key column its possible names in the result. A join may show a key column of
 * several sides, some of which can be NULL.
 */
export type LiveKeys = readonly (readonly string[])[];

/** For each key column its positions in a row. */
export type KeyPlaces = readonly (readonly number[])[];

/** The positions of the key among the columns of a result; undefined when a key column is not in the result. */
export function placesOf(keys: LiveKeys | undefined, columns: readonly string[]): KeyPlaces | undefined {
  const places = keys?.map((names) => names.map((name) => columns.indexOf(name)).filter((at) => at !== -1));
  return places?.every((at) => at.length > 0) === true ? places : undefined;
}

/** The key of a row, as text. */
export function keyText(values: readonly Json[], places: KeyPlaces): string {
  return places
    .map((at) => jsonText(at.map((i) => elementAt(values, i, 'value')).find((value) => value !== null) ?? null))
    .join('\u0000');
}

/** The key of a push query's result; undefined when the result is a stream. */
export async function liveKeys(
  text: string,
  session: ConsoleSession,
  signal: AbortSignal,
): Promise<LiveKeys | undefined> {
  const query = parseStatement(text, { variables: session.variables });
  if (query.kind !== 'Query') return undefined;
  const options = session.requestOptions(signal);
  if (query.groupBy.length > 0) {
    const columns = query.groupBy.map((e) => (e.kind === 'ColumnReference' ? shownAs(query, undefined, e.name) : []));
    return [...columns, ...windowBounds(query, query.window !== null)];
  }
  // An aggregation without GROUP BY has one row.
  const called = new Set<string>();
  for (const item of query.select)
    if (item.kind === 'SingleColumn')
      visit(item.expression, (node) => {
        if (node.kind === 'FunctionCall') called.add(node.name);
      });
  for (const name of called) {
    const [entity] = await session.client.execute(`DESCRIBE FUNCTION ${name};`, options).catch(() => []);
    if (textOf(entity?.['type']).toUpperCase() === 'AGGREGATE') return [];
  }
  const describe = async ({ name: { span } }: AliasedSource): Promise<ReturnType<typeof fieldsOf>> => {
    const [entity] = await session.client.execute(`DESCRIBE ${text.slice(span.start, span.end)};`, options);
    return fieldsOf(entity?.['sourceDescription']);
  };
  const sources = [query.from.source, ...query.from.joins.map((j) => j.source)];
  const described = await Promise.all(sources.map(describe));
  // A join of tables is a table; every other join is a stream.
  if (described.some((d) => d['type'] !== 'TABLE')) return undefined;
  const [first] = described;
  const keys = listOf(first!['fields'])
    .filter((f) => f['type'] === 'KEY')
    .map((f) => textOf(f['name']));
  return [
    ...keys.map((key) => sidesOf(query, key).flatMap(([source, name]) => shownAs(query, source, name))),
    ...windowBounds(query, textOf(first!['windowType']) !== ''),
  ];
}

const windowBounds = (query: Query, isWindowed: boolean): LiveKeys =>
  isWindowed ? [shownAs(query, undefined, 'WINDOWSTART')] : [];

const calledIn = (source: AliasedSource): string => source.alias?.name ?? source.name.name;

/** The key column of the first source, and the columns of other sources that the joins equate with it. */
function sidesOf(query: Query, key: string): (readonly [source: string, name: string])[] {
  const sides: (readonly [string, string])[] = [[calledIn(query.from.source), key]];
  const isSide = (e: Expression): boolean =>
    e.kind === 'ColumnReference' &&
    sides.some(([source, name]) => e.name === name && (e.qualifier ?? source) === source);
  for (const { on, source } of query.from.joins) {
    if (on.kind !== 'Comparison' || on.op !== '=') continue;
    const other = isSide(on.left) ? on.right : isSide(on.right) ? on.left : undefined;
    if (other?.kind === 'ColumnReference') sides.push([other.qualifier ?? calledIn(source), other.name]);
  }
  return sides;
}

/**
 * The possible names of a column in the result; none when it is not selected. `source`: undefined when the query has
 * only one source.
 */
function shownAs(query: Query, source: string | undefined, name: string): string[] {
  // A join prefixes a column with its source when two sources have columns of that name, and always for *.
  const plain = query.from.joins.length === 0 || source === undefined ? [name] : [`${source}_${name}`, name];
  const isOf = (qualifier: string | null): boolean => source === undefined || (qualifier ?? source) === source;
  return query.select.flatMap((item) => {
    if (item.kind === 'AllColumns') return isOf(item.qualifier) ? plain : [];
    if (item.kind !== 'SingleColumn' || item.expression.kind !== 'ColumnReference') return [];
    const { expression, alias } = item;
    if (expression.name !== name || !isOf(expression.qualifier)) return [];
    return alias === null ? plain : [alias.name];
  });
}
