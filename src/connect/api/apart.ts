import type { Logger } from '../../base/env.ts';
import type { CheckedConfig } from './connector.ts';
import type { RawConfig } from './config-spec.ts';
import type { ConverterPlugin, PredicatePlugin, SchemaAndValue, TransformPlugin } from './converter.ts';
import type { ConnectRecord } from './record.ts';
import type { ConnectSchema } from './schema.ts';

/*
 * Transforms, predicates and converters whose code runs elsewhere: not asked for one record between two others, but
 * for many at once, and answering later. The worker's side of `plugin.path`; no part of `sluice/connect`.
 */

/** What a task gives to such code. */
export interface ApartContext {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called when the code's thread has ended. */
  readonly raiseError: (error: unknown) => void;
}

/** Begins and ends with its task. */
interface ApartPart {
  /** @throws what making it throws, such as what its settings lack */
  start(context: ApartContext): Promise<void>;
  stop(): Promise<void>;
}

/** Answers for records in their order: for all of them, or up to the first one that it could not handle. */
export interface InOrder<T> {
  readonly answers: readonly T[];
  /** What the record behind the last answer met. */
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
  /** Of each value its bytes, null for none, or what it met. */
  encode(values: readonly ToEncode[]): Promise<readonly (Uint8Array | null | Error)[]>;
  decode(topic: string, bytes: readonly (Uint8Array | null)[]): Promise<readonly (SchemaAndValue | Error)[]>;
}

/** What the table of such code has beside what a module exports. */
interface ApartTable<Part, Given extends readonly unknown[]> {
  /** Takes the place of `create`. `task`: what begins and ends together. */
  readonly apart?: ((task: object, raw: RawConfig, ...given: Given) => Part) | undefined;
  /** Takes the place of the rules of its keys. */
  readonly checked?: ((raw: RawConfig) => Promise<CheckedConfig>) | undefined;
}

export type WorkerTransform = TransformPlugin & ApartTable<ApartTransform, []>;
export type WorkerPredicate = PredicatePlugin & ApartTable<ApartPredicate, []>;
export type WorkerConverter = ConverterPlugin & ApartTable<ApartConverter, [isKey: boolean]>;

/** What a worker can run beside connectors. */
export interface RecordPlugins {
  readonly transforms: readonly WorkerTransform[];
  readonly predicates: readonly WorkerPredicate[];
  readonly converters: readonly WorkerConverter[];
}
