import type { Outlet } from '../../dataflow/runner/runner-options.ts';
import type { QueryEnd, ResultRow, RowBatch } from '../query-handle.ts';
import { type MemoryBudget, processMemory } from '../../base/budget/memory.ts';
import { bytesOfRow } from '../row-size.ts';

/**
 * The most rows that are handed out at once, and the bytes from which on fewer are, because all of them are converted
 * to text in one go. A query with a queue of its own continues when its reader asks for more: short-lived objects cost
 * the garbage collector almost nothing, while a hundred queries with a thousand waiting rows each would take most of
 * its time.
 */
const BATCH_ROWS = 1000;
const BATCH_BYTES = 1 << 19;
const ROWS_MAX = 4096;

interface Batch {
  readonly rows: RowBatch;
  bytes: number;
}

/**
 * A queue between a query, which offers rows synchronously, and the reader of its result, bounded in rows and bytes. A
 * query with a queue of its own waits in `drained()` when it has filled its share, so that a slow client slows only its
 * own query. A query that offers rows to many readers waits for none of them, and disconnects those whose queue is
 * full.
 */
export class RowQueue implements Outlet {
  readonly #turn: () => Promise<void>;
  readonly #maxBytes: number;
  readonly #memory: MemoryBudget;
  /** Waiting rows are no longer counted: nobody will read them, or no more will come. */
  #isForgotten = false;
  #batches: Batch[] = [];
  /** The rows of the last batch, as long as single rows may be added to it. */
  #open: ResultRow[] | undefined;
  #count = 0;
  #bytes = 0;
  #end: QueryEnd | undefined;
  #error: unknown;
  #failed = false;
  /** The reader has processed everything it was given, and waits for more. */
  #isAsked = true;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void)[] = [];

  /**
   * `turn`: see Timers.turn. `maxBytes`: the approximate memory of waiting rows; `memory`: the budget of all queues and
   * other holders.
   */
  constructor(turn: () => Promise<void>, maxBytes: number, memory: MemoryBudget = processMemory) {
    this.#memory = memory;
    this.#turn = turn;
    this.#maxBytes = maxBytes;
  }

  /** Adds a row; the rest of a record may exceed the limit. Ignored after the end. */
  offer(row: ResultRow): void {
    if (this.ended) return;
    const bytes = bytesOfRow(row.values);
    let last = this.#batches.at(-1);
    if (this.#open === undefined || this.#open.length >= BATCH_ROWS || last!.bytes >= BATCH_BYTES)
      this.#batches.push((last = { rows: (this.#open = []), bytes: 0 }));
    this.#open.push(row);
    last!.bytes += bytes;
    this.#count++;
    this.#add(bytes);
    this.#wakeReader?.();
  }

  /**
   * Adds a batch that the reader receives unchanged, and that others may receive too. `bytes`: the size of its rows.
   */
  offerAll(rows: RowBatch, bytes: number): void {
    if (this.ended) return;
    this.#open = undefined;
    // One record may have produced very many rows.
    for (let from = 0; from < rows.length; from += BATCH_ROWS) {
      const part = rows.length <= BATCH_ROWS ? rows : rows.slice(from, from + BATCH_ROWS);
      this.#batches.push({ rows: part, bytes: (bytes * part.length) / rows.length });
    }
    this.#count += rows.length;
    this.#add(bytes);
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
    return this.#count >= ROWS_MAX || this.#bytes >= this.#maxBytes || this.#isStopped;
  }

  get isFilled(): boolean {
    const isMuch = this.#count >= BATCH_ROWS || this.#bytes >= Math.min(BATCH_BYTES, this.#maxBytes);
    return (isMuch || this.#isStopped || (this.#count > 0 && !this.#isAsked)) && !this.ended;
  }

  /** Other holders have taken the memory: the next row comes when these have been read. */
  get #isStopped(): boolean {
    return this.#count > 0 && this.#memory.isFull;
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    if (!this.#isForgotten) this.#memory.hold(bytes);
  }

  /** Called when the query is closed: waiting rows may still be read, but no longer count. */
  forget(): void {
    if (!this.#isForgotten) this.#memory.release(this.#bytes);
    this.#isForgotten = true;
  }

  async drained(): Promise<void> {
    while (this.isFilled || (!this.#isAsked && !this.ended)) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter.push(resolve);
      });
    }
  }

  async *read(): AsyncGenerator<RowBatch, QueryEnd> {
    for (;;) {
      this.#isAsked = true;
      if (!this.isFilled) for (const wake of this.#wakeWriter.splice(0)) wake();
      if (this.#count > 0) {
        // The reader converts rows to text in one piece, which should not be part of the query's stretch, unless the
        // query waits for it.
        const isAwaited = this.#open !== undefined && this.isFilled;
        if (!isAwaited) await this.#turn();
        const { rows, bytes } = this.#batches.shift()!;
        if (this.#open === rows) this.#open = undefined;
        this.#count -= rows.length;
        this.#add(-bytes);
        this.#isAsked = false;
        yield rows;
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

  #wake(): void {
    this.#wakeReader?.();
    for (const wake of this.#wakeWriter.splice(0)) wake();
  }
}
