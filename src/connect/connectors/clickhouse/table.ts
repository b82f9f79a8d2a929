import { ConnectError, DataError } from '../../api/errors.ts';
import {
  DECIMAL_PRECISION,
  decimalScale,
  LOGICAL,
  WINDOW_BOUND,
  type ConnectField,
  type ConnectSchema,
} from '../../api/schema.ts';
import { literal, quoted, type ClickHouse } from './server.ts';

/** Columns that the sink fills in itself, in tables that have them. */
export const VERSION = '_version';
export const DELETED = '_deleted';
export const TOPIC = '_topic';
export const PARTITION = '_partition';
export const OFFSET = '_offset';

/** A table as last read: its columns and their types. */
export type Table = ReadonlyMap<string, string>;

/** Undefined when the table does not exist. @throws the errors of ClickHouse.rows */
export async function readTable(server: ClickHouse, name: string, signal: AbortSignal): Promise<Table | undefined> {
  const rows = await server.rows(
    `SELECT name, type, default_kind FROM system.columns WHERE database = ${literal(server.database)} AND table = ${literal(name)}`,
    signal,
  );
  if (rows.length === 0) return undefined;
  // Computed columns accept no values.
  const own = rows.filter(([, , kind]) => kind !== 'MATERIALIZED' && kind !== 'ALIAS');
  return new Map(own.map(([column, type]) => [String(column), String(type)]));
}

/** The columns of a table for records. */
export interface TablePlan {
  readonly keys: readonly ConnectField[];
  readonly values: readonly ConnectField[];
  /** Whether it keeps rows by key; otherwise each record is a row. */
  readonly byKey: boolean;
}

/** Type support that depends on the version of the server. */
interface Age {
  readonly hasDateTime64: boolean;
  readonly hasBool: boolean;
  readonly hasDecimal256: boolean;
}

/** The statement that creates a table. */
export async function creation(
  server: ClickHouse,
  name: string,
  { keys, values, byKey }: TablePlan,
  signal: AbortSignal,
): Promise<string> {
  const age: Age = {
    hasDateTime64: await server.isAtLeast(20, 6, signal),
    hasBool: await server.isAtLeast(21, 12, signal),
    hasDecimal256: await server.isAtLeast(21, 1, signal),
  };
  if (byKey && keys.length === 0) throw new ConnectError('the records have no key to keep their rows by');
  const keyNames = new Set(keys.map((k) => k.name));
  const own = byKey
    ? [`${quoted(VERSION)} UInt64`, `${quoted(DELETED)} UInt8`]
    : [`${quoted(TOPIC)} String`, `${quoted(PARTITION)} UInt32`, `${quoted(OFFSET)} UInt64`];
  const columns = [
    ...keys.map((k) => `${quoted(k.name)} ${byKey ? typeOf(k.schema, age) : nullable(k.schema, age)}`),
    ...values.filter((v) => !keyNames.has(v.name)).map((v) => `${quoted(v.name)} ${nullable(v.schema, age)}`),
    ...own,
  ];
  const order = byKey ? keys.map((k) => k.name) : [TOPIC, PARTITION, OFFSET];
  return (
    `CREATE TABLE IF NOT EXISTS ${quoted(server.database)}.${quoted(name)} (${columns.join(', ')}) ` +
    `ENGINE = ReplacingMergeTree(${byKey ? quoted(VERSION) : ''}) ORDER BY (${order.map(quoted).join(', ')})`
  );
}

function nullable(schema: ConnectSchema, age: Age): string {
  const type = typeOf(schema, age);
  return type.startsWith('Array(') ? type : `Nullable(${type})`;
}

function typeOf(schema: ConnectSchema, age: Age): string {
  switch (schema.name) {
    case LOGICAL.decimal: {
      const precision = Number(schema.parameters?.[DECIMAL_PRECISION] ?? 76);
      const most = age.hasDecimal256 ? 76 : 38;
      return precision > most && precision !== 76
        ? 'String'
        : `Decimal(${Math.min(most, precision)}, ${decimalScale(schema)})`;
    }
    case LOGICAL.date:
      return 'Date';
    case LOGICAL.time:
      return 'String';
    case LOGICAL.timestamp:
    case WINDOW_BOUND:
      return age.hasDateTime64 ? "DateTime64(3, 'UTC')" : "DateTime('UTC')";
    default:
      break;
  }
  switch (schema.type) {
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return schema.type.replace('INT', 'Int');
    case 'FLOAT32':
    case 'FLOAT64':
      return schema.type.replace('FLOAT', 'Float');
    case 'BOOLEAN':
      return age.hasBool ? 'Bool' : 'UInt8';
    case 'ARRAY':
      // A nested array is JSON text inside the outer one, and so are objects.
      return `Array(${nullable(schema.items.type === 'ARRAY' ? { type: 'STRING', optional: true } : schema.items, age)})`;
    default:
      return 'String';
  }
}

/** Why records do not fit a table; undefined: they do. */
export function misfit(table: Table, { keys, values, byKey }: TablePlan): string | undefined {
  const missing = [...(byKey ? keys : []), ...values].map((f) => f.name).filter((name) => !table.has(name));
  return missing.length === 0 ? undefined : `it has no column ${missing.join(', ')}`;
}

/** The reason as an error of the record. */
export function noFit(name: string, reason: string): DataError {
  return new DataError(`it does not fit table ${name}: ${reason}`);
}
