import { isSluiceError } from '../../../src/base/errors.ts';
import type { Query } from '../../../src/sql/ast/query.ts';
import { parseStatement } from '../../../src/sql/parse.ts';

/** The columns that identify the record of a row. */
const PLACE = ['ROWTIME', 'ROWPARTITION', 'ROWOFFSET'];

/** The stream or table whose records are the rows of a query, which has a single source and no join or aggregation. */
export function sourceOfRows(text: string): string | undefined {
  const query = plainQuery(text);
  return query?.from.source.name.name;
}

/**
 * The same query with the columns that identify the record of a row; undefined when rows are made from several records.
 */
export function withRecordPlaces(text: string): string | undefined {
  const last = plainQuery(text)?.select.at(-1);
  if (last === undefined) return undefined;
  const end = last.span.end;
  return `${text.slice(0, end)}, ${PLACE.join(', ')}${text.slice(end)}`;
}

/** The partition and offset of a row's record; undefined when its columns do not contain them. */
export function placeOfRow(
  columns: readonly string[],
  values: readonly (string | null)[],
): { readonly partition: number; readonly offset: number } | undefined {
  const [partition, offset] = ['ROWPARTITION', 'ROWOFFSET'].map((name) => values[columns.indexOf(name)]);
  return partition == null || offset == null ? undefined : { partition: Number(partition), offset: Number(offset) };
}

function plainQuery(text: string): Query | undefined {
  try {
    const query = parseStatement(text);
    if (query.kind !== 'Query' || query.from.joins.length > 0 || query.window !== null || query.distinct)
      return undefined;
    return query.groupBy.length === 0 && query.partitionBy.length === 0 ? query : undefined;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return undefined;
  }
}
