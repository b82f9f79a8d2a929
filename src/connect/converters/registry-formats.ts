import { must } from '../../base/assert.ts';
import type { FormatDefinition, PersistenceSchema, RowDecoder } from '../../formats/api.ts';
import { NeedsSchema } from '../../formats/api.ts';
import { formatNamed } from '../../formats/registry.ts';
import { messageOf } from '../../base/errors.ts';
import type { ConfigKey } from '../api/config-spec.ts';
import type { Converter, ConverterPlugin, SchemaAndValue, ValueEncoder } from '../api/converter.ts';
import { ConnectError, DataError } from '../api/errors.ts';
import { structOf, type ConnectSchema, type StructSchema } from '../api/schema.ts';
import { schemaOfSqlType } from '../api/sql-mapping.ts';
import { preparation, sqlConverter, type SchemaAccess } from './sql.ts';

/**
 * Avro, Protobuf and JSON Schema in Confluent's wire format, with the names of Confluent's converters. The registry is
 * the server's own, or the one it is configured with: `schema.registry.url` of the connector is accepted and ignored.
 */
const CONFIG: readonly ConfigKey[] = [
  {
    name: 'schema.registry.url',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation: "Not used: schemas are in the server's registry (ksql.schema.registry.url).",
  },
];

interface Reader {
  readonly schema: ConnectSchema;
  readonly columns: number;
  readonly bare: boolean;
  readonly decoder: RowDecoder;
}

class RegistryConverter implements Converter {
  readonly #format: FormatDefinition;
  readonly #writer: Converter;
  readonly #isKey: boolean;
  readonly #schemas: SchemaAccess;
  /** Readers by topic and schema id. */
  readonly #readers = new Map<string, Reader>();

  constructor(format: string, isKey: boolean, schemas: SchemaAccess) {
    this.#format = formatNamed(format);
    this.#isKey = isKey;
    this.#schemas = schemas;
    this.#writer = sqlConverter(schemas).create({ format }, isKey);
  }

  encoder(topic: string, schema: ConnectSchema | null): ValueEncoder {
    return this.#writer.encoder(topic, schema);
  }

  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null };
    if (bytes.length < 5 || bytes[0] !== 0) {
      throw new DataError(`Failed to deserialize data for topic ${topic} to ${this.#format.name}: Unknown magic byte!`);
    }
    const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(1);
    const reader = this.#readers.get(`${id} ${topic}`) ?? this.#readerOf(topic, id);
    const row: unknown[] = Array.from({ length: reader.columns }, () => null);
    try {
      if (!reader.decoder.decode(bytes, 0, bytes.length, row)) return { schema: reader.schema, value: null };
    } catch (error) {
      if (error instanceof NeedsSchema) throw preparation(this.#schemas, error);
      throw new DataError(
        `Failed to deserialize data for topic ${topic} to ${this.#format.name}: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
    return { schema: reader.schema, value: reader.bare ? row[0] : row };
  }

  #readerOf(topic: string, id: number): Reader {
    const format = this.#format;
    const isKey = this.#isKey;
    const { registry } = this.#schemas;
    const written = registry.schemaById(id);
    if (written === undefined) {
      if (registry.isUnknown?.(id) === true)
        throw new DataError(`The registry has no schema ${id}, which a record of topic ${topic} names`);
      throw preparation(this.#schemas, new NeedsSchema(id));
    }
    // With a schema id, names are returned as they were written.
    const named = { format: format.name, properties: { schemaId: String(id) } };
    const columns = format.columnsOf!(written, { isKey, info: named, features: [] });
    const bare = columns.length === 1 && (columns[0]!.name === 'ROWKEY' || columns[0]!.name === 'ROWVAL');
    const persistence: PersistenceSchema = {
      columns,
      features: bare && format.features.includes('UNWRAP_SINGLES') ? ['UNWRAP_SINGLES'] : [],
      isKey,
    };
    const decoder = format.createDecoder(
      { schema: persistence, info: { format: format.name, properties: {} }, topic, registry },
      columns.map((_, i) => i),
    );
    const schema: ConnectSchema | StructSchema = bare
      ? schemaOfSqlType(must(columns[0], 'column').type)
      : structOf(
          columns.map((c) => ({ name: c.name, schema: schemaOfSqlType(c.type) })),
          true,
        );
    const reader = { schema, columns: columns.length, bare, decoder };
    this.#readers.set(`${id} ${topic}`, reader);
    return reader;
  }
}

function plugin(
  className: string,
  aliases: readonly string[],
  format: string,
  schemas: SchemaAccess | undefined,
): ConverterPlugin {
  return {
    className,
    aliases: [className.slice(className.lastIndexOf('.') + 1), ...aliases],
    version: '0.1.0',
    doc: `${format} with its schema in the registry.`,
    config: CONFIG,
    sqlForm: () => ({ format }),
    create: (_config, isKey) => {
      if (!schemas)
        throw new ConnectError(
          `${className} needs a schema registry and none is configured: set ksql.schema.registry.url`,
        );
      return new RegistryConverter(format, isKey, schemas);
    },
  };
}

export function registryConverters(schemas: SchemaAccess | undefined): readonly ConverterPlugin[] {
  return [
    plugin(
      'io.confluent.connect.avro.AvroConverter',
      ['Avro', 'io.apicurio.registry.utils.converter.AvroConverter'],
      'AVRO',
      schemas,
    ),
    plugin('io.confluent.connect.protobuf.ProtobufConverter', ['Protobuf'], 'PROTOBUF', schemas),
    plugin('io.confluent.connect.json.JsonSchemaConverter', ['JsonSchema'], 'JSON_SR', schemas),
  ];
}
