import type { InputPosition, QueryMetrics } from '../../dataflow/runner/query-metrics.ts';
import type { QueryError } from '../../dataflow/runner/query-errors.ts';
import type { QueryState } from '../../dataflow/runner/runner-options.ts';

/** The state of a query in one thread. Plain data, which is sent between threads. */
export interface RunState {
  readonly state: QueryState;
  readonly errors: readonly QueryError[];
  readonly metrics: QueryMetrics;
  readonly positions: readonly InputPosition[];
  /** The tasks that run there. */
  readonly units: readonly { readonly subTopology: number; readonly partition: number }[];
  /** Total number of tasks of the query; 0 until it is known. */
  readonly allTasks: number;
}

/** A query's part in one thread: this one, or a worker. */
export interface QueryRun {
  /** Number of its worker thread, from 1; undefined: this thread. */
  readonly thread?: number;
  /** State of the run. That of a run in a worker is some tenths of a second old; undefined while there is none. */
  readonly current: RunState | undefined;
  /** Whether the thread has died and its replacement has not started yet. Never set for this thread. */
  readonly isDown?: boolean;
  /** Why the threads in which it ran have died, newest last. */
  readonly deaths?: readonly QueryError[];
  /** The current state. */
  fresh(): Promise<RunState | undefined>;
  pause(): void;
  resume(): void;
  /** Ends after committing what has been handled; `forget`: the query is removed for good, with its state. */
  close(forget?: boolean): Promise<void>;
  /** The current state, when all input of its tasks has been handled and committed; otherwise undefined. */
  caughtUp(): Promise<RunState | undefined>;
}
