import type { Env, ProcessingLog } from '../../base/env.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import type { CodecRegistry, LoadSchemas } from '../../formats/api.ts';
import type { Log } from '../../log/api.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { OrderedReader } from '../../state/ordered.ts';
import type { Collector } from '../graph/graph.ts';
import type { TaskSettings } from '../settings.ts';

export interface Outlet {
  /** Whether the query must handle nothing more until its rows have been taken. */
  readonly isFilled: boolean;
  /** Resolves when it is no longer filled, or nobody reads any more. */
  drained(): Promise<void>;
}

export interface QueryRunnerOptions {
  readonly plan: QueryPlan;
  readonly log: Log;
  readonly env: Env;
  /** `ksql.service.id`, e.g. `default_`. */
  readonly serviceId: string;
  /** `auto.offset.reset`: where partitions of streams start without a committed offset. */
  readonly offsetReset: OffsetReset;
  /** Where tables start without committed offsets; `earliest` by default. */
  readonly tableOffsetReset?: OffsetReset | undefined;
  readonly settings: TaskSettings;
  readonly compile: CompileEnv;
  readonly registry: CodecRegistry | undefined;
  /** Fetches schemas that a codec did not find in `registry`. Absent when all are available. */
  readonly loadSchemas?: LoadSchemas | undefined;
  /**
   * `ksql.query.missing.schema.wait.ms`: how long a record waits for a schema that the registry does not have, before
   * it becomes an error; undefined or negative: forever.
   */
  readonly schemaPatienceMs?: number | undefined;
  readonly processingLog: ProcessingLog;
  /** State as of the last commit (readerOf(log.store) on the embedded log). Not needed by transient queries. */
  readonly state?: OrderedReader | undefined;
  /**
   * Present when tasks are shared with other processes, as on Kafka. A persistent query is then a member of its
   * consumer group.
   */
  readonly shared?: SharedTasks | undefined;
  /** The most unmodified entries that each store keeps in memory. */
  readonly maxCleanEntries?: number | undefined;
  /**
   * Present for a transient query: takes its rows synchronously. Nothing of such a query outlives it: it has no offsets
   * and no state, and its internal topics are deleted with it.
   */
  readonly collector?: Collector | undefined;
  /** The destination of the collector's rows, whose reader may be slower than the query. */
  readonly outlet?: Outlet | undefined;
  /** Where a transient query starts, by source partition; otherwise beginnings.ts decides. */
  readonly startOffsets?: ((topic: string, partition: number) => number | undefined) | undefined;
  /**
   * `commit.interval.ms`: the interval at which outputs become visible while input keeps coming. When it pauses, they
   * do at once.
   */
  readonly commitIntervalMs?: number | undefined;
  /** `max.task.idle.ms`, see Idle; 0 by default. */
  readonly maxTaskIdleMs?: number | undefined;
  /** A commit is due when this many bytes of output and state changes have been gathered. */
  readonly commitBytes?: number | undefined;
  readonly commitEntries?: number | undefined;
  readonly retryInitialMs?: number | undefined;
  readonly retryMaxMs?: number | undefined;
  /** The most errors of the query that are kept; 10 by default. */
  readonly errorsKept?: number | undefined;
  /** Called at every change of state. */
  readonly onStateChange?: ((state: QueryState) => void) | undefined;
}

/** How a query's tasks are assigned, and where the state of this server's tasks is stored. */
export interface SharedTasks {
  /** Local state as of the last commit, restored from changelogs. `QueryRunnerOptions.state` reads it. */
  readonly store: OrderedStore;
  /** Id of this process (and thread). It survives a restart, so that an open transaction is fenced at once. */
  readonly instanceId: string;
  /** What members of the query's group are told of this one: engine/queries/query-tasks.ts reads it. */
  readonly member: string;
  /** `processing.guarantee` */
  readonly guarantee: 'exactly_once_v2' | 'at_least_once';
  /** Replicas of internal topics. */
  readonly replicas: number;
  readonly sessionTimeoutMs?: number | undefined;
  readonly heartbeatIntervalMs?: number | undefined;
}

export type OffsetReset = 'earliest' | 'latest';

export type QueryState = 'CREATED' | 'RUNNING' | 'PAUSED' | 'ERROR' | 'CLOSED';
