import type { Column } from '../types/schema.ts';

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
