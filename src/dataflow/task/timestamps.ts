import { SluiceError } from '../../base/errors.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { compilePattern } from '../../types/datetime-pattern.ts';

/** Converts a timestamp column's value to ms since the epoch. */
export type TimestampReader = (value: unknown) => number;

/** The largest time of a record, in ms: the largest exact number (year 287396). */
export const TIME_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Reads BIGINT and TIMESTAMP values as ms since the epoch, and STRING values by the pattern. The reader throws
 * SluiceError EVALUATION for null and for text that does not match.
 */
export function timestampReader(column: string, type: SqlType, format: string | undefined): TimestampReader {
  if (type.kind === 'STRING') {
    const pattern = compilePattern(format ?? "yyyy-MM-dd'T'HH:mm:ss");
    return (value) => pattern.parseTimestamp(present(value, column) as string);
  }
  return (value) => Number(present(value, column));
}

function present(value: unknown, column: string): unknown {
  if (value === null) throw new SluiceError('EVALUATION', `Timestamp column ${column} is null`);
  return value;
}
