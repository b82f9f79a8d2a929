import type { ByteWriter } from '../../base/byte-writer.ts';
import { jsonText, JsonObject } from '../../types/json-text.ts';
import { JsonReader, JsonSyntaxError } from '../../formats/json/json-reader.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { configKeys, configOf, oneOfIgnoringCase, type RawConfig } from '../api/config-spec.ts';
import { DataError } from '../api/errors.ts';
import type { Converter, ConverterPlugin, SchemaAndValue, ValueEncoder } from '../api/converter.ts';
import type { ConnectSchema } from '../api/schema.ts';
import { sqlTypeOf } from '../api/sql-mapping.ts';
import { schemaFromJson, schemaToJson } from './json-schema-text.ts';
import { jsonEncoder, plainOf, valueFromJson, writePlainJson, type DecimalFormat, type NullsAs } from './json-value.ts';
import { ELSEWHERE, payloadReader, type PayloadReader } from './payload-reader.ts';

const CONFIG = configKeys({
  schemasEnable: {
    name: 'schemas.enable',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'HIGH',
    documentation: 'Whether each record carries its schema: {"schema": ..., "payload": ...}.',
  },
  schemasCacheSize: {
    name: 'schemas.cache.size',
    type: 'INT',
    default: '1000',
    importance: 'LOW',
    documentation: 'How many schemas are kept parsed.',
  },
  replaceNulls: {
    name: 'replace.null.with.default',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    documentation: 'Whether a field without a value gets its default, where the schema has one. Else it is null.',
  },
  decimalFormat: {
    name: 'decimal.format',
    type: 'STRING',
    default: 'BASE64',
    importance: 'LOW',
    documentation:
      'How decimals are written: BASE64 (of the unscaled bytes) or NUMERIC (a JSON number). Both are read.',
    validator: oneOfIgnoringCase('BASE64', 'NUMERIC'),
  },
});

/** The bytes with which records of a topic begin, up to their payload: mostly their schema. */
interface Head {
  /** The bytes of `{"schema":…,"payload":`. */
  readonly bytes: Buffer;
  readonly schema: ConnectSchema;
  readonly read: PayloadReader;
}

/** How many heads are compared with a record. */
const HEADS_MAX = 16;

class JsonConverter implements Converter {
  readonly #envelope: boolean;
  readonly #decimals: DecimalFormat;
  readonly #cacheEntries: number;
  readonly #nulls: NullsAs;
  readonly #schemas = new Map<string, ConnectSchema | null>();
  readonly #reader = new JsonReader();
  /** The most recently used head is first. */
  readonly #heads: Head[] = [];

  constructor(raw: RawConfig) {
    const config = configOf(CONFIG, raw);
    this.#envelope = config.get(CONFIG.schemasEnable);
    this.#decimals = config.get(CONFIG.decimalFormat).toUpperCase() as DecimalFormat;
    this.#cacheEntries = config.get(CONFIG.schemasCacheSize);
    this.#nulls = config.get(CONFIG.replaceNulls) ? 'default' : 'null';
  }

  encoder(_topic: string, schema: ConnectSchema | null): ValueEncoder {
    const payload = schema === null ? writePlainJson : jsonEncoder(schema, this.#decimals, 'value', this.#nulls);
    if (!this.#envelope) {
      return (value, out) => {
        if (value === null || value === undefined) return false;
        payload(value, out);
        return true;
      };
    }
    const head = Buffer.from(`{"schema":${schemaToJson(schema)},"payload":`);
    return (value: unknown, out: ByteWriter) => {
      if (schema === null && (value === null || value === undefined)) return false;
      out.writeBytes(head);
      payload(value, out);
      out.writeByte(125);
      return true;
    };
  }

  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null || bytes.length === 0) return { schema: null, value: null };
    // The fast path supports only defaults.
    const known = this.#envelope && this.#nulls === 'default' ? this.#readBehindHead(bytes) : undefined;
    if (known !== undefined) return known;
    const node = this.#parse(topic, bytes);
    if (!this.#envelope) return { schema: null, value: plainOf(node) };
    if (
      !(node instanceof JsonObject) ||
      node.keys.length !== 2 ||
      node.get('schema') === undefined ||
      node.get('payload') === undefined
    ) {
      throw new DataError(
        'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
          'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.',
      );
    }
    const schema = this.#schemaOf(node);
    const payload = node.get('payload')!;
    if (schema !== null && this.#nulls === 'default') this.#keepHead(bytes, schema);
    return { schema, value: schema === null ? plainOf(payload) : valueFromJson(schema, payload, 'value', this.#nulls) };
  }

  /** Reads the record after a known head; undefined: it has to be parsed as a whole, which also reports its errors. */
  #readBehindHead(bytes: Uint8Array): SchemaAndValue | undefined {
    const head = this.#headOf(bytes);
    if (head === undefined) return undefined;
    const reader = this.#reader;
    const { schema } = head;
    const from = head.bytes.length;
    try {
      reader.reset(bytes, from, bytes.length);
      let value = head.read(reader);
      if (value === ELSEWHERE) {
        reader.reset(bytes, from, bytes.length);
        value = valueFromJson(schema, reader.readValue());
      }
      reader.skipBlanks();
      if (bytes[reader.pos] !== 125) return undefined;
      reader.pos++;
      reader.skipBlanks();
      return reader.pos === bytes.length ? { schema, value } : undefined;
    } catch (error) {
      if (error instanceof JsonSyntaxError || error instanceof DataError) return undefined;
      throw error;
    }
  }

  #headOf(bytes: Uint8Array): Head | undefined {
    const heads = this.#heads;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i]!;
      if (head.bytes.length >= bytes.length || head.bytes.compare(bytes, 0, head.bytes.length) !== 0) continue;
      if (i > 0) {
        heads.splice(i, 1);
        heads.unshift(head);
      }
      return head;
    }
    return undefined;
  }

  /**
   * Keeps the head of an envelope whose first member is its schema. The envelope has been parsed: it is JSON, with
   * these two members.
   */
  #keepHead(bytes: Uint8Array, schema: ConnectSchema): void {
    const reader = this.#reader;
    const heads = this.#heads;
    reader.reset(bytes, 0, bytes.length);
    reader.skipBlanks();
    reader.pos++;
    reader.skipBlanks();
    if (reader.readString() !== 'schema') return;
    skipColon(reader);
    reader.skipValue();
    reader.skipBlanks();
    reader.pos++;
    reader.skipBlanks();
    reader.readString();
    skipColon(reader);
    reader.skipBlanks();
    if (heads.length >= HEADS_MAX) heads.pop();
    heads.unshift({ bytes: Buffer.from(bytes.subarray(0, reader.pos)), schema, read: payloadReader(schema) });
  }

  #parse(topic: string, bytes: Uint8Array) {
    this.#reader.reset(bytes, 0, bytes.length);
    try {
      const node = this.#reader.readValue();
      this.#reader.skipBlanks();
      if (this.#reader.pos < bytes.length)
        throw new JsonSyntaxError('unexpected text after the value', this.#reader.pos);
      return node;
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      throw new DataError(
        `Converting byte[] to Kafka Connect data failed due to serialization error of topic ${topic}: ${error.message} at byte ${error.at}`,
        { cause: error },
      );
    }
  }

  #schemaOf(envelope: JsonObject): ConnectSchema | null {
    const node = envelope.get('schema')!;
    const text = jsonText(node);
    const known = this.#schemas.get(text);
    if (known !== undefined) return known;
    const schema = schemaFromJson(node);
    if (this.#schemas.size >= this.#cacheEntries) this.#schemas.delete(this.#schemas.keys().next().value!);
    this.#schemas.set(text, schema);
    return schema;
  }
}

function skipColon(reader: JsonReader): void {
  reader.skipBlanks();
  reader.pos++;
}

export const jsonConverter: ConverterPlugin = {
  className: 'org.apache.kafka.connect.json.JsonConverter',
  aliases: ['JsonConverter', 'Json'],
  version: '4.3.1',
  doc: 'JSON, with the schema in each record (schemas.enable=true) or without.',
  config: Object.values(CONFIG),
  create: (config) => new JsonConverter(config),
  sqlForm: (schema, config) => {
    const enveloped = !/^false$/i.test(config['schemas.enable'] ?? 'true');
    const base64 = !/^numeric$/i.test(config['decimal.format'] ?? 'BASE64');
    // CONNECT_JSON supports the envelope, base64 decimals, and a single value without a struct.
    const special = enveloped || (base64 && hasDecimal(sqlTypeOf(schema)));
    return { format: special ? 'CONNECT_JSON' : 'JSON' };
  },
};

function hasDecimal(type: SqlType): boolean {
  switch (type.kind) {
    case 'DECIMAL':
      return true;
    case 'ARRAY':
      return hasDecimal(type.element);
    case 'MAP':
      return hasDecimal(type.value);
    case 'STRUCT':
      return type.fields.some((f) => hasDecimal(f.type));
    default:
      return false;
  }
}
