import { SluiceError } from '../../base/errors.ts';
import type { RecordColumns } from '../../log/record-batch/columns.ts';

/** Takes the records of one input topic. */
export interface RecordInput {
  /**
   * Handles record `i` of the columns completely. The task's context is set to it.
   * @throws NeedsSchema (nothing has happened yet), SluiceError QUERY_FAILED
   */
  process(columns: RecordColumns, i: number): void;
}

/** Where records that cannot be read, computed or written are told of. `what` names the part: `deserializer`. */
export interface RecordProblems {
  /** @throws FatalRecord where the query is to fail for such a record */
  undecodable(error: unknown, columns: RecordColumns, i: number, side: 'key' | 'value'): void;
  /** A record was left out: late, without a valid time, excluded from a group. */
  skipped(message: string, row: readonly unknown[] | null): void;
}

/** The query fails for this record, and the message says all there is to say: the task adds nothing to it. */
export class FatalRecord extends SluiceError {
  constructor(message: string, cause: unknown) {
    super('QUERY_FAILED', message, { cause });
  }
}
