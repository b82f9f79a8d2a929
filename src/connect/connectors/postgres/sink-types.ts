import { formatDecimal } from '../../../types/decimal.ts';
import { civilFromDays, daysOfInstant, msOfDay, pad, type CivilDate } from '../../../types/calendar.ts';
import { addInt64, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, type Int64 } from '../../../types/int64.ts';
import { formatTimeText } from '../../../types/time-text.ts';
import type { Zone } from '../../../types/zone.ts';
import { DECIMAL_PRECISION, decimalScale, LOGICAL, WINDOW_BOUND, type ConnectSchema } from '../../api/schema.ts';
import { jsonTextOf } from '../internal/plain-value.ts';

/** The column type used for values of a schema when a table is created. */
export function columnTypeFor(schema: ConnectSchema): string {
  switch (schema.type) {
    case 'BOOLEAN':
      return 'BOOLEAN';
    case 'INT8':
    case 'INT16':
      return 'SMALLINT';
    case 'INT32':
      return schema.name === LOGICAL.date ? 'DATE' : schema.name === LOGICAL.time ? 'TIME' : 'INTEGER';
    case 'INT64':
      return schema.name === LOGICAL.timestamp ? 'TIMESTAMP' : schema.name === WINDOW_BOUND ? 'TIMESTAMPTZ' : 'BIGINT';
    case 'FLOAT32':
      return 'REAL';
    case 'FLOAT64':
      return 'DOUBLE PRECISION';
    case 'STRING':
      return 'TEXT';
    case 'BYTES': {
      if (schema.name !== LOGICAL.decimal) return 'BYTEA';
      const precision = schema.parameters?.[DECIMAL_PRECISION];
      return precision === undefined || Number(precision) > 1000
        ? 'NUMERIC'
        : `NUMERIC(${precision}, ${decimalScale(schema)})`;
    }
    case 'ARRAY':
      // Postgres has no array type for structs or maps.
      return ['STRUCT', 'MAP', 'ARRAY'].includes(schema.items.type) ? 'JSONB' : `${columnTypeFor(schema.items)}[]`;
    case 'MAP':
    case 'STRUCT':
      return 'JSONB';
    default:
      return schema satisfies never;
  }
}

const INTEGERS = ['int2', 'int4', 'int8'];
const FLOATS = ['float4', 'float8'];
const TEXTS = ['text', 'varchar', 'bpchar', 'name', 'citext'];
const JSONS = ['json', 'jsonb'];
const INSTANTS = ['timestamp', 'timestamptz'];
/** Types for which a text would have to be parsed as a number or similar: probably a mistake. */
const NOT_FROM_TEXT = ['bool', ...INTEGERS, ...FLOATS, 'numeric', 'bytea', 'oid'];

/** Whether a column of a type (its name in pg_type; arrays begin with `_`) can hold values of a schema. */
export function canHold(type: string, schema: ConnectSchema): boolean {
  if (TEXTS.includes(type)) return true;
  switch (schema.type) {
    case 'BOOLEAN':
      return type === 'bool';
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      if (schema.name === LOGICAL.date) return ['date', 'timestamp', 'timestamptz'].includes(type);
      if (schema.name === LOGICAL.time) return ['time', 'timetz'].includes(type);
      if (schema.name === LOGICAL.timestamp) return ['timestamp', 'timestamptz', 'date'].includes(type);
      if (schema.name === WINDOW_BOUND && INSTANTS.includes(type)) return true;
      return [...INTEGERS, ...FLOATS, 'numeric', 'oid', 'xid', 'money'].includes(type);
    case 'FLOAT32':
    case 'FLOAT64':
      return [...FLOATS, 'numeric'].includes(type);
    case 'STRING':
      return !NOT_FROM_TEXT.includes(type) && !type.startsWith('_');
    case 'BYTES':
      return schema.name === LOGICAL.decimal ? ['numeric', ...FLOATS, 'money'].includes(type) : type === 'bytea';
    case 'ARRAY':
      return JSONS.includes(type) || (type.startsWith('_') && canHold(type.slice(1), schema.items));
    case 'MAP':
    case 'STRUCT':
      return JSONS.includes(type) || type === 'hstore';
    default:
      return schema satisfies never;
  }
}

/** Converts a value to text that Postgres casts to the type of the column. */
export type ToText = (value: unknown) => string;

/**
 * @param type the name of the column's type in pg_type
 * @param separator the separator of elements if it is an array
 */
export function toText(
  schema: ConnectSchema,
  type: string,
  zone: Zone,
  nul: NulMapping = 'fail',
  separator = ',',
): ToText {
  const text = textOf(schema, type, zone, separator);
  if (nul === 'fail' || !mayHoldNul(schema)) return text;
  // In JSON, NUL occurs as an escape sequence.
  return isJsonText(schema, type)
    ? (value) => text(value).replaceAll(/\\u0000|\\.|\0/g, (found) => (/^(?:\\u0000|\0)$/.test(found) ? '' : found))
    : (value) => text(value).replaceAll('\0', '');
}

/**
 * How to handle NUL, which neither text nor jsonb of Postgres can contain: the record is an error, or NUL is removed.
 */
export type NulMapping = 'fail' | 'remove';

function mayHoldNul(schema: ConnectSchema): boolean {
  switch (schema.type) {
    case 'STRING':
    case 'MAP':
      return true;
    case 'ARRAY':
      return mayHoldNul(schema.items);
    case 'STRUCT':
      return schema.fields.some((f) => mayHoldNul(f.schema));
    default:
      return false;
  }
}

function isJsonText(schema: ConnectSchema, type: string): boolean {
  return JSONS.includes(type) || ((schema.type === 'MAP' || schema.type === 'STRUCT') && type !== 'hstore');
}

function textOf(schema: ConnectSchema, type: string, zone: Zone, separator = ','): ToText {
  switch (schema.name) {
    case LOGICAL.decimal: {
      const scale = decimalScale(schema);
      return (value) => formatDecimal(value as bigint, scale);
    }
    case LOGICAL.date:
      return (value) => dateText(value as number);
    case LOGICAL.time:
      return (value) => formatTimeText(value as number);
    case WINDOW_BOUND:
      if (!INSTANTS.includes(type)) return (value) => String(value as number | bigint);
      return instantTextFor(type, zone);
    case LOGICAL.timestamp:
      return instantTextFor(type, zone);
    default:
      break;
  }
  switch (schema.type) {
    case 'STRING':
      return (value) => value as string;
    case 'BYTES':
      return (value) => `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;
    case 'ARRAY': {
      if (!type.startsWith('_')) return (value) => jsonTextOf(schema, value);
      const item = textOf(schema.items, type.slice(1), zone);
      return (value) =>
        arrayText(
          (value as unknown[]).map((v) => (v === null ? null : item(v))),
          separator,
        );
    }
    case 'MAP':
    case 'STRUCT':
      return (value) => jsonTextOf(schema, value);
    default:
      // String(-0) has no sign.
      return (value) => (Object.is(value, -0) ? '-0' : String(value as number | bigint | boolean));
  }
}

function instantTextFor(type: string, zone: Zone): ToText {
  return type === 'timestamptz'
    ? (value) => infinityOf(value as Int64) ?? instantText(value as Int64, '+00')
    : (value) =>
        infinityOf(value as Int64) ??
        instantText(addInt64(value as Int64, zone.offsetAt(Number(value as Int64)) * 60_000));
}

/** The minimum and maximum of the type represent Postgres' infinities, as they do when the source reads them. */
function infinityOf(ms: Int64): string | undefined {
  return ms === INT64_MAX ? 'infinity' : ms === INT64_MIN ? '-infinity' : undefined;
}

/** `2024-01-31`; years outside 1 to 9999 in Postgres' notation. */
function dateText(days: number): string {
  if (days === INT32_MAX || days === INT32_MIN) return days > 0 ? 'infinity' : '-infinity';
  const { text, era } = civilText(days);
  return text + era;
}

/** Formats ms since the epoch as `2024-01-31 10:00:00.123`. */
function instantText(ms: Int64, offset = ''): string {
  const { text, era } = civilText(daysOfInstant(ms));
  const rest = msOfDay(ms);
  const seconds = Math.floor(rest / 1000);
  return `${text} ${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}.${pad(rest % 1000, 3)}${offset}${era}`;
}

function civilText(days: number): { readonly text: string; readonly era: string } {
  const date: CivilDate = { year: 0, month: 0, day: 0 };
  civilFromDays(days, date);
  const { year, month, day } = date;
  return { text: `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`, era: year > 0 ? '' : ' BC' };
}

/**
 * Whether the texts of values of a schema contain only digits, letters and a few signs, and so need neither quotes nor
 * escapes.
 */
export function isPlainText(schema: ConnectSchema): boolean {
  return schema.type === 'BYTES' ? schema.name === LOGICAL.decimal : !NEVER_PLAIN.includes(schema.type);
}

const NEVER_PLAIN: readonly ConnectSchema['type'][] = ['STRING', 'ARRAY', 'MAP', 'STRUCT'];

/**
 * Whether COPY reads the type with the same input function and length as an `INSERT` that casts a text to it, so that
 * texts result in the same values or the same errors.
 */
export function isCopiedAlike(type: string): boolean {
  return COPIED_ALIKE.has(type.startsWith('_') ? type.slice(1) : type);
}

const COPIED_ALIKE: ReadonlySet<string> = new Set([
  ...INTEGERS,
  ...FLOATS,
  ...JSONS,
  ...INSTANTS,
  'bool',
  'numeric',
  'text',
  'varchar',
  'bpchar',
  'date',
  'time',
  'timetz',
  'bytea',
  'uuid',
]);

/**
 * Whether two values of the type are equal if and only if their texts are, so that duplicate keys in a batch can be
 * found without asking the database.
 */
export function isEqualByText(type: string, schema: ConnectSchema): boolean {
  switch (schema.type) {
    case 'BOOLEAN':
      return type === 'bool';
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      if (schema.name === LOGICAL.date) return type === 'date';
      if (schema.name === LOGICAL.timestamp || schema.name === WINDOW_BOUND) return INSTANTS.includes(type);
      return INTEGERS.includes(type);
    case 'STRING':
      return type === 'text';
    default:
      return false;
  }
}

/** Creates an array literal. Every element except NULL is quoted. */
export function arrayText(items: readonly (string | null)[], separator = ','): string {
  let text = '{';
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    text += `${i > 0 ? separator : ''}${item === null ? 'NULL' : quoted(item)}`;
  }
  return `${text}}`;
}

/** Quotes an element of an array literal. */
export const quoted = (item: string): string =>
  /["\\]/.test(item) ? `"${item.replaceAll(/["\\]/g, '\\$&')}"` : `"${item}"`;
