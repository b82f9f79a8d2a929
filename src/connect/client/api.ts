/**
 * The engine's interface to Kafka Connect: to the embedded worker (worker/in-process-client.ts) or to a cluster over
 * REST (rest-client.ts). Types correspond to Connect's REST API.
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
  /** Changes the given settings; null removes one. */
  patchConfig(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  restart(name: string, options?: { readonly includeTasks?: boolean; readonly onlyFailed?: boolean }): Promise<void>;
  restartTask(name: string, task: number): Promise<void>;
  delete(name: string): Promise<void>;
  offsets(name: string): Promise<readonly ConnectorOffset[]>;
  alterOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string>;
  /** Permitted only in state STOPPED. Resolves to Connect's message. */
  deleteOffsets(name: string): Promise<string>;
  topics(name: string): Promise<readonly string[]>;
  plugins(connectorsOnly?: boolean): Promise<readonly PluginInfo[]>;
  pluginConfig(connectorClass: string): Promise<readonly ConfigKeyInfo[]>;
  /**
   * Why a worker of a cluster is unhealthy (KIP-1017); undefined when it is healthy, or too old to report this. The
   * check may take ten seconds, so the result may be that of the previous call. Absent for the worker in this process.
   */
  sickness?(): Promise<string | undefined>;
  /** Set for a cluster whose references to secrets are resolved by this server, not by its workers. */
  readonly references?: ClusterReferences | undefined;
  /** What only the embedded worker knows; undefined for a cluster. */
  readonly embedded?: EmbeddedConnect | undefined;
}

/**
 * References in the settings of a cluster's connectors that this server resolves: the cluster gets the values in clear
 * text.
 */
export interface ClusterReferences {
  /** The providers whose references are resolved: `secret`, `vault`, `env`, `file`, `dir`. */
  readonly providers: readonly string[];
  /**
   * To be called when secrets have changed to which connectors refer. @returns the connectors that were given other
   * values
   */
  reload(names: readonly string[]): Promise<readonly string[]>;
}

/** Knowledge that Connect's REST API does not provide. All of it is plain data; SQL types are SQL text. */
export interface EmbeddedConnect {
  /** The schemas of a topic that a connector of this worker writes; undefined when no connector writes it. */
  topicSchema(topic: string): TopicSchema | undefined;
  /**
   * The sources to declare over the connector's topics. Waits up to `waitMs` for the connector to inspect its source,
   * then returns what is known. Empty for sinks.
   */
  sourceDeclarations(name: string, waitMs: number): Promise<readonly SourceDeclaration[]>;
  /**
   * Expands `connector='postgres', url=...` to a full config; a config that has `connector.class` is returned
   * unchanged.
   */
  expandShortForm(config: ConnectorConfig, type?: 'source' | 'sink'): ShortFormResult;
  /**
   * The same for changes by ALTER CONNECTOR to the config `current`, whose class determines the meaning of the short
   * keys.
   */
  expandChanges(changes: ConnectorConfig, current: ConnectorConfig): ShortFormResult;
  /**
   * What a source with these settings would write, and its first rows. Runs the source briefly without changing
   * anything. Undefined: the connector has no preview.
   * @throws ConnectRequestError 400, and the plug-in's errors when it cannot start
   */
  preview(name: string, config: ConnectorConfig): Promise<PreviewedSource | undefined>;
  /**
   * The settings with secrets hidden: by the plug-in's settings table if the plug-in is known, otherwise by name
   * patterns.
   */
  maskConfig(config: ConnectorConfig): ConnectorConfig;
  /**
   * The config of `CREATE SINK CONNECTOR ... WITH (sources='A,B', ...)`: topics, converters that know the columns, the
   * connector's defaults for SQL sources. The user's settings are kept; the key `sources` is removed.
   */
  sinkConfig(config: ConnectorConfig, sources: readonly SinkSource[]): ConnectorConfig;
  describePlugin(connectorClass: string): PluginDescription | undefined;
  /**
   * Every setting that a connector of the class reads, including alternative spellings; undefined for an unknown class.
   */
  knownSettings(connectorClass: string): readonly string[] | undefined;
  /** The classes of connectors that have a setting of this name; empty if there are none. */
  readersOf(setting: string, type: 'source' | 'sink'): readonly string[];
  /** Settings that a short form chooses after inspecting its source, and what the user should know about the choice. */
  choose(
    name: string,
    config: ConnectorConfig,
  ): Promise<{ readonly settings: ConnectorConfig; readonly notes: readonly string[] }>;
  /** What deleted connectors have left in their sources, by connector: one sentence each. */
  leftovers(): Readonly<Record<string, readonly string[]>>;
  forgetLeftovers(name: string): Promise<void>;
  /**
   * What a connector reports in addition to its state, such as tables that it does not read, and why. One sentence
   * each.
   */
  remarks(name: string): readonly string[];
  /** The remarks about something that was read and no longer exists. */
  gone(name: string): readonly string[];
  /** Why a topic receives no more records, if what its connector read no longer exists: one sentence. */
  endOf(topic: string): string | undefined;
  /**
   * The progress of a source with the data that existed before it started, and what is retained for it; undefined when
   * nothing is known about it.
   */
  progress(name: string): ConnectorProgress | undefined;
  /** The initial read (snapshot) of a topic's data, while it is in progress. */
  readingOf(topic: string): ConnectorProgress['readings'][number] | undefined;
  /** The connectors that write or read a topic. */
  usersOf(topic: string): readonly string[];
  /**
   * Why rows would circulate endlessly if a query wrote topic `to` from the topics `from`; undefined: they would not.
   */
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
   * What is known of a source connector of this name, whether or not it exists: the topics that it has written, and
   * whether it has offsets.
   */
  remembered(name: string): { readonly topics: readonly string[]; readonly hasOffsets: boolean };
  /**
   * Counts of the tasks of each connector since they started: records that a source wrote or a sink accepted, and those
   * that failed, with the reason of a recent one.
   */
  totals(): readonly {
    readonly name: string;
    readonly records: number;
    readonly failures: number;
    readonly lastFailure?: string | undefined;
  }[];
  /** Counts of each task of a connector since it started. */
  taskTotals(name: string): readonly TaskCounts[];
  /** Forgets what the topic contained, because it was deleted. */
  forgetTopic(topic: string): Promise<void>;
  /**
   * To be called when secrets have changed to which connectors refer. @returns the connectors that were restarted with
   * other values
   */
  reload(names: readonly string[]): Promise<readonly string[]>;
  /** Reports events of connectors as they happen, until the returned function is called. */
  onNews(listener: (news: ConnectorNews) => void): () => void;
}

/** Counts of a task since it started. */
export interface TaskCounts {
  readonly id: number;
  /** Records that a source has written, or that a sink has accepted. */
  readonly records: number;
  /** Records that could not be processed. */
  readonly failures: number;
  readonly retries: number;
}

/** An event of a connector of the embedded worker. */
export type ConnectorNews =
  /** It was created, or its settings or one of its states have changed. */
  | { readonly kind: 'status'; readonly connector: string; readonly status: ConnectorStatus }
  | { readonly kind: 'deleted'; readonly connector: string }
  /** Its topics or their schemas, its remarks, or the progress of an initial read have changed. */
  | { readonly kind: 'knowledge'; readonly connector: string }
  /** A log line, without secrets. */
  | { readonly kind: 'log'; readonly connector: string; readonly level: 'WARN' | 'ERROR'; readonly text: string };

/** Progress of the initial reads (snapshots) of a source. */
export interface ConnectorProgress {
  readonly readings: readonly {
    readonly name: string;
    readonly topic: string;
    readonly state: 'waiting' | 'reading' | 'paused' | 'done';
    /** The number of rows written, and the approximate total. */
    readonly rows: number;
    readonly estimate: number;
    readonly rowsPerSecond: number;
  }[];
  /** Bytes that the source system retains for the connector; undefined when unknown. */
  readonly retainedBytes?: number | undefined;
}

export type ConnectorConfig = Readonly<Record<string, string>>;
export type ConnectorType = 'source' | 'sink' | 'unknown';
/** The state that a connector is to have. */
export type TargetState = 'RUNNING' | 'PAUSED' | 'STOPPED';
/** The actual state of a connector or task. */
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
  /**
   * When the embedded worker restarts a FAILED part automatically, in ms since 1970; absent if it does not. Not part of
   * Connect's REST API, whose workers do not restart automatically.
   */
  readonly restartsAtMs?: number | undefined;
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
  /** Until Connect 4.1. */
  readonly order?: number;
  /** Since Connect 4.2. */
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
  /** How to mend the problems; of the embedded worker, and not in REST's answer. */
  readonly hints?: readonly string[];
}

export interface ConnectorOffset {
  readonly partition: Readonly<Record<string, unknown>>;
  /** null resets the partition (PATCH only). */
  readonly offset: Readonly<Record<string, unknown>> | null;
}

/** A column, as a connector knows it. */
export interface TopicColumn {
  /** The name in the source, e.g. `created_at`. */
  readonly name: string;
  /** SQL text, e.g. `DECIMAL(10, 2)`. */
  readonly type: string;
}

/** The schema of a topic that a connector writes. */
export interface TopicSchema {
  readonly topic: string;
  readonly connector: string;
  readonly key: readonly TopicColumn[];
  readonly value: readonly TopicColumn[];
  /** The SQL format for the bytes that the connector's converters write; undefined when SQL has none for them. */
  readonly keyFormat: string | undefined;
  readonly valueFormat: string | undefined;
  readonly isTable: boolean;
  /** Whether the single value column is not in a struct. */
  readonly bareValue?: boolean | undefined;
}

/** An automatic declaration: CREATE [SOURCE] TABLE | STREAM. */
export interface SourceDeclaration extends TopicSchema {
  /** Suggested name of the source: `<connector>_<entity>`, or `<prefix><entity>` if `sql.name.prefix` is set. */
  readonly name: string;
  readonly entity: string;
  readonly partitions: number;
  readonly note: string | undefined;
  /**
   * False if the user has disabled automatic declarations (`sql.declare=false`) or the connector does not support them.
   */
  readonly declare: boolean;
}

/** The preview of a source: what it would write. */
export interface PreviewedSource {
  readonly topics: readonly {
    readonly declaration: SourceDeclaration;
    /** The columns in the source, and what of their values is lost. */
    readonly origins: readonly { readonly name: string; readonly type: string; readonly loss?: string | undefined }[];
    /** Keys and values as JSON text. */
    readonly rows: readonly { readonly key: string | null; readonly value: string | null }[];
  }[];
  readonly remarks: readonly string[];
}

/** The expansion of a short form. */
export interface ShortFormResult {
  readonly config: ConnectorConfig;
  /** Problems such as a missing short key; empty if there are none. */
  readonly problems: readonly string[];
}

/** What a sink is to read: columns with their types as SQL text, and the formats of the topic. */
export interface SinkSource {
  /** Name of the stream or table, from which the name of the target is derived. */
  readonly name: string;
  readonly isTable: boolean;
  readonly topic: string;
  readonly key: readonly TopicColumn[];
  readonly value: readonly TopicColumn[];
  readonly keyFormat: string;
  readonly valueFormat: string;
  /** The key of a windowed table contains its window: WINDOWSTART (and WINDOWEND for sessions) become key columns. */
  readonly windowType?: 'TUMBLING' | 'HOPPING' | 'SESSION' | undefined;
  readonly windowSizeMs?: number | undefined;
  /** Whether single values are wrapped in a struct, according to the source's serde features. */
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
    /** The settings that the short key sets. */
    readonly sets: readonly string[];
    readonly doc: string;
    readonly required: boolean;
  }[];
  readonly config: readonly ConfigKeyInfo[];
}

/** An error response of Connect, with its status and message. */
export class ConnectRequestError extends Error {
  readonly status: number;
  constructor(status: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectRequestError';
    this.status = status;
  }
}

/** No Connect worker responded. */
export class ConnectUnreachableError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectUnreachableError';
  }
}

/** Advice where Kafka itself was named as what a connector reads or writes. */
export const KAFKA_NEEDS_NONE =
  "What is in Kafka needs no connector: CREATE STREAM … (column type, …) WITH (KAFKA_TOPIC='…', VALUE_FORMAT='JSON'); declares a topic, and what a query makes is in one.";

/** Where to get connectors that this worker does not have. */
export const MORE_CONNECTORS =
  'Other connectors: plugin.path names connectors in JavaScript, ksql.connect.url a Kafka Connect cluster, whose plugins connector.class names.';
