import type { QueryEnd, ResultRow } from '../query-handle.ts';

/** Rows that are handed out at once. */
const ROWS_MAX = 1000;

/**
 * A bounded queue between a query (which offers rows synchronously) and the reader of its result. When it is full the
 * query's loop waits in `drained()` before it takes more input, so a slow client slows its own query and nothing else.
 */
export class RowQueue {
  readonly #turn: () => Promise<void>;
  readonly #capacity: number;
  #batches: (readonly ResultRow[])[] = [];
  /** The last of them, while single rows may be added to it. */
  #open: ResultRow[] | undefined;
  #count = 0;
  #end: QueryEnd | undefined;
  #error: unknown;
  #failed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void)[] = [];

  /** `turn`: see Timers.turn. */
  constructor(turn: () => Promise<void>, capacity = 4096) {
    this.#turn = turn;
    this.#capacity = capacity;
  }

  /** Adds a row; may exceed the capacity by the rest of a batch. Ignored after the end. */
  offer(row: ResultRow): void {
    if (this.#end !== undefined || this.#failed) return;
    if (this.#open === undefined) this.#batches.push((this.#open = []));
    this.#open.push(row);
    this.#count++;
    this.#wakeReader?.();
  }

  /** Adds a batch that the reader is to be given as it is, and that others may be given as well. */
  offerAll(batch: readonly ResultRow[]): void {
    if (this.#end !== undefined || this.#failed) return;
    this.#open = undefined;
    this.#batches.push(batch);
    this.#count += batch.length;
    this.#wakeReader?.();
  }

  end(how: QueryEnd): void {
    this.#end ??= how;
    this.#wake();
  }

  fail(error: unknown): void {
    if (this.#end !== undefined || this.#failed) return;
    this.#failed = true;
    this.#error = error;
    this.#wake();
  }

  get ended(): boolean {
    return this.#end !== undefined || this.#failed;
  }

  get full(): boolean {
    return this.#count >= this.#capacity;
  }

  /** Resolves when there is room again, or the result has ended. */
  async drained(): Promise<void> {
    while (this.full && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter.push(resolve);
      });
    }
  }

  async *read(): AsyncGenerator<readonly ResultRow[], QueryEnd> {
    for (;;) {
      if (this.#count > 0) {
        // Who reads makes text of them in one piece: what the query has done until now is not to be part of it.
        await this.#turn();
        const batch = this.#next();
        this.#count -= batch.length;
        if (!this.full) for (const wake of this.#wakeWriter.splice(0)) wake();
        yield batch;
        continue;
      }
      if (this.#failed) throw this.#error;
      if (this.#end !== undefined) return this.#end;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
      this.#wakeReader = undefined;
    }
  }

  #next(): readonly ResultRow[] {
    const first = this.#batches[0]!;
    const isOpen = first === this.#open;
    if (first.length <= ROWS_MAX) {
      this.#batches.shift();
      if (isOpen) this.#open = undefined;
      return first;
    }
    const rest = first.slice(ROWS_MAX);
    this.#batches[0] = rest;
    if (isOpen) this.#open = rest;
    return first.slice(0, ROWS_MAX);
  }

  #wake(): void {
    this.#wakeReader?.();
    for (const wake of this.#wakeWriter.splice(0)) wake();
  }
}
