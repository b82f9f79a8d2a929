import { formatDecimal } from '../../../types/decimal.ts';
import type { Int64 } from '../../../types/int64.ts';
import { formatDateText } from '../../../types/time-text.ts';
import { UTC, type Zone } from '../../../types/zone.ts';
import { DataError } from '../../api/errors.ts';
import { DECIMAL_PRECISION, decimalScale, LOGICAL, WINDOW_BOUND, type ConnectSchema } from '../../api/schema.ts';
import type { TargetColumn } from '../database/dialect.ts';
import { jsonTextOf } from '../internal/plain-value.ts';
import type { MysqlTargetColumn } from './catalog.ts';
import { instantText, timeText } from './times.ts';

/** The most digits of a DECIMAL, and after its decimal point (30 in MySQL, 38 in MariaDB). */
const DECIMAL_DIGITS = 65;
const DECIMAL_SCALE = 30;

/**
 * The column type used for values of a schema when a table is created. Texts in a key are compared by their bytes, as
 * in topics.
 */
export function columnTypeFor(schema: ConnectSchema, inKey: boolean): string {
  switch (schema.name) {
    case LOGICAL.date:
      return 'DATE';
    case LOGICAL.time:
      return 'TIME(3)';
    case LOGICAL.timestamp:
    case WINDOW_BOUND:
      return 'DATETIME(3)';
    case LOGICAL.decimal: {
      const scale = decimalScale(schema);
      const precision = Number(schema.parameters?.[DECIMAL_PRECISION] ?? DECIMAL_DIGITS);
      return precision <= DECIMAL_DIGITS && scale <= DECIMAL_SCALE
        ? `DECIMAL(${precision}, ${scale})`
        : inKey
          ? KEY_TEXT
          : 'LONGTEXT';
    }
    default:
      break;
  }
  switch (schema.type) {
    case 'BOOLEAN':
      return 'TINYINT(1)';
    case 'INT8':
      return 'TINYINT';
    case 'INT16':
      return 'SMALLINT';
    case 'INT32':
      return 'INT';
    case 'INT64':
      return 'BIGINT';
    case 'FLOAT32':
      return 'FLOAT';
    case 'FLOAT64':
      return 'DOUBLE';
    case 'BYTES':
      return inKey ? 'VARBINARY(255)' : 'LONGBLOB';
    case 'STRING':
      return inKey ? KEY_TEXT : 'LONGTEXT CHARACTER SET utf8mb4';
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return 'JSON';
    default:
      return schema satisfies never;
  }
}

const KEY_TEXT = 'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

const INTEGERS = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'bit', 'year'];
const DECIMALS = ['decimal', 'numeric'];
const FLOATS = ['float', 'double'];
const BYTES = ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'];

/** Whether the column preserves values of the schema, or refuses them individually. */
export function canHold(target: TargetColumn, schema: ConnectSchema): boolean {
  const { dataType, isText } = target as MysqlTargetColumn;
  const isOf = (...groups: readonly (readonly string[])[]): boolean => groups.some((group) => group.includes(dataType));
  // ENUM and SET are texts, as is JSON in MariaDB.
  if (isText || dataType === 'json') return schema.type !== 'BYTES' || schema.name === LOGICAL.decimal;
  switch (schema.name) {
    case LOGICAL.decimal:
      return isOf(DECIMALS, FLOATS) || (decimalScale(schema) === 0 && isOf(INTEGERS));
    case LOGICAL.date:
      return isOf(['date', 'datetime', 'timestamp']);
    case LOGICAL.time:
      return isOf(['time']);
    case LOGICAL.timestamp:
      return isOf(['datetime', 'timestamp']);
    case WINDOW_BOUND:
      return isOf(['datetime', 'timestamp', 'bigint']);
    default:
      break;
  }
  switch (schema.type) {
    case 'BOOLEAN':
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return isOf(INTEGERS, DECIMALS, FLOATS);
    case 'FLOAT32':
    case 'FLOAT64':
      return isOf(FLOATS, DECIMALS);
    case 'STRING':
      return isOf(['date', 'time', 'datetime', 'timestamp', 'uuid', 'inet4', 'inet6'], DECIMALS);
    case 'BYTES':
      return isOf(BYTES);
    default:
      return false;
  }
}

/** Converts a value to its form in a statement. Is never called with null. @throws DataError */
export type ToValue = (value: unknown) => string | number | Buffer;

/** The conversion of values of the schema for a column. */
export function toValue(schema: ConnectSchema, { dataType }: MysqlTargetColumn, zone: Zone): ToValue {
  // A TIMESTAMP is written and read in the connection's time zone, which is UTC; a DATETIME has no time zone.
  const clocks = dataType === 'timestamp' ? UTC : zone;
  switch (schema.name) {
    case LOGICAL.decimal: {
      const scale = decimalScale(schema);
      return (value) => formatDecimal(value as bigint, scale);
    }
    case LOGICAL.date:
      return (value) => formatDateText(value as number);
    case LOGICAL.time:
      return (value) => timeText(value as number);
    case LOGICAL.timestamp:
      return (value) => instantText(value as Int64, clocks);
    case WINDOW_BOUND:
      return dataType === 'bigint' ? String : (value) => instantText(value as Int64, clocks);
    default:
      break;
  }
  switch (schema.type) {
    case 'BOOLEAN':
      return (value) => (value === true ? 1 : 0);
    case 'FLOAT32':
    case 'FLOAT64':
      return (value) => {
        if (!Number.isFinite(value)) throw new DataError(`${String(value)} is no number that MySQL holds`);
        return String(value);
      };
    case 'STRING':
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return String;
    case 'BYTES':
      return (value) => Buffer.from(value as Uint8Array);
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return (value) => jsonTextOf(schema, value);
    default:
      return schema satisfies never;
  }
}
