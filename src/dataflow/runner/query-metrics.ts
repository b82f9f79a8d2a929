import type { HistogramCounts } from '../../base/histogram.ts';
import type { RestoreProgress } from '../../state/restore.ts';
import type { TaskCounters } from '../task/task.ts';

/** What a query has done in this thread since it began there. */
export interface QueryMetrics extends Readonly<TaskCounters> {
  readonly commits: number;
  /** How long commits took. */
  readonly commitMs: HistogramCounts;
  /**
   * How old the newest record of a task was once it was committed, outputs and all: wall clock less the record's
   * timestamp.
   */
  readonly latencyMs: HistogramCounts;
  /** Wall clock of the last record handled. */
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
  /** See `Task.passedRows`. */
  readonly passedRows: Readonly<Record<string, number>>;
}

/** Where a query stands in a partition that it reads. */
export interface InputPosition {
  readonly topic: string;
  readonly partition: number;
  /** Next to be handled. */
  readonly offset: number;
  /** As of the last fetch. */
  readonly endOffset: number;
}

/** Records of these partitions that are still to be handled. */
export function lagOf(positions: readonly Pick<InputPosition, 'offset' | 'endOffset'>[]): number {
  return positions.reduce((sum, { offset, endOffset }) => sum + Math.max(0, endOffset - offset), 0);
}
