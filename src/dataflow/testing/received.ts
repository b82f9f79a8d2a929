import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableReceiver } from '../receivers.ts';

/** Keeps the records that it receives, as [key, row, timestamp]. */
export class ReceivedRecords implements StreamReceiver {
  readonly retainsRow: boolean;
  readonly records: (readonly [key: Key | null, row: Row | null, timestamp: number])[] = [];

  constructor(retainsRow = true) {
    this.retainsRow = retainsRow;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    this.records.push([key, row, timestamp]);
  }
}

/** Keeps the changes that it receives, as [key, new row, old row, timestamp]. */
export class ReceivedChanges implements TableReceiver {
  readonly changes: (readonly [key: Key, next: Row | null, prev: Row | null, timestamp: number])[] = [];

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    this.changes.push([key, next, prev, timestamp]);
  }
}
