import { ByteWriter } from '../../base/byte-writer.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import type { ConfigKey } from '../api/config-spec.ts';
import type { ConverterPlugin, SchemaAndValue, SqlForm, ValueEncoder } from '../api/converter.ts';
import { DataError } from '../api/errors.ts';
import { primitive, type ConnectSchema, type PrimitiveType } from '../api/schema.ts';
import { plainJsonText } from '../api/plain-json.ts';
import { jsonEncoder } from './json-value.ts';

/** Converters of one plain value: String, ByteArray, and Kafka's fixed-width serializers. */
const VERSION = '4.3.1';

const KAFKA: SqlForm = { format: 'KAFKA' };
/** The fixed-width types that SQL's KAFKA format supports. */
const IN_KAFKA_FORMAT: ReadonlySet<PrimitiveType> = new Set<PrimitiveType>(['INT32', 'INT64', 'FLOAT64']);

const ENCODING: ConfigKey = {
  name: 'converter.encoding',
  type: 'STRING',
  default: 'UTF8',
  importance: 'HIGH',
  documentation: 'Encoding of the text. UTF8 is the only one.',
};

/** The text of a value as StringConverter writes it: strings unchanged, structs and schemaless objects as JSON. */
function textOf(schema: ConnectSchema | null): (value: unknown) => string {
  if (
    schema !== null &&
    (schema.type === 'STRUCT' || schema.type === 'ARRAY' || schema.type === 'MAP' || schema.name !== undefined)
  ) {
    const encode = jsonEncoder(schema, 'NUMERIC');
    const scratch = new ByteWriter(256);
    return (value) => {
      scratch.reset();
      encode(value, scratch);
      return scratch.view().toString();
    };
  }
  return (value) =>
    value !== null && typeof value === 'object' ? plainJsonText(value) : String(value as string | number);
}

const STRING = primitive('STRING');
const BYTES = primitive('BYTES');

const stringConverter: ConverterPlugin = {
  className: 'org.apache.kafka.connect.storage.StringConverter',
  aliases: ['StringConverter', 'String'],
  version: VERSION,
  doc: 'Text in UTF-8. Values that are no text are written as text; what is read is always text.',
  config: [ENCODING],
  sqlForm: (schema, _config, isKey) => {
    if (schema.type !== 'STRUCT') return { format: 'KAFKA', type: { kind: 'STRING' } };
    return isKey ? undefined : { format: 'JSON' };
  },
  create: () => ({
    encoder: (_topic, schema): ValueEncoder => {
      const text = textOf(schema);
      return (value, out) => {
        if (value === null || value === undefined) return false;
        out.writeUtf8(typeof value === 'string' ? value : text(value));
        return true;
      };
    },
    decode: (_topic, bytes): SchemaAndValue => ({
      schema: STRING,
      value: bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'),
    }),
  }),
};

const byteArrayConverter: ConverterPlugin = {
  className: 'org.apache.kafka.connect.converters.ByteArrayConverter',
  aliases: ['ByteArrayConverter', 'ByteArray'],
  version: VERSION,
  doc: 'The bytes as they are.',
  config: [],
  sqlForm: () => KAFKA,
  create: () => ({
    encoder: (topic, schema): ValueEncoder => {
      if (schema !== null && schema.type !== 'BYTES') {
        throw new DataError(`Invalid schema type for ByteArrayConverter of topic ${topic}: ${schema.type}`);
      }
      return (value, out) => {
        if (value === null || value === undefined) return false;
        if (!(value instanceof Uint8Array))
          throw new DataError(`ByteArrayConverter is not compatible with objects of type ${typeof value}`);
        out.writeBytes(value);
        return true;
      };
    },
    // A copy, because the fetch buffer is reused after the poll.
    decode: (_topic, bytes): SchemaAndValue => ({ schema: BYTES, value: bytes === null ? null : Buffer.from(bytes) }),
  }),
};

function fixedWidth(
  name: string,
  type: PrimitiveType,
  width: number,
  write: (out: ByteWriter, value: unknown) => void,
  read: (bytes: Buffer) => unknown,
): ConverterPlugin {
  const schema = primitive(type);
  const article = `${name}Converter`;
  return {
    className: `org.apache.kafka.connect.converters.${article}`,
    aliases: [article, name],
    version: VERSION,
    doc: `One ${type} in ${width} bytes, big-endian, as Kafka's ${name}Serializer.`,
    config: [],
    sqlForm: () => (IN_KAFKA_FORMAT.has(type) ? KAFKA : undefined),
    create: () => ({
      encoder: (topic, given): ValueEncoder => {
        if (given !== null && given.type !== type) {
          throw new DataError(`Failed to serialize to ${type} in topic ${topic}: the schema is ${given.type}`);
        }
        return (value, out) => {
          if (value === null || value === undefined) return false;
          write(out, value);
          return true;
        };
      },
      decode: (topic, bytes): SchemaAndValue => {
        if (bytes === null) return { schema, value: null };
        if (bytes.length !== width) {
          throw new DataError(
            `Failed to deserialize ${type} of topic ${topic}: expected ${width} bytes, got ${bytes.length}`,
          );
        }
        return { schema, value: read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) };
      },
    }),
  };
}

export const PRIMITIVE_CONVERTERS: readonly ConverterPlugin[] = [
  stringConverter,
  byteArrayConverter,
  fixedWidth(
    'Short',
    'INT16',
    2,
    (out, v) => {
      out.reserve(2);
      out.length = out.bytes.writeInt16BE(Number(v), out.length);
    },
    (b) => b.readInt16BE(0),
  ),
  fixedWidth(
    'Integer',
    'INT32',
    4,
    (out, v) => out.writeInt32BE(Number(v)),
    (b) => b.readInt32BE(0),
  ),
  fixedWidth(
    'Long',
    'INT64',
    8,
    (out, v) => out.writeBigInt64BE(BigInt(v as number | bigint)),
    (b) => normalizeInt64(b.readBigInt64BE(0)),
  ),
  fixedWidth(
    'Float',
    'FLOAT32',
    4,
    (out, v) => {
      out.reserve(4);
      out.length = out.bytes.writeFloatBE(Number(v), out.length);
    },
    (b) => b.readFloatBE(0),
  ),
  fixedWidth(
    'Double',
    'FLOAT64',
    8,
    (out, v) => out.writeDoubleBE(Number(v)),
    (b) => b.readDoubleBE(0),
  ),
  fixedWidth(
    'Boolean',
    'BOOLEAN',
    1,
    (out, v) => out.writeByte(v === true ? 1 : 0),
    (b) => b[0] === 1,
  ),
];
