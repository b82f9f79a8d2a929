import { must } from '../../../../../base/assert.ts';
import { PostgresConnection, quoteIdentifier, type Client } from '../../connection.ts';
import { Portal } from '../../portal.ts';
import { WireRows } from '../../rows.ts';
import { Chunk } from './chunk.ts';
import { CHUNK_BYTES, ChunkReading, cutAtAbort, positionsOf } from './chunk-reading.ts';
import type { ReadChunk, SnapshotSurroundings, SnapshotTable } from './snapshot-table.ts';
import { Snapshot } from './visibility.ts';

/** Rows of a chunk. */
const CHUNK_ROWS = 32_768;
/** Rows that come at a time, at most; fewer where they are wide. */
const FETCH_ROWS = 4096;
const FETCH_BYTES = 1024 * 1024;
/** Chunks that wait to be written. */
const AHEAD = 2;
/** How long the stream may stand still for the first rows of a table without a key: they may wait for a lock. */
const FROZEN_MAX_MS = 30_000;

/** Reads tables one after the other, chunk by chunk, on a connection of its own; what is read waits for the stream. */
export class SnapshotReader {
  #tables: SnapshotTable[];
  /** How many of them have been read. */
  #done = 0;
  #isRunning = false;
  #isReading = false;
  readonly #around: SnapshotSurroundings;
  readonly #chunks: ChunkReading;
  readonly ready: ReadChunk[] = [];
  failure: unknown;
  #hasRows = false;
  /** No table behind the one that is being read has rows. */
  #isLastTable = false;
  #room: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(tables: readonly SnapshotTable[], around: SnapshotSurroundings) {
    this.#tables = [...tables];
    this.#around = around;
    this.#chunks = new ChunkReading(around);
  }

  start(): void {
    this.#isRunning = true;
    this.#running = this.#run()
      .catch((error: unknown) => {
        if (this.#around.signal.aborted) return;
        this.failure = error;
        this.#around.wake();
      })
      .finally(() => {
        this.#isRunning = false;
        // Some may have come while the connection was being closed.
        const isOver = this.failure !== undefined || this.#around.signal.aborted;
        if (!isOver && this.#done < this.#tables.length) this.start();
      });
  }

  /** More tables, behind those that are still to be read. */
  add(tables: readonly SnapshotTable[]): void {
    if (this.#isReading || this.#done < this.#tables.length) {
      this.#tables.push(...tables);
      return;
    }
    this.#tables = [...tables];
    this.#done = 0;
    this.#hasRows = false;
    // Else the connection is being closed, and they are begun with behind that.
    if (!this.#isRunning) this.start();
  }

  /** The first of what is ready, taken. */
  take(): ReadChunk {
    const first = this.ready.shift()!;
    this.#room?.();
    return first;
  }

  async stop(): Promise<void> {
    this.#room?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#around;
    if (this.#done === this.#tables.length) return;
    const client = await this.#around.connect();
    const release = cutAtAbort(client, signal);
    try {
      while (this.#done < this.#tables.length) {
        const table = must(this.#tables[this.#done], 'table');
        this.#done++;
        if (signal.aborted) return;
        if (table.progress.isPaused === true) continue;
        this.#isReading = true;
        const from = this.#chunks.fromOf(table);
        // A condition, or a statement in place of the table, is somebody's: it changes nothing.
        await client.query('BEGIN READ ONLY');
        const estimate = await estimateOf(client, from);
        const width = await widthOf(client, from);
        await client.query('COMMIT');
        this.#isLastTable = this.#around.form.marksReadings === true && (await this.#isLastFilled(client, table));
        table.startedAtMs = this.#around.env.clock.monotonicMs();
        table.progress = { ...table.progress, estimate };
        const fetch = Math.max(8, Math.min(FETCH_ROWS, Math.floor(FETCH_BYTES / width)));
        if (table.table.key.length > 0) await this.#readByKey(client, table, estimate, fetch);
        else await this.#readWhole(client, table, estimate, fetch);
        this.#isReading = false;
      }
    } finally {
      this.#isReading = false;
      release();
      await client.end().catch(() => {});
    }
  }

  async #readByKey(client: Client, table: SnapshotTable, estimate: number, fetch: number): Promise<void> {
    const { key } = table.table;
    const { before, where: condition, asked, signal } = table.progress;
    let { after, rows: written } = table.progress;
    const columns = key.map(quoteIdentifier).join(', ');
    if (asked === 'incremental' && this.#around.tellsKeys)
      table.maximumKey = await greatestKey(client, this.#chunks.fromOf(table), key);
    let rows = Math.min(CHUNK_ROWS, this.#around.source.settings.batchRows);
    if (asked === 'incremental') rows = Math.min(rows, this.#around.chunkRows ?? rows);
    for (;;) {
      await this.#roomFor();
      if (this.#around.signal.aborted) return;
      const chunk = new Chunk();
      table.open.add(chunk);
      const snapshot = await this.#chunks.begin(client, table, chunk);
      if (snapshot === undefined) {
        table.open.delete(chunk);
        await this.#chunks.pause();
        continue;
      }
      const where = after === undefined ? '' : ` WHERE (${columns}) > (${after.map((_, i) => `$${i + 1}`).join(', ')})`;
      const timeMs = this.#around.env.clock.nowMs();
      const { form, found, isLast, next } = await this.#chunks.read(
        client,
        table,
        `SELECT ${this.#chunks.columnsOf(table)} FROM ${this.#chunks.fromOf(table)}${where} ORDER BY ${columns} LIMIT ${rows}`,
        after ?? [],
        { rows, fetch },
      );
      await this.#chunks.commit(client, chunk.high);
      if (chunk.overrun) {
        // More was changed meanwhile than can be remembered: a smaller one is read sooner.
        table.open.delete(chunk);
        rows = Math.max(256, rows >> 1);
        continue;
      }
      chunk.read(found, positionsOf(key, form.fields));
      written += found.length;
      after = next ?? after;
      this.#offer({
        table,
        chunk,
        form,
        timeMs,
        isFirst: this.#begins(table, found),
        isLast: isLast && this.#isLastTable,
        progress: {
          state: isLast ? (before === undefined ? 'done' : 'sweeping') : 'reading',
          rows: written,
          estimate,
          after: isLast ? undefined : after,
          before,
          where: condition,
          published: table.progress.published,
          asked,
          signal,
        },
        lastKey: next,
      });
      if (isLast) return;
    }
  }

  /**
   * A table without a key is read in one transaction: nothing tells where a second one would have to go on. What its
   * snapshot sees is not written from the stream, where it would come twice.
   *
   * The stream stands still from before the snapshot until the first rows are handed out. What comes after the snapshot
   * is taken, and before that is known here, would be left out; and what comes before the progress is kept with rows
   * would be read again by whoever begins again after a crash.
   */
  async #readWhole(client: Client, table: SnapshotTable, estimate: number, fetch: number): Promise<void> {
    table.admits = () => false;
    // Chunks of other tables wait for the stream.
    await this.#roomFor(1);
    const { env, signal } = this.#around;
    let snapshot: string | undefined;
    let high = 0n;
    while (snapshot === undefined) {
      if (signal.aborted) return;
      const chunk = new Chunk();
      this.#around.freeze();
      snapshot = await this.#chunks.begin(client, table, chunk);
      ({ high } = chunk);
      if (snapshot !== undefined) break;
      this.#around.thaw();
      await this.#chunks.pause();
    }
    const seen = Snapshot.parse(snapshot);
    table.admits = (by) => !seen.sees(by);
    const stopTimer = env.timers.after(FROZEN_MAX_MS, () => this.#around.thaw());
    try {
      await this.#readRows(client, table, { snapshot, high, estimate, fetch });
    } finally {
      stopTimer();
      this.#around.thaw();
    }
    await client.query('COMMIT');
  }

  /** All rows of the snapshot in progress. */
  async #readRows(
    client: Client,
    table: SnapshotTable,
    {
      snapshot,
      high,
      estimate,
      fetch,
    }: { readonly snapshot: string; readonly high: bigint; readonly estimate: number; readonly fetch: number },
  ): Promise<void> {
    await this.#around.form.learn?.(client, table.table, table.table.info.fields);
    const timeMs = this.#around.env.clock.nowMs();
    await this.#chunks.onDisk(client, high);
    const portal = new Portal(`SELECT ${this.#chunks.columnsOf(table)} FROM ${this.#chunks.fromOf(table)}`, [], fetch);
    const form = this.#chunks.formOf(table, await portal.open(client));
    const seen = Snapshot.parse(snapshot);
    let written = 0;
    for (let isLast = false; !isLast;) {
      await this.#roomFor();
      if (this.#around.signal.aborted) return;
      const found = new WireRows();
      while (
        found.length < Math.min(CHUNK_ROWS, this.#around.source.settings.batchRows) &&
        found.bytes < CHUNK_BYTES &&
        !isLast
      ) {
        const some = await portal.next();
        isLast = some.length < fetch;
        found.append(some);
      }
      written += found.length;
      const part = new Chunk();
      part.taken(seen, 0n);
      part.read(found, []);
      this.#offer({
        table,
        chunk: part,
        form,
        timeMs,
        isFirst: this.#begins(table, found),
        isLast: isLast && this.#isLastTable,
        progress: {
          state: isLast ? 'done' : 'reading',
          rows: written,
          estimate,
          after: undefined,
          seen: snapshot,
          until: String(high),
          published: table.progress.published,
        },
      });
      // Until the first ones are handed out: the stream's changes go behind them.
      await this.#roomFor(written === found.length ? 1 : AHEAD);
      this.#around.thaw();
    }
  }

  /** Whether these are the first rows of the first table. */
  #begins(table: SnapshotTable, rows: WireRows): boolean {
    const isFirst = table === this.#tables[0] && !this.#hasRows && rows.length > 0;
    this.#hasRows ||= isFirst;
    return isFirst;
  }

  /** Whether none of the tables behind it has rows. */
  async #isLastFilled(client: Client, table: SnapshotTable): Promise<boolean> {
    for (const later of this.#tables.slice(this.#tables.indexOf(table) + 1)) {
      const { rows } = await client.query(`SELECT FROM ${this.#chunks.fromOf(later)} LIMIT 1`);
      if (rows.length > 0) return false;
    }
    return true;
  }

  #offer(read: ReadChunk): void {
    this.ready.push(read);
    this.#around.offered();
    this.#around.wake();
  }

  async #roomFor(ahead = AHEAD): Promise<void> {
    while (this.ready.length >= ahead && !this.#around.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
      this.#room = undefined;
    }
  }
}

/** Texts of the greatest key; undefined: there is no row. */
async function greatestKey(
  client: Client,
  from: string,
  key: readonly string[],
): Promise<readonly string[] | undefined> {
  const names = key.map((name) => `${quoteIdentifier(name)}::text`).join(', ');
  const order = key.map((name) => `${quoteIdentifier(name)} DESC`).join(', ');
  const { rows } = await client.query<string[]>({
    text: `SELECT ${names} FROM ${from} ORDER BY ${order} LIMIT 1`,
    rowMode: 'array',
  });
  return rows[0];
}

/** Rows as the planner has them: also where the table was never analyzed. */
async function estimateOf(client: Client, from: string): Promise<number> {
  // As a prepared one, a text is one statement whatever stands in a condition.
  const { rows } = await new PostgresConnection(client).query(`EXPLAIN (FORMAT JSON) SELECT 1 FROM ${from}`, []);
  const plan = JSON.parse(must(must(rows[0], 'row')['QUERY PLAN'], 'QUERY PLAN')) as [
    { Plan: { 'Plan Rows': number } },
  ];
  return plan[0].Plan['Plan Rows'];
}

/** Bytes of a row in text, about. */
async function widthOf(client: Client, from: string): Promise<number> {
  const { rows } = await new PostgresConnection(client).query(
    `SELECT coalesce(avg(octet_length(t::text)), 100)::int::text AS width FROM (SELECT * FROM ${from} LIMIT 64) t`,
    [],
  );
  return Math.max(1, Number(must(rows[0], 'row').width));
}
