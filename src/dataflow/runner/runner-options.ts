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
  /** The query is to handle nothing more before what it has handed over is taken. */
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
  /** `auto.offset.reset`: where partitions of its streams begin that have no committed offset. */
  readonly offsetReset: OffsetReset;
  /** Where tables begin without committed offsets; default `earliest`. */
  readonly tableOffsetReset?: OffsetReset | undefined;
  readonly settings: TaskSettings;
  readonly compile: CompileEnv;
  readonly registry: CodecRegistry | undefined;
  /** Fetches what a codec found missing in `registry`. Absent where all are available. */
  readonly loadSchemas?: LoadSchemas | undefined;
  /**
   * `ksql.query.missing.schema.wait.ms`: how long a record waits whose schema the registry says it does not have,
   * before it is its own error; undefined or below 0: forever.
   */
  readonly schemaPatienceMs?: number | undefined;
  readonly processingLog: ProcessingLog;
  /** State as of the last commit (readerOf(log.store) on the embedded log). Transient queries need none. */
  readonly state?: OrderedReader | undefined;
  /**
   * Present where the tasks are shared with other processes: on Kafka. A persistent query is then a member of its
   * consumer group.
   */
  readonly shared?: SharedTasks | undefined;
  /** Clean entries each store keeps in memory. */
  readonly maxCleanEntries?: number | undefined;
  /**
   * Present for a transient query: takes its rows, synchronously. Nothing of such a query outlives it: no offsets, no
   * state; its internal topics are deleted with it.
   */
  readonly collector?: Collector | undefined;
  /** Where the collector's rows go: who reads them may be slower than the query. */
  readonly outlet?: Outlet | undefined;
  /** Where a transient query begins, by source partition; elsewhere beginnings.ts decides. */
  readonly startOffsets?: ((topic: string, partition: number) => number | undefined) | undefined;
  /** `commit.interval.ms`: while input keeps coming, outputs become visible this often. When it pauses, at once. */
  readonly commitIntervalMs?: number | undefined;
  /** `max.task.idle.ms`, see Idle; default 0. */
  readonly maxTaskIdleMs?: number | undefined;
  /** A commit is due when this much has been gathered: bytes of output, changes of state. */
  readonly commitBytes?: number | undefined;
  readonly commitEntries?: number | undefined;
  readonly retryInitialMs?: number | undefined;
  readonly retryMaxMs?: number | undefined;
  /** Most errors of the query that are kept; default 10. */
  readonly errorsKept?: number | undefined;
  /** Called at every change of state. */
  readonly onStateChange?: ((state: QueryState) => void) | undefined;
}

/** How a query's tasks are assigned, and where the state of this server's tasks is stored. */
export interface SharedTasks {
  /** Local state, as of the last commit; restored from changelogs. `QueryRunnerOptions.state` reads it. */
  readonly store: OrderedStore;
  /** Id of this process (and thread). It survives a restart, so that a transaction left open is fenced at once. */
  readonly instanceId: string;
  /** `processing.guarantee` */
  readonly guarantee: 'exactly_once_v2' | 'at_least_once';
  /** Replicas of internal topics. */
  readonly replicas: number;
  readonly sessionTimeoutMs?: number | undefined;
  readonly heartbeatIntervalMs?: number | undefined;
}

export type OffsetReset = 'earliest' | 'latest';

export type QueryState = 'CREATED' | 'RUNNING' | 'PAUSED' | 'ERROR' | 'CLOSED';
