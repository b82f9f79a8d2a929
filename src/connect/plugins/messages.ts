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

/** What the thread of a plug-in begins with. */
export interface ThreadData {
  /** What is imported: the URL of a file, or the name of a package. */
  readonly specifier: string;
  /** The connector that runs in the thread; undefined: the module is looked at. */
  readonly className: string | undefined;
  /** Brings the answers that the thread waits for without letting go of its event loop. */
  readonly answers: MessagePort;
  readonly counters: SharedArrayBuffer;
  /** Time between two signs of life, in ms. */
  readonly beatMs: number;
}

/** Places in the counters that both threads see, 32 bits each. */
export const COUNTER = {
  /** Signs of life of the thread. */
  beats: 0,
  /** MiB that its buffers have, which are no part of its heap. */
  bufferMiB: 1,
  /** Messages that the thread has sent, and those of them that have been seen to. */
  sent: 2,
  handled: 3,
  /** Answers to what it waits for. */
  answers: 4,
  count: 5,
} as const;

/** Messages of a thread that may be in progress: beyond, it waits. */
export const UNDER_WAY_MAX = 1000;

/** A connector of a module, as far as it is data. */
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

/** A transform, a predicate or a converter of a module, as far as it is data. */
export interface PartTable {
  readonly type: 'transformation' | 'predicate' | 'converter';
  readonly className: string;
  readonly aliases: readonly string[];
  readonly version: string;
  readonly doc: string;
  /** Without functions: those run in the thread (`checked`). */
  readonly config: readonly ConfigKey[];
  /** Of a converter. */
  readonly sqlFormat: string | undefined;
}

/** What a module has. */
export interface ModuleTable {
  readonly plugins: readonly PluginTable[];
  readonly parts: readonly PartTable[];
  /** Whole sentences. */
  readonly problems: readonly string[];
}

/** What one key of a connector's table makes of a config. */
export interface CheckedKey {
  readonly name: string;
  readonly value: ConfigValue;
  readonly given: boolean;
  readonly errors: readonly string[];
  readonly recommended: readonly string[];
  readonly visible: boolean;
}

/** Which of the parts that a connector may leave out it has. */
export interface Shape {
  readonly probe: boolean;
  readonly choose: boolean;
  readonly alterOffsets: boolean;
  readonly checkOffsets: boolean;
  readonly forget: boolean;
}

/** Which of the calls that a task may leave out it has. */
export interface TaskShape {
  readonly commit: boolean;
  readonly flush: boolean;
  readonly preCommit: boolean;
  readonly close: boolean;
}

export type Partitions = readonly { readonly topic: string; readonly partition: number }[];

export type Positions = readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[];

/** What the worker asks of a thread, with what it answers. */
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
  /** Answers which of the calls that a task may leave out it has. */
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
  /** Topic and value of each stand where a record has its topic and its key. */
  encode(values: PackedSink): readonly Encoded[];
  decode(topic: string, bytes: readonly (Uint8Array | null)[]): DecodedValues;
  /** Of a connector, a task or a part; it is forgotten then. */
  stop(): void;
}

/** What a transform has made of records, up to the first that it could not handle. */
export interface TransformedRecords {
  /** Of each record whether something is left of it. */
  readonly kept: readonly boolean[];
  /** What is left. */
  readonly records: PackedSink;
  readonly error: PlainError | undefined;
}

export interface TestedRecords {
  readonly answers: readonly boolean[];
  readonly error: PlainError | undefined;
}

/** What became of one value. */
export type Encoded = Uint8Array | null | { readonly error: PlainError };

export interface DecodedValues {
  /** A value stands where a record has its key; where there is an error, nothing. */
  readonly values: PackedSink;
  /** By the number of the value. */
  readonly errors: ReadonlyMap<number, PlainError>;
}

/** What code in a thread asks of the worker, or tells it: what the contexts of `sluice/connect` have. */
export interface Hears {
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
  /** Opens a walk over keys; its number. */
  liveKeys(topic: string, before: readonly number[] | undefined): Promise<number>;
  /** The next keys of a walk; undefined: it is over. */
  nextKeys(walk: number): Promise<KeysOfTopic | undefined>;
  endKeys(walk: number): void;
  /** A record of a `put`, by the number of the put and its place in it. */
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
      /** `wait`: answered on the other port, where the thread waits; a number: answered as that. */
      readonly answer: 'none' | 'wait' | number;
      readonly of: number;
      readonly name: keyof Hears;
      readonly args: readonly unknown[];
    };

export interface Outcome {
  readonly value?: unknown;
  readonly error?: PlainError | undefined;
}
