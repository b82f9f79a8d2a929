import { clipped } from '../../../base/quoting.ts';
import { daysFromCivil, MS_PER_DAY } from '../../../types/calendar.ts';
import { INT32_MAX, INT32_MIN, type Int64 } from '../../../types/int64.ts';
import type { Zone } from '../../../types/zone.ts';
import { readDate, readDecimal, readInteger, readMicros, type ByteParser } from './byte-parsers.ts';
import type { NumericMapping, TypeOptions } from '../database/dialect.ts';
import { numericColumn, parseBigint } from '../database/numeric-column.ts';
import { isFiner } from '../database/fine-keys.ts';
import { cutToMs, once, timestampForm } from '../database/timestamp-granularity.ts';
import { ARRAY_OID, OID } from './type-oids.ts';
import { DataError } from '../../api/errors.ts';
import { arrayOf, dateSchema, primitive, timeSchema, withOptional, type ConnectSchema } from '../../api/schema.ts';

/** The Connect schema for a column's Postgres type, and the conversion from Postgres' text to the value. */
export interface ColumnCodec {
  readonly schema: ConnectSchema;
  /** Is never called with null. @throws DataError */
  readonly parse: (text: string) => unknown;
  /** A fast path from bytes for common values; it returns undefined for others, which are then given to `parse`. */
  readonly read?: ByteParser | undefined;
}

export interface PostgresTypeOptions extends TypeOptions {
  /**
   * How to convert infinite dates and times: to the minimum or maximum of their type, to NULL, or to an error of the
   * row.
   */
  readonly infinity: 'end' | 'null' | 'fail';
}

/** Options for one column. */
export interface ColumnOptions extends Omit<PostgresTypeOptions, 'remark' | 'exactKeys'> {
  /** Times in the record's key are kept in Postgres' text form. */
  readonly isKeyExact?: boolean | undefined;
  readonly remark?: ((text: string) => void) | undefined;
}

/** Element types by the OID of the array, for arrays whose elements are converted by their type. */
const ARRAY_ELEMENTS: Readonly<Record<number, number>> = {
  [ARRAY_OID.bool]: OID.bool,
  [ARRAY_OID.bytea]: OID.bytea,
  [ARRAY_OID.int2]: OID.int2,
  [ARRAY_OID.int4]: OID.int4,
  [ARRAY_OID.int8]: OID.int8,
  [ARRAY_OID.oid]: OID.oid,
  [ARRAY_OID.xid]: OID.xid,
  [ARRAY_OID.float4]: OID.float4,
  [ARRAY_OID.float8]: OID.float8,
  [ARRAY_OID.numeric]: OID.numeric,
  [ARRAY_OID.text]: OID.text,
  [ARRAY_OID.varchar]: OID.varchar,
  [ARRAY_OID.bpchar]: OID.bpchar,
  [ARRAY_OID.date]: OID.date,
  [ARRAY_OID.time]: OID.time,
  [ARRAY_OID.timestamp]: OID.timestamp,
  [ARRAY_OID.timestamptz]: OID.timestamptz,
  [ARRAY_OID.uuid]: OID.uuid,
  [ARRAY_OID.json]: OID.json,
  [ARRAY_OID.jsonb]: OID.jsonb,
};
/** The separators of the elements of arrays of built-in types. Elements without an entry above are texts. */
const SEPARATORS = new Map<number, string>(
  Object.values(ARRAY_OID).map((oid) => [oid, oid === ARRAY_OID.box ? ';' : ',']),
);

/**
 * @param oid the base type (domains are resolved by the server)
 * @param modifier its typmod, or -1
 * @param separator the separator of the elements of an array that is not built in
 */
export function codecOf(
  oid: number,
  modifier: number,
  optional: boolean,
  options: ColumnOptions,
  separator = SEPARATORS.get(oid),
): ColumnCodec {
  const plain = (schema: ConnectSchema, parse: (text: string) => unknown, read?: ByteParser): ColumnCodec => ({
    schema: withOptional(schema, optional),
    parse,
    read,
  });
  switch (oid) {
    case OID.bool:
      return plain(
        primitive('BOOLEAN'),
        (t) => t === 't',
        (b, from) => b[from] === 116,
      );
    case OID.int2:
      return plain(primitive('INT16'), Number, readInteger);
    case OID.int4:
      return plain(primitive('INT32'), Number, readInteger);
    case OID.int8:
    case OID.oid:
    case OID.xid:
      return plain(primitive('INT64'), parseBigint, readInteger);
    case OID.float4:
      return plain(primitive('FLOAT32'), Number);
    case OID.float8:
      return plain(primitive('FLOAT64'), Number);
    case OID.numeric:
      return numericCodec(modifier, optional, options.numeric);
    case OID.bytea:
      return plain(primitive('BYTES'), (t) => Buffer.from(t.slice(2), 'hex'));
    case OID.date:
      return plain(
        dateSchema(),
        (t) => parseDate(t) ?? infinite(t, optional, options, (sign) => (sign === 1 ? INT32_MAX : INT32_MIN)),
        readDate,
      );
    case OID.time:
      return plain(timeSchema(), remarkingTime(options));
    case OID.timestamp: {
      const { zone } = options;
      const {
        schema,
        value,
        infinite: end,
      } = timestampForm(options.timestamps, zone, options.remark, options.isKeyExact);
      // Wall-clock time and instant differ by whole minutes, so the microseconds do not change.
      const instant = (wall: Int64): unknown =>
        value(minus(wall, zone.offsetOfLocal(Math.floor(Number(wall) / 1000)) * 60_000_000));
      return plain(
        schema,
        (t) => {
          const micros = parseMicros(t);
          return micros === null ? infinite(t, optional, options, end) : instant(micros);
        },
        (b, from, to) => {
          const micros = readMicros(b, from, to, false);
          return micros === undefined ? undefined : instant(micros);
        },
      );
    }
    case OID.timestamptz: {
      const {
        schema,
        value,
        infinite: end,
      } = timestampForm(options.timestamps, options.zone, options.remark, options.isKeyExact);
      return plain(
        schema,
        (t) => {
          const micros = parseMicros(t);
          return micros === null ? infinite(t, optional, options, end) : value(micros);
        },
        (b, from, to) => {
          const micros = readMicros(b, from, to, true);
          return micros === undefined ? undefined : value(micros);
        },
      );
    }
    default: {
      const element = ARRAY_ELEMENTS[oid];
      if (element !== undefined) {
        const inner = codecOf(element, modifier, true, options);
        return plain(arrayOf(inner.schema), remarkingArray(inner.parse, ',', options.remark));
      }
      if (separator !== undefined)
        return plain(arrayOf(primitive('STRING', true)), remarkingArray(String, separator, options.remark));
      // Text, json, uuid, enums, intervals, network addresses and all user-defined types.
      return plain(primitive('STRING'), (t) => t);
    }
  }
}

const minus = (a: Int64, b: number): Int64 => (typeof a === 'number' ? a - b : a - BigInt(b));

/** Converts an infinity according to the settings. */
function infinite(
  text: string,
  optional: boolean,
  { infinity, remark }: ColumnOptions,
  end: (sign: -1 | 1) => unknown,
): unknown {
  if (text !== 'infinity' && text !== '-infinity') throw new DataError(`'${text}' is no date or time`);
  if (infinity === 'fail') throw new DataError(`${text}: 'infinity.mapping'='end' or 'null' reads it`);
  if (infinity === 'end') {
    remark?.(`${text} is read as the end of its type ('infinity.mapping'='end')`);
    return end(text === 'infinity' ? 1 : -1);
  }
  if (!optional) throw new DataError(`${text} has no value ('infinity.mapping'='null') in a column that is NOT NULL`);
  remark?.(`${text} is read as NULL ('infinity.mapping'='null')`);
  return null;
}

function numericCodec(modifier: number, optional: boolean, mapping: NumericMapping): ColumnCodec {
  // Since Postgres 15 the scale is a signed number of 11 bits.
  const rawScale = (modifier - 4) & 0x7ff;
  const scale = rawScale > 1023 ? rawScale - 2048 : rawScale;
  const declared = modifier >= 4 ? { precision: ((modifier - 4) >> 16) & 0xffff, scale } : undefined;
  const { schema, parse, kept, isInteger } = numericColumn(declared, optional, mapping);
  if (isInteger) return { schema, parse, read: readInteger };
  return { schema, parse, read: kept === undefined ? undefined : (b, from, to) => readDecimal(b, from, to, kept) };
}

const digit2 = (t: string, at: number): number => (t.charCodeAt(at) - 48) * 10 + (t.charCodeAt(at + 1) - 48);

/** Days since the epoch; null for the infinities. */
export function parseDate(text: string): number | null {
  // The common form, `2024-01-31`.
  if (text.length === 10 && text.charCodeAt(4) === 45) {
    return daysFromCivil(digit2(text, 0) * 100 + digit2(text, 2), digit2(text, 5), digit2(text, 8));
  }
  const found = /^(\d+)-(\d\d)-(\d\d)( BC)?$/.exec(text);
  if (!found) return null;
  const year = Number(found[1]);
  return daysFromCivil(found[4] === undefined ? year : 1 - year, Number(found[2]), Number(found[3]));
}

/** `HH:MM:SS.ffffff` -> ms of the day. */
export function parseTime(text: string): number {
  const fraction = text.length > 9 ? Number(`0.${text.slice(9)}`) : 0;
  return (digit2(text, 0) * 3600 + digit2(text, 3) * 60 + digit2(text, 6)) * 1000 + Math.floor(fraction * 1000 + 1e-7);
}

/**
 * `2024-01-31 10:00:00.123456`, with or without an offset (`+00`, `+05:30`) -> microseconds since the epoch; wall-clock
 * time if there is no offset. null for the infinities. The last years of Postgres' range exceed 64 bits, because its
 * own epoch is 2000.
 */
export function parseMicros(text: string): Int64 | null {
  const space = text.indexOf(' ');
  if (space === -1) return null;
  const bc = text.endsWith(' BC');
  const days = parseDate(text.slice(0, space) + (bc ? ' BC' : ''));
  if (days === null) return null;
  const timeStart = space + 1;
  let seconds = digit2(text, timeStart) * 3600 + digit2(text, timeStart + 3) * 60 + digit2(text, timeStart + 6);
  let at = timeStart + 8;
  let micros = 0;
  if (text.charCodeAt(at) === 46) {
    at++;
    let scale = 100_000;
    for (; at < text.length; at++) {
      const c = text.charCodeAt(at) - 48;
      if (c < 0 || c > 9) break;
      micros += c * scale;
      scale /= 10;
    }
  }
  const sign = text.charCodeAt(at);
  if (sign === 43 || sign === 45) {
    const offset = /^[+-](\d\d)(?::(\d\d))?(?::(\d\d))?/.exec(text.slice(at))!;
    const shift = Number(offset[1]) * 3600 + Number(offset[2] ?? 0) * 60 + Number(offset[3] ?? 0);
    seconds -= sign === 45 ? -shift : shift;
  }
  const rest = seconds * 1_000_000 + micros;
  const sum = days * MS_PER_DAY * 1000 + rest;
  return Number.isSafeInteger(sum) ? sum : BigInt(days) * 86_400_000_000n + BigInt(rest);
}

/** Wall clock in a zone -> ms since the epoch. */
export function wallToMs(wallMicros: number, zone: Zone): number {
  const wallMs = Math.floor(wallMicros / 1000);
  return wallMs - zone.offsetOfLocal(wallMs) * 60_000;
}

/** Parses TIME; reports the first value that is finer than milliseconds. */
function remarkingTime({ remark, isKeyExact }: ColumnOptions): (text: string) => number {
  const warn = once(remark, cutToMs('TIME', isKeyExact));
  return (text) => {
    if (isFiner(text)) warn();
    return parseTime(text);
  };
}

/** Parses arrays as lists; reports the first array whose lower bound is not 1. */
function remarkingArray(
  parse: (text: string) => unknown,
  separator: string,
  remark: ((text: string) => void) | undefined,
): (text: string) => unknown[] {
  const warn = once(
    remark,
    'it has arrays whose first element is not number 1: they are read as if it were, and a sink writes them so',
  );
  return (text) => {
    // `[2:3]={a,b}`
    if (text.charCodeAt(0) === 91) warn();
    return parseArray(text, parse, separator);
  };
}

/** `{a,"b c",NULL}`; nested braces are passed as text to the parser of the elements. */
export function parseArray(text: string, parse: (text: string) => unknown, separator = ','): unknown[] {
  // Arrays with other lower bounds begin with `[2:3]=`.
  let at = text.indexOf('{') + 1;
  const items: unknown[] = [];
  if (text[at] === '}') return items;
  while (at < text.length) {
    let item = '';
    let quoted = false;
    if (text[at] === '"') {
      quoted = true;
      at++;
      while (text[at] !== '"') {
        if (text[at] === '\\') at++;
        item += text[at++];
      }
      at++;
    } else if (text[at] === '{') {
      throw new DataError(`Arrays of several dimensions are not supported: ${clipped(text)}`);
    } else {
      const from = at;
      while (text[at] !== separator && text[at] !== '}') at++;
      item = text.slice(from, at);
    }
    items.push(!quoted && item === 'NULL' ? null : parse(item));
    if (text[at] !== separator) break;
    at++;
  }
  return items;
}
