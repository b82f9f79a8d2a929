import type { JsonReader } from '../../formats/json/json-reader.ts';
import { JsonNumber } from '../../types/json-text.ts';
import { bytesToBigint } from '../api/decimal-bytes.ts';
import { valueFromJson } from './json-value.ts';
import { LOGICAL, type ConnectSchema, type StructSchema } from '../api/schema.ts';

/**
 * Reads the JSON value at the reader's position as a value of a schema. ELSEWHERE: the text is not in JsonConverter's
 * form (blanks, fields that are missing or in another order, unusual numbers), and the position of the reader is
 * undefined; `valueFromJson`, the slower path, then has to parse and validate it.
 */
export type PayloadReader = (reader: JsonReader) => unknown;

/** A marker that is not a value of any schema. */
export const ELSEWHERE = Symbol('not as JsonConverter writes it');

const POWERS_OF_TEN = Float64Array.from({ length: 16 }, (_, i) => Number(`1e${i}`));
/** A double holds any number of this many digits exactly. */
const EXACT_DIGITS = 15;

/** Compiles the fast path from bytes to values of a schema, without a tree of nodes in between. */
export function payloadReader(schema: ConnectSchema): PayloadReader {
  const read = requiredReader(schema);
  const missing = schema.default !== undefined ? schema.default : schema.optional ? null : ELSEWHERE;
  return (reader) => (reader.bytes[reader.pos] === 110 ? (isWord(reader, NULL) ? missing : ELSEWHERE) : read(reader));
}

function requiredReader(schema: ConnectSchema): PayloadReader {
  switch (schema.type) {
    case 'BOOLEAN':
      return (reader) => (isWord(reader, TRUE) ? true : isWord(reader, FALSE) ? false : ELSEWHERE);
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return readInteger;
    case 'FLOAT32':
    case 'FLOAT64':
      return readDouble;
    case 'STRING':
      return readText;
    case 'BYTES':
      if (schema.name === LOGICAL.decimal)
        return (reader) => {
          const text = readText(reader);
          return typeof text === 'string' ? bytesToBigint(Buffer.from(text, 'base64')) : ELSEWHERE;
        };
      return (reader) => {
        const text = readText(reader);
        return typeof text === 'string' ? Buffer.from(text, 'base64') : ELSEWHERE;
      };
    case 'ARRAY':
      return arrayReader(payloadReader(schema.items));
    case 'STRUCT':
      return structReader(schema);
    case 'MAP':
      // Maps are rare in rows, and are written in two ways.
      return (reader) => {
        const c = reader.bytes[reader.pos];
        return c === 123 || c === 91 ? valueFromJson(schema, reader.readValue()) : ELSEWHERE;
      };
    default:
      return schema satisfies never;
  }
}

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/** Advances past the bytes if they are at the position and followed by the end of the value. */
function isWord(reader: JsonReader, word: Uint8Array): boolean {
  const at = reader.pos + word.length;
  if (!isAt(reader, word) || !isEnd(reader, at)) return false;
  reader.pos = at;
  return true;
}

function isAt({ bytes, pos, end }: JsonReader, text: Uint8Array): boolean {
  const n = text.length;
  if (pos + n > end) return false;
  for (let i = 0; i < n; i++) if (bytes[pos + i] !== text[i]) return false;
  return true;
}

/** A comma or a closing bracket. */
function isEnd({ bytes, end }: JsonReader, at: number): boolean {
  if (at >= end) return false;
  const c = bytes[at];
  return c === 44 || c === 125 || c === 93;
}

function readText(reader: JsonReader): unknown {
  return reader.bytes[reader.pos] === 34 ? reader.readString() : ELSEWHERE;
}

function readInteger(reader: JsonReader): unknown {
  const { bytes, end } = reader;
  const from = reader.pos;
  const first = bytes[from] === 45 ? from + 1 : from;
  let at = first;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  const digits = at - first;
  if (digits === 0 || digits > EXACT_DIGITS || (digits > 1 && bytes[first] === 48) || !isEnd(reader, at))
    return ELSEWHERE;
  reader.pos = at;
  return first === from ? value : -value;
}

/** Equals `Number` of the text: up to 15 digits and a power of ten are exact, so their quotient is rounded once. */
function readDouble(reader: JsonReader): unknown {
  const { bytes, end } = reader;
  const from = reader.pos;
  const first = bytes[from] === 45 ? from + 1 : from;
  let at = first;
  let value = 0;
  let point = -1;
  for (; at < end; at++) {
    const c = bytes[at]!;
    if (c === 46 && point === -1 && at > first) point = at;
    else if (c < 48 || c > 57) break;
    else value = value * 10 + (c - 48);
  }
  const fraction = point === -1 ? 0 : at - point - 1;
  const digits = at - first - (point === -1 ? 0 : 1);
  const whole = digits - fraction;
  if (whole === 0 || (whole > 1 && bytes[first] === 48) || (point !== -1 && fraction === 0)) return ELSEWHERE;
  if (!isEnd(reader, at)) return ELSEWHERE;
  if (digits > EXACT_DIGITS) {
    const node = reader.readValue();
    return node instanceof JsonNumber ? Number(node.text) : ELSEWHERE;
  }
  reader.pos = at;
  if (fraction > 0) value /= POWERS_OF_TEN[fraction]!;
  return first === from ? value : -value;
}

function arrayReader(item: PayloadReader): PayloadReader {
  return (reader) => {
    const { bytes } = reader;
    if (bytes[reader.pos] !== 91) return ELSEWHERE;
    reader.pos++;
    const items: unknown[] = [];
    if (bytes[reader.pos] === 93) {
      reader.pos++;
      return items;
    }
    for (;;) {
      const value = item(reader);
      if (value === ELSEWHERE) return ELSEWHERE;
      items.push(value);
      const byte = bytes[reader.pos++];
      if (byte === 93) return items;
      if (byte !== 44) return ELSEWHERE;
    }
  };
}

/** All fields in the order of the schema, as JsonConverter writes them. */
function structReader({ fields }: StructSchema): PayloadReader {
  const count = fields.length;
  const names = fields.map(({ name }, i) =>
    Uint8Array.from(Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)),
  );
  const readers = fields.map(({ schema }) => payloadReader(schema));
  const areUnique = new Set(fields.map(({ name }) => name)).size === count;
  if (count === 0 || !areUnique) return () => ELSEWHERE;
  return (reader) => {
    const struct: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const name = names[i]!;
      if (!isAt(reader, name)) return ELSEWHERE;
      reader.pos += name.length;
      const value = readers[i]!(reader);
      if (value === ELSEWHERE) return ELSEWHERE;
      struct.push(value);
    }
    // Another member might repeat one of these fields, and its value would be the valid one.
    return reader.bytes[reader.pos++] === 125 ? struct : ELSEWHERE;
  };
}
