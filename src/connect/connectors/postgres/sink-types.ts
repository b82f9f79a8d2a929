import { formatDecimal } from '../../../types/decimal.ts';
import { civilFromDays, daysOfInstant, msOfDay, pad, type CivilDate } from '../../../types/calendar.ts';
import { addInt64, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, type Int64 } from '../../../types/int64.ts';
import { formatTimeText } from '../../../types/time-text.ts';
import type { Zone } from '../../../types/zone.ts';
import { DECIMAL_PRECISION, decimalScale, LOGICAL, WINDOW_BOUND, type ConnectSchema } from '../../api/schema.ts';
import { jsonTextOf } from '../internal/plain-value.ts';

/** The type of a column that is created for values of a schema. */
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
      // An array of structs or maps has no type of its own.
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
/** Types that a text would have to be read as a number or the like for: too easily a mistake. */
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

/** Text of a value that Postgres casts to the column's type. */
export type ToText = (value: unknown) => string;

/** `type` is the column's name in pg_type, `separator` what stands between elements where it is an array. */
export function toText(
  schema: ConnectSchema,
  type: string,
  zone: Zone,
  nul: NulMapping = 'fail',
  separator = ',',
): ToText {
  const text = textOf(schema, type, zone, separator);
  if (nul === 'fail' || !mayHoldNul(schema)) return text;
  // In JSON it stands as an escape.
  return isJsonText(schema, type)
    ? (value) => text(value).replaceAll(/\\u0000|\\.|\0/g, (found) => (/^(?:\\u0000|\0)$/.test(found) ? '' : found))
    : (value) => text(value).replaceAll('\0', '');
}

/** What becomes of NUL, which texts of Postgres do not have, nor its jsonb: the record's error, or it is left out. */
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
      // The text of a negative zero has no sign.
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

/** The ends of the type are Postgres' infinities, as its source reads them. */
function infinityOf(ms: Int64): string | undefined {
  return ms === INT64_MAX ? 'infinity' : ms === INT64_MIN ? '-infinity' : undefined;
}

/** `2024-01-31`; years outside 1 to 9999 as Postgres writes them. */
function dateText(days: number): string {
  if (days === INT32_MAX || days === INT32_MIN) return days > 0 ? 'infinity' : '-infinity';
  const { text, era } = civilText(days);
  return text + era;
}

/** `2024-01-31 10:00:00.123` of ms since the epoch. */
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

/** Whether texts of values of a schema are of digits, letters and a few signs: nothing to quote, nothing to escape. */
export function isPlainText(schema: ConnectSchema): boolean {
  return schema.type === 'BYTES' ? schema.name === LOGICAL.decimal : !NEVER_PLAIN.includes(schema.type);
}

const NEVER_PLAIN: readonly ConnectSchema['type'][] = ['STRING', 'ARRAY', 'MAP', 'STRUCT'];

/**
 * Types that COPY reads with the function, and the length, that `INSERT` of a text which is cast to them has: their
 * texts become the same values, or the same error.
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
 * Types for which two values are equal where their texts are: what a batch holds twice of a key is known without asking
 * the database.
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

/** An array literal. Every element is quoted but NULL. */
export function arrayText(items: readonly (string | null)[], separator = ','): string {
  let text = '{';
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    text += `${i > 0 ? separator : ''}${item === null ? 'NULL' : quoted(item)}`;
  }
  return `${text}}`;
}

/** An element of an array literal. */
export const quoted = (item: string): string =>
  /["\\]/.test(item) ? `"${item.replaceAll(/["\\]/g, '\\$&')}"` : `"${item}"`;
