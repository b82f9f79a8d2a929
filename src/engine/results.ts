import type { Condition } from '../base/condition.ts';
import type { Lineage } from '../wire/lineage.ts';
import type { SqlType } from '../types/sql-type.ts';
import type {
  ConnectorInfo,
  DeclaredSource,
  ConnectorSummary,
  DeadLetter,
  ConnectorDescription,
  PluginShortForm,
  PluginKey,
  ConnectorValidation,
  PlannedTopic,
  ConnectorLogLine,
} from './connector-results.ts';
import type { SourceSummary, QuerySummary, SourceDescription, QueryDescription } from './source-results.ts';

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
