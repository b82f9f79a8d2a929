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
import { jsonEncoder, plainOf, valueFromJson, writePlainJson, type DecimalFormat } from './json-value.ts';

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

class JsonConverter implements Converter {
  private readonly envelope: boolean;
  private readonly decimals: DecimalFormat;
  private readonly cacheSize: number;
  private readonly schemas = new Map<string, ConnectSchema | null>();
  private readonly reader = new JsonReader();

  constructor(raw: RawConfig) {
    const config = configOf(CONFIG, raw);
    this.envelope = config.get(CONFIG.schemasEnable);
    this.decimals = config.get(CONFIG.decimalFormat).toUpperCase() as DecimalFormat;
    this.cacheSize = config.get(CONFIG.schemasCacheSize);
  }

  encoder(_topic: string, schema: ConnectSchema | null): ValueEncoder {
    const payload = schema === null ? writePlainJson : jsonEncoder(schema, this.decimals);
    if (!this.envelope) {
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
    const node = this.parse(topic, bytes);
    if (!this.envelope) return { schema: null, value: plainOf(node) };
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
    const schema = this.schemaOf(node);
    const payload = node.get('payload')!;
    return { schema, value: schema === null ? plainOf(payload) : valueFromJson(schema, payload) };
  }

  private parse(topic: string, bytes: Uint8Array) {
    this.reader.reset(bytes, 0, bytes.length);
    try {
      const node = this.reader.readValue();
      this.reader.skipBlanks();
      if (this.reader.pos < bytes.length) throw new JsonSyntaxError('unexpected text after the value', this.reader.pos);
      return node;
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      throw new DataError(
        `Converting byte[] to Kafka Connect data failed due to serialization error of topic ${topic}: ${error.message} at byte ${error.at}`,
        { cause: error },
      );
    }
  }

  private schemaOf(envelope: JsonObject): ConnectSchema | null {
    const node = envelope.get('schema')!;
    const text = jsonText(node);
    const known = this.schemas.get(text);
    if (known !== undefined) return known;
    const schema = schemaFromJson(node);
    if (this.schemas.size >= this.cacheSize) this.schemas.delete(this.schemas.keys().next().value!);
    this.schemas.set(text, schema);
    return schema;
  }
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
    // CONNECT_JSON knows the envelope, and decimals as base64.
    const special = enveloped || (base64 && hasDecimal(sqlTypeOf(schema)));
    if (special && schema.type !== 'STRUCT') return undefined;
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
