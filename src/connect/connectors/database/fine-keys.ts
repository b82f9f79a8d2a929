import { DataError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import type { Connection, FieldInfo, TableInfo } from './dialect.ts';
import type { SourceContext } from './source-settings.ts';

/**
 * How key columns travel whose times may be finer than Connect's types, which hold milliseconds: rows that differ in
 * microseconds alone must not become one key. `text`: as the database writes them. `ms`: as times, and a value that is
 * finer is its row's error. `merged`: as times, whatever they hold: a connector of before, whose topics have such keys.
 */
export type FineKeys = 'text' | 'ms' | 'merged';

/** A capture of changes has no rows to ask before the first change comes. */
export const CAPTURED_KEYS: FineKeys = 'text';

/** In an offset: how the keys of what was read so far travel. */
const MARK = 'keys';

export const isKeysMark = (value: unknown): boolean => value === 'text' || value === 'ms';

/** Key columns whose times may be finer than milliseconds; by timestamp.granularity they may all be held. */
export function fineColumns({ settings }: SourceContext, info: TableInfo): readonly FieldInfo[] {
  if (settings.types.timestamps !== 'connect_logical') return [];
  const key = settings.key === '' ? info.primaryKey : [settings.key];
  return info.fields.filter(
    (f) => f.finerThanMs === true && key.some((name) => name.toLowerCase() === f.name.toLowerCase()),
  );
}

/** What was decided with the first rows stays; before, the values decide. */
export async function fineKeysOf(
  connection: Connection,
  source: SourceContext,
  info: TableInfo,
  offset: OffsetMap | undefined,
): Promise<FineKeys> {
  const columns = fineColumns(source, info);
  if (columns.length === 0) return 'ms';
  if (offset !== undefined) return isKeysMark(offset[MARK]) ? (offset[MARK] as FineKeys) : 'merged';
  switch (source.settings.fineKeys) {
    case 'string':
      return 'text';
    case 'timestamp':
      return 'ms';
    default: {
      const needsText = await source.dialect.reading.hasFinerTimes(
        connection,
        info,
        columns.map((c) => c.name),
      );
      return needsText ? 'text' : 'ms';
    }
  }
}

/** An offset with how the keys travel. */
export function withKeysMark(offset: OffsetMap, keys: FineKeys, columns: readonly FieldInfo[]): OffsetMap {
  return keys === 'merged' || columns.length === 0 ? offset : { ...offset, [MARK]: keys };
}

/** A time with digits beyond the milliseconds. */
export const isFiner = (text: string): boolean => /\.\d{3}\d*[1-9]/.test(text);

export const tooFine = (text: string): DataError =>
  new DataError(
    `${text} is a key that milliseconds do not hold, and rows would be one. 'timestamp.key.mapping'='string' for a connector made anew writes such keys as text`,
  );
