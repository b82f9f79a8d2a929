import type { HistogramCounts } from '../../base/histogram.ts';
import type { RestoreProgress } from '../../state/restore.ts';
import type { TaskCounters } from '../task/task-counters.ts';

/** What a query has done in this thread since it started there. */
export interface QueryMetrics extends Readonly<TaskCounters> {
  readonly commits: number;
  /** Durations of commits. */
  readonly commitMs: HistogramCounts;
  /**
   * Age of the newest record of a task when it was committed with its outputs: wall clock minus the record's timestamp.
   */
  readonly latencyMs: HistogramCounts;
  /** Wall-clock time of the last handled record. */
  readonly lastRecordMs: number | undefined;
  readonly cachedEntries: number;
  /** Progress of a running restore in changelog offsets; undefined when nothing is being restored. */
  readonly restore: RestoreProgress | undefined;
  /** The tasks that run here. */
  readonly tasks: readonly TaskMetrics[];
}

export interface TaskMetrics extends Readonly<TaskCounters> {
  /** Sub-topology and partition: `0_3`. */
  readonly id: string;
  /** Rows that its stores hold in memory. */
  readonly cachedEntries: number;
  /** @see Task.passedRows */
  readonly passedRows: Readonly<Record<string, number>>;
}

/** A query's position in a partition that it reads. */
export interface InputPosition {
  readonly topic: string;
  readonly partition: number;
  /** The offset to be handled next. */
  readonly offset: number;
  /** The end offset as of the last fetch. */
  readonly endOffset: number;
}

/** The number of records that are still to be handled in these partitions. */
export function lagOf(positions: readonly Pick<InputPosition, 'offset' | 'endOffset'>[]): number {
  return positions.reduce((sum, { offset, endOffset }) => sum + Math.max(0, endOffset - offset), 0);
}
