import type { Env } from '../../../../../base/env.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import type { SourceContext } from '../../../database/source-settings.ts';
import { fullName, quotedName } from '../../../database/table-names.ts';
import { quoteIdentifier, type Client } from '../../connection.ts';
import { fieldOf, type PostgresField } from '../../fields.ts';
import { Portal } from '../../portal.ts';
import { WireRows } from '../../rows.ts';
import { Chunk } from './chunk.ts';
import { formatLsn, parseLsn } from '../stream/lsn.ts';
import type { RecordForm, TableForm } from '../form/record-form.ts';
import { infoOf, type StreamTable } from '../stream-table.ts';
import { textsAt } from '../stream/tuple-key.ts';
import { Snapshot } from './visibility.ts';

/** Rows of a chunk, and bytes at which it ends before them. */
const CHUNK_ROWS = 32_768;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Rows that come at a time, at most; fewer where they are wide. */
const FETCH_ROWS = 4096;
const FETCH_BYTES = 1024 * 1024;
/** Chunks that wait to be written. */
const AHEAD = 2;
const PAUSE_MS = 50;
const SLOW_PAUSE_MS = 250;

/** How far the first reading of a table is. Kept as its offset. */
export interface TableProgress {
  readonly state: 'waiting' | 'reading' | 'sweeping' | 'done';
  /** Rows written. */
  readonly rows: number;
  /** As the server's planner has it. */
  readonly estimate: number;
  /** Texts of the key behind which it goes on. */
  readonly after: readonly string[] | undefined;
  /** A table without a key: what its snapshot saw, and where the stream had to be for that to be behind it. */
  readonly seen?: string | undefined;
  /** A condition in the database's words: of the rows to read. Absent: all. */
  readonly where?: string | undefined;
  /** A user has asked to hold it. */
  readonly isPaused?: boolean | undefined;
  /**
   * The topic had records: its ends, by partition. A key whose last record is before them in the end is not in the
   * table any more.
   */
  readonly before?: readonly number[] | undefined;
  readonly until?: string | undefined;
}

/** A chunk that is read, with what its table's progress is when it is written. */
export interface ReadChunk {
  readonly table: SnapshotTable;
  readonly chunk: Chunk;
  readonly form: TableForm;
  /** When its snapshot was taken, ms since the epoch. */
  readonly timeMs: number;
  /** Its first row is the first of all tables, its last row the last of all: where the form marks them. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly progress: TableProgress;
}

/** A table whose rows are still to be read. */
export interface SnapshotTable {
  readonly table: StreamTable;
  readonly topic: string;
  readonly partition: OffsetMap;
  progress: TableProgress;
  /** Rows that were written before this run, and when it began to read; ms of the monotonic clock. */
  readonly startRows: number;
  startedAtMs: number | undefined;
  /** The snapshot has to see every transaction before this one: the stream may not have all of their changes. */
  readonly since: bigint;
  /** Told of changes while chunks of it are open. */
  readonly open: Set<Chunk>;
  /** A table without a key: whether a change of a transaction is to be written. */
  admits: ((xid: number) => boolean) | undefined;
}

export interface SnapshotSurroundings {
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly source: SourceContext;
  readonly form: RecordForm;
  /** By table, the SELECT whose rows are read in place of all. */
  readonly selects: ReadonlyMap<string, string>;
  remark(text: string): void;
  connect(): Promise<Client>;
  /** Transactions whose changes have come. */
  recent(): Iterable<number>;
  /** A chunk is there: the stream will be asked how far it is. */
  offered(): void;
  wake(): void;
  /** What it waits for. */
  waiting(text: string | undefined): void;
}

/** Reads tables one after the other, chunk by chunk, on a connection of its own; what is read waits for the stream. */
export class SnapshotReader {
  readonly #tables: readonly SnapshotTable[];
  readonly #around: SnapshotSurroundings;
  readonly ready: ReadChunk[] = [];
  failure: unknown;
  #hasRows = false;
  /** No table behind the one that is being read has rows. */
  #isLastTable = false;
  #room: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(tables: readonly SnapshotTable[], around: SnapshotSurroundings) {
    this.#tables = tables;
    this.#around = around;
  }

  start(): void {
    this.#done = this.#run().catch((error: unknown) => {
      if (this.#around.signal.aborted) return;
      this.failure = error;
      this.#around.wake();
    });
  }

  /** The first of what is ready, taken. */
  take(): ReadChunk {
    const first = this.ready.shift()!;
    this.#room?.();
    return first;
  }

  async stop(): Promise<void> {
    this.#room?.();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#around;
    if (this.#tables.length === 0) return;
    const client = await this.#around.connect();
    const cut = (): void => {
      (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
    };
    signal.addEventListener('abort', cut, { once: true });
    try {
      for (const table of this.#tables) {
        if (signal.aborted) return;
        if (table.progress.isPaused === true) continue;
        const from = this.#fromOf(table);
        const estimate = await estimateOf(client, from);
        this.#isLastTable = this.#around.form.marksReadings === true && (await this.#isLastFilled(client, table));
        table.startedAtMs = this.#around.env.clock.monotonicMs();
        table.progress = { ...table.progress, estimate };
        const fetch = Math.max(8, Math.min(FETCH_ROWS, Math.floor(FETCH_BYTES / (await widthOf(client, from)))));
        if (table.table.key.length > 0) await this.#readByKey(client, table, estimate, fetch);
        else await this.#readWhole(client, table, estimate, fetch);
      }
    } finally {
      signal.removeEventListener('abort', cut);
      await client.end().catch(() => {});
    }
  }

  async #readByKey(client: Client, table: SnapshotTable, estimate: number, fetch: number): Promise<void> {
    const { key } = table.table;
    const { before, where: condition } = table.progress;
    let { after, rows: written } = table.progress;
    const columns = key.map(quoteIdentifier).join(', ');
    let rows = Math.min(CHUNK_ROWS, this.#around.source.settings.batchRows);
    for (;;) {
      await this.#roomFor();
      if (this.#around.signal.aborted) return;
      const chunk = new Chunk();
      table.open.add(chunk);
      const snapshot = await this.#begin(client, table, chunk);
      if (snapshot === undefined) {
        table.open.delete(chunk);
        continue;
      }
      const where = after === undefined ? '' : ` WHERE (${columns}) > (${after.map((_, i) => `$${i + 1}`).join(', ')})`;
      const timeMs = this.#around.env.clock.nowMs();
      const { form, found, isLast, next } = await this.#read(
        client,
        table,
        `SELECT ${this.#columnsOf(table)} FROM ${this.#fromOf(table)}${where} ORDER BY ${columns} LIMIT ${rows}`,
        after ?? [],
        { rows, fetch },
      );
      await this.#commit(client, chunk.high);
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
        },
      });
      if (isLast) return;
    }
  }

  /**
   * A table without a key is read in one transaction: nothing tells where a second one would have to go on. What its
   * snapshot sees is not written from the stream, where it would come twice.
   */
  async #readWhole(client: Client, table: SnapshotTable, estimate: number, fetch: number): Promise<void> {
    table.admits = () => false;
    let chunk = new Chunk();
    let snapshot: string | undefined;
    while ((snapshot = await this.#begin(client, table, chunk)) === undefined) {
      if (this.#around.signal.aborted) return;
      chunk = new Chunk();
    }
    const seen = Snapshot.parse(snapshot);
    table.admits = (xid) => !seen.sees(xid);
    await this.#around.form.learn?.(client, table.table, table.table.info.fields);
    const { high } = chunk;
    const timeMs = this.#around.env.clock.nowMs();
    const portal = new Portal(`SELECT ${this.#columnsOf(table)} FROM ${this.#fromOf(table)}`, [], fetch);
    const form = this.#formOf(table, await portal.open(client));
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
        },
      });
    }
    await client.query('COMMIT');
  }

  /** Opens the chunk's snapshot; undefined where it does not do yet. Its text. */
  async #begin(client: Client, table: SnapshotTable, chunk: Chunk): Promise<string | undefined> {
    const { env, signal, waiting } = this.#around;
    // Several statements in one message: each would be a way to the server and back.
    const [, found] = (await client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
       SELECT pg_current_snapshot()::text AS snapshot,
              (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text AS high`,
    )) as unknown as readonly { readonly rows: readonly { readonly snapshot: string; readonly high: string }[] }[];
    const { snapshot: text, high } = found!.rows[0]!;
    const snapshot = Snapshot.parse(text);
    const isEarly = snapshot.xmin < table.since;
    // One that the log has for ended and the snapshot for running is on its way from the one to the other.
    if (!isEarly && !snapshot.wasRunning(this.#around.recent())) {
      waiting(undefined);
      chunk.taken(snapshot, parseLsn(high)!);
      return text;
    }
    await client.query('ROLLBACK');
    if (isEarly)
      waiting(
        `The rows of table ${fullName(table.table)} are read when the transactions have ended that were open when it was published (since transaction ${snapshot.xmin})`,
      );
    await env.timers.sleep(isEarly ? SLOW_PAUSE_MS : PAUSE_MS, signal).catch(() => {});
    return undefined;
  }

  async #read(
    client: Client,
    table: SnapshotTable,
    sql: string,
    values: readonly string[],
    limits: { readonly rows: number; readonly fetch: number },
  ): Promise<{ form: TableForm; found: WireRows; isLast: boolean; next: readonly string[] | undefined }> {
    await this.#around.form.learn?.(client, table.table, table.table.info.fields);
    const portal = new Portal(sql, values, limits.fetch);
    const form = this.#formOf(table, await portal.open(client));
    const found = new WireRows();
    let ended = false;
    while (!ended && found.bytes < CHUNK_BYTES) {
      const some = await portal.next();
      ended = some.length < limits.fetch;
      found.append(some);
    }
    if (!ended) await portal.close();
    return {
      form,
      found,
      isLast: ended && found.length < limits.rows,
      next:
        found.length === 0 ? undefined : textsAt(found, found.length - 1, positionsOf(table.table.key, form.fields)),
    };
  }

  #formOf({ table, partition }: SnapshotTable, fields: readonly PostgresField[]): TableForm {
    const { source, form } = this.#around;
    // Of a result's columns it is not known whether they are arrays.
    const known = new Map(table.info.fields.map((f) => [`${f.name} ${f.type}`, f]));
    const typed: readonly PostgresField[] = fields.map(
      (f) => known.get(`${f.name} ${f.type}`) ?? fieldOf(f.name, f.oid, f.modifier),
    );
    const info = infoOf(table, typed, table.key, table.info);
    return form.table({ source, info, fields: typed, partition, remark: (text) => this.#around.remark(text) });
  }

  /**
   * Ends the chunk's transaction. What its snapshot sees must get to the stream: what is committed without waiting for
   * the disk is not there yet, and a transaction that waits takes it along.
   */
  async #commit(client: Client, high: bigint): Promise<void> {
    const [, found] = (await client.query(
      `COMMIT;
       SELECT (CASE WHEN pg_is_in_recovery() THEN false ELSE pg_current_wal_flush_lsn() < '${formatLsn(high)}'::pg_lsn END)::text AS behind`,
    )) as unknown as readonly { readonly rows: readonly { readonly behind: string }[] }[];
    if (found!.rows[0]!.behind !== 'true') return;
    await client.query(
      "BEGIN; SET LOCAL synchronous_commit = local; SELECT pg_logical_emit_message(true, 'sluice', ''); COMMIT",
    );
  }

  #columnsOf({ table: { info } }: SnapshotTable): string {
    const fields = this.#around.form.selected?.(info, info.fields) ?? info.fields;
    return fields.map((f) => quoteIdentifier(f.name)).join(', ');
  }

  /** What a table is read from. */
  #fromOf({ table, progress: { where } }: SnapshotTable): string {
    const select = this.#around.selects.get(fullName(table));
    const rows = select === undefined ? nameOf(table) : `(${select}) r`;
    // A comment at the end of the condition ends with the line.
    return where === undefined ? rows : `(SELECT * FROM ${rows} WHERE ${where}\n) w`;
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
      const { rows } = await client.query(`SELECT FROM ${this.#fromOf(later)} LIMIT 1`);
      if (rows.length > 0) return false;
    }
    return true;
  }

  #offer(read: ReadChunk): void {
    this.ready.push(read);
    this.#around.offered();
    this.#around.wake();
  }

  async #roomFor(): Promise<void> {
    while (this.ready.length >= AHEAD && !this.#around.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
      this.#room = undefined;
    }
  }
}

const positionsOf = (columns: readonly string[], fields: readonly PostgresField[]): readonly number[] =>
  columns.map((name) => fields.findIndex((f) => f.name === name));

/** A table that inherits from others is one of its own, as in its publication; partitions are parts of theirs. */
function nameOf({ info }: StreamTable): string {
  const name = quotedName({ quote: quoteIdentifier }, info);
  return info.spread && info.inherited ? `ONLY ${name}` : name;
}

/** Rows as the planner has them: also where the table was never analyzed. */
async function estimateOf(client: Client, from: string): Promise<number> {
  const { rows } = await client.query<Record<string, string>>(`EXPLAIN (FORMAT JSON) SELECT 1 FROM ${from}`);
  const plan = JSON.parse(rows[0]!['QUERY PLAN']!) as [{ Plan: { 'Plan Rows': number } }];
  return plan[0].Plan['Plan Rows'];
}

/** Bytes of a row in text, about. */
async function widthOf(client: Client, from: string): Promise<number> {
  const { rows } = await client.query<{ width: string }>(
    `SELECT coalesce(avg(octet_length(t::text)), 100)::int::text AS width FROM (SELECT * FROM ${from} LIMIT 64) t`,
  );
  return Math.max(1, Number(rows[0]!.width));
}
