import type { Env } from '../../base/env.ts';
import type { Config, ConfigKey, ConfigProblem, ParsedKey, RawConfig } from './config-spec.ts';
import type { DeliveryReceiver } from './delivery.ts';
import type { OffsetMap, SinkRecord, SourceBatch, SourceRecord } from './record.ts';
import type { ConnectSchema } from './schema.ts';

/**
 * A connector: its table entry. Data, so that validation, docs and short forms need no driver; the code that runs comes
 * with `load`.
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
   * Of several connectors that have one alias: whether a config of that class, whose references may stand, is this
   * one's. Without it: where it is no other's.
   */
  readonly isFor?: ((config: RawConfig) => boolean) | undefined;
  readonly version: string;
  readonly doc: string;
  readonly config: readonly ConfigKey[];
  /** Paths of files in settings of another form, such as a URL. */
  readonly filesIn?: readonly FileIn[] | undefined;
  /** Rules between several keys. Pure and quick: runs on every validation. */
  readonly check?: ((config: RawConfig) => readonly ConfigProblem[]) | undefined;
  /**
   * Takes the place of `check` and of the keys' own rules where the connector's code runs elsewhere: what each key of
   * the table makes of a config, and what the rules between them say. The worker sets it.
   */
  readonly checked?: ((config: RawConfig) => Promise<CheckedConfig>) | undefined;
  /** Beginnings of settings that have a name of the user's behind them, such as a table's: `overrides.` */
  readonly families?: readonly string[] | undefined;
  /** Settings of the Java connectors whose classes these are that have no effect here: accepted. */
  readonly withoutEffect?: readonly string[] | undefined;
  readonly shortForm?: ShortForm | undefined;
  /** Settings that follow from others where the config does not give them: a default that is not the same for all. */
  readonly impliedSettings?: ((config: RawConfig) => RawConfig) | undefined;
  /** Settings in the words of other classes, understood wherever a config is given. */
  readonly otherWords?: OtherWords | undefined;
  /** Defaults of a sink that is created with `sources='A,B'`: what fits the streams and tables it reads. */
  readonly sourcesDefaults?: ((sources: readonly SqlSource[], config: RawConfig) => RawConfig) | undefined;
}

/** Where a path stands in a setting: how it is got, and another put in its place. */
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

/** A config as the code of a connector sees it. */
export interface CheckedConfig {
  readonly keys: readonly ParsedKey[];
  readonly problems: readonly ConfigProblem[];
}

export interface SourcePlugin extends PluginBase {
  readonly type: 'source';
  /** First readings that are not over, by the connector's settings and offsets. Pure. */
  readonly readings?:
    | ((
        config: RawConfig,
        offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
      ) => readonly Reading[])
    | undefined;
  /**
   * What a connector that is gone, or has other settings by now, has left in its source, by the offsets that it left
   * here: one sentence each. Pure. `config`: its settings where it exists. `isStopped`: a user has stopped it.
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
   * Settings, to take the place of others, with which connector and task read and change nothing in the source: for a
   * look before the connector is made. Absent: there are none, and it is not run before. Pure.
   */
  readonly previewSettings?: ((config: RawConfig) => RawConfig | Promise<RawConfig>) | undefined;
  /** It takes what is sent to its own address on a listener of the server (`context.receive`). */
  readonly receives?: true | undefined;
  readonly load: () => Promise<SourceImplementation>;
}
export interface SinkPlugin extends PluginBase {
  readonly type: 'sink';
  /** Where the records of these topics go. Pure, for settings of any kind: what cannot be told is left out. */
  readonly targets?:
    | ((config: RawConfig, topics: readonly string[]) => readonly { readonly topic: string; readonly place: Place }[])
    | undefined;
  readonly load: () => Promise<SinkImplementation>;
}

/** Where rows stand in the world outside: a table of a database. Whoever names the same place means the same thing. */
export interface Place {
  /** `postgres://host:5432/database`, without any login. */
  readonly system: string;
  /** `public.users` */
  readonly name: string;
}

/** A topic that a source writes, or is about to. */
export interface PlannedTopic {
  readonly topic: string;
  readonly place?: Place | undefined;
  /** The user named the topic itself; else its name was made of something else's. */
  readonly isNamed?: boolean | undefined;
}

export interface TopicRefusal {
  /** Somebody else has the topic; or a sink writes what would be read. */
  readonly kind: 'taken' | 'echo';
  /** `topic ks is that of stream KS` */
  readonly reason: string;
  /** Why what a sink writes is not to be read even where it is named: rows would go round forever. */
  readonly circle?: string | undefined;
}

export interface OtherWords {
  /** Settings by which others' words are known: a config that has one of them is translated. */
  readonly keys: readonly string[];
  /**
   * The config in the connector's own words. `current`: the config, in those words, of which `config` is what changes.
   */
  readonly translate: (config: RawConfig, current?: RawConfig) => RawConfig;
}

/** `connector='postgres', url='...', tables='users,orders'`: few words, good defaults. */
export interface ShortForm {
  readonly keys: readonly ShortFormKey[];
  /** Defaults that the short form adds where the user says nothing. */
  readonly defaults: RawConfig;
}
export interface ShortFormKey {
  readonly name: string;
  /** The settings it stands for. */
  readonly sets: readonly string[];
  readonly doc: string;
  readonly required?: boolean;
  /** Turns the short value into the setting's, e.g. adds a schema. */
  readonly transform?: ((value: string, all: RawConfig) => string) | undefined;
}

export interface SourceImplementation {
  /** A short look at the world (one connection attempt). Runs when nothing else is wrong. */
  readonly probe?: ((config: Config, context: ProbeContext) => Promise<readonly ConfigProblem[]>) | undefined;
  /** Settings that a short form leaves to the source, after a look at it; what the user should know of the choice. */
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
   * What a probe says of the config with these settings, where it was asked over the connection that was there already.
   * Absent: it was not asked.
   */
  readonly problems?: readonly ConfigProblem[] | undefined;
  readonly notes: readonly string[];
}
export interface SinkImplementation {
  readonly probe?: ((config: Config, context: ProbeContext) => Promise<readonly ConfigProblem[]>) | undefined;
  /** As a source's: what a short form leaves open, and what the user should know (what would be created). */
  readonly choose?: ((config: Config, context: ChoiceContext) => Promise<Choice>) | undefined;
  readonly createConnector: () => SinkConnector;
  readonly createTask: () => SinkTask;
}

export interface ProbeContext {
  readonly env: Env;
  readonly signal: AbortSignal;
  /** Why the connector is not to write a topic; undefined: it may. */
  refusal(planned: PlannedTopic): TopicRefusal | undefined;
  /** For a sink: the schemas of a topic's records, where its converters know them and no transform changes them. */
  schemas(topic: string): KnownSchemas | undefined;
  /** Of a connector that is there already: what it is to be changed from. */
  readonly before?: BeforeChange | undefined;
}

export interface BeforeChange {
  readonly config: Config;
  /** Whether it has written to the topic (as it is named before transforms). */
  hasWritten(topic: string): boolean;
}

export interface KnownSchemas {
  readonly key: ConnectSchema | null;
  readonly value: ConnectSchema | null;
}

/**
 * Plans the work of a source. The worker calls, in this order and never two at once: `start` once; `taskConfigs` once,
 * and again after each `context.requestReconfiguration()`; `stop` once, also when `start` failed. RetriableError from
 * start or taskConfigs: tried again after a growing pause. Any other error: the connector becomes FAILED.
 */
export interface SourceConnector {
  start(config: Config, context: SourceConnectorContext): Promise<void>;
  /** At most `maxTasks` configurations, one a task; none when there is nothing to do. */
  taskConfigs(maxTasks: number): Promise<readonly RawConfig[]>;
  stop(): Promise<void>;
  /**
   * Checks offsets that a user sets through the REST API: their form, and that there are such partitions. Throws
   * ConnectError to refuse. Called while stopped.
   */
  alterOffsets?(
    config: Config,
    offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[],
  ): void | Promise<void>;
  /**
   * All offsets are about to be forgotten: what the connector made in its source for their sake goes too. Called while
   * stopped.
   */
  forget?(config: Config, context: ForgetContext): Promise<Forgotten>;
  /** The same, without taking part as Connect understands it: its answer says so. */
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
  /** What was done, or could not be: one sentence each. */
  readonly notes?: readonly string[];
  /** Source partitions whose offsets stay. */
  readonly keep?: readonly OffsetMap[];
}

export interface ConnectorContext {
  readonly name: string;
  readonly env: Env;
  /** Aborted when the connector must stop. */
  readonly signal: AbortSignal;
  /** The set of tasks is to be planned again (a table appeared). */
  requestReconfiguration(): void;
  /** The connector cannot go on: it becomes FAILED, its tasks go on. */
  raiseError(error: unknown): void;
}
export interface SourceConnectorContext extends ConnectorContext {
  declareTopic(declaration: TopicDeclaration): void;
  /** As that of ProbeContext. */
  refusal(planned: PlannedTopic): TopicRefusal | undefined;
  /** As SourceTaskContext's. */
  offset(partition: OffsetMap): OffsetMap | undefined;
  /** What the connector has brought, also before its last start: whose topics it declared, of what it has offsets. */
  brought(): { readonly places: readonly Place[]; readonly partitions: readonly OffsetMap[] };
  /**
   * What a user should know, one sentence each (what is left out, and why): shown with the connector. Replaces what was
   * said before. `gone`: those of them that tell of something that was read and is no longer there.
   */
  remark(remarks: readonly string[], gone?: readonly string[]): void;
}

export interface ColumnOrigin {
  readonly name: string;
  readonly type: string;
  readonly loss?: string | undefined;
}

/** What a topic of a source will hold, known before its first record. SQL columns and automatic DDL come from this. */
export interface TopicDeclaration {
  readonly topic: string;
  /** The thing in the source, e.g. the table's name: SQL names are made of it. */
  readonly entity: string;
  /** A schema of a single column key is a primitive; `keyColumns` then has its one name. null: no key. */
  readonly keySchema: ConnectSchema | null;
  readonly keyColumns: readonly string[];
  /** The key identifies the entity, and a newer record replaces an older one: a TABLE in SQL. */
  readonly isTable: boolean;
  readonly valueSchema: ConnectSchema | null;
  readonly place?: Place | undefined;
  /** The columns as the source has them, in its words, and what of their values is lost on the way, if anything is. */
  readonly origins?: readonly ColumnOrigin[] | undefined;
  /** A remark for the user, e.g. why it is not a table. */
  readonly note?: string | undefined;
}

/**
 * Reads from the source. The worker calls `start` once, then `poll` again and again while the task is not paused, then
 * `stop` once, also when start or poll failed. Never two calls at once, except that `stop` may come while `poll` waits:
 * the context's signal is aborted first, and poll should then return or throw soon.
 *
 * `poll` returns what there is, at once; where there is nothing it waits (at most a second or so) and returns an empty
 * array. Everything that one poll returned, and the last source offset of each source partition in it, is committed in
 * one transaction: exactly once, across crashes. `commit` is called after that.
 *
 * RetriableError: called again after a growing pause. Any other error: the task becomes FAILED with the trace.
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

/** What a partition of a topic has from some offset on. */
export interface RecordsOfTopic {
  readonly records: readonly {
    /** As bytes; null: it has none. */
    readonly key: Buffer | null;
    readonly value: Buffer | null;
  }[];
  /** Where to go on; undefined: there is no such topic yet. */
  readonly next: number | undefined;
}

/** What the worker tells every task, and hears of it. */
export interface TaskContext {
  readonly connector: string;
  readonly taskId: number;
  readonly env: Env;
  readonly signal: AbortSignal;
  /** Says what the task waits for to pass, for its status to show; undefined once it has passed. */
  trouble(error: unknown): void;
  /** The task cannot go on, although no call of it fails: it becomes FAILED. */
  raiseError(error: unknown): void;
}

export interface SourceTaskContext extends TaskContext {
  /**
   * The committed offset of a source partition; undefined when there is none. Synchronous: the worker holds them in
   * memory.
   */
  offset(partition: OffsetMap): OffsetMap | undefined;
  /**
   * The keys whose last record in a topic that the task writes has a value; `before`: and stands before these offsets,
   * by partition. In parts where they are many; without `before` a key may then come again.
   */
  liveKeys(topic: string, before?: readonly number[]): AsyncGenerator<KeysOfTopic>;
  /** The next offset of each partition of a topic that the task writes; none where it does not exist yet. */
  endOffsets(topic: string): Promise<readonly number[]>;
  /**
   * Records of any topic of the log, which tell the task something: what is there now of a partition, about a megabyte
   * at most. An offset that has been deleted is the first one that is there.
   */
  recordsOf(topic: string, partition: number, from: number | 'beginning' | 'end'): Promise<RecordsOfTopic>;
  /**
   * What a user should know once, one sentence: logged, and shown with the connector. The same sentence again says
   * nothing new.
   */
  remark(text: string): void;
  declareTopic(declaration: TopicDeclaration): void;
  /**
   * Has what is sent to `/hooks/NAME` of the server, NAME the connector's, handed to a receiver while the task is not
   * paused, until the function that it returns is called. Undefined where there is no such address: for a preview, and
   * in a thread of its own.
   */
  readonly receive?: ((receiver: DeliveryReceiver) => () => void) | undefined;
  /** How far the task is. Replaces what was said before. */
  report(progress: SourceProgress): void;
}

/** How far a source is. */
export interface SourceProgress {
  /** Readings of the data that was there before the source began. */
  readonly readings: readonly Reading[];
  /** Bytes that the source keeps for this connector, and not without it. */
  readonly retainedBytes?: number | undefined;
}

/** The first reading of one table. */
export interface Reading {
  /** As the source calls it. */
  readonly name: string;
  readonly topic: string;
  readonly state: 'waiting' | 'reading' | 'paused' | 'done';
  /** Rows written. */
  readonly rows: number;
  /** Rows that there are, about; 0 where that is not known yet. */
  readonly estimate: number;
  /** Rows per second of this run since it began to read the table; 0 while it waits. */
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
 * partition; `flush` before it commits the offsets of what was put; `stop`. What was put and not committed comes again
 * after a crash: a target that must not see twice writes by key (upsert).
 *
 * RetriableError from put: the same records come again after a pause. DataError for a single record: report it with
 * `context.reportErrant`. StartOver: topics are read again from their first record. Any other error: FAILED.
 */
export interface SinkTask {
  start(config: Config, context: SinkTaskContext): Promise<void>;
  put(records: readonly SinkRecord[]): Promise<void>;
  /** Everything put so far is to be safe when this resolves. */
  flush?(): Promise<void>;
  /**
   * In place of `flush`, for a task that holds records back (until a file has enough of them): called about every
   * second while records are held, and before each commit. `reached`: the next offset of each partition, behind what
   * was put. `everything`: nothing is to be held back, since the task ends or records of it go to the dead letters.
   * RetriableError: called again after a pause.
   */
  preCommit?: ((reached: readonly PartitionOffset[], everything: boolean) => Promise<PreCommit>) | undefined;
  /** Partitions that the task no longer reads: what it holds of them is dropped, and comes again elsewhere. */
  close?(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void>;
  stop(): Promise<void>;
}

/** How far a partition was read. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  /** Of the next record. */
  readonly offset: number;
  /** A text that is kept with it, at most 4000 bytes. */
  readonly metadata?: string | undefined;
}

export interface PreCommit {
  /** What may be committed: offsets at or before those reached. Records from there on come again after a crash. */
  readonly offsets: readonly PartitionOffset[];
  /** To be called once more when these offsets are committed, before anything else is put. */
  readonly more?: boolean | undefined;
}

export interface SinkTaskContext extends TaskContext {
  /** Topics whose partitions the task reads. */
  topics(): readonly string[];
  /** Topics that the connector reads, in whichever task, as of the last look. */
  allTopics(): readonly string[];
  /**
   * Whether tasks of this connector have written to a target (a table) since it began to read, or its offsets were set
   * by hand.
   */
  hasWritten(target: string): boolean;
  /** A target was written to: remembered with the offsets that are committed next, over restarts. */
  wrote(target: string): void;
  /**
   * Tells a topic that the task reads from an earlier one of its name, and from itself with fewer partitions, when keys
   * had other places: while it stays the same, a later record of a key has a higher offset. undefined: the topic is not
   * read, or the log does not know.
   */
  incarnation(topic: string): string | undefined;
  /**
   * What was committed of a partition when the task began to read it, with the text that `preCommit` had given;
   * undefined: nothing was.
   */
  committed(topic: string, partition: number): PartitionOffset | undefined;
  /** As SourceTaskContext's. `instead`: what was said before, and is no longer true. */
  remark(text: string, instead?: string): void;
  /**
   * One record cannot be written. With errors.tolerance=all it goes to the dead letter queue (where configured) and the
   * task goes on; otherwise this throws.
   */
  reportErrant(record: SinkRecord, error: Error): Promise<void>;
}
