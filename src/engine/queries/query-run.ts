import type { InputPosition, QueryMetrics } from '../../dataflow/runner/query-metrics.ts';
import type { QueryError } from '../../dataflow/runner/query-errors.ts';
import type { QueryState } from '../../dataflow/runner/runner-options.ts';

/** How a query stands in one thread. Plain data: it goes from thread to thread. */
export interface RunState {
  readonly state: QueryState;
  readonly errors: readonly QueryError[];
  readonly metrics: QueryMetrics;
  readonly positions: readonly InputPosition[];
  /** The tasks that run there. */
  readonly units: readonly { readonly subTopology: number; readonly partition: number }[];
  /** Tasks that the query has in all; 0 before that is known. */
  readonly allTasks: number;
}

/** A query's part in one thread: in this one, or in a worker. */
export interface QueryRun {
  /** Number of its worker thread, from 1; undefined: this thread. */
  readonly thread?: number;
  /** State of the run. Of a run in a worker it is some tenths of a second old; undefined while there is none. */
  readonly current: RunState | undefined;
  /** The thread has died, and another one is not there yet. This thread does not. */
  readonly isDown?: boolean;
  /** Why the threads that it ran in have died, newest last. */
  readonly deaths?: readonly QueryError[];
  /** As of now. */
  fresh(): Promise<RunState | undefined>;
  pause(): void;
  resume(): void;
  /** Ends after the commit of what has been handled; `forget`: the query is gone for good, and so is its state. */
  close(forget?: boolean): Promise<void>;
  /** The state at present, when all that its tasks can read has been handled and committed; else undefined. */
  caughtUp(): Promise<RunState | undefined>;
}
