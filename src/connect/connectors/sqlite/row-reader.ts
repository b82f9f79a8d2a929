import { parseTimeText } from '../../../types/time-text.ts';
import { normalizeInt64 } from '../../../types/int64.ts';
import { UTC, type Zone } from '../../../types/zone.ts';
import { DataError } from '../../api/errors.ts';
import { dateSchema, primitive, timeSchema, withOptional } from '../../api/schema.ts';
import { CodecRowReader, type ColumnCodec } from '../database/codec-row-reader.ts';
import type { TypeOptions } from '../database/dialect.ts';
import { numericColumn } from '../database/numeric-column.ts';
import { timestampForm } from '../database/timestamp-granularity.ts';
import type { SqliteField } from './column-kind.ts';
import { textOf } from './connection.ts';
import type { SqliteValue } from './driver.ts';
import { microsOfText, msOfJulianDay } from './times.ts';

/** How integers in time columns are interpreted. */
export interface IntegerTimes {
  /** 1: ms since the epoch; 1000: seconds. */
  readonly unitMs: number;
}

type Codec = ColumnCodec<SqliteValue>;

/** Converts values as stored by SQLite, whatever their type, to the declared type of their column. */
export class SqliteRowReader extends CodecRowReader<SqliteValue> {
  constructor(
    fields: readonly SqliteField[],
    notNull: ReadonlySet<string>,
    options: TypeOptions,
    integers: IntegerTimes,
  ) {
    super(fields.map((f) => codecOf(f, !notNull.has(f.name), options, integers)));
  }
}

function codecOf(field: SqliteField, optional: boolean, options: TypeOptions, integers: IntegerTimes): Codec {
  const codec = bareCodec(field, optional, options, integers);
  return { ...codec, schema: withOptional(codec.schema, optional) };
}

function bareCodec(
  { name, kind, decimal }: SqliteField,
  optional: boolean,
  options: TypeOptions,
  integers: IntegerTimes,
): Codec {
  switch (kind) {
    case 'boolean':
      return { schema: primitive('BOOLEAN'), read: readBoolean };
    case 'integer':
      return { schema: primitive('INT64'), read: readInteger };
    case 'real':
      return { schema: primitive('FLOAT64'), read: readReal };
    case 'decimal': {
      const { schema, parse } = numericColumn(decimal, optional, options.numeric);
      return { schema, read: (value) => parse(decimalText(value)) };
    }
    case 'blob':
      return { schema: primitive('BYTES'), read: (value) => (value instanceof Uint8Array ? value : bytesOf(value)) };
    case 'date':
      return {
        schema: dateSchema(),
        // A date does not depend on the time zone.
        read: (value) => Math.floor(microsOf(value, UTC, integers.unitMs) / 86_400_000_000),
      };
    case 'time':
      return { schema: timeSchema(), read: readTime };
    case 'timestamp': {
      const remark = (text: string): void => options.remark?.(name, text);
      const { schema, value: write } = timestampForm(options.timestamps, options.zone, remark);
      return {
        schema,
        read: (value) => {
          if (typeof value === 'bigint' && integers.unitMs === 1) warnOfSeconds(value, remark);
          return write(microsOf(value, options.zone, integers.unitMs));
        },
      };
    }
    case 'text':
    case 'any':
      return { schema: primitive('STRING'), read: (value) => textOf(value) };
    default:
      return kind satisfies never;
  }
}

function shown(value: SqliteValue): string {
  const text = textOf(value)!;
  return value instanceof Uint8Array
    ? `a BLOB of ${value.length} bytes`
    : text.length > 60
      ? `${text.slice(0, 60)}...`
      : text;
}

function readBoolean(value: SqliteValue): boolean {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value) !== 0;
  const text = String(value).trim().toLowerCase();
  if (['true', 't', 'yes', 'on', '1'].includes(text)) return true;
  if (['false', 'f', 'no', 'off', '0'].includes(text)) return false;
  throw new DataError(`${shown(value)} is no BOOLEAN`);
}

function readInteger(value: SqliteValue): number | bigint {
  if (typeof value === 'bigint') return normalizeInt64(value);
  if (typeof value === 'number' && Number.isInteger(value)) return normalizeInt64(BigInt(value));
  throw new DataError(
    `${shown(value)} is no integer: declare the column REAL or TEXT, or read it by a query with CAST`,
  );
}

function readReal(value: SqliteValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw new DataError(`${shown(value)} is no number`);
}

/** A number as text without an exponent. */
function decimalText(value: SqliteValue): string {
  if (typeof value !== 'number' || !/e/i.test(String(value))) {
    if (value instanceof Uint8Array) throw new DataError(`${shown(value)} is no number`);
    return textOf(value)!;
  }
  return value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 17, maximumFractionDigits: 20 });
}

const bytesOf = (value: SqliteValue): Uint8Array => Buffer.from(textOf(value)!);

function readTime(value: SqliteValue): number {
  if (typeof value === 'bigint' && value >= 0n && value < 86_400_000n) return Number(value);
  const ms = typeof value === 'string' ? parseTimeText(value.trim()) : undefined;
  if (ms === undefined) throw new DataError(`${shown(value)} is no time of day`);
  return ms;
}

function microsOf(value: SqliteValue, zone: Zone, unitMs: number): number {
  if (typeof value === 'bigint') return Number(value) * unitMs * 1000;
  if (typeof value === 'number') return msOfJulianDay(value) * 1000;
  const micros = typeof value === 'string' ? microsOfText(value, zone) : undefined;
  if (micros === undefined)
    throw new DataError(`${shown(value)} is no time that SQLite knows: expected 2024-01-31 10:00:00, or a number`);
  return micros;
}

/** Values in a time column that mean 1970 to 1972 in ms are probably seconds. */
function warnOfSeconds(value: bigint, remark: (text: string) => void): void {
  if (value > 100_000_000n && value < 100_000_000_000n)
    remark(
      `its integers are read as ms since 1970, and look like seconds: 'integer.time.unit'='seconds' reads them as such`,
    );
}
