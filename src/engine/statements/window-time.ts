import type { Catalog } from '../../catalog/catalog.ts';
import type { Source } from '../../catalog/source.ts';
import type { Query } from '../../sql/ast/query.ts';
import { formatName, formatString } from '../../sql/printer/names.ts';

/** The suffix of the stream that the note's statement creates. */
const TIMED = '_TIMED';

/**
 * Windows use the time of the records, which is the time when they were written unless the source has a timestamp
 * column. If a source has time columns of its own, the user may expect those: one sentence, with the statement that
 * makes one of them the time of the records.
 */
export function windowTimeNotes({ window, from }: Query, catalog: Catalog): readonly string[] {
  const source = catalog.source(from.source.name.name);
  if (window === null || from.joins.length > 0 || source?.kind !== 'STREAM' || isTimed(source, catalog)) return [];
  const [column] = source.schema.value.filter((c) => c.role === 'VALUE' && c.type.kind === 'TIMESTAMP');
  if (column === undefined) return [];
  const name = formatName(source.name);
  const timed = formatName(`${source.name}${TIMED}`);
  return [
    `The windows go by ROWTIME, the time of the records of ${name}, not by ${formatName(column.name)}. To go by that: ` +
      `SET 'auto.offset.reset'='earliest'; CREATE STREAM ${timed} WITH (TIMESTAMP=${formatString(column.name)}) AS SELECT * FROM ${name}; and the windows over ${timed}.`,
  ];
}

/** Whether a source, or a stream from which a query derives it, has a timestamp column. */
function isTimed(source: Source, catalog: Catalog, seen = new Set<string>()): boolean {
  if (source.timestamp !== undefined) return true;
  seen.add(source.name);
  return [...catalog.queries.values()]
    .filter((query) => query.sink === source.name)
    .flatMap((query) => query.sources)
    .some((name) => {
      const from = catalog.source(name);
      return from !== undefined && !seen.has(name) && isTimed(from, catalog, seen);
    });
}
