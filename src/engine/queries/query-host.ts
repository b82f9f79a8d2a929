import type { HistogramCounts } from '../../base/histogram.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { TaskMetrics } from '../../dataflow/runner/query-metrics.ts';
import type { QueryStatus } from '../source-results.ts';

/** Runs persistent queries. In production: QueryManager. Test runners drive the same plans record by record. */
export interface QueryHost {
  /**
   * Adjusts what runs to the catalog: starts new queries, replaces changed ones (keeping their state), stops removed
   * ones.
   */
  reconcile(before: Catalog, after: Catalog): Promise<void>;
  /** Undefined when the query does not run here. */
  status(id: string): QueryRuntime | undefined;
  /** What the query waits for before it handles its first record; a sentence without its subject. */
  waitsFor?(id: string): string | undefined;
  /** The tasks of a sub-topology whose state is in this process; absent: all of them, in this thread's store. */
  owned?(id: string, subTopology: number): Promise<readonly OwnedPartition[]>;
  close(): Promise<void>;
}

export interface OwnedPartition {
  readonly partition: number;
  /** The worker thread that has its state; undefined: this thread. */
  readonly thread: number | undefined;
}

export interface QueryRuntime {
  readonly status: QueryStatus;
  readonly errors: readonly {
    readonly timestamp: number;
    readonly errorMessage: string;
    readonly type: 'USER' | 'SYSTEM' | 'UNKNOWN';
  }[];
  readonly consumerGroup: string;
  readonly recordsIn: number;
  readonly recordsOut: number;
  readonly bytesIn: number;
  readonly lateDrops: number;
  readonly errorCount: number;
  readonly lastRecordMs: number | undefined;
  /** The next offsets to read, by `topic-partition`. */
  readonly positions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly endOffset: number;
  }[];
  /** The restore in progress, in changelog offsets. */
  readonly restore?: { readonly restored: number; readonly total: number } | undefined;
  readonly bytesOut?: number;
  readonly commits?: number;
  readonly commitMs?: HistogramCounts;
  readonly latencyMs?: HistogramCounts;
  /** Tasks in this process whose state is complete. */
  readonly tasks?: number;
  /** What each task in this process has done. */
  readonly perTask?: readonly (TaskMetrics & { readonly thread: number | undefined })[];
}
