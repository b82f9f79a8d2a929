import { formatDecimal } from '../../../types/decimal.ts';
import type { Int64 } from '../../../types/int64.ts';
import type { Zone } from '../../../types/zone.ts';
import { DECIMAL_PRECISION, decimalScale, LOGICAL, WINDOW_BOUND, type ConnectSchema } from '../../api/schema.ts';
import type { TargetColumn } from '../database/dialect.ts';
import { jsonTextOf } from '../internal/plain-value.ts';
import { kindOf, type ColumnKind } from './column-kind.ts';
import type { SqliteValue } from './driver.ts';
import { dateText, instantText, timeText } from './times.ts';

/** The most decimal digits that SQLite's numbers represent exactly. */
const EXACT_DIGITS = 15;

/** The column type used for values of a schema when a table is created. */
export function columnTypeFor(schema: ConnectSchema): string {
  switch (schema.name) {
    case LOGICAL.date:
      return 'DATE';
    case LOGICAL.time:
      return 'TIME';
    case LOGICAL.timestamp:
    case WINDOW_BOUND:
      return 'TIMESTAMP';
    case LOGICAL.decimal: {
      const precision = Number(schema.parameters?.[DECIMAL_PRECISION] ?? Infinity);
      // A numeric column would round longer values.
      return precision <= EXACT_DIGITS ? `DECIMAL(${precision}, ${decimalScale(schema)})` : 'TEXT';
    }
    default:
      break;
  }
  switch (schema.type) {
    case 'BOOLEAN':
      return 'BOOLEAN';
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return 'INTEGER';
    case 'FLOAT32':
    case 'FLOAT64':
      return 'REAL';
    case 'BYTES':
      return 'BLOB';
    case 'STRING':
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return 'TEXT';
    default:
      return schema satisfies never;
  }
}

const TIMES: readonly ColumnKind[] = ['timestamp', 'date', 'time'];

/** Whether the column preserves values of the schema: SQLite would accept anything. */
export function canHold({ type }: TargetColumn, schema: ConnectSchema): boolean {
  const kind = kindOf(type);
  if (kind === 'text' || kind === 'any') return true;
  switch (schema.name) {
    case LOGICAL.decimal:
      return kind === 'decimal' || kind === 'real';
    case LOGICAL.date:
      return kind === 'date' || kind === 'timestamp';
    case LOGICAL.time:
      return kind === 'time';
    case LOGICAL.timestamp:
      return kind === 'timestamp' || kind === 'date';
    case WINDOW_BOUND:
      return kind === 'timestamp' || kind === 'integer';
    default:
      break;
  }
  switch (schema.type) {
    case 'BOOLEAN':
      return kind === 'boolean' || kind === 'integer';
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return kind === 'integer' || kind === 'real' || kind === 'decimal';
    case 'FLOAT32':
    case 'FLOAT64':
      return kind === 'real' || kind === 'decimal';
    case 'STRING':
      return TIMES.includes(kind);
    case 'BYTES':
      return kind === 'blob';
    default:
      return false;
  }
}

/** Converts a value to the one that is stored. */
export type ToValue = (value: unknown) => SqliteValue;

/** The conversion of values of the schema for a column of the declared type. */
export function toValue(schema: ConnectSchema, declared: string, zone: Zone): ToValue {
  const kind = kindOf(declared);
  switch (schema.name) {
    case LOGICAL.decimal: {
      const scale = decimalScale(schema);
      return (value) => formatDecimal(value as bigint, scale);
    }
    case LOGICAL.date:
      return (value) => dateText(value as number);
    case LOGICAL.time:
      return (value) => timeText(value as number);
    case LOGICAL.timestamp:
      return (value) => instantText(value as Int64, zone);
    case WINDOW_BOUND:
      return kind === 'timestamp' || kind === 'text'
        ? (value) => instantText(value as Int64, zone)
        : (value) => BigInt(value as Int64);
    default:
      break;
  }
  switch (schema.type) {
    case 'BOOLEAN':
      return kind === 'text' ? String : (value) => (value === true ? 1n : 0n);
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return (value) => BigInt(value as Int64);
    case 'FLOAT32':
    case 'FLOAT64':
      return (value) => value as number;
    case 'STRING':
      return (value) => value as string;
    case 'BYTES':
      return (value) => value as Uint8Array;
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return (value) => jsonTextOf(schema, value);
    default:
      return schema satisfies never;
  }
}
