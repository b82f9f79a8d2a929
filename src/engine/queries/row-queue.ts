import type { Outlet } from '../../dataflow/runner/runner-options.ts';
import type { QueryEnd, ResultRow, RowBatch } from '../query-handle.ts';
import { type MemoryBudget, processMemory } from '../../base/budget/memory.ts';
import { bytesOfRow } from '../row-size.ts';

/**
 * Rows that are handed out at once, and the bytes from which on fewer are: all of them are made text of in one go. A
 * query that has its queue to itself goes on when its reader asks for more: what dies young costs the garbage
 * collector next to nothing, and a hundred queries that have a thousand rows each waiting cost it most of its time.
 */
const BATCH_ROWS = 1000;
const BATCH_BYTES = 1 << 19;
const ROWS_MAX = 4096;

interface Batch {
  readonly rows: RowBatch;
  bytes: number;
}

/**
 * A queue between a query (which offers rows synchronously) and the reader of its result, bounded in rows and bytes. A
 * query that has it to itself waits in `drained()` when it has filled its part, so a slow client slows its own query
 * and nothing else; what is offered to many by one query waits for none of them, and leaves those whose queue is full.
 */
export class RowQueue implements Outlet {
  readonly #turn: () => Promise<void>;
  readonly #maxBytes: number;
  readonly #memory: MemoryBudget;
  /** What waits is no longer counted: nobody will read it, or no more will come. */
  #isForgotten = false;
  #batches: Batch[] = [];
  /** The rows of the last of them, while single ones may be added to it. */
  #open: ResultRow[] | undefined;
  #count = 0;
  #bytes = 0;
  #end: QueryEnd | undefined;
  #error: unknown;
  #failed = false;
  /** The reader has done its part with what it was given, and waits for more. */
  #isAsked = true;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void)[] = [];

  /**
   * `turn`: see Timers.turn. `maxBytes`: about what the waiting rows may take in the heap; `memory`: and those of all
   * queues, with what else is held.
   */
  constructor(turn: () => Promise<void>, maxBytes: number, memory: MemoryBudget = processMemory) {
    this.#memory = memory;
    this.#turn = turn;
    this.#maxBytes = maxBytes;
  }

  /** Adds a row; may exceed what is bounded by the rest of a record. Ignored after the end. */
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
   * Adds a batch that the reader is to be given as it is, and that others may be given as well. `bytes`: what its rows
   * take.
   */
  offerAll(rows: RowBatch, bytes: number): void {
    if (this.ended) return;
    this.#open = undefined;
    // One record may have made very many.
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

  /** Others hold what there is: the next row comes when these are read. */
  get #isStopped(): boolean {
    return this.#count > 0 && this.#memory.isFull;
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    if (!this.#isForgotten) this.#memory.hold(bytes);
  }

  /** To be called when the query is closed: what waits still may be read, and counts no more. */
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
        // Who reads makes text of them in one piece: what the query has done until now is not to be part of it, but
        // where the query waits for that.
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
