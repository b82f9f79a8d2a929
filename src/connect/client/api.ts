/**
 * What the engine asks of Kafka Connect, be it the embedded worker (worker/in-process-client.ts) or a cluster over REST
 * (rest-client.ts). Shapes are those of Connect's REST API.
 */
export interface ConnectClient {
  /** @throws ConnectRequestError 409 when the name is taken, 400 when the config is invalid */
  create(name: string, config: ConnectorConfig, initialState?: TargetState): Promise<ConnectorInfo>;
  validate(connectorClass: string, config: ConnectorConfig): Promise<ConfigInfos>;
  /** All connectors with their info and status. */
  list(): Promise<Readonly<Record<string, ConnectorListing>>>;
  info(name: string): Promise<ConnectorInfo>;
  status(name: string): Promise<ConnectorStatus>;
  config(name: string): Promise<ConnectorConfig>;
  putConfig(name: string, config: ConnectorConfig): Promise<ConnectorInfo>;
  /** Changes some settings; null removes one. */
  patchConfig(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  restart(name: string, options?: { readonly includeTasks?: boolean; readonly onlyFailed?: boolean }): Promise<void>;
  restartTask(name: string, task: number): Promise<void>;
  delete(name: string): Promise<void>;
  offsets(name: string): Promise<readonly ConnectorOffset[]>;
  alterOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string>;
  /** Only while STOPPED. Resolves to Connect's message. */
  deleteOffsets(name: string): Promise<string>;
  topics(name: string): Promise<readonly string[]>;
  plugins(connectorsOnly?: boolean): Promise<readonly PluginInfo[]>;
  pluginConfig(connectorClass: string): Promise<readonly ConfigKeyInfo[]>;
  /**
   * What a worker of a cluster says against its own health (KIP-1017; it takes ten seconds to find out, so that the
   * answer may be that of the question before); undefined where it is well, or too old to tell. Absent where the worker
   * is in this process.
   */
  sickness?(): Promise<string | undefined>;
  /** Set for a cluster whose references to secrets are resolved by this server, not by its workers. */
  readonly references?: ClusterReferences | undefined;
  /** What only the embedded worker knows; undefined for a cluster. */
  readonly embedded?: EmbeddedConnect | undefined;
}

/** References in settings of a cluster's connectors that this server looks up: the cluster gets them in clear. */
export interface ClusterReferences {
  /** Whose references: `secret`, `vault`, `env`, `file`, `dir`. */
  readonly providers: readonly string[];
  /** After secrets have changed that connectors refer to. @returns those that were given other values */
  reload(names: readonly string[]): Promise<readonly string[]>;
}

/** Knowledge that Connect's REST API does not carry. All of it is plain data; SQL types are SQL text. */
export interface EmbeddedConnect {
  /** The schemas of a topic that a connector of this worker writes; undefined when it writes no such topic. */
  topicSchema(topic: string): TopicSchema | undefined;
  /**
   * The sources to declare over the connector's topics. Waits up to `waitMs` until the connector has looked at its
   * source; gives what is known then. Empty for sinks.
   */
  sourceDeclarations(name: string, waitMs: number): Promise<readonly SourceDeclaration[]>;
  /**
   * Turns `connector='postgres', url=...` into a full config; a config that has `connector.class` comes back as it is.
   */
  expandShortForm(config: ConnectorConfig, type?: 'source' | 'sink'): ShortFormResult;
  /**
   * The same for the changes of ALTER CONNECTOR to the config `current`, whose class says what the short keys stand
   * for.
   */
  expandChanges(changes: ConnectorConfig, current: ConnectorConfig): ShortFormResult;
  /**
   * What a source with these settings would write, and its first rows. It runs for a moment, and changes nothing.
   * Undefined: it cannot be looked at so.
   * @throws ConnectRequestError 400, and what the plug-in throws where it cannot begin
   */
  preview(name: string, config: ConnectorConfig): Promise<PreviewedSource | undefined>;
  /** The settings with secrets hidden: by the plugin's table where it is known, by name patterns otherwise. */
  maskConfig(config: ConnectorConfig): ConnectorConfig;
  /**
   * The config of `CREATE SINK CONNECTOR ... WITH (sources='A,B', ...)`: topics, converters that know the columns, the
   * connector's defaults for SQL sources. What the user set stays; the key `sources` goes.
   */
  sinkConfig(config: ConnectorConfig, sources: readonly SinkSource[]): ConnectorConfig;
  describePlugin(connectorClass: string): PluginDescription | undefined;
  /** Every setting that a connector of the class reads, other spellings included; undefined for an unknown class. */
  knownSettings(connectorClass: string): readonly string[] | undefined;
  /** The classes of connectors that have a setting of this name; empty where none has. */
  readersOf(setting: string, type: 'source' | 'sink'): readonly string[];
  /**
   * Settings that a short form leaves to its source, after a look at it, and what the user should know of the choice.
   */
  choose(
    name: string,
    config: ConnectorConfig,
  ): Promise<{ readonly settings: ConnectorConfig; readonly notes: readonly string[] }>;
  /** What connectors that are gone have left in their sources, by connector: one sentence each. */
  leftovers(): Readonly<Record<string, readonly string[]>>;
  forgetLeftovers(name: string): Promise<void>;
  /** What a connector wants known beside its state: tables that it does not read, and why. One sentence each. */
  remarks(name: string): readonly string[];
  /** Those of the remarks that tell of something that was read and is no longer there. */
  gone(name: string): readonly string[];
  /**
   * How far a source is with what was there before it began, and what is kept for it; undefined where nothing is known
   * of it.
   */
  progress(name: string): ConnectorProgress | undefined;
  /** The first reading of what a topic holds, while it is in progress. */
  readingOf(topic: string): ConnectorProgress['readings'][number] | undefined;
  /** The connectors that write or read a topic. */
  usersOf(topic: string): readonly string[];
  /** Why rows would go round forever if a query made topic `to` of the topics `from`; undefined: they would not. */
  circleBy(planned: {
    readonly query: string;
    readonly from: readonly string[];
    readonly to: string;
  }): string | undefined;
  /** The source connector that writes a topic. */
  writerOf(topic: string): string | undefined;
  /** The class of a connector of this worker, as its config names it. */
  classOf(name: string): string | undefined;
  /**
   * What is known of a source connector of this name, whether or not it exists: topics that it has written, and whether
   * it has offsets.
   */
  remembered(name: string): { readonly topics: readonly string[]; readonly hasOffsets: boolean };
  /**
   * What the tasks of each connector have done since they were started: records written, or taken by a sink, and those
   * that failed, with the reason of one of the last.
   */
  totals(): readonly {
    readonly name: string;
    readonly records: number;
    readonly failures: number;
    readonly lastFailure?: string | undefined;
  }[];
  /** What each task of a connector has done since it was started. */
  taskTotals(name: string): readonly TaskCounts[];
  /** Forgets what the topic held: it was deleted. */
  forgetTopic(topic: string): Promise<void>;
  /** After secrets have changed that connectors refer to. @returns those that began again with other values */
  reload(names: readonly string[]): Promise<readonly string[]>;
  /** Tells what happens to connectors, as it happens, until the function that it returns is called. */
  onNews(listener: (news: ConnectorNews) => void): () => void;
}

export interface TaskCounts {
  readonly id: number;
  /** Records that a source has written, or that a sink has taken. */
  readonly records: number;
  /** Records that could not be handled. */
  readonly failures: number;
  readonly retries: number;
}

/** What happened to a connector of the embedded worker. */
export type ConnectorNews =
  /** It was made, its settings or a state of its has changed. */
  | { readonly kind: 'status'; readonly connector: string; readonly status: ConnectorStatus }
  | { readonly kind: 'deleted'; readonly connector: string }
  /** Its topics or their schemas, what it wants known, how far a first reading is. */
  | { readonly kind: 'knowledge'; readonly connector: string }
  /** A line of the log, without secrets. */
  | { readonly kind: 'log'; readonly connector: string; readonly level: 'WARN' | 'ERROR'; readonly text: string };

export interface ConnectorProgress {
  readonly readings: readonly {
    readonly name: string;
    readonly topic: string;
    readonly state: 'waiting' | 'reading' | 'paused' | 'done';
    /** Written, and about how many there are. */
    readonly rows: number;
    readonly estimate: number;
    readonly rowsPerSecond: number;
  }[];
  readonly retainedBytes?: number | undefined;
}

export type ConnectorConfig = Readonly<Record<string, string>>;
export type ConnectorType = 'source' | 'sink' | 'unknown';
export type TargetState = 'RUNNING' | 'PAUSED' | 'STOPPED';
export type State = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING';

export interface ConnectorInfo {
  readonly name: string;
  readonly config: ConnectorConfig;
  readonly tasks: readonly { readonly connector: string; readonly task: number }[];
  readonly type: ConnectorType;
}

export interface StateInfo {
  readonly state: State;
  readonly worker_id: string;
  readonly version?: string | null;
  readonly trace?: string;
}
export interface TaskStateInfo extends StateInfo {
  readonly id: number;
}
export interface ConnectorStatus {
  readonly name: string;
  readonly connector: StateInfo;
  readonly tasks: readonly TaskStateInfo[];
  readonly type: ConnectorType;
}

export interface ConnectorListing {
  readonly info?: ConnectorInfo;
  readonly status?: ConnectorStatus;
}

export interface PluginInfo {
  readonly class: string;
  readonly type: string;
  readonly version?: string;
}

export interface ConfigKeyInfo {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default_value: string | null;
  readonly importance: string;
  readonly documentation: string;
  readonly group: string | null;
  readonly width: string;
  readonly display_name: string;
  readonly dependents: readonly string[];
  /** Up to 4.1. */
  readonly order?: number;
  /** From 4.2 on. */
  readonly order_in_group?: number;
}
export interface ConfigValueInfo {
  readonly name: string;
  readonly value: string | null;
  readonly recommended_values: readonly string[];
  readonly errors: readonly string[];
  readonly visible: boolean;
}
export interface ConfigInfos {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly { readonly definition: ConfigKeyInfo | null; readonly value: ConfigValueInfo }[];
}

export interface ConnectorOffset {
  readonly partition: Readonly<Record<string, unknown>>;
  /** null resets the partition (PATCH only). */
  readonly offset: Readonly<Record<string, unknown>> | null;
}

/** A column as a connector knows it. */
export interface TopicColumn {
  /** As in the source, e.g. `created_at`. */
  readonly name: string;
  /** SQL text, e.g. `DECIMAL(10, 2)`. */
  readonly type: string;
}

export interface TopicSchema {
  readonly topic: string;
  readonly connector: string;
  readonly key: readonly TopicColumn[];
  readonly value: readonly TopicColumn[];
  /** SQL format that reads the bytes the connector's converters write; undefined when SQL has none for them. */
  readonly keyFormat: string | undefined;
  readonly valueFormat: string | undefined;
  readonly isTable: boolean;
  /** The one value column stands bare. */
  readonly bareValue?: boolean | undefined;
}

/** One automatic CREATE [SOURCE] TABLE | STREAM. */
export interface SourceDeclaration extends TopicSchema {
  /** Suggested name of the source: `<connector>_<entity>`, or `<prefix><entity>` where `sql.name.prefix` is set. */
  readonly name: string;
  readonly entity: string;
  readonly partitions: number;
  readonly note: string | undefined;
  /**
   * False where the user switched automatic declarations off (`sql.declare=false`) or the connector is not a blessed
   * one.
   */
  readonly declare: boolean;
}

export interface PreviewedSource {
  readonly topics: readonly {
    readonly declaration: SourceDeclaration;
    /** The columns as the source has them, and what of their values is lost. */
    readonly origins: readonly { readonly name: string; readonly type: string; readonly loss?: string | undefined }[];
    /** JSON texts. */
    readonly rows: readonly { readonly key: string | null; readonly value: string | null }[];
  }[];
  readonly remarks: readonly string[];
}

export interface ShortFormResult {
  readonly config: ConnectorConfig;
  /** Problems such as a missing short key; empty when all is well. */
  readonly problems: readonly string[];
}

/** What a sink is to read: columns with SQL text types and the formats of the topic. */
export interface SinkSource {
  /** Name of the stream or table: the target's name is made of it. */
  readonly name: string;
  readonly isTable: boolean;
  readonly topic: string;
  readonly key: readonly TopicColumn[];
  readonly value: readonly TopicColumn[];
  readonly keyFormat: string;
  readonly valueFormat: string;
  /** A windowed table's key carries its window: WINDOWSTART (and WINDOWEND for sessions) become key columns. */
  readonly windowType?: 'TUMBLING' | 'HOPPING' | 'SESSION' | undefined;
  readonly windowSizeMs?: number | undefined;
  /** Whether single values are wrapped in a struct, as the source's serde features say. */
  readonly keyWrapped?: boolean | undefined;
  readonly valueWrapped?: boolean | undefined;
}

export interface PluginDescription {
  readonly name: string;
  readonly className: string;
  readonly aliases: readonly string[];
  readonly type: 'source' | 'sink';
  readonly version: string;
  readonly doc: string;
  readonly shortForm: readonly {
    readonly name: string;
    /** The settings that it stands for. */
    readonly sets: readonly string[];
    readonly doc: string;
    readonly required: boolean;
  }[];
  readonly config: readonly ConfigKeyInfo[];
}

/** Connect said no: its status and its words. */
export class ConnectRequestError extends Error {
  readonly status: number;
  constructor(status: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectRequestError';
    this.status = status;
  }
}

/** No Connect worker answered. */
export class ConnectUnreachableError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectUnreachableError';
  }
}

/** Where connectors come from that this worker has not. */
export const MORE_CONNECTORS =
  'Other connectors: plugin.path names connectors in JavaScript, ksql.connect.url a Kafka Connect cluster, whose plugins connector.class names.';
