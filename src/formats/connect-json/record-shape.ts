import { JsonObject, type Json } from '../../types/json-text.ts';
import { JsonReader } from '../json/json-reader.ts';

/**
 * The contents of one record: the location of its row and of the embedded schema, as offsets into the record's bytes.
 */
export interface RecordShape {
  /** Start and end of the row; equal if there is none (a delete). */
  rowFrom: number;
  rowTo: number;
  /** Start and end of the embedded schema; equal if there is none. */
  schemaFrom: number;
  schemaTo: number;
  /** Whether the row is the `after` of a change event. */
  enveloped: boolean;
}

/**
 * Finds the row in a record written by JsonConverter: inside `{"schema":…,"payload":…}` if the schema is embedded, and
 * inside the `after` of a Debezium change event, without building objects for the rest.
 */
export class ShapeReader {
  readonly #reader = new JsonReader();
  readonly #shape: RecordShape = { rowFrom: 0, rowTo: 0, schemaFrom: 0, schemaTo: 0, enveloped: false };
  readonly #openEnvelopes: boolean;
  /**
   * The last `{"schema":…,"payload":`: nearly every record begins with the same bytes, and most of a record is its
   * schema.
   */
  #head = Buffer.alloc(0);

  /** @param openEnvelopes false if the columns are those of the envelope itself */
  constructor(openEnvelopes: boolean) {
    this.#openEnvelopes = openEnvelopes;
  }

  /** The returned shape is reused by the next call. @throws JsonSyntaxError */
  read(bytes: Uint8Array, from: number, to: number): RecordShape {
    const shape = this.#shape;
    shape.rowFrom = from;
    shape.rowTo = to;
    shape.schemaFrom = shape.schemaTo = from;
    shape.enveloped = false;
    this.#openSchema(bytes, shape);
    if (this.#openEnvelopes) this.#openEnvelope(bytes, shape);
    return shape;
  }

  /** Finds exactly the two fields `schema` and `payload`, in any order. */
  #openSchema(bytes: Uint8Array, shape: RecordShape): void {
    const { rowFrom: from, rowTo: to } = shape;
    const head = this.#head;
    if (head.length > 0 && to - from > head.length && head.compare(bytes, from, from + head.length) === 0) {
      [shape.schemaFrom, shape.schemaTo] = [from + BEFORE_SCHEMA, from + head.length - BEFORE_PAYLOAD];
      // The row's reader stops at the end of the row; the closing brace after it is harmless.
      shape.rowFrom = from + head.length;
      return;
    }
    let [schemaFrom, schemaTo, payloadFrom, payloadTo, others] = [0, 0, 0, 0, 0];
    const isObject = this.#eachField(bytes, shape.rowFrom, shape.rowTo, (name, start, end) => {
      if (name === 'schema') [schemaFrom, schemaTo] = [start, end];
      else if (name === 'payload') [payloadFrom, payloadTo] = [start, end];
      else others++;
      // Any other field: this is a row, and the rest need not be examined.
      return others === 0;
    });
    if (!isObject || others > 0 || schemaTo === 0 || payloadTo === 0) return;
    // `"schema": null` is what JsonConverter writes for data without a schema.
    if (bytes[schemaFrom] === 123) {
      [shape.schemaFrom, shape.schemaTo] = [schemaFrom, schemaTo];
      if (schemaFrom - from === BEFORE_SCHEMA && payloadFrom - schemaTo === BEFORE_PAYLOAD)
        this.#head = Buffer.from(bytes.subarray(from, payloadFrom));
    } else if (bytes[schemaFrom] !== 110) return;
    [shape.rowFrom, shape.rowTo] = [payloadFrom, payloadTo];
  }

  #openEnvelope(bytes: Uint8Array, shape: RecordShape): void {
    let [afterFrom, afterTo, op] = [0, 0, 0];
    let before = false;
    let odd = false;
    this.#eachField(bytes, shape.rowFrom, shape.rowTo, (name, start, end) => {
      switch (name) {
        case 'before':
          before = true;
          break;
        case 'after':
          [afterFrom, afterTo] = [start, end];
          break;
        case 'op':
          op = end - start === 3 ? bytes[start + 1]! : 0;
          break;
        case 'source':
        case 'transaction':
        case 'ts_ms':
        case 'ts_us':
        case 'ts_ns':
          break;
        default:
          odd = true;
      }
      return !odd;
    });
    if (odd || !before || afterTo === 0 || !OPERATIONS.has(op)) return;
    shape.enveloped = true;
    shape.rowFrom = afterFrom;
    // A deleted (or truncated) row: `after` is null.
    shape.rowTo = bytes[afterFrom] === 110 ? afterFrom : afterTo;
  }

  /**
   * Calls `visit` with the name, start and end of each field until it returns false. Returns false if the text is not
   * an object.
   */
  #eachField(
    bytes: Uint8Array,
    from: number,
    to: number,
    visit: (name: string, start: number, end: number) => boolean,
  ): boolean {
    const reader = this.#reader;
    reader.reset(bytes, from, to);
    reader.skipBlanks();
    if (reader.pos >= to || bytes[reader.pos] !== 123) return false;
    reader.pos++;
    reader.skipBlanks();
    // A record that is not JSON is rejected by the row decoder.
    while (reader.pos < to && bytes[reader.pos] === 34) {
      const name = reader.readString();
      reader.skipBlanks();
      if (bytes[reader.pos] !== 58) return true;
      reader.pos++;
      reader.skipBlanks();
      const start = reader.pos;
      reader.skipValue();
      if (!visit(name, start, reader.pos)) return true;
      reader.skipBlanks();
      if (reader.pos >= to || bytes[reader.pos] !== 44) return true;
      reader.pos++;
      reader.skipBlanks();
    }
    return true;
  }
}

/** Lengths of `{"schema":` and `,"payload":`. */
const BEFORE_SCHEMA = 10;
const BEFORE_PAYLOAD = 11;

/** create, read (snapshot), update, delete, truncate, message */
const OPERATIONS = new Set([...'crudtm'].map((letter) => letter.charCodeAt(0)));

/** The schema of the row within an embedded schema: for a change event, that of `after`. */
export function rowSchemaOf(schema: Json, enveloped: boolean): Json | undefined {
  if (!enveloped) return schema;
  return fieldsOf(schema).find((field) => field.get('field') === 'after');
}

/** The fields of a struct's schema. */
export function fieldsOf(schema: Json | undefined): readonly JsonObject[] {
  const fields = schema instanceof JsonObject ? schema.get('fields') : undefined;
  return Array.isArray(fields) ? fields.filter((field): field is JsonObject => field instanceof JsonObject) : [];
}
