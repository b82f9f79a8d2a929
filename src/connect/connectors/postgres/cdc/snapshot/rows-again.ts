import type { OffsetMap } from '../../../../api/record.ts';
import type { TableName } from '../../../database/dialect.ts';
import { fullName } from '../../../database/table-names.ts';
import { quoteIdentifier, type Client } from '../../connection.ts';
import { rowKeysOf, rowsPartition } from '../offsets.ts';
import type { TableForm } from '../form/record-form.ts';
import { keyOfTexts, textsAt } from '../stream/tuple-key.ts';
import { Chunk } from './chunk.ts';
import { ChunkReading, cutAtAbort, nameOf, positionsOf } from './chunk-reading.ts';
import type { SnapshotSurroundings, SnapshotTable } from './snapshot-table.ts';

/** The most rows of a table that may be pending; their keys are committed with the stream's position. */
const ROWS_MAX = 1000;
/** Rows per fetch: each has a value that is stored out of line (TOAST). */
const FETCH_ROWS = 16;

/** Rows that were read by their keys. */
export interface RowsRead {
  readonly table: SnapshotTable;
  readonly chunk: Chunk;
  readonly form: TableForm;
  /** When their snapshot was taken, ms since the epoch. */
  readonly timeMs: number;
}

interface Waiting {
  readonly table: SnapshotTable;
  /** By the text of the key; `isUnderWay`: whether the current chunk reads it. */
  readonly keys: Map<string, { readonly texts: readonly string[]; isUnderWay: boolean }>;
}

/**
 * Reads single rows again beside the stream, in one chunk (`Chunk`) per table: rows of which a change had to be
 * omitted. Pending rows are committed, so that they are read even after a crash.
 */
export class RowsAgain {
  readonly #around: SnapshotSurroundings;
  readonly #chunks: ChunkReading;
  readonly #waiting = new Map<string, Waiting>();
  #isRunning = false;
  #done: Promise<void> = Promise.resolve();
  /** The rows that have been read and wait for the stream. */
  ready: RowsRead | undefined;
  failure: unknown;

  constructor(around: SnapshotSurroundings) {
    this.#around = around;
    this.#chunks = new ChunkReading(around);
  }

  /** Restores the committed pending rows of a table. */
  resume(table: SnapshotTable, offset: OffsetMap | undefined): void {
    for (const key of rowKeysOf(offset)) this.add(table, key);
  }

  /** False: the table has more pending rows than can be kept. */
  add(table: SnapshotTable, key: readonly string[]): boolean {
    const name = fullName(table.table);
    let waiting = this.#waiting.get(name);
    if (waiting === undefined) {
      waiting = { table, keys: new Map() };
      this.#waiting.set(name, waiting);
    }
    waiting.keys.set(keyOfTexts(key), { texts: key, isUnderWay: false });
    return waiting.keys.size <= ROWS_MAX;
  }

  /** Discards the pending rows of a table. */
  drop(table: TableName): void {
    this.#waiting.get(fullName(table))?.keys.clear();
  }

  /** The source partition and offset to be committed for a table. */
  offset(table: TableName): readonly [partition: OffsetMap, offset: OffsetMap | null] {
    const keys = this.#waiting.get(fullName(table))?.keys;
    return [
      rowsPartition(table),
      keys === undefined || keys.size === 0 ? null : { keys: [...keys.values()].map((k) => k.texts) },
    ];
  }

  /** Takes the rows that are ready; they are no longer pending. */
  take(): RowsRead {
    const read = this.ready!;
    this.ready = undefined;
    const { keys } = this.#waiting.get(fullName(read.table.table))!;
    for (const [name, key] of keys) if (key.isUnderWay) keys.delete(name);
    return read;
  }

  /** Starts reading pending rows, unless reading is in progress. */
  start(): void {
    if (this.#isRunning || this.ready !== undefined || this.failure !== undefined || this.#around.signal.aborted)
      return;
    const next = [...this.#waiting.values()].find(({ keys }) => keys.size > 0);
    if (next === undefined) return;
    this.#isRunning = true;
    this.#done = this.#read(next)
      .catch((error: unknown) => {
        if (!this.#around.signal.aborted) this.failure = error;
      })
      .finally(() => {
        this.#isRunning = false;
        this.#around.offered();
        this.#around.wake();
        // The rows that were ready may have been taken while the connection was being closed.
        this.start();
      });
  }

  async stop(): Promise<void> {
    await this.#done;
  }

  async #read({ table, keys }: Waiting): Promise<void> {
    const { signal } = this.#around;
    const client = await this.#around.connect();
    const release = cutAtAbort(client, signal);
    try {
      for (;;) {
        if (signal.aborted) return;
        const chunk = new Chunk();
        table.open.add(chunk);
        if ((await this.#chunks.begin(client, table, chunk)) === undefined) {
          table.open.delete(chunk);
          await this.#chunks.pause();
          continue;
        }
        this.ready = await this.#rows(client, table, chunk, keys);
        return;
      }
    } finally {
      release();
      await client.end().catch(() => {});
    }
  }

  async #rows(client: Client, table: SnapshotTable, chunk: Chunk, keys: Waiting['keys']): Promise<RowsRead> {
    const { key } = table.table;
    const values: string[] = [];
    const tuples = [...keys.values()].map((k) => {
      k.isUnderWay = true;
      return `(${k.texts.map((text) => `$${values.push(text)}`).join(', ')})`;
    });
    const timeMs = this.#around.env.clock.nowMs();
    const sql = `SELECT ${this.#chunks.columnsOf(table)} FROM ${nameOf(table.table)} WHERE (${key.map(quoteIdentifier).join(', ')}) IN (${tuples.join(', ')})`;
    const { form, found, isLast } = await this.#chunks.read(client, table, sql, values, {
      rows: Infinity,
      fetch: FETCH_ROWS,
    });
    await this.#chunks.commit(client, chunk.high);
    const keyAt = positionsOf(key, form.fields);
    chunk.read(found, keyAt);
    if (!isLast) {
      // Because the rows are wide, the chunk does not contain all of them: the others are read next.
      const read = new Set(Array.from({ length: found.length }, (_, i) => keyOfTexts(textsAt(found, i, keyAt))));
      for (const [name, waiting] of keys) if (!read.has(name)) waiting.isUnderWay = false;
    }
    return { table, chunk, form, timeMs };
  }
}
