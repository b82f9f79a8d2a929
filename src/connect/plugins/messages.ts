import type { MessagePort } from 'node:worker_threads';
import type { ConfigKey, ConfigProblem, ConfigValue, RawConfig } from '../api/config-spec.ts';
import type {
  Choice,
  Forgotten,
  KeysOfTopic,
  RecordsOfTopic,
  KnownSchemas,
  PartitionOffset,
  Place,
  PlannedTopic,
  PreCommit,
  ShortForm,
  SourceProgress,
  TopicDeclaration,
  TopicRefusal,
} from '../api/connector.ts';
import type { OffsetMap } from '../api/record.ts';
import type { PlainError } from './plain-error.ts';
import type { PackedSink, PackedSource } from './record-columns.ts';

/** The initial data for a plugin's thread. */
export interface ThreadData {
  /** What is imported: the URL of a file, or the name of a package. */
  readonly specifier: string;
  /** The connector that runs in the thread; undefined: the module is only examined. */
  readonly className: string | undefined;
  /** Delivers answers for which the thread waits while blocking its event loop. */
  readonly answers: MessagePort;
  readonly counters: SharedArrayBuffer;
  /** Time between two signs of life, in ms. */
  readonly beatMs: number;
}

/** Positions in the counters that both threads share, 32 bits each. */
export const COUNTER = {
  /** Signs of life of the thread. */
  beats: 0,
  /** MiB of the thread's buffers, which are not part of its heap. */
  bufferMiB: 1,
  /** Messages that the thread has sent, and those that have been handled. */
  sent: 2,
  handled: 3,
  /** Answers to its waiting requests. */
  answers: 4,
  count: 5,
} as const;

/** The most unhandled messages of a thread, beyond which it waits. */
export const UNDER_WAY_MAX = 1000;

/** The part of a module's connector that is data. */
export interface PluginTable {
  readonly type: 'source' | 'sink';
  readonly name: string;
  readonly className: string;
  readonly aliases: readonly string[];
  readonly version: string;
  readonly doc: string;
  /** Without functions: those run in the thread (`checked`). */
  readonly config: readonly ConfigKey[];
  readonly families: readonly string[];
  readonly withoutEffect: readonly string[];
  readonly shortForm: ShortForm | undefined;
  readonly hasPreview: boolean;
}

/** The part of a module's transform, predicate or converter that is data. */
export interface PartTable {
  readonly type: 'transformation' | 'predicate' | 'converter';
  readonly className: string;
  readonly aliases: readonly string[];
  readonly version: string;
  readonly doc: string;
  /** Without functions: those run in the thread (`checked`). */
  readonly config: readonly ConfigKey[];
  /** For a converter. */
  readonly sqlFormat: string | undefined;
}

/** The plugins of a module. */
export interface ModuleTable {
  readonly plugins: readonly PluginTable[];
  readonly parts: readonly PartTable[];
  /** Whole sentences. */
  readonly problems: readonly string[];
}

/** A parsed key of a connector's table. */
export interface CheckedKey {
  readonly name: string;
  readonly value: ConfigValue;
  readonly given: boolean;
  readonly errors: readonly string[];
  readonly recommended: readonly string[];
  readonly visible: boolean;
}

/** Which optional parts a connector has. */
export interface Shape {
  readonly probe: boolean;
  readonly choose: boolean;
  readonly alterOffsets: boolean;
  readonly checkOffsets: boolean;
  readonly forget: boolean;
}

/** Which optional calls a task has. */
export interface TaskShape {
  readonly commit: boolean;
  readonly flush: boolean;
  readonly preCommit: boolean;
  readonly close: boolean;
}

export type Partitions = readonly { readonly topic: string; readonly partition: number }[];

export type Positions = readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[];

/** What the worker requests from a thread, with the answers. */
export interface Calls {
  module(): ModuleTable;
  shape(): Shape;
  check(raw: RawConfig): { readonly keys: readonly CheckedKey[]; readonly problems: readonly ConfigProblem[] };
  previewSettings(raw: RawConfig): RawConfig;
  probe(raw: RawConfig): readonly ConfigProblem[];
  choose(raw: RawConfig, name: string): Choice;
  startConnector(raw: RawConfig, name: string): void;
  taskConfigs(max: number): readonly RawConfig[];
  offsets(how: 'alterOffsets' | 'checkOffsets', raw: RawConfig, offsets: Positions): void;
  forget(raw: RawConfig, name: string): Forgotten;
  /** Answers which optional calls the task has. */
  startTask(raw: RawConfig, connector: string, taskId: number): TaskShape;
  poll(): PackedSource;
  commit(): void;
  put(records: PackedSink): void;
  flush(): void;
  preCommit(reached: readonly PartitionOffset[], everything: boolean): PreCommit;
  close(partitions: Partitions): void;
  /** Makes a transform, a predicate or a converter. */
  startPart(raw: RawConfig, isKey: boolean): void;
  transform(records: PackedSink): TransformedRecords;
  test(records: PackedSink): TestedRecords;
  /** Topic and value of each are in the record's topic and key. */
  encode(values: PackedSink): readonly Encoded[];
  decode(topic: string, bytes: readonly (Uint8Array | null)[]): DecodedValues;
  /** Stops a connector, a task or a part, which is then forgotten. */
  stop(): void;
}

/** A transform's results, up to the first record that it could not handle. */
export interface TransformedRecords {
  /** For each record whether it was kept. */
  readonly kept: readonly boolean[];
  /** The kept records. */
  readonly records: PackedSink;
  readonly error: PlainError | undefined;
}

export interface TestedRecords {
  readonly answers: readonly boolean[];
  readonly error: PlainError | undefined;
}

/** The result for one value. */
export type Encoded = Uint8Array | null | { readonly error: PlainError };

export interface DecodedValues {
  /** A value is in the record's key; nothing when there is an error. */
  readonly values: PackedSink;
  /** By the index of the value. */
  readonly errors: ReadonlyMap<number, PlainError>;
}

/**
 * What code in a thread requests from the worker, or reports to it: the methods of the contexts of `sluice/connect`.
 */
export interface ThreadCalls {
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void;
  offset(partition: OffsetMap): OffsetMap | undefined;
  brought(): { readonly places: readonly Place[]; readonly partitions: readonly OffsetMap[] };
  refusal(planned: PlannedTopic): TopicRefusal | undefined;
  schemas(topic: string): KnownSchemas | undefined;
  topics(): readonly string[];
  allTopics(): readonly string[];
  hasWritten(target: string): boolean;
  incarnation(topic: string): string | undefined;
  committed(topic: string, partition: number): PartitionOffset | undefined;
  wrote(target: string): void;
  remark(text: string, instead: string | undefined): void;
  remarks(texts: readonly string[], gone: readonly string[]): void;
  report(progress: SourceProgress): void;
  declareTopic(declaration: TopicDeclaration): void;
  trouble(error: PlainError | undefined): void;
  requestReconfiguration(): void;
  raiseError(error: PlainError): void;
  endOffsets(topic: string): Promise<readonly number[]>;
  recordsOf(topic: string, partition: number, from: number | 'beginning' | 'end'): Promise<RecordsOfTopic>;
  /** Starts an iteration over keys; returns its number. */
  liveKeys(topic: string, before: readonly number[] | undefined): Promise<number>;
  /** The next keys of an iteration; undefined: it has ended. */
  nextKeys(walk: number): Promise<KeysOfTopic | undefined>;
  endKeys(walk: number): void;
  /** Reports a record of a `put`, by the number of the put and the record's index in it. */
  reportErrant(put: number, record: number, error: PlainError): Promise<void>;
}

export type ToThread =
  | {
      readonly kind: 'call';
      readonly call: number;
      readonly of: number;
      readonly name: keyof Calls;
      readonly args: readonly unknown[];
    }
  | ({ readonly kind: 'answer'; readonly call: number } & Outcome)
  /** The signal of a connector or a task is aborted. */
  | { readonly kind: 'abort'; readonly of: number };

export type FromThread =
  | ({ readonly kind: 'answer'; readonly call: number } & Outcome)
  | {
      readonly kind: 'say';
      /** `wait`: answered on the other port, where the thread waits; a number: answered under that number. */
      readonly answer: 'none' | 'wait' | number;
      readonly of: number;
      readonly name: keyof ThreadCalls;
      readonly args: readonly unknown[];
    };

export interface Outcome {
  readonly value?: unknown;
  readonly error?: PlainError | undefined;
}
