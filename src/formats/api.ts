import type { Column } from '../types/schema.ts';
import type { SqlType } from '../types/sql-type.ts';
import type { Row } from '../types/row.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

/** ksqlDB's serde features, which a plan records beside the format. */
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

/** The columns that are written together, key or value, with how a single one is wrapped. */
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
  /** Names of the properties it takes; others are refused with "X does not support the following configs: [...]". */
  readonly properties: readonly string[];
  /** Equal keys of two topics may stand there as other bytes, and so in other partitions. */
  readonly keyBytesVary?: boolean;
  /** Throws SluiceError STATEMENT with ksqlDB's sentence when the properties' values are wrong. */
  validateProperties(properties: Readonly<Record<string, string>>): void;
  /** Throws SluiceError with ksqlDB's reason when the format cannot hold these columns. */
  validateSchema(schema: PersistenceSchema): void;
  createDecoder(site: CodecSite, wanted: readonly number[]): RowDecoder;
  createEncoder(site: CodecSite): RowEncoder;
  /** The schema text to register for these columns; absent for formats without a registry. */
  readonly registrySchema?: (schema: PersistenceSchema, info: FormatInfo, topic: string) => RegistrySchema;
  /**
   * Columns of a registered schema. A top level that is not a record gives one column named ROWKEY (key) or ROWVAL
   * (value).
   */
  readonly columnsOf?: (
    schema: RegistrySchema,
    site: ColumnSite,
  ) => readonly { readonly name: string; readonly type: SqlType }[];
}

export interface ColumnSite {
  readonly isKey: boolean;
  readonly info: FormatInfo;
  readonly features: readonly SerdeFeature[];
  /**
   * True: what a connector means, where the format can tell: the row inside a change event, Debezium's dates and times
   * as such. Else the schema as it stands, as ksqlDB infers columns.
   */
  readonly asRows?: boolean;
}

/** What a codec knows when it is made: once per task, never per record. */
export interface CodecSite {
  readonly schema: PersistenceSchema;
  readonly info: FormatInfo;
  readonly topic: string;
  readonly registry: CodecRegistry | undefined;
}

/**
 * The synchronous face of a schema registry: schemas are fetched before a codec needs them, misses suspend the batch.
 */
export interface CodecRegistry {
  /** The schema of an id, or undefined when it must be fetched first (then throw NeedsSchema). */
  schemaById(id: number): RegistrySchema | undefined;
  /** True when there is no schema of this id, and none is waited for any more: a record that names it is broken. */
  isUnknown?(id: number): boolean;
  /** The id under which the writer's schema of `subject` is registered; set when the source was created. */
  idOf(subject: string, schema: RegistrySchema): number | undefined;
  latest(subject: string): { readonly id: number; readonly schema: RegistrySchema } | undefined;
}

/** Thrown by a decoder that met an unknown schema id: the task fetches it and decodes the record again. */
export class NeedsSchema extends Error {
  readonly schemaId: number;
  constructor(schemaId: number) {
    super(`Schema ${schemaId} is not loaded`);
    this.schemaId = schemaId;
  }
}

/**
 * Fetches what a codec found missing: a schema of an id, or the id of a writer's schema. A schema that the registry
 * does not have is asked for again for a few seconds, unless ONCE is enough.
 */
export type LoadSchemas = (missing: NeedsSchema | NeedsRegistration, how?: 'ONCE') => Promise<void>;

export interface RegistrySchema {
  readonly schemaType: 'AVRO' | 'PROTOBUF' | 'JSON';
  readonly schema: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
  /** Texts of the references, transitively, by name; registries fill it in on the way out. */
  readonly resolved?: readonly { readonly name: string; readonly schema: string }[];
}

/**
 * Thrown when an encoder is made whose schema is not registered under the subject: register it and make the encoder
 * again.
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
   * Decodes `bytes[from, to)` into `row`: column i of the schema goes to `row[wanted[i]]` (skipped where wanted[i] is
   * -1). Columns that the bytes lack become null. Returns false when the bytes hold a null record (the row is then
   * untouched).
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
