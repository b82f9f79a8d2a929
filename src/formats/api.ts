import type { Column } from '../types/schema.ts';
import type { SqlType } from '../types/sql-type.ts';
import type { Row } from '../types/row.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

/** ksqlDB's serde features, which a plan records next to the format. */
export type SerdeFeature = 'WRAP_SINGLES' | 'UNWRAP_SINGLES';

/**
 * A format and its properties as the plan records them, e.g. `{ format: 'DELIMITED', properties: { delimiter: '|' } }`.
 */
export interface FormatInfo {
  readonly format: string;
  /**
   * Property names as ksqlDB's plans have them: delimiter, fullSchemaName, schemaId, subjectName,
   * nullableRepresentation, unwrapPrimitives.
   */
  readonly properties: Readonly<Record<string, string>>;
}

/** The columns that are serialized together (key or value), and whether a single column is wrapped. */
export interface PersistenceSchema {
  readonly columns: readonly Pick<Column, 'name' | 'type'>[];
  readonly features: readonly SerdeFeature[];
  readonly isKey: boolean;
}

/** One entry of the table of formats (formats/registry.ts). */
export interface FormatDefinition {
  readonly name: string;
  readonly doc: string;
  /** Whether columns can be inferred from a schema registry. */
  readonly schemaInference: boolean;
  readonly features: readonly SerdeFeature[];
  /** Names of the accepted properties; others are rejected with "X does not support the following configs: [...]". */
  readonly properties: readonly string[];
  /** Whether equal keys may be serialized to different bytes in two topics, and so be in different partitions. */
  readonly keyBytesVary?: boolean;
  /** @throws SluiceError STATEMENT with ksqlDB's message when a property value is invalid */
  validateProperties(properties: Readonly<Record<string, string>>): void;
  /** @throws SluiceError with ksqlDB's reason when the format cannot represent these columns */
  validateSchema(schema: PersistenceSchema): void;
  createDecoder(site: CodecSite, wanted: readonly number[]): RowDecoder;
  createEncoder(site: CodecSite): RowEncoder;
  /** The schema text to register for these columns; absent for formats that do not use a registry. */
  readonly registrySchema?: (schema: PersistenceSchema, info: FormatInfo, topic: string) => RegistrySchema;
  /**
   * The columns of a registered schema. A schema whose top level is not a record gives one column named ROWKEY (key) or
   * ROWVAL (value).
   */
  readonly columnsOf?: (
    schema: RegistrySchema,
    site: ColumnSite,
  ) => readonly { readonly name: string; readonly type: SqlType }[];
}

/** What is known of a topic's keys or values when columns are inferred from a registered schema. */
export interface ColumnSite {
  readonly isKey: boolean;
  readonly info: FormatInfo;
  readonly features: readonly SerdeFeature[];
  /**
   * True: the schema is interpreted as its connector intended, where the format can tell: the row inside a change
   * event, and Debezium's dates and times as such types. Otherwise the schema is taken literally, as ksqlDB infers
   * columns.
   */
  readonly asRows?: boolean;
}

/** What a codec knows when it is created: once per task, never per record. */
export interface CodecSite {
  readonly schema: PersistenceSchema;
  readonly info: FormatInfo;
  readonly topic: string;
  readonly registry: CodecRegistry | undefined;
}

/**
 * The synchronous interface of a schema registry: schemas are fetched before a codec needs them, and a missing one
 * suspends the batch.
 */
export interface CodecRegistry {
  /** The schema with this id, or undefined when it must be fetched first (the codec then throws NeedsSchema). */
  schemaById(id: number): RegistrySchema | undefined;
  /** True when no schema has this id and the codec no longer waits for one: a record that refers to it is invalid. */
  isUnknown?(id: number): boolean;
  /** The id under which the writer schema is registered for `subject`; set when the source is created. */
  idOf(subject: string, schema: RegistrySchema): number | undefined;
  latest(subject: string): { readonly id: number; readonly schema: RegistrySchema } | undefined;
}

/**
 * Thrown by a decoder that encounters an unknown schema id: the task fetches the schema and decodes the record again.
 */
export class NeedsSchema extends Error {
  readonly schemaId: number;
  constructor(schemaId: number) {
    super(`Schema ${schemaId} is not loaded`);
    this.schemaId = schemaId;
  }
}

/**
 * Fetches what a codec is missing: the schema of an id, or the id of a writer schema. A schema that the registry does
 * not have is requested again for a few seconds, except with `ONCE`.
 */
export type LoadSchemas = (missing: NeedsSchema | NeedsRegistration, how?: 'ONCE') => Promise<void>;

/** A schema as a registry stores it, including the references to other subjects. */
export interface RegistrySchema {
  readonly schemaType: 'AVRO' | 'PROTOBUF' | 'JSON';
  readonly schema: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
  /** Schema texts of the transitive references, by name; set by the registry when it returns a schema. */
  readonly resolved?: readonly { readonly name: string; readonly schema: string }[];
}

/**
 * Thrown when an encoder is created whose schema is not registered under the subject: the caller registers it and
 * creates the encoder again.
 */
export class NeedsRegistration extends Error {
  readonly subject: string;
  readonly schema: RegistrySchema;
  constructor(subject: string, schema: RegistrySchema) {
    super(`The writer's schema is not registered under ${subject}`);
    this.subject = subject;
    this.schema = schema;
  }
}

export interface RowDecoder {
  /**
   * Decodes `bytes[from, to)` into `row`: column i of the schema is stored in `row[wanted[i]]` (skipped if wanted[i] is
   * -1). Columns that the bytes do not contain become null. Returns false when the bytes represent a null record (`row`
   * is then unchanged).
   * @throws SluiceError DESERIALIZATION; NeedsSchema
   */
  decode(bytes: Uint8Array, from: number, to: number, row: Row): boolean;
}

export interface RowEncoder {
  /**
   * Appends the encoded columns, `row[offset + i]` for column i, to `out`. Returns false when the format writes no
   * bytes at all (a null record: NONE, an unwrapped null).
   * @throws SluiceError SERIALIZATION
   */
  encode(row: readonly unknown[], offset: number, out: ByteWriter): boolean;
}
