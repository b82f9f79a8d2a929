import type { Env } from '../../base/env.ts';
import type { Config, ConfigKey, ConfigProblem, ParsedKey, RawConfig } from './config-spec.ts';
import type { DeliveryReceiver } from './delivery.ts';
import type { OffsetMap, SinkRecord, SourceBatch, SourceRecord } from './record.ts';
import type { ConnectSchema } from './schema.ts';

/**
 * A connector as a table entry. It is data, so that validation, documentation and short forms need no driver; `load`
 * imports the code that runs.
 */
export type ConnectorPlugin = SourcePlugin | SinkPlugin;

interface PluginBase {
  /** The short name of `connector='postgres'`, also a class alias. */
  readonly name: string;
  /** Our own class name. */
  readonly className: string;
  /** Full class names of Java connectors whose configurations this one runs. */
  readonly aliases: readonly string[];
  /**
   * Decides whether a config belongs to this connector when several have the same alias; references in the config may
   * be unresolved. Without it, the connector gets the configs that no other one claims.
   */
  readonly isFor?: ((config: RawConfig) => boolean) | undefined;
  readonly version: string;
  readonly doc: string;
  readonly config: readonly ConfigKey[];
  /** Paths of files inside settings of another form, such as a URL. */
  readonly filesIn?: readonly FileIn[] | undefined;
  /** Rules between several keys. Pure and quick: runs on every validation. */
  readonly check?: ((config: RawConfig) => readonly ConfigProblem[]) | undefined;
  /**
   * Used instead of `check` and of the keys' own rules when the connector's code runs in another thread: the parsed
   * keys of a config, and the problems between them. The worker sets it.
   */
  readonly checked?: ((config: RawConfig) => Promise<CheckedConfig>) | undefined;
  /** Prefixes of settings whose names end with a name of the user's, such as a table's: `overrides.` */
  readonly families?: readonly string[] | undefined;
  /** Settings of the aliased Java connectors that have no effect here and are accepted. */
  readonly withoutEffect?: readonly string[] | undefined;
  readonly shortForm?: ShortForm | undefined;
  /** Settings that follow from others where the config does not give them: a default that differs between configs. */
  readonly impliedSettings?: ((config: RawConfig) => RawConfig) | undefined;
  /** Settings in the terms of other classes, understood wherever a config is given. */
  readonly otherWords?: OtherWords | undefined;
  /** Defaults of a sink that is created with `sources='A,B'`, suited to the streams and tables that it reads. */
  readonly sourcesDefaults?: ((sources: readonly SqlSource[], config: RawConfig) => RawConfig) | undefined;
}

/** The path of a file inside a setting: how to extract and replace it. */
export interface FileIn {
  readonly key: string;
  readonly path: (value: string) => string | undefined;
  readonly put: (path: string, value: string) => string;
}

/** A stream or table that a sink reads. */
export interface SqlSource {
  readonly topic: string;
  readonly name: string;
  readonly hasKey: boolean;
  readonly isTable: boolean;
}

/** A config as the connector's code sees it. */
export interface CheckedConfig {
  readonly keys: readonly ParsedKey[];
  readonly problems: readonly ConfigProblem[];
}

export interface SourcePlugin extends PluginBase {
  readonly type: 'source';
  /** First readings that are not complete, by the connector's settings and offsets. Pure. */
  readonly readings?:
    | ((
        config: RawConfig,
        offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
      ) => readonly Reading[])
    | undefined;
  /**
   * What a connector that was deleted or reconfigured has left in its source, by its stored offsets: one sentence each.
   * Pure. `config`: its settings if it exists. `isStopped`: whether a user has stopped it.
   */
  readonly leftovers?:
    | ((
        connector: string,
        offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
        config: RawConfig | undefined,
        isStopped: boolean,
      ) => readonly string[])
    | undefined;
  /**
   * Settings that replace others for a preview before the connector is created: with them connector and task read, and
   * change nothing in the source. Absent: there are none, and no preview is made. Pure.
   */
  readonly previewSettings?: ((config: RawConfig) => RawConfig | Promise<RawConfig>) | undefined;
  /** Whether it accepts deliveries at an address of its own on a listener of the server (`context.receive`). */
  readonly receives?: true | undefined;
  readonly load: () => Promise<SourceImplementation>;
}
export interface SinkPlugin extends PluginBase {
  readonly type: 'sink';
  /** Where the records of these topics are written. Pure, for any settings: unknown targets are left out. */
  readonly targets?:
    | ((config: RawConfig, topics: readonly string[]) => readonly { readonly topic: string; readonly place: Place }[])
    | undefined;
  readonly load: () => Promise<SinkImplementation>;
}

/** The external place of rows, such as a table of a database. Equal places mean the same thing. */
export interface Place {
  /** `postgres://host:5432/database`, without any login. */
  readonly system: string;
  /** `public.users` */
  readonly name: string;
}

/** A topic that a source writes or will write. */
export interface PlannedTopic {
  readonly topic: string;
  readonly place?: Place | undefined;
  /** Whether the user named the topic itself; otherwise its name is derived from something else's. */
  readonly isNamed?: boolean | undefined;
}

export interface TopicRefusal {
  /** Another owner has the topic; or a sink writes what would be read. */
  readonly kind: 'taken' | 'echo';
  /** `topic ks is that of stream KS` */
  readonly reason: string;
  /** Why the output of a sink must not be read even if it is named: rows would circulate forever. */
  readonly circle?: string | undefined;
}

export interface OtherWords {
  /** Settings by which the terms of others are recognized: a config with one of them is translated. */
  readonly keys: readonly string[];
  /**
   * Translates to the connector's own terms. `current`: the existing config, in those terms, which `config` changes.
   */
  readonly translate: (config: RawConfig, current?: RawConfig) => RawConfig;
}

/** `connector='postgres', url='...', tables='users,orders'`: few settings and good defaults. */
export interface ShortForm {
  readonly keys: readonly ShortFormKey[];
  /** Defaults that the short form adds to settings that the user does not give. */
  readonly defaults: RawConfig;
}
export interface ShortFormKey {
  readonly name: string;
  /** The settings that it stands for. */
  readonly sets: readonly string[];
  readonly doc: string;
  readonly required?: boolean;
  /** Converts the short value to the setting's, for example by adding a schema. */
  readonly transform?: ((value: string, all: RawConfig) => string) | undefined;
}

export interface SourceImplementation {
  /** A short check of the outside world (one connection attempt). Runs only if there are no other problems. */
  readonly probe?: ((config: Config, context: ProbeContext) => Promise<readonly ConfigProblem[]>) | undefined;
  /** Chooses settings that a short form leaves to the source, after looking at it, with remarks for the user. */
  readonly choose?: ((config: Config, context: ChoiceContext) => Promise<Choice>) | undefined;
  readonly createConnector: () => SourceConnector;
  readonly createTask: () => SourceTask;
}
export interface ChoiceContext extends ProbeContext {
  readonly name: string;
}
export interface Choice {
  readonly settings: RawConfig;
  /**
   * The result of a probe with these settings, if it was made over the existing connection. Absent: no probe was made.
   */
  readonly problems?: readonly ConfigProblem[] | undefined;
  readonly notes: readonly string[];
}
export interface SinkImplementation {
  readonly probe?: ((config: Config, context: ProbeContext) => Promise<readonly ConfigProblem[]>) | undefined;
  /**
   * Like a source's: chooses settings that a short form leaves open, with remarks for the user (what would be created).
   */
  readonly choose?: ((config: Config, context: ChoiceContext) => Promise<Choice>) | undefined;
  readonly createConnector: () => SinkConnector;
  readonly createTask: () => SinkTask;
}

export interface ProbeContext {
  readonly env: Env;
  readonly signal: AbortSignal;
  /** Why the connector may not write a topic; undefined: it may. */
  refusal(planned: PlannedTopic): TopicRefusal | undefined;
  /** For a sink: the schemas of a topic's records, if its converters know them and no transform changes them. */
  schemas(topic: string): KnownSchemas | undefined;
  /** The existing connector that is being changed. */
  readonly before?: BeforeChange | undefined;
}

export interface BeforeChange {
  readonly config: Config;
  /** Whether it has written to the topic (under its name before transforms). */
  hasWritten(topic: string): boolean;
}

export interface KnownSchemas {
  readonly key: ConnectSchema | null;
  readonly value: ConnectSchema | null;
}

/**
 * Plans the work of a source. The worker calls, in this order and never concurrently: `start` once; `taskConfigs` once,
 * and again after each `context.requestReconfiguration()`; `stop` once, also when `start` failed. A RetriableError from
 * start or taskConfigs is retried after growing pauses. Any other error makes the connector FAILED.
 */
export interface SourceConnector {
  start(config: Config, context: SourceConnectorContext): Promise<void>;
  /** At most `maxTasks` configurations, one for each task; none when there is nothing to do. */
  taskConfigs(maxTasks: number): Promise<readonly RawConfig[]>;
  stop(): Promise<void>;
  /**
   * Checks offsets that a user sets through the REST API: their form, and whether the partitions exist. Throws
   * ConnectError to refuse them. Called while stopped.
   */
  alterOffsets?(
    config: Config,
    offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[],
  ): void | Promise<void>;
  /**
   * Called while stopped, before all offsets are deleted, to delete whatever the connector created in its source for
   * them.
   */
  forget?(config: Config, context: ForgetContext): Promise<Forgotten>;
  /** The same check without support for alteration in Connect's sense, which its answer reports. */
  checkOffsets?(
    config: Config,
    offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[],
  ): void | Promise<void>;
}

export interface ForgetContext {
  readonly name: string;
  readonly env: Env;
  offset(partition: OffsetMap): OffsetMap | undefined;
}

export interface Forgotten {
  /** What was done, or failed: one sentence each. */
  readonly notes?: readonly string[];
  /** Source partitions whose offsets are kept. */
  readonly keep?: readonly OffsetMap[];
}

export interface ConnectorContext {
  readonly name: string;
  readonly env: Env;
  /** Aborted when the connector must stop. */
  readonly signal: AbortSignal;
  /** Requests that the tasks be planned again (for example, a table was created). */
  requestReconfiguration(): void;
  /** The connector cannot continue: it becomes FAILED, while its tasks continue. */
  raiseError(error: unknown): void;
}
export interface SourceConnectorContext extends ConnectorContext {
  declareTopic(declaration: TopicDeclaration): void;
  /** @see ProbeContext.refusal */
  refusal(planned: PlannedTopic): TopicRefusal | undefined;
  /** @see SourceTaskContext.offset */
  offset(partition: OffsetMap): OffsetMap | undefined;
  /**
   * What the connector has written, also before its last start: the places of its declared topics, and the partitions
   * of its offsets.
   */
  brought(): { readonly places: readonly Place[]; readonly partitions: readonly OffsetMap[] };
  /**
   * Sets the remarks for the user, one sentence each (what is omitted, and why), which are shown with the connector.
   * `gone`: those about data that was read before and no longer exists, each with the name of its place.
   */
  remark(remarks: readonly string[], gone?: readonly string[]): void;
}

export interface ColumnOrigin {
  readonly name: string;
  readonly type: string;
  readonly loss?: string | undefined;
}

/**
 * The contents of a source's topic, known before its first record. SQL columns and automatic declarations are derived
 * from it.
 */
export interface TopicDeclaration {
  readonly topic: string;
  /** The object in the source, e.g. a table's name, from which SQL names are derived. */
  readonly entity: string;
  /** A schema of a single column key is a primitive; `keyColumns` then has its one name. null: no key. */
  readonly keySchema: ConnectSchema | null;
  readonly keyColumns: readonly string[];
  /** Whether the key identifies the entity and a newer record replaces an older one: a TABLE in SQL. */
  readonly isTable: boolean;
  readonly valueSchema: ConnectSchema | null;
  readonly place?: Place | undefined;
  /** The columns in the source, in its terms, and which part of their values is lost, if any. */
  readonly origins?: readonly ColumnOrigin[] | undefined;
  /** A remark for the user, e.g. why it is not a table. */
  readonly note?: string | undefined;
}

/**
 * Reads from the source. The worker calls `start` once, then `poll` repeatedly while the task is not paused, then
 * `stop` once, also when start or poll failed. Calls are never concurrent, except that `stop` may come while `poll`
 * waits: the context's signal is aborted first, and poll should then return or throw soon.
 *
 * `poll` returns available records at once. If there are none it waits (at most a second or so) and returns an empty
 * array. Everything that one poll returned is committed in one transaction with the last source offset of each of its
 * source partitions: exactly once, across crashes. `commit` is called after that.
 *
 * After a RetriableError the call is repeated after growing pauses. Any other error makes the task FAILED, with the
 * trace.
 */
export interface SourceTask {
  start(config: Config, context: SourceTaskContext): Promise<void>;
  poll(): Promise<readonly SourceRecord[] | SourceBatch>;
  commit?(): Promise<void>;
  stop(): Promise<void>;
}

/** Keys of a topic as the converters wrote them. */
export interface KeysOfTopic {
  /** Topic of the record after the connector's transforms. */
  readonly topic: string;
  readonly partition: number;
  readonly keys: readonly Buffer[];
}

/** Records of a partition from some offset on. */
export interface RecordsOfTopic {
  readonly records: readonly {
    /** As bytes; null: there is none. */
    readonly key: Buffer | null;
    readonly value: Buffer | null;
  }[];
  /** The offset at which to continue; undefined: the topic does not exist yet. */
  readonly next: number | undefined;
}

/** What every task learns from the worker, and reports to it. */
export interface TaskContext {
  readonly connector: string;
  readonly taskId: number;
  readonly env: Env;
  readonly signal: AbortSignal;
  /** Reports a problem that the task waits out, for its status; undefined when it is over. */
  trouble(error: unknown): void;
  /** The task cannot continue, although no call of it fails: it becomes FAILED. */
  raiseError(error: unknown): void;
}

export interface SourceTaskContext extends TaskContext {
  /**
   * The committed offset of a source partition; undefined when there is none. Synchronous, since the worker holds
   * offsets in memory.
   */
  offset(partition: OffsetMap): OffsetMap | undefined;
  /**
   * The keys whose last record, in a topic that the task writes, has a value; with `before`, only if that record is
   * before these offsets, by partition. Many keys come in several parts; without `before` a key may then be repeated.
   */
  liveKeys(topic: string, before?: readonly number[]): AsyncGenerator<KeysOfTopic>;
  /** The next offset of each partition of a topic that the task writes; none when it does not exist yet. */
  endOffsets(topic: string): Promise<readonly number[]>;
  /**
   * Current records of a partition of any topic in the log, at most about a megabyte. A deleted offset stands for the
   * first existing one.
   */
  recordsOf(topic: string, partition: number, from: number | 'beginning' | 'end'): Promise<RecordsOfTopic>;
  /** A remark for the user, one sentence: logged, and shown with the connector. Repeating it has no effect. */
  remark(text: string): void;
  declareTopic(declaration: TopicDeclaration): void;
  /**
   * Passes deliveries to `/hooks/NAME` of the server, where NAME is the connector's, to a receiver while the task is
   * not paused, until the returned function is called. Undefined when there is no such address: in a preview, and in a
   * separate thread.
   */
  readonly receive?: ((receiver: DeliveryReceiver) => () => void) | undefined;
  /** Reports the progress of the task, replacing the previous report. */
  report(progress: SourceProgress): void;
}

/** The progress of a source. */
export interface SourceProgress {
  /** Readings of data that existed before the source started. */
  readonly readings: readonly Reading[];
  /** Bytes that the source's system retains only because of this connector. */
  readonly retainedBytes?: number | undefined;
}

/** The first reading of one table. */
export interface Reading {
  /** The table's name in the source. */
  readonly name: string;
  readonly topic: string;
  readonly state: 'waiting' | 'reading' | 'paused' | 'done';
  /** Rows written. */
  readonly rows: number;
  /** The approximate number of existing rows; 0 while it is unknown. */
  readonly estimate: number;
  /** Rows per second in this run since it started to read the table; 0 while it waits. */
  readonly rowsPerSecond: number;
}

/** Plans the work of a sink; calls as for SourceConnector. */
export interface SinkConnector {
  start(config: Config, context: ConnectorContext): Promise<void>;
  taskConfigs(maxTasks: number): Promise<readonly RawConfig[]>;
  stop(): Promise<void>;
}

/**
 * Writes to the target. The worker calls `start`; `put` with the records of its partitions, in the order of each
 * partition; `flush` before it commits the offsets of what was put; `stop`. Records that were put and not committed
 * come again after a crash; a target that must not receive them twice writes by key (upsert).
 *
 * RetriableError from put: the same records are put again after a pause. DataError for a single record: report it with
 * `context.reportErrant`. StartOver: topics are read again from their first record. Any other error: FAILED.
 */
export interface SinkTask {
  start(config: Config, context: SinkTaskContext): Promise<void>;
  put(records: readonly SinkRecord[]): Promise<void>;
  /** Resolves when everything that was put is durable. */
  flush?(): Promise<void>;
  /**
   * Used instead of `flush` by a task that holds records back (until there are enough for a file): called about every
   * second while records are held, and before each commit. `reached`: the next offset of each partition after what was
   * put. `everything`: nothing may be held back, because the task ends or has dead letters. After a RetriableError it
   * is called again after a pause.
   */
  preCommit?: ((reached: readonly PartitionOffset[], everything: boolean) => Promise<PreCommit>) | undefined;
  /**
   * Partitions that the task no longer reads: it drops what it holds of them, since another task will receive it again.
   */
  close?(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void>;
  stop(): Promise<void>;
}

/** How far a partition has been read. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  /** The offset of the next record. */
  readonly offset: number;
  /** A text that is stored with it, at most 4000 bytes. */
  readonly metadata?: string | undefined;
}

export interface PreCommit {
  /** Offsets that may be committed, at or before those reached. Records from there on come again after a crash. */
  readonly offsets: readonly PartitionOffset[];
  /** Whether to call again when these offsets have been committed, before anything else is put. */
  readonly more?: boolean | undefined;
}

export interface SinkTaskContext extends TaskContext {
  /** Topics whose partitions the task reads. */
  topics(): readonly string[];
  /** Topics that any task of the connector reads, at the last check. */
  allTopics(): readonly string[];
  /**
   * Whether tasks of this connector have written to a target (a table) since it began to read, or since its offsets
   * were set by hand.
   */
  hasWritten(target: string): boolean;
  /** Reports that a target was written, which is remembered across restarts with the next committed offsets. */
  wrote(target: string): void;
  /**
   * Distinguishes a topic that the task reads from an earlier one of the same name, and from itself with fewer
   * partitions, when keys were assigned differently: while the value is unchanged, a later record of a key has a higher
   * offset. undefined: the topic is not read, or the log does not know.
   */
  incarnation(topic: string): string | undefined;
  /**
   * What was committed for a partition when the task started to read it, with the text from `preCommit`; undefined:
   * nothing was.
   */
  committed(topic: string, partition: number): PartitionOffset | undefined;
  /** Like SourceTaskContext's. `instead`: an earlier remark that no longer applies. */
  remark(text: string, instead?: string): void;
  /**
   * Reports a record that cannot be written. With errors.tolerance=all it becomes a dead letter (where configured) and
   * the task continues; otherwise this throws.
   */
  reportErrant(record: SinkRecord, error: Error): Promise<void>;
}
