import type { Logger } from '../../base/env.ts';
import type { CheckedConfig } from './connector.ts';
import type { RawConfig } from './config-spec.ts';
import type { ConverterPlugin, PredicatePlugin, SchemaAndValue, TransformPlugin } from './converter.ts';
import type { ConnectRecord } from './record.ts';
import type { ConnectSchema } from './schema.ts';

/*
 * Transforms, predicates and converters whose code runs in another thread: they receive many records at once rather
 * than one at a time, and answer later. This is the worker's side of `plugin.path`, and not part of `sluice/connect`.
 */

/** What a task gives to such code. */
export interface ApartContext {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called when the code's thread has ended. */
  readonly raiseError: (error: unknown) => void;
}

/** Starts and ends with its task. */
interface ApartPart {
  /** @throws errors of its creation, such as missing settings */
  start(context: ApartContext): Promise<void>;
  stop(): Promise<void>;
}

/** Results for records in order: for all of them, or up to the first one that could not be handled. */
export interface InOrder<T> {
  readonly answers: readonly T[];
  /** The error of the record after the last result. */
  readonly error?: Error | undefined;
}

export interface ApartTransform extends ApartPart {
  apply<R extends ConnectRecord>(records: readonly R[]): Promise<InOrder<R | null>>;
}

export interface ApartPredicate extends ApartPart {
  test(records: readonly ConnectRecord[]): Promise<InOrder<boolean>>;
}

export interface ToEncode {
  readonly topic: string;
  readonly schema: ConnectSchema | null;
  readonly value: unknown;
}

export interface ApartConverter extends ApartPart {
  /** For each value its bytes, null for none, or its error. */
  encode(values: readonly ToEncode[]): Promise<readonly (Uint8Array | null | Error)[]>;
  decode(topic: string, bytes: readonly (Uint8Array | null)[]): Promise<readonly (SchemaAndValue | Error)[]>;
}

/** The additional properties of a table for such code, besides what a module exports. */
interface ApartTable<Part, Given extends readonly unknown[]> {
  /** Used instead of `create`. `task`: identifies parts that start and end together. */
  readonly apart?: ((task: object, raw: RawConfig, ...given: Given) => Part) | undefined;
  /** Used instead of the rules of its keys. */
  readonly checked?: ((raw: RawConfig) => Promise<CheckedConfig>) | undefined;
}

export type WorkerTransform = TransformPlugin & ApartTable<ApartTransform, []>;
export type WorkerPredicate = PredicatePlugin & ApartTable<ApartPredicate, []>;
export type WorkerConverter = ConverterPlugin & ApartTable<ApartConverter, [isKey: boolean]>;

/** The plugins of a worker besides connectors. */
export interface RecordPlugins {
  readonly transforms: readonly WorkerTransform[];
  readonly predicates: readonly WorkerPredicate[];
  readonly converters: readonly WorkerConverter[];
}
