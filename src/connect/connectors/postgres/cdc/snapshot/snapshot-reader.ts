import { must } from '../../../../../base/assert.ts';
import { PostgresConnection, quoteIdentifier, type Client } from '../../connection.ts';
import { Portal } from '../../portal.ts';
import { WireRows } from '../../rows.ts';
import { Chunk } from './chunk.ts';
import { CHUNK_BYTES, ChunkReading, cutAtAbort, positionsOf } from './chunk-reading.ts';
import type { ReadChunk, SnapshotSurroundings, SnapshotTable } from './snapshot-table.ts';
import { Snapshot } from './visibility.ts';

/** The most rows in a chunk. */
const CHUNK_ROWS = 32_768;
/** The most rows per fetch; fewer if they are wide. */
const FETCH_ROWS = 4096;
const FETCH_BYTES = 1024 * 1024;
/** The most chunks that wait to be written. */
const AHEAD = 2;
/** How long the stream may be held for the first rows of a table without a key: they may wait for a lock. */
const FROZEN_MAX_MS = 30_000;

/** Reads tables one after the other, chunk by chunk, on a separate connection; the chunks wait for the stream. */
export class SnapshotReader {
  #tables: SnapshotTable[];
  /** The number of tables that have been read. */
  #done = 0;
  #isRunning = false;
  #isReading = false;
  readonly #around: SnapshotSurroundings;
  readonly #chunks: ChunkReading;
  readonly ready: ReadChunk[] = [];
  failure: unknown;
  #hasRows = false;
  /** Whether no table after the one that is being read has rows. */
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
        // Tables may have been added while the connection was being closed.
        const isOver = this.failure !== undefined || this.#around.signal.aborted;
        if (!isOver && this.#done < this.#tables.length) this.start();
      });
  }

  /** Adds tables after those that are still to be read. */
  add(tables: readonly SnapshotTable[]): void {
    if (this.#isReading || this.#done < this.#tables.length) {
      this.#tables.push(...tables);
      return;
    }
    this.#tables = [...tables];
    this.#done = 0;
    this.#hasRows = false;
    // Otherwise the connection is being closed, and they are started after that.
    if (!this.#isRunning) this.start();
  }

  /** Takes the first chunk that is ready. */
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
        // Read-only, because a condition or a statement that replaces the table is given by a user.
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
    if (asked === 'incremental' && this.#around.reportsKeys)
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
        // There were more changes than can be remembered: a smaller chunk takes less time.
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
   * Reads a table without a key in one transaction, because there is no way to resume in a second one. What its
   * snapshot sees is excluded from the stream, where it would be a duplicate.
   *
   * The stream is held from before the snapshot until the first rows are returned. Otherwise a change after the
   * snapshot that arrives before the snapshot is known here would be lost, and a change that arrives before the
   * progress is committed with rows would be read again by a restart after a crash.
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

  /** Reads all rows of the current snapshot. */
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
      // The stream is held until the first rows are returned: its changes follow them.
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

  /** Whether none of the tables after this one has rows. */
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

/** The texts of the greatest key; undefined: there are no rows. */
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

/** The planner's estimate of the number of rows, which exists even if the table was never analyzed. */
async function estimateOf(client: Client, from: string): Promise<number> {
  // A prepared statement can contain only one statement, whatever a condition contains.
  const { rows } = await new PostgresConnection(client).query(`EXPLAIN (FORMAT JSON) SELECT 1 FROM ${from}`, []);
  const plan = JSON.parse(must(must(rows[0], 'row')['QUERY PLAN'], 'QUERY PLAN')) as [
    { Plan: { 'Plan Rows': number } },
  ];
  return plan[0].Plan['Plan Rows'];
}

/** The approximate size of a row as text, in bytes. */
async function widthOf(client: Client, from: string): Promise<number> {
  const { rows } = await new PostgresConnection(client).query(
    `SELECT coalesce(avg(octet_length(t::text)), 100)::int::text AS width FROM (SELECT * FROM ${from} LIMIT 64) t`,
    [],
  );
  return Math.max(1, Number(must(rows[0], 'row').width));
}
