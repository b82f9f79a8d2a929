/** What a task has done since it was created. */
export interface TaskCounters {
  recordsIn: number;
  bytesIn: number;
  recordsOut: number;
  bytesOut: number;
  lateDrops: number;
  problems: number;
}

export function newCounters(): TaskCounters {
  return { recordsIn: 0, bytesIn: 0, recordsOut: 0, bytesOut: 0, lateDrops: 0, problems: 0 };
}

/** Adds the second to the first. */
export function addCounters(sum: TaskCounters, more: Readonly<TaskCounters>): void {
  for (const name of Object.keys(sum) as (keyof TaskCounters)[]) sum[name] += more[name];
}
