import type { Condition } from '../base/condition.ts';
import type { ConnectorProgress } from '../connect/client/api.ts';
import type { ConnectorHealth } from './connectors/health.ts';
import type { Lineage } from '../wire/lineage.ts';
import type { Column } from '../types/schema.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * The result of a statement, one shape per kind of statement. The server converts results to ksqlDB's entities (wire/),
 * where `kind` is the entity's `@type`. Plain data without secrets.
 */
export type StatementResult = { readonly statementText: string; readonly warnings: readonly string[] } & ResultBody;

export type ResultBody =
  | CurrentStatus
  | { readonly kind: 'streams' | 'tables'; readonly sources: readonly SourceSummary[] }
  | { readonly kind: 'source_descriptions'; readonly descriptions: readonly SourceDescription[] }
  | { readonly kind: 'sourceDescription'; readonly description: SourceDescription }
  | { readonly kind: 'queries'; readonly queries: readonly QuerySummary[] }
  | { readonly kind: 'query_descriptions'; readonly descriptions: readonly QueryDescription[] }
  | { readonly kind: 'queryDescription'; readonly description: QueryDescription }
  | {
      readonly kind: 'properties';
      readonly properties: readonly PropertyValue[];
      readonly overwritten: readonly string[];
      readonly defaults: readonly string[];
    }
  | { readonly kind: 'kafka_topics'; readonly topics: readonly TopicSummary[]; readonly extended: boolean }
  | {
      readonly kind: 'function_names';
      readonly functions: readonly {
        readonly name: string;
        readonly type: 'SCALAR' | 'AGGREGATE' | 'TABLE';
        readonly category: string;
        /** What it does, in a sentence. */
        readonly summary: string;
      }[];
    }
  | { readonly kind: 'describe_function'; readonly description: FunctionDescription }
  | { readonly kind: 'lineage'; readonly lineage: Lineage }
  | { readonly kind: 'health'; readonly parts: readonly Condition[] }
  | { readonly kind: 'type_list'; readonly types: Readonly<Record<string, SqlType>> }
  | { readonly kind: 'variables'; readonly variables: readonly { readonly name: string; readonly value: string }[] }
  | { readonly kind: 'terminate_query'; readonly queryId: string; readonly wasTerminated: boolean }
  | { readonly kind: 'assert_topic'; readonly topicName: string; readonly exists: boolean }
  | {
      readonly kind: 'assert_schema';
      readonly subject: string | null;
      readonly id: number | null;
      readonly exists: boolean;
    }
  | { readonly kind: 'connector_info'; readonly info: ConnectorInfo; readonly declared: readonly DeclaredSource[] }
  | { readonly kind: 'drop_connector'; readonly connectorName: string; readonly droppedSources: readonly string[] }
  /** EXPLAIN CREATE CONNECTOR: what CREATE OR REPLACE would change (null: one side lacks the setting) and create. */
  | {
      readonly kind: 'connector_difference';
      readonly connectorName: string;
      readonly exists: boolean;
      readonly changes: readonly { readonly name: string; readonly from: string | null; readonly to: string | null }[];
      readonly topics: readonly PlannedTopic[];
    }
  | {
      readonly kind: 'assert_connector';
      readonly connectorName: string;
      readonly exists: boolean;
      readonly state: string | null;
    }
  /** Answer of SHOW CREATE CONNECTOR: SQL or JSON. */
  | { readonly kind: 'connector_statement'; readonly connectorName: string; readonly text: string }
  | {
      readonly kind: 'connector_offsets';
      readonly connectorName: string;
      readonly offsets: readonly {
        readonly partition: Readonly<Record<string, unknown>>;
        readonly offset: Readonly<Record<string, unknown>> | null;
      }[];
    }
  | {
      readonly kind: 'dead_letters';
      readonly connectorName: string;
      readonly topic: string;
      readonly letters: readonly DeadLetter[];
    }
  | {
      readonly kind: 'connector_changed';
      readonly connectorName: string;
      readonly message: string;
      /** What has been declared for topics that it writes since. */
      readonly declared?: readonly DeclaredSource[] | undefined;
    }
  | ({ readonly kind: 'connector_validation' } & ConnectorValidation)
  | { readonly kind: 'connector_logs'; readonly connectorName: string; readonly lines: readonly ConnectorLogLine[] }
  | { readonly kind: 'connect_cluster_changed'; readonly clusterName: string; readonly message: string }
  | {
      readonly kind: 'connect_clusters';
      readonly clusters: readonly {
        /** Null: that of the server. */
        readonly name: string | null;
        /** Null: the worker in the server. */
        readonly url: string | null;
        /** The number of its connectors; null when it does not answer. */
        readonly connectors: number | null;
        readonly problem: string | null;
      }[];
    }
  | { readonly kind: 'secret_changed'; readonly secretName: string; readonly message: string }
  | {
      readonly kind: 'secrets';
      readonly secrets: readonly {
        readonly name: string;
        readonly keys: readonly string[];
        /** Connectors that refer to it. */
        readonly usedBy: readonly string[];
        /** ms since the epoch. */
        readonly changedAt: number;
      }[];
    }
  | { readonly kind: 'topic_dropped'; readonly topicName: string; readonly message: string }
  | { readonly kind: 'warning_entity'; readonly message: string }
  | {
      readonly kind: 'connector_list';
      readonly connectors: readonly ConnectorSummary[];
      /** The progress of their sources when nothing is wrong: one sentence each. */
      readonly news: readonly string[];
    }
  | {
      readonly kind: 'connector_plugins_list';
      readonly plugins: readonly { readonly className: string; readonly type: string; readonly version: string }[];
    }
  | { readonly kind: 'connector_description'; readonly description: ConnectorDescription }
  | {
      readonly kind: 'connector_plugin_description';
      readonly className: string;
      /** SOURCE or SINK and the names of the short form; undefined for plugins of a Connect cluster. */
      readonly short: PluginShortForm | undefined;
      readonly keys: readonly PluginKey[];
    }
  /** SET, UNSET, DEFINE, UNDEFINE and INSERT VALUES have no entity. */
  | { readonly kind: 'none' };

/** A change of the catalog through the command log. */
export interface CurrentStatus {
  readonly kind: 'currentStatus';
  /** "type/entity/action", e.g. ``stream/`S`/create``. */
  readonly commandId: string;
  readonly status: CommandStatus;
  readonly message: string;
  readonly queryId: string | null;
  readonly commandSequenceNumber: number;
}

export type CommandStatus = 'QUEUED' | 'PARSING' | 'EXECUTING' | 'RUNNING' | 'TERMINATED' | 'SUCCESS' | 'ERROR';

export interface SourceSummary {
  readonly type: 'STREAM' | 'TABLE';
  readonly name: string;
  readonly topic: string;
  readonly keyFormat: string;
  readonly valueFormat: string;
  readonly isWindowed: boolean;
}

export type QueryStatus = 'RUNNING' | 'ERROR' | 'UNRESPONSIVE' | 'PAUSED';

export interface QuerySummary {
  readonly id: string;
  readonly queryString: string;
  readonly sinks: readonly string[];
  readonly sinkKafkaTopics: readonly string[];
  readonly statusCount: Readonly<Partial<Record<QueryStatus, number>>>;
  readonly queryType: 'PERSISTENT' | 'PUSH' | 'PULL';
  readonly state: string;
  /** Records of its inputs, including its own repartition topics, that this server has not read yet. */
  readonly lag?: number | undefined;
}

export interface SourceDescription {
  readonly name: string;
  readonly type: 'STREAM' | 'TABLE';
  readonly windowType: string | null;
  readonly readQueries: readonly QuerySummary[];
  readonly writeQueries: readonly QuerySummary[];
  readonly columns: readonly Column[];
  readonly timestamp: string;
  readonly statistics: string;
  readonly errorStats: string;
  readonly extended: boolean;
  readonly keyFormat: string;
  readonly valueFormat: string;
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
  readonly statement: string;
  readonly offsetSummaries: readonly OffsetSummary[];
  /** The current offsets of the topic, by partition; only with EXTENDED. */
  readonly topicOffsets: readonly TopicOffsets[];
  readonly sourceConstraints: readonly string[];
}

export interface TopicOffsets {
  readonly partition: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
}

export interface OffsetSummary {
  readonly groupId: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly offsets: readonly {
      readonly partition: number;
      readonly logStartOffset: number;
      readonly logEndOffset: number;
      readonly consumerOffset: number;
    }[];
  }[];
}

export interface QueryDescription {
  readonly id: string;
  readonly statementText: string;
  readonly windowType: string | null;
  readonly columns: readonly Column[];
  readonly sources: readonly string[];
  readonly sinks: readonly string[];
  readonly topology: string;
  readonly executionPlan: string;
  readonly overriddenProperties: Readonly<Record<string, string>>;
  readonly hostStatus: Readonly<Record<string, string>>;
  readonly queryType: 'PERSISTENT' | 'PUSH' | 'PULL';
  readonly errors: readonly {
    readonly timestamp: number;
    readonly errorMessage: string;
    readonly type: 'USER' | 'SYSTEM' | 'UNKNOWN';
  }[];
  /**
   * The number of records that could not be handled, and the reason for the last; undefined when the query does not run
   * here.
   */
  readonly errorStats?: string | undefined;
  readonly tasks: readonly {
    readonly taskId: string;
    readonly topicOffsets: readonly {
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
      readonly endOffset: number;
    }[];
  }[];
  readonly consumerGroupId: string;
  readonly state: string | null;
  /** Progress of the current restore of its state on this server, over all threads and tasks, in changelog offsets. */
  readonly restore?: { readonly restored: number; readonly total: number } | undefined;
}

export interface PropertyValue {
  readonly name: string;
  readonly scope: 'KSQL' | 'EMBEDDED CONNECT WORKER';
  readonly value: string | null;
  readonly editable: boolean;
  readonly level: 'SERVER' | 'QUERY';
}

export interface TopicSummary {
  readonly name: string;
  /** Replicas of each partition. */
  readonly replicaInfo: readonly number[];
  readonly consumerCount: number;
  readonly consumerGroupCount: number;
}

export interface FunctionDescription {
  readonly name: string;
  readonly description: string;
  readonly author: string;
  readonly version: string;
  readonly path: string;
  readonly type: 'SCALAR' | 'AGGREGATE' | 'TABLE';
  readonly signatures: readonly {
    readonly arguments: readonly {
      readonly name: string;
      readonly type: string;
      readonly description: string;
      readonly isVariadic: boolean;
    }[];
    readonly returnType: string;
    readonly description: string;
  }[];
}

export interface ConnectorInfo {
  readonly name: string;
  /** Secrets are masked. */
  readonly config: Readonly<Record<string, string>>;
  readonly tasks: readonly { readonly connector: string; readonly task: number }[];
  readonly type: 'source' | 'sink' | 'unknown';
}

/** A source that was declared for a connector's topic: the statement, or the reason why there is none. */
export interface DeclaredSource {
  readonly topic: string;
  readonly name: string;
  readonly statement: string | null;
  readonly note: string | null;
}

export interface ConnectorSummary {
  readonly name: string;
  readonly type: 'source' | 'sink' | 'unknown';
  readonly className: string | null;
  readonly topicPrefix: string | null;
  /** As ksqlDB's text: `RUNNING (1/1 tasks RUNNING)`. */
  readonly state: string | null;
  /** What is wrong, in one line. */
  readonly cause: string | null;
  /** What to try. */
  readonly advice: string | null;
}

/** A record that a connector put aside. Null: its headers do not contain the value. */
export interface DeadLetter {
  /** The partition in the topic of dead letters. */
  readonly partition: number;
  readonly offset: number;
  /** The record's own time, in ms since the epoch. */
  readonly timestamp: number;
  readonly originalTopic: string | null;
  readonly originalPartition: number | null;
  readonly originalOffset: number | null;
  /** What failed: TRANSFORMATION, VALUE_CONVERTER, TASK_PUT ... (KIP-298). */
  readonly stage: string | null;
  readonly errorClass: string | null;
  readonly error: string | null;
  /** As PRINT shows them. */
  readonly key: string | null;
  readonly value: string | null;
  /** Whether RETRY DEAD LETTERS has sent it again. */
  readonly retried: boolean;
}

export interface ConnectorDescription {
  readonly name: string;
  readonly className: string;
  readonly type: 'source' | 'sink' | 'unknown';
  readonly topicPrefix: string | null;
  readonly config: Readonly<Record<string, string>>;
  /** Connect's state. */
  readonly state: string;
  /** As SHOW CONNECTORS has it. */
  readonly health: ConnectorHealth;
  readonly workerId: string;
  readonly trace: string | null;
  readonly tasks: readonly {
    readonly id: number;
    readonly state: string;
    readonly workerId: string;
    readonly trace: string | null;
  }[];
  /** One for each source that is declared over a topic; a topic without one has a single entry. */
  readonly topics: readonly { readonly topic: string; readonly source: SourceDescription | null }[];
  /** First readings of a source's tables. */
  readonly progress: ConnectorProgress['readings'];
  /** The progress of the source when nothing is wrong: one sentence each. */
  readonly news: readonly string[];
  /** Requested with EXTENDED: then whole traces are shown. */
  readonly extended: boolean;
}

/** What `connector='name', key=value` accepts in place of the plugin's own settings. */
export interface PluginShortForm {
  readonly name: string;
  readonly type: 'source' | 'sink';
  readonly keys: readonly {
    readonly name: string;
    readonly doc: string;
    readonly required: boolean;
    /** The settings that it stands for. */
    readonly sets: readonly string[];
  }[];
}

export interface PluginKey {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly defaultValue: string | null;
  readonly importance: string;
  readonly documentation: string;
  readonly group: string | null;
}

/** What CREATE CONNECTOR would do. */
export interface ConnectorValidation {
  readonly connectorName: string;
  readonly isValid: boolean;
  readonly problems: readonly string[];
  readonly hint: string | null;
  /** Masked; empty when there are problems. */
  readonly config: Readonly<Record<string, string>>;
  readonly topics: readonly PlannedTopic[];
  /** Connect's information on each setting besides its value; empty for an unknown class. */
  readonly settings: readonly SettingState[];
}

/** A setting, in the context of the others. */
export interface SettingState {
  readonly name: string;
  /** Whether it is meaningful with the current values of the others. */
  readonly visible: boolean;
  /** Suggested values: existing objects such as tables. */
  readonly recommended: readonly string[];
}

/** A topic that a source would write. */
export interface PlannedTopic {
  readonly topic: string;
  readonly partitions: number;
  /** The source that would be declared over it; null: none. */
  readonly name: string | null;
  readonly kind: 'STREAM' | 'TABLE';
  /** The statement for it; null when the name is taken. */
  readonly statement: string | null;
  readonly note: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly isKey: boolean;
    /** The type's name in the source; null when it has none. */
    readonly sourceType: string | null;
    /** Which part of the values is lost, as a clause. */
    readonly loss: string | null;
  }[];
  /** The first rows as JSON texts. */
  readonly rows: readonly { readonly key: string | null; readonly value: string | null }[];
}

/** Something that happened to a connector; `at` in ms since the epoch. */
export interface ConnectorLogLine {
  readonly at: number;
  readonly event: string;
  readonly task: number | null;
  readonly state: string | null;
  readonly previousState: string | null;
  readonly topic: string | null;
  readonly detail: string | null;
}
