import type { TransactionOrder } from '../form/record-form.ts';

/** Counts the records of the current transaction, in total and by table. */
export class TransactionCounts {
  #total = 0;
  readonly #byTable = new Map<string, number>();

  begin(): void {
    this.#total = 0;
    this.#byTable.clear();
  }

  /** Counts `records` of a table, and returns the position of the first. */
  add(table: string, records: number): TransactionOrder {
    const ofTable = this.#byTable.get(table) ?? 0;
    const order = { total: this.#total + 1, ofTable: ofTable + 1 };
    this.#total += records;
    this.#byTable.set(table, ofTable + records);
    return order;
  }

  /** By table, in the order of their first records. */
  get byTable(): ReadonlyMap<string, number> {
    return this.#byTable;
  }
}
