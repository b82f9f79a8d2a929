import type { RestoreProgress } from '../state/restore.ts';
import type { TaskCounters } from './task.ts';

/** What a query has done in this thread since it began there. */
export interface QueryMetrics extends Readonly<TaskCounters> {
  readonly commits: number;
  readonly lastCommitMs: number;
  /** Wall clock of the last record handled. */
  readonly lastRecordMs: number | undefined;
  readonly cachedEntries: number;
  /** Of the restore under way, in changelog offsets; undefined when there is none. */
  readonly restore: RestoreProgress | undefined;
  /** Tasks that run here. */
  readonly tasks: number;
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
