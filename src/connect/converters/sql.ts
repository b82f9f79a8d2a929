import type { CodecRegistry, PersistenceSchema, RowDecoder } from '../../formats/api.ts';
import { NeedsRegistration, NeedsSchema } from '../../formats/api.ts';
import { formatNamed } from '../../formats/registry.ts';
import { messageOf } from '../../base/errors.ts';
import { BIGINT, BYTES, STRING, type SqlType } from '../../types/sql-type.ts';
import { isUtf8 } from 'node:buffer';
import type { Row } from '../../types/row.ts';
import { configKeys, configOf, type RawConfig } from '../api/config-spec.ts';
import {
  NeedsPreparation,
  type Converter,
  type ConverterPlugin,
  type SchemaAndValue,
  type ValueEncoder,
} from '../api/converter.ts';
import { ConnectError, DataError } from '../api/errors.ts';
import { primitive, structOf, WINDOW_BOUND, type ConnectSchema, type StructSchema } from '../api/schema.ts';
import { schemaOfSqlType, sqlTypeOf } from '../api/sql-mapping.ts';
import { parseTypeText } from '../api/sql-type-text.ts';

/**
 * Converts between Connect data and the bytes of a topic that SQL declares. The formats are the engine's own, so a sink
 * reads any stream or table, and a source's topic can be declared with KEY_FORMAT and VALUE_FORMAT.
 */
const CONFIG = configKeys({
  format: {
    name: 'format',
    type: 'STRING',
    default: 'AUTO',
    importance: 'HIGH',
    documentation:
      'Format to write: KAFKA, JSON, DELIMITED, AVRO ... AUTO takes KAFKA for a key of one plain column and JSON for everything else.',
  },
  sources: {
    name: 'sources',
    type: 'STRING',
    default: '{}',
    importance: 'MEDIUM',
    documentation:
      'For sinks: JSON with the columns of each topic, {"TOPIC": {"format": "JSON", "columns": [{"name": "ID", "type": "INTEGER"}]}}. ' +
      'Written by CREATE SINK CONNECTOR ... WITH (sources=...).',
  },
  namesCase: {
    name: 'names.case',
    type: 'STRING',
    default: 'exact',
    importance: 'LOW',
    documentation:
      'Field names of what a sink reads: exact, or lower for lower-case names where SQL has regular upper-case ones.',
    validator: (value) => (value === 'exact' || value === 'lower' ? undefined : 'String must be one of: exact, lower'),
  },
});

/** The key or value of one topic, as the settings describe it. */
export interface SourceSide {
  readonly format: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Whether a single column is in a struct of one field (WRAP_SINGLE_VALUE). Default: depends on the format. */
  readonly wrapped?: boolean | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  readonly window?:
    | { readonly type: 'TUMBLING' | 'HOPPING' | 'SESSION'; readonly sizeMs?: number | undefined }
    | undefined;
}

const KAFKA_KINDS: readonly string[] = ['INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'BYTES'];

/** The format that AUTO selects for data of a schema. */
function automaticFormat(schema: ConnectSchema, isKey: boolean): string {
  return isKey && KAFKA_KINDS.includes(sqlTypeOf(schema).kind) ? 'KAFKA' : 'JSON';
}

const TEXT = schemaOfSqlType(STRING);
const RAW = schemaOfSqlType(BYTES);

/** Decodes bytes of a topic without declared columns: a string if they are printable UTF-8, otherwise the bytes. */
function undeclared(bytes: Uint8Array | null): SchemaAndValue {
  if (bytes === null) return { schema: TEXT, value: null };
  if (bytes.every((b) => b >= 32 || b === 9 || b === 10 || b === 13) && isUtf8(bytes)) {
    return { schema: TEXT, value: Buffer.from(bytes).toString('utf8') };
  }
  return { schema: RAW, value: Buffer.from(bytes) };
}

/** A schema registry for codecs, and a function that loads what is missing in it. */
export interface SchemaAccess {
  readonly registry: CodecRegistry;
  readonly load: (missing: NeedsSchema | NeedsRegistration) => Promise<void>;
}

/** The error that tells the worker what to wait for before it calls again. */
export function preparation(schemas: SchemaAccess, missing: NeedsSchema | NeedsRegistration): NeedsPreparation {
  return new NeedsPreparation(missing.message, () => schemas.load(missing));
}

/** Converts a codec's error about missing schemas into a NeedsPreparation. */
export function preparing<T>(schemas: SchemaAccess | undefined, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (schemas && (error instanceof NeedsSchema || error instanceof NeedsRegistration))
      throw preparation(schemas, error);
    throw error;
  }
}

interface TopicReader {
  readonly schema: StructSchema;
  readonly columns: number;
  readonly decoder: RowDecoder;
  readonly window: SourceSide['window'];
}

class SqlConverter implements Converter {
  readonly #format: string;
  readonly #sides: ReadonlyMap<string, SourceSide>;
  readonly #lower: boolean;
  readonly #readers = new Map<string, TopicReader>();
  readonly #isKey: boolean;
  readonly #schemas: SchemaAccess | undefined;

  constructor(raw: RawConfig, isKey: boolean, schemas: SchemaAccess | undefined) {
    const config = configOf(CONFIG, raw);
    this.#format = config.get(CONFIG.format).toUpperCase();
    this.#lower = config.get(CONFIG.namesCase) === 'lower';
    this.#isKey = isKey;
    this.#schemas = schemas;
    try {
      this.#sides = new Map(Object.entries(JSON.parse(config.get(CONFIG.sources)) as Record<string, SourceSide>));
    } catch (error) {
      throw new ConnectError(`Cannot read 'sources' of the SQL converter: ${messageOf(error)}`, { cause: error });
    }
  }

  encoder(topic: string, schema: ConnectSchema | null): ValueEncoder {
    if (schema === null) {
      return (value) => {
        if (value === null || value === undefined) return false;
        throw new DataError(
          `The SQL converter needs a schema to write to topic ${topic}: use a converter such as JsonConverter`,
        );
      };
    }
    const type = sqlTypeOf(schema);
    const format = formatNamed(this.#format === 'AUTO' ? automaticFormat(schema, this.#isKey) : this.#format);
    const single = type.kind !== 'STRUCT';
    const columns = single ? [{ name: this.#isKey ? 'ROWKEY' : 'ROWVAL', type }] : type.fields;
    const persistence: PersistenceSchema = {
      columns,
      features: single && format.features.includes('UNWRAP_SINGLES') ? ['UNWRAP_SINGLES'] : [],
      isKey: this.#isKey,
    };
    const encoder = preparing(this.#schemas, () =>
      format.createEncoder({
        schema: persistence,
        info: { format: format.name, properties: {} },
        topic,
        registry: this.#schemas?.registry,
      }),
    );
    const cell: unknown[] = [null];
    return (value, out) => {
      if (value === null || value === undefined) return false;
      if (!single) return encoder.encode(value as unknown[], 0, out);
      cell[0] = value;
      return encoder.encode(cell, 0, out);
    };
  }

  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue {
    let reader = this.#readers.get(topic);
    if (!reader) {
      // AUTO is the worker's default for keys: a sink without settings for keys must not fail on them.
      if (this.#format === 'AUTO' && !this.#sides.has(topic)) return undeclared(bytes);
      this.#readers.set(topic, (reader = this.#readerOf(topic)));
    }
    if (bytes === null) return { schema: reader.schema, value: null };
    const row: Row = Array.from({ length: reader.schema.fields.length }, () => null);
    let to = bytes.length;
    if (reader.window) {
      const session = reader.window.type === 'SESSION';
      to -= session ? 16 : 8;
      if (to < 0)
        throw new DataError(`A windowed key of topic ${topic} has ${bytes.length} bytes, too few for a window`);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      // As Kafka Streams writes them: for sessions the end and then the start, for time windows only the start.
      const start = Number(view.getBigInt64(session ? to + 8 : to));
      const size = reader.window.sizeMs;
      row[reader.columns] = start;
      row[reader.columns + 1] = session ? Number(view.getBigInt64(to)) : size === undefined ? null : start + size;
    }
    try {
      if (!reader.decoder.decode(bytes, 0, to, row)) return { schema: reader.schema, value: null };
    } catch (error) {
      if (error instanceof NeedsSchema && this.#schemas) throw preparation(this.#schemas, error);
      throw new DataError(
        `Cannot read the ${this.#isKey ? 'key' : 'value'} of a record of topic ${topic}: ${messageOf(error)}`,
        { cause: error },
      );
    }
    return { schema: reader.schema, value: row };
  }

  #readerOf(topic: string): TopicReader {
    const side = this.#sides.get(topic);
    if (!side) {
      throw new ConnectError(
        `The SQL converter does not know the columns of topic ${topic}: create the sink with sources='...' or set ` +
          `${this.#isKey ? 'key' : 'value'}.converter.sources`,
      );
    }
    const columns = side.columns.map((c) => ({ name: c.name, type: parseTypeText(c.type) }));
    const format = formatNamed(side.format);
    const features: PersistenceSchema['features'] =
      side.wrapped === undefined ? [] : [side.wrapped ? 'WRAP_SINGLES' : 'UNWRAP_SINGLES'];
    const decoder = format.createDecoder(
      {
        schema: { columns, features, isKey: this.#isKey },
        info: { format: format.name, properties: side.properties ?? {} },
        topic,
        registry: this.#schemas?.registry,
      },
      columns.map((_, i) => i),
    );
    const windowed: { name: string; type: SqlType }[] = side.window
      ? [
          { name: 'WINDOWSTART', type: BIGINT },
          { name: 'WINDOWEND', type: BIGINT },
        ]
      : [];
    // A time window without a known size has no end.
    const added = windowed.filter(
      (c) => c.name === 'WINDOWSTART' || side.window!.type === 'SESSION' || side.window!.sizeMs !== undefined,
    );
    const schema = structOf(
      [
        ...columns.map((c) => ({ name: this.#nameOf(c.name), schema: schemaOfSqlType(c.type, !this.#isKey) })),
        ...added.map((c) => ({
          name: this.#nameOf(c.name),
          schema: { ...primitive('INT64', !this.#isKey), name: WINDOW_BOUND },
        })),
      ],
      true,
    );
    return { schema, columns: columns.length, decoder, window: side.window };
  }

  /**
   * `REGION_ID` and `region_id` are the same unquoted identifier here, and in a database that folds names to lower
   * case.
   */
  #nameOf(name: string): string {
    return this.#lower && /^[A-Z_][A-Z0-9_]*$/.test(name) ? name.toLowerCase() : name;
  }
}

/** The converter of SQL topics; `schemas` is for formats whose schemas are in a registry. */
export function sqlConverter(schemas: SchemaAccess | undefined): ConverterPlugin {
  return {
    className: 'sluice.connect.SqlConverter',
    aliases: ['SluiceConverter', 'sluice.converter', 'SqlConverter', 'Sql'],
    version: '0.1.0',
    doc: 'The formats of the SQL layer: KAFKA, JSON, DELIMITED, and those with a schema registry.',
    config: Object.values(CONFIG),
    create: (config, isKey) => new SqlConverter(config, isKey, schemas),
    sqlForm: (schema, config, isKey) => {
      const format = (config['format'] ?? 'AUTO').toUpperCase();
      return { format: format === 'AUTO' ? automaticFormat(schema, isKey) : format };
    },
  };
}
