import type { MessageText } from '../../base/quoting.ts';
import { SluiceError } from '../../base/errors.ts';
import type { RecordColumns } from '../../log/record-batch/columns.ts';

/** Receives the records of one input topic. */
export interface RecordInput {
  /**
   * Handles record `i` of the columns completely. The task's context has been set to it.
   * @throws NeedsSchema (before any effect), SluiceError QUERY_FAILED
   */
  process(columns: RecordColumns, i: number): void;
}

/** Reports records that cannot be read, computed or written. `what` names the component: `deserializer`. */
export interface RecordProblems {
  /** @throws FatalRecord when such a record must fail the query */
  undecodable(error: unknown, columns: RecordColumns, i: number, side: 'key' | 'value'): void;
  /** Reports a dropped record: late, without a valid time, or excluded from a group. */
  skipped(text: MessageText, row: readonly unknown[] | null): void;
}

/** The query fails because of this record. The message is complete, so the task adds nothing to it. */
export class FatalRecord extends SluiceError {
  constructor(message: MessageText, cause: unknown) {
    super('QUERY_FAILED', message, { cause });
  }
}
