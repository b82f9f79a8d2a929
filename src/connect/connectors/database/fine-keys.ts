import { DataError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import type { Connection, FieldInfo, TableInfo } from './dialect.ts';
import type { SourceContext } from './source-settings.ts';

/**
 * How key columns are written whose times may be more precise than Connect's types, which hold milliseconds: rows that
 * differ only in microseconds must not get the same key. `text`: as the database prints them. `ms`: as times; a more
 * precise value is an error of its row. `merged`: as times whatever they contain, for an older connector whose topics
 * have such keys.
 */
export type FineKeys = 'text' | 'ms' | 'merged';

/** A change capture has no rows to examine before the first change. */
export const CAPTURED_KEYS: FineKeys = 'text';

/** Recorded in an offset: how the keys of what was read so far are written. */
const MARK = 'keys';

export const isKeysMark = (value: unknown): boolean => value === 'text' || value === 'ms';

/** Key columns whose times may be more precise than milliseconds, unless timestamp.granularity represents them all. */
export function fineColumns({ settings }: SourceContext, info: TableInfo): readonly FieldInfo[] {
  if (settings.types.timestamps !== 'connect_logical') return [];
  const key = settings.key === '' ? info.primaryKey : [settings.key];
  return info.fields.filter(
    (f) => f.finerThanMs === true && key.some((name) => name.toLowerCase() === f.name.toLowerCase()),
  );
}

/** What was decided with the first rows remains; before, the values decide. */
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

/** Adds to an offset how keys are written. */
export function withKeysMark(offset: OffsetMap, keys: FineKeys, columns: readonly FieldInfo[]): OffsetMap {
  return keys === 'merged' || columns.length === 0 ? offset : { ...offset, [MARK]: keys };
}

/** A time with digits beyond milliseconds. */
export const isFiner = (text: string): boolean => /\.\d{3}\d*[1-9]/.test(text);

export const tooFine = (text: string): DataError =>
  new DataError(
    `${text} is a key that milliseconds do not hold, and rows would be one. 'timestamp.key.mapping'='string' for a connector made anew writes such keys as text`,
  );
