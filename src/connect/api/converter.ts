import type { Clock } from '../../base/env.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { ConfigKey, RawConfig } from './config-spec.ts';
import type { ConnectRecord } from './record.ts';
import type { ConnectSchema } from './schema.ts';

/** Connect data <-> bytes of a topic. One instance per task and side (key or value). */
export interface Converter {
  /** Compiles the way from values of this schema to bytes. The worker keeps the result per schema object. */
  encoder(topic: string, schema: ConnectSchema | null): ValueEncoder;
  /**
   * bytes -> value. The same schema must come back as the same object, so that sinks may compile per schema.
   * @throws DataError; NeedsPreparation
   */
  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue;
  /** The schema that records of the topic will have, where the settings say so (SqlConverter). */
  readonly declaredSchema?: ConnectSchema | undefined;
}

/** Appends the bytes of one value; false: no bytes at all (a null record). @throws DataError; NeedsPreparation */
export type ValueEncoder = (value: unknown, out: ByteWriter) => boolean;

export interface SchemaAndValue {
  readonly schema: ConnectSchema | null;
  readonly value: unknown;
}

/**
 * Something must be fetched (a schema of a registry) before the record can be converted: await `ready`, then call
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
  /** `config` has the settings behind `key.converter.` or `value.converter.`. */
  readonly create: (config: RawConfig, isKey: boolean) => Converter;
  /**
   * How SQL reads what the converter makes of values of a schema, with these settings; undefined (or absent): SQL has
   * no format for it.
   */
  readonly sqlForm?: ((schema: ConnectSchema, config: RawConfig, isKey: boolean) => SqlForm | undefined) | undefined;
}

/**
 * The name of a format of SQL (`KAFKA`), and the type of the values where the converter makes another than the schema's
 * of them.
 */
export interface SqlForm {
  readonly format: string;
  readonly type?: SqlType | undefined;
}

/** Changes or drops (null) one record. Synchronous; schemas it makes are kept per schema it met. */
export interface Transform {
  apply<R extends ConnectRecord>(record: R): R | null;
}

export interface TransformPlugin {
  readonly className: string;
  readonly aliases: readonly string[];
  readonly version?: string | undefined;
  readonly doc: string;
  readonly config: readonly ConfigKey[];
  /** `clock`: for what depends on the day, as the century of a year of two digits does. */
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

/*
 * What a module of `plugin.path` exports beside connectors: `type` says what it is, in the words of
 * GET /connector-plugins.
 */
export type ModuleTransform = TransformPlugin & { readonly type: 'transformation' };
export type ModulePredicate = PredicatePlugin & { readonly type: 'predicate' };
export type ModuleConverter = Omit<ConverterPlugin, 'sqlForm'> & {
  readonly type: 'converter';
  /** The format of SQL that reads what it writes (`JSON`), where there is one. */
  readonly sqlFormat?: string | undefined;
};
