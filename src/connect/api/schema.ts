/**
 * Connect schemas as plain data. Values carry no tags; what a value looks like follows from its schema:
 *
 * | schema | JavaScript value |
 * | --- | --- |
 * | INT8 INT16 INT32 | number |
 * | INT64 | number while a safe integer, bigint beyond |
 * | FLOAT32 FLOAT64 | number |
 * | BOOLEAN, STRING | boolean, string |
 * | BYTES | Uint8Array |
 * | ARRAY, MAP | array, Map |
 * | STRUCT | array, one value per field, by position |
 * | Decimal (BYTES) | bigint, the unscaled value; the scale is a parameter of the schema |
 * | Date (INT32), Time (INT32), Timestamp (INT64) | number: days / ms of the day / ms since the epoch, UTC |
 * | no value | null, never undefined |
 *
 * This is the engine's own value representation (types/sql-type.ts), so nothing is converted between a connector and
 * SQL. Data without a schema (schema null) is what JSON.parse gives: null, boolean, number, string, array, plain
 * object; beyond JSON, bigint and Uint8Array.
 */
export type ConnectSchema = PrimitiveSchema | ArraySchema | MapSchema | StructSchema;

export type PrimitiveType =
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FLOAT32'
  | 'FLOAT64'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES';
export type ConnectType = ConnectSchema['type'];

interface SchemaBase {
  readonly optional: boolean;
  /** Name of a logical type or of a record. */
  readonly name?: string | undefined;
  readonly version?: number | undefined;
  readonly doc?: string | undefined;
  /** Used where an incoming value is missing. Absent: no default. */
  readonly default?: unknown;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

export interface PrimitiveSchema extends SchemaBase {
  readonly type: PrimitiveType;
}
export interface ArraySchema extends SchemaBase {
  readonly type: 'ARRAY';
  readonly items: ConnectSchema;
}
export interface MapSchema extends SchemaBase {
  readonly type: 'MAP';
  readonly keys: ConnectSchema;
  readonly values: ConnectSchema;
}
export interface StructSchema extends SchemaBase {
  readonly type: 'STRUCT';
  readonly fields: readonly ConnectField[];
}
export interface ConnectField {
  readonly name: string;
  readonly schema: ConnectSchema;
}

/** Names of the logical types, as every Kafka tool knows them. */
export const LOGICAL = {
  decimal: 'org.apache.kafka.connect.data.Decimal',
  date: 'org.apache.kafka.connect.data.Date',
  time: 'org.apache.kafka.connect.data.Time',
  timestamp: 'org.apache.kafka.connect.data.Timestamp',
} as const;

/**
 * Name of an INT64 that is a bound of a window, in ms since the epoch: a BIGINT in SQL, which a database may store as a
 * time.
 */
export const WINDOW_BOUND = 'sluice.connect.WindowBound';

/** Parameter of a Decimal schema with the precision (`scale` has the scale). */
export const DECIMAL_PRECISION = 'connect.decimal.precision';

export const primitive = (type: PrimitiveType, optional = true): PrimitiveSchema => ({ type, optional });
export const arrayOf = (items: ConnectSchema, optional = true): ArraySchema => ({ type: 'ARRAY', optional, items });
export const mapOf = (keys: ConnectSchema, values: ConnectSchema, optional = true): MapSchema => ({
  type: 'MAP',
  optional,
  keys,
  values,
});
export const structOf = (fields: readonly ConnectField[], optional = false, name?: string): StructSchema => ({
  type: 'STRUCT',
  optional,
  fields,
  name,
});

/** A Decimal schema; without a precision where the database has no limit. */
export function decimalSchema(scale: number, optional = true, precision?: number): PrimitiveSchema {
  const parameters: Record<string, string> = { scale: String(scale) };
  if (precision !== undefined) parameters[DECIMAL_PRECISION] = String(precision);
  return { type: 'BYTES', optional, name: LOGICAL.decimal, version: 1, parameters };
}
export const dateSchema = (optional = true): PrimitiveSchema => ({
  type: 'INT32',
  optional,
  name: LOGICAL.date,
  version: 1,
});
export const timeSchema = (optional = true): PrimitiveSchema => ({
  type: 'INT32',
  optional,
  name: LOGICAL.time,
  version: 1,
});
export const timestampSchema = (optional = true): PrimitiveSchema => ({
  type: 'INT64',
  optional,
  name: LOGICAL.timestamp,
  version: 1,
});

/** The scale of a Decimal schema. */
export function decimalScale(schema: ConnectSchema): number {
  return Number(schema.parameters?.['scale'] ?? 0);
}

/** The same schema with another `optional`; the same object if nothing changes. */
export function withOptional<S extends ConnectSchema>(schema: S, optional: boolean): S {
  return schema.optional === optional ? schema : { ...schema, optional };
}

/** Structural equality: types, optionality, names, versions, parameters and defaults; docs do not count. */
export function schemasEqual(a: ConnectSchema | null, b: ConnectSchema | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (a.type !== b.type || a.optional !== b.optional || a.name !== b.name || a.version !== b.version) return false;
  if (!parametersEqual(a.parameters, b.parameters) || !defaultsEqual(a.default, b.default)) return false;
  switch (a.type) {
    case 'ARRAY':
      return schemasEqual(a.items, (b as ArraySchema).items);
    case 'MAP':
      return schemasEqual(a.keys, (b as MapSchema).keys) && schemasEqual(a.values, (b as MapSchema).values);
    case 'STRUCT': {
      const other = (b as StructSchema).fields;
      return (
        a.fields.length === other.length &&
        a.fields.every((f, i) => f.name === other[i]!.name && schemasEqual(f.schema, other[i]!.schema))
      );
    }
    default:
      return true;
  }
}

function parametersEqual(a: SchemaBase['parameters'], b: SchemaBase['parameters']): boolean {
  const left = Object.entries(a ?? {});
  const right = b ?? {};
  return left.length === Object.keys(right).length && left.every(([k, v]) => right[k] === v);
}

function defaultsEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.from(a).equals(b);
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => defaultsEqual(x, b[i]));
}

/** Position of a field; -1 when there is none. */
export function fieldIndex(schema: StructSchema, name: string): number {
  return schema.fields.findIndex((f) => f.name === name);
}
