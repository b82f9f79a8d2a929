import type { Work } from '../../base/budget/work.ts';
import type { ProcessingLog, ProcessingLogEntry } from '../../base/env.ts';

/**
 * Counts the records that a query could not read, beside the processing log: its client is told, who would see too few
 * rows.
 */
export class UnreadableRecords implements ProcessingLog {
  readonly #log: ProcessingLog;
  readonly #work: Work | undefined;
  #count = 0;
  #last: ProcessingLogEntry | undefined;

  /** `work`: that of the query's rows, whose end is the query's. */
  constructor(log: ProcessingLog, work?: Work) {
    this.#log = log;
    this.#work = work;
  }

  /** @throws SluiceError EVALUATION when a row took too many steps */
  write(entry: ProcessingLogEntry): void {
    if (entry.type === 'RECORD_PROCESSING_ERROR') this.#work?.check();
    if (entry.type === 'DESERIALIZATION_ERROR') {
      this.#count++;
      this.#last = entry;
    }
    this.#log.write(entry);
  }

  get count(): number {
    return this.#count;
  }

  get last(): ProcessingLogEntry | undefined {
    return this.#last;
  }
}

/** A reader of records, and how many of those that it could not read do not concern this query. */
export interface Reading {
  readonly records: UnreadableRecords;
  readonly before: number;
}

/** `3 records of topic orders could not be read: ...`; undefined where all could. */
export function unreadableText(readings: readonly Reading[]): string | undefined {
  const count = readings.reduce((sum, r) => sum + r.records.count - r.before, 0);
  const last = readings.map((r) => r.records.last).findLast((entry) => entry !== undefined);
  if (count === 0 || last === undefined) return undefined;
  const reason =
    last.cause === undefined || last.message.includes(last.cause) ? last.message : `${last.message}: ${last.cause}`;
  const what = count === 1 ? '1 record' : `${count} records`;
  return (
    `${what} of topic ${last.topic ?? ''} could not be read: ${reason.split('\n')[0]!.replace(/\.?$/, '.')} ` +
    `Does the format fit? PRINT '${last.topic ?? ''}' FROM BEGINNING LIMIT 3; shows what is there.`
  );
}
