import { elementAt } from '../../base/assert.ts';
import { formatDecimal, parseDecimal, rescale } from '../../types/decimal.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import { JsonNumber, JsonObject, jsonText, type Json } from '../../types/json-text.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import { plainJsonText } from '../api/plain-json.ts';
import { decimalScale, LOGICAL, type ConnectSchema } from '../api/schema.ts';
import { bigintToBytes, bytesToBigint } from '../api/decimal-bytes.ts';
import { DataError } from '../api/errors.ts';

/** JsonConverter's `decimal.format`: the base64 of the unscaled value, or a JSON number. */
export type DecimalFormat = 'BASE64' | 'NUMERIC';
/** What a null value becomes if the schema has a default. */
export type NullsAs = 'default' | 'null';
/** Appends the JSON text of a value. */
export type JsonEncoder = (value: unknown, out: ByteWriter) => void;

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/**
 * Compiles an encoder from values of a schema to JSON text in JsonConverter's form. `path` names the value in errors.
 */
export function jsonEncoder(
  schema: ConnectSchema,
  decimals: DecimalFormat,
  path = 'value',
  nulls: NullsAs = 'default',
): JsonEncoder {
  const encode = requiredEncoder(schema, decimals, path, nulls);
  const { optional } = schema;
  const missing = nulls === 'default' || !optional ? schema.default : undefined;
  return (value, out) => {
    if (value !== null && value !== undefined) encode(value, out);
    else if (missing !== undefined) encode(missing, out);
    else if (optional) out.writeBytes(NULL);
    else throw new DataError(`Conversion error: null value for ${path}, which is required and has no default value`);
  };
}

function requiredEncoder(schema: ConnectSchema, decimals: DecimalFormat, path: string, nulls: NullsAs): JsonEncoder {
  switch (schema.type) {
    case 'BOOLEAN':
      return (value, out) => out.writeBytes(value === true ? TRUE : FALSE);
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return (value, out) => {
        if (typeof value === 'number') writeInteger(value, out);
        else writeAscii(String(value as bigint), out);
      };
    case 'FLOAT32':
    case 'FLOAT64':
      return (value, out) => {
        const number = value as number;
        // As in Jackson: not valid JSON numbers, but what readers of these topics expect.
        if (Number.isFinite(number)) writeDouble(number, out);
        else writeAscii(`"${number === Infinity ? 'Infinity' : number === -Infinity ? '-Infinity' : 'NaN'}"`, out);
      };
    case 'STRING':
      return (value, out) => writeJsonString(value as string, out);
    case 'BYTES':
      if (schema.name === LOGICAL.decimal) return decimalEncoder(decimalScale(schema), decimals);
      return (value, out) => {
        const bytes = value as Uint8Array;
        writeAscii(`"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}"`, out);
      };
    case 'ARRAY': {
      const item = jsonEncoder(schema.items, decimals, `${path}[]`, nulls);
      return (value, out) => {
        out.writeByte(91);
        let first = true;
        for (const element of value as unknown[]) {
          if (!first) out.writeByte(44);
          first = false;
          item(element, out);
        }
        out.writeByte(93);
      };
    }
    case 'MAP': {
      const element = jsonEncoder(schema.values, decimals, `${path}{}`, nulls);
      // Keys other than required strings cannot be JSON member names: the entries are pairs, as in JsonConverter.
      if (schema.keys.type === 'STRING' && !schema.keys.optional) {
        return (value, out) => {
          let separator = 123;
          for (const [key, inner] of value as Map<string, unknown>) {
            out.writeByte(separator);
            separator = 44;
            writeJsonString(key, out);
            out.writeByte(58);
            element(inner, out);
          }
          if (separator === 123) out.writeByte(123);
          out.writeByte(125);
        };
      }
      const keyOf = jsonEncoder(schema.keys, decimals, `${path}.key`, nulls);
      return (value, out) => {
        out.writeByte(91);
        let first = true;
        for (const [key, inner] of value as Map<unknown, unknown>) {
          if (!first) out.writeByte(44);
          first = false;
          out.writeByte(91);
          keyOf(key, out);
          out.writeByte(44);
          element(inner, out);
          out.writeByte(93);
        }
        out.writeByte(93);
      };
    }
    case 'STRUCT':
      return structEncoder(schema, decimals, path, nulls);
    default:
      return schema satisfies never;
  }
}

function structEncoder(
  schema: ConnectSchema & { type: 'STRUCT' },
  decimals: DecimalFormat,
  path: string,
  nulls: NullsAs,
): JsonEncoder {
  const names = schema.fields.map((f, i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(f.name)}:`));
  const encoders = schema.fields.map((f) => jsonEncoder(f.schema, decimals, `${path}.${f.name}`, nulls));
  const count = names.length;
  return (value, out) => {
    const struct = value as unknown[];
    for (let i = 0; i < count; i++) {
      out.writeBytes(names[i]!);
      encoders[i]!(struct[i], out);
    }
    if (count === 0) out.writeByte(123);
    out.writeByte(125);
  };
}

function decimalEncoder(scale: number, decimals: DecimalFormat): JsonEncoder {
  if (decimals === 'NUMERIC') {
    const power = 10 ** scale;
    return (value, out) => {
      const unscaled = value as bigint;
      // Small values, which are nearly all, are written as the integer part and exactly `scale` digits.
      if (scale > 0 && scale < 10 && unscaled >= 0n && unscaled < 1_000_000_000n) {
        const number = Number(unscaled);
        const whole = Math.floor(number / power);
        writeInteger(whole, out);
        out.writeByte(46);
        writeDigits(number - whole * power, scale, out);
      } else writeAscii(formatDecimal(unscaled, scale), out);
    };
  }
  return (value, out) => writeAscii(`"${bigintToBytes(value as bigint).toString('base64')}"`, out);
}

/** Up to this many decimal places are tried before a double is formatted as a string. */
const SHORT_DIGITS = 4;
/**
 * Decimals of up to this many units of their last digit have at most 15 significant digits, so no two of them are the
 * same double.
 */
const EXACT_UNITS = 1e15;

/**
 * Writes a double as JSON text that reads back as a double: `1.0`, not `1`, as in Jackson. A decimal with few decimal
 * places that reads back as the double is the only one with so few, and is what JavaScript writes.
 */
function writeDouble(number: number, out: ByteWriter): void {
  const size = Math.abs(number);
  for (let digits = 1, power = 10; digits <= SHORT_DIGITS; digits++, power *= 10) {
    const units = Math.round(size * power);
    if (units > EXACT_UNITS) break;
    if (units / power !== size) continue;
    if (number < 0 || Object.is(number, -0)) out.writeByte(45);
    const whole = Math.floor(units / power);
    writeInteger(whole, out);
    out.writeByte(46);
    writeDigits(units - whole * power, digits, out);
    return;
  }
  const text = String(number);
  writeAscii(/^-?\d+$/.test(text) ? `${text}.0` : text, out);
}

/** Writes `value`, an integer from 0 to 2^31, with leading zeros up to `digits`. */
function writeDigits(value: number, digits: number, out: ByteWriter): void {
  out.reserve(digits);
  const { bytes } = out;
  let rest = value;
  for (let i = out.length + digits - 1; i >= out.length; i--) {
    const next = (rest / 10) | 0;
    bytes[i] = 48 + rest - next * 10;
    rest = next;
  }
  out.length += digits;
}

const BILLION = 1_000_000_000;

/** Writes the digits from right to left; a value that is not a safe integer is formatted as a string. */
function writeInteger(value: number, out: ByteWriter): void {
  if ((value | 0) !== value) {
    const size = Math.abs(value);
    if (!Number.isSafeInteger(value) || size >= BILLION * BILLION) {
      writeAscii(String(value), out);
      return;
    }
    // In two halves of 32 bits, since division of larger numbers is slow.
    const high = Math.floor(size / BILLION);
    if (value < 0) out.writeByte(45);
    writeInteger(high, out);
    writeDigits(size - high * BILLION, 9, out);
    return;
  }
  if (value < 0) out.writeByte(45);
  let rest = value < 0 ? -value : value;
  let digits = 1;
  for (let bound = 10; digits < 10 && rest >= bound; bound *= 10) digits++;
  out.reserve(digits);
  const { bytes } = out;
  const at = out.length;
  for (let i = at + digits - 1; i >= at; i--) {
    // Not with `| 0`, because the absolute value of -2^31 exceeds the int32 range.
    const next = Math.floor(rest / 10);
    bytes[i] = 48 + rest - next * 10;
    rest = next;
  }
  out.length = at + digits;
}

function writeAscii(text: string, out: ByteWriter): void {
  const length = text.length;
  out.reserve(length);
  const { bytes } = out;
  let at = out.length;
  for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
  out.length = at;
}

/** Writes a JSON string. Short plain text is written byte by byte, anything else with JSON.stringify. */
export function writeJsonString(text: string, out: ByteWriter): void {
  const length = text.length;
  if (length < 64) {
    out.reserve(length + 2);
    const { bytes } = out;
    let at = out.length;
    bytes[at++] = 34;
    let i = 0;
    for (; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c < 32 || c > 126 || c === 34 || c === 92) break;
      bytes[at++] = c;
    }
    if (i === length) {
      bytes[at++] = 34;
      out.length = at;
      return;
    }
  }
  out.writeUtf8(JSON.stringify(text));
}

/** Writes the JSON text of data without a schema; undefined members are omitted, bytes are base64. */
export function writePlainJson(value: unknown, out: ByteWriter): void {
  out.writeUtf8(plainJsonText(value));
}

/** The JSON text of a schema's default. */
export function defaultToJson(schema: ConnectSchema): string {
  const out = new ByteWriter(64);
  jsonEncoder({ ...schema, default: undefined }, 'BASE64')(schema.default, out);
  return out.view().toString();
}

/** Converts JSON to data without a schema: integers beyond 2^53 stay exact as bigint. */
export function plainOf(node: Json): unknown {
  if (node === null || typeof node === 'boolean' || typeof node === 'string') return node;
  if (node instanceof JsonNumber) return numberOf(node.text);
  if (node instanceof JsonObject) {
    // Object.fromEntries defines properties, so a member named __proto__ is data like any other.
    return Object.fromEntries(node.keys.map((key, i) => [key, plainOf(elementAt(node.values, i))]));
  }
  return node.map(plainOf);
}

function numberOf(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
}

/** Converts JSON to a value of the schema. @throws DataError naming the path */
export function valueFromJson(
  schema: ConnectSchema,
  node: Json | undefined,
  path = 'value',
  nulls: NullsAs = 'default',
): unknown {
  if (node === null || node === undefined) {
    if (nulls === 'null' && schema.optional) return null;
    if (schema.default !== undefined) return schema.default;
    if (schema.optional) return null;
    throw new DataError(`Invalid null value for required ${path} of type ${schema.type}`);
  }
  switch (schema.type) {
    case 'BOOLEAN':
      if (typeof node === 'boolean') return node;
      break;
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      if (node instanceof JsonNumber) {
        const number = Number(node.text);
        if (Number.isSafeInteger(number)) return number;
        if (/^-?\d+$/.test(node.text)) return normalizeInt64(BigInt(node.text));
        return Math.trunc(number);
      }
      break;
    case 'FLOAT32':
    case 'FLOAT64':
      if (node instanceof JsonNumber) return Number(node.text);
      if (node === 'NaN' || node === 'Infinity' || node === '-Infinity') return Number(node);
      break;
    case 'STRING':
      if (typeof node === 'string') return node;
      break;
    case 'BYTES':
      if (schema.name === LOGICAL.decimal) {
        if (typeof node === 'string') return bytesToBigint(Buffer.from(node, 'base64'));
        if (node instanceof JsonNumber) {
          const decimal = parseDecimal(node.text);
          if (decimal) return rescale(decimal.unscaled, decimal.scale, decimalScale(schema));
        }
      } else if (typeof node === 'string') return Buffer.from(node, 'base64');
      break;
    case 'ARRAY':
      if (Array.isArray(node)) {
        return (node as readonly Json[]).map((n, i) => valueFromJson(schema.items, n, `${path}[${i}]`, nulls));
      }
      break;
    case 'MAP':
      if (node instanceof JsonObject && schema.keys.type === 'STRING') {
        return new Map(
          node.keys.map((k, i) => [k, valueFromJson(schema.values, elementAt(node.values, i), `${path}.${k}`, nulls)]),
        );
      }
      if (Array.isArray(node)) {
        return new Map(
          (node as readonly Json[]).map((pair, i) => {
            if (!Array.isArray(pair) || pair.length !== 2) {
              throw new DataError(`Expected [key, value] at ${path}[${i}], got ${jsonText(pair)}`);
            }
            const [key, value] = pair as Json[];
            return [
              valueFromJson(schema.keys, key, `${path}[${i}].key`, nulls),
              valueFromJson(schema.values, value, `${path}[${i}]`, nulls),
            ];
          }),
        );
      }
      break;
    case 'STRUCT':
      if (node instanceof JsonObject) {
        return schema.fields.map((f) => valueFromJson(f.schema, node.get(f.name), `${path}.${f.name}`, nulls));
      }
      break;
    default:
      return schema satisfies never;
  }
  throw new DataError(`Cannot read ${path}: expected ${schema.type}, got ${jsonText(node).slice(0, 80)}`);
}
