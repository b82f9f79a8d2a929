import type { Clock } from '../../base/env.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { ConfigKey, RawConfig } from './config-spec.ts';
import type { ConnectRecord } from './record.ts';
import type { ConnectSchema } from './schema.ts';

/** Converts between Connect data and the bytes of a topic. One instance for each task and side (key or value). */
export interface Converter {
  /**
   * Compiles the conversion from values of this schema to bytes. The worker keeps the result for each schema object.
   */
  encoder(topic: string, schema: ConnectSchema | null): ValueEncoder;
  /**
   * Converts bytes to a value. Equal schemas must be the same object, so that sinks can compile for each schema.
   * @throws DataError; NeedsPreparation
   */
  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue;
  /** The schema of the topic's records, when the settings determine it (SqlConverter). */
  readonly declaredSchema?: ConnectSchema | undefined;
}

/** Appends the bytes of one value; false: no bytes (a null record). @throws DataError; NeedsPreparation */
export type ValueEncoder = (value: unknown, out: ByteWriter) => boolean;

export interface SchemaAndValue {
  readonly schema: ConnectSchema | null;
  readonly value: unknown;
}

/**
 * Something must be fetched (a schema from a registry) before the record can be converted: await `ready`, then call
 * again.
 */
export class NeedsPreparation extends Error {
  readonly ready: () => Promise<void>;
  constructor(message: string, ready: () => Promise<void>) {
    super(message);
    this.ready = ready;
  }
}

export interface ConverterPlugin {
  readonly className: string;
  readonly aliases: readonly string[];
  readonly version: string;
  readonly doc: string;
  readonly config: readonly ConfigKey[];
  /** `config` contains the settings after the prefix `key.converter.` or `value.converter.`. */
  readonly create: (config: RawConfig, isKey: boolean) => Converter;
  /**
   * How SQL reads the converter's output for values of a schema with these settings; undefined (or absent): SQL has no
   * format for it.
   */
  readonly sqlForm?: ((schema: ConnectSchema, config: RawConfig, isKey: boolean) => SqlForm | undefined) | undefined;
}

/** The name of a SQL format (`KAFKA`), and the type of the values if the converter changes it. */
export interface SqlForm {
  readonly format: string;
  readonly type?: SqlType | undefined;
}

/** Changes one record or drops it (null). Synchronous; schemas that it creates are kept for each input schema. */
export interface Transform {
  apply<R extends ConnectRecord>(record: R): R | null;
}

export interface TransformPlugin {
  readonly className: string;
  readonly aliases: readonly string[];
  readonly version?: string | undefined;
  readonly doc: string;
  readonly config: readonly ConfigKey[];
  /** `clock`: for results that depend on the current date, such as the century of a two-digit year. */
  readonly create: (config: RawConfig, clock: Clock) => Transform;
}

export interface Predicate {
  test(record: ConnectRecord): boolean;
}

export interface PredicatePlugin {
  readonly className: string;
  readonly aliases: readonly string[];
  readonly version?: string | undefined;
  readonly doc: string;
  readonly config: readonly ConfigKey[];
  readonly create: (config: RawConfig) => Predicate;
}

/* What a module of `plugin.path` exports besides connectors; `type` is its kind as in GET /connector-plugins. */
export type ModuleTransform = TransformPlugin & { readonly type: 'transformation' };
export type ModulePredicate = PredicatePlugin & { readonly type: 'predicate' };
export type ModuleConverter = Omit<ConverterPlugin, 'sqlForm'> & {
  readonly type: 'converter';
  /** The SQL format that reads its output (`JSON`), if there is one. */
  readonly sqlFormat?: string | undefined;
};
