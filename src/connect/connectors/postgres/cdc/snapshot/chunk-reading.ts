import { must } from '../../../../../base/assert.ts';
import { fullName, quotedName } from '../../../database/table-names.ts';
import { PostgresConnection, quoteIdentifier, type Client } from '../../connection.ts';
import { fieldOf, type PostgresField } from '../../fields.ts';
import { Portal } from '../../portal.ts';
import { WireRows } from '../../rows.ts';
import type { TableForm } from '../form/record-form.ts';
import { infoOf, type StreamTable } from '../stream-table.ts';
import { formatLsn, parseLsn } from '../stream/lsn.ts';
import { OWN_PREFIX } from '../stream/commit-stream.ts';
import { textsAt } from '../stream/tuple-key.ts';
import type { Chunk } from './chunk.ts';
import type { SnapshotSurroundings, SnapshotTable } from './snapshot-table.ts';
import { Snapshot } from './visibility.ts';

/** Bytes at which a chunk ends. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
const PAUSE_MS = 50;
const SLOW_PAUSE_MS = 250;

/** A chunk of rows from a snapshot of its own: how it is opened, read and closed. */
export class ChunkReading {
  readonly #around: SnapshotSurroundings;
  #isPrimary = false;
  #pauseMs = PAUSE_MS;

  constructor(around: SnapshotSurroundings) {
    this.#around = around;
  }

  /** Opens the chunk's snapshot; its text. undefined: it does not do yet, `pause` waits before the next attempt. */
  async begin(client: Client, table: SnapshotTable, chunk: Chunk): Promise<string | undefined> {
    const { waiting } = this.#around;
    const replayed = await this.#replayed(client);
    // Several statements in one message: each would be a way to the server and back.
    const [, found] = (await client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
       SELECT pg_current_snapshot()::text AS snapshot,
              (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text AS high`,
    )) as unknown as readonly { readonly rows: readonly { readonly snapshot: string; readonly high: string }[] }[];
    const { snapshot: seen, high } = must(found!.rows[0], 'row');
    const text = replayed === undefined ? seen : `${seen}@${replayed}`;
    const snapshot = Snapshot.parse(text);
    const isEarly = snapshot.xmin < table.since;
    // One that the log has for ended and the snapshot for running is on its way from the one to the other.
    // Of a table without a key what comes between is in neither or in both: nothing may.
    const isBetween = replayed !== undefined && replayed !== high && table.table.key.length === 0;
    if (!isEarly && !isBetween && !snapshot.wasRunning(this.#around.recent())) {
      waiting(undefined);
      chunk.taken(snapshot, parseLsn(high)!);
      return text;
    }
    await client.query('ROLLBACK');
    if (isEarly)
      waiting(
        `The rows of table ${fullName(table.table)} are read when the transactions have ended that were open when it was published (since transaction ${snapshot.xmin})`,
      );
    this.#pauseMs = isEarly ? SLOW_PAUSE_MS : isBetween ? 1 : PAUSE_MS;
    return undefined;
  }

  async pause(): Promise<void> {
    const { env, signal } = this.#around;
    await env.timers.sleep(this.#pauseMs, signal).catch(() => {});
  }

  /** What a standby has replayed of the log; undefined: this is none. */
  async #replayed(client: Client): Promise<string | undefined> {
    if (this.#isPrimary) return undefined;
    const { rows } = await client.query<{ at: string | null }>(
      'SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END)::text AS at',
    );
    const at = must(rows[0], 'row').at ?? undefined;
    this.#isPrimary = at === undefined;
    return at;
  }

  async read(
    client: Client,
    table: SnapshotTable,
    sql: string,
    values: readonly string[],
    limits: { readonly rows: number; readonly fetch: number },
  ): Promise<{ form: TableForm; found: WireRows; isLast: boolean; next: readonly string[] | undefined }> {
    await this.#around.form.learn?.(client, table.table, table.table.info.fields);
    const portal = new Portal(sql, values, limits.fetch);
    const form = this.formOf(table, await portal.open(client));
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

  formOf({ table, partition }: SnapshotTable, fields: readonly PostgresField[]): TableForm {
    const { source, form } = this.#around;
    // Of a result's columns it is not known whether they are arrays.
    const known = new Map(table.info.fields.map((f) => [`${f.name} ${f.type}`, f]));
    const typed: readonly PostgresField[] = fields.map(
      (f) => known.get(`${f.name} ${f.type}`) ?? fieldOf(f.name, f.oid, f.modifier),
    );
    const info = infoOf(table, typed, table.key, table.info);
    return form.table({ source, info, fields: typed, partition, remark: (text) => this.#around.remark(text) });
  }

  /** Ends the chunk's transaction; resolves when what its snapshot saw is on disk. */
  async commit(client: Client, high: bigint): Promise<void> {
    if (!(await this.#isOnDisk(client, high, 'COMMIT'))) await writeToDisk(client);
  }

  /**
   * The same for a transaction that goes on. Before this nothing may be written of what it read: the database shows
   * what was committed without waiting for the disk (`synchronous_commit=off`), and a crash of it takes that back.
   */
  async onDisk(client: Client, high: bigint): Promise<void> {
    if (await this.#isOnDisk(client, high, 'SELECT')) return;
    const other = await this.#around.connect();
    try {
      await writeToDisk(other);
    } finally {
      await other.end().catch(() => {});
    }
  }

  /**
   * Whether the log is there to `high`; asked behind a statement, in the same message. A standby replays nothing that
   * its primary has not.
   */
  async #isOnDisk(client: Client, high: bigint, first: 'COMMIT' | 'SELECT'): Promise<boolean> {
    const [, found] = (await client.query(
      `${first};
       SELECT (CASE WHEN pg_is_in_recovery() THEN true ELSE pg_current_wal_flush_lsn() >= '${formatLsn(high)}'::pg_lsn END)::text AS is_there`,
    )) as unknown as readonly { readonly rows: readonly { readonly is_there: string }[] }[];
    return must(found!.rows[0], 'row').is_there === 'true';
  }

  columnsOf({ table: { info } }: SnapshotTable): string {
    const fields = this.#around.form.selected?.(info, info.fields) ?? info.fields;
    return fields.map((f) => quoteIdentifier(f.name)).join(', ');
  }

  /** What a table is read from. */
  fromOf({ table, progress: { where } }: SnapshotTable): string {
    const select = this.#around.selects.get(fullName(table));
    const rows = select === undefined ? nameOf(table) : `(${select}) r`;
    // A comment at the end of the condition ends with the line.
    return where === undefined ? rows : `(SELECT * FROM ${rows} WHERE ${where}\n) w`;
  }
}

/** A transaction that waits for the disk takes all along that was committed before it. */
async function writeToDisk(client: Client): Promise<void> {
  await client.query(
    `BEGIN; SET LOCAL synchronous_commit = local; SELECT pg_logical_emit_message(true, '${OWN_PREFIX}', ''); COMMIT`,
  );
}

export const positionsOf = (columns: readonly string[], fields: readonly PostgresField[]): readonly number[] =>
  columns.map((name) => fields.findIndex((f) => f.name === name));

/** A table that inherits from others is one of its own, as in its publication; partitions are parts of theirs. */
export function nameOf({ info }: StreamTable): string {
  const name = quotedName({ quote: quoteIdentifier }, info);
  return info.spread && info.inherited ? `ONLY ${name}` : name;
}

/** Cuts a connection whose statement is not to be waited for; what undoes that. */
export function cutAtAbort(client: Client, signal: AbortSignal): () => void {
  const connection = new PostgresConnection(client);
  const cut = (): void => connection.cut();
  signal.addEventListener('abort', cut, { once: true });
  return () => signal.removeEventListener('abort', cut);
}
