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

/** The size at which a chunk ends, in bytes. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
const PAUSE_MS = 50;
const SLOW_PAUSE_MS = 250;

/** Opens, reads and closes a chunk of rows, each in a database snapshot of its own. */
export class ChunkReading {
  readonly #around: SnapshotSurroundings;
  #isPrimary = false;
  #pauseMs = PAUSE_MS;

  constructor(around: SnapshotSurroundings) {
    this.#around = around;
  }

  /**
   * Opens the chunk's snapshot and returns it as text. undefined: it is not usable yet; call `pause` before the next
   * attempt.
   */
  async begin(client: Client, table: SnapshotTable, chunk: Chunk): Promise<string | undefined> {
    const { waiting } = this.#around;
    const replayed = await this.#replayed(client);
    // Several statements in one message, because each would need a separate round trip.
    const [, found] = (await client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
       SELECT pg_current_snapshot()::text AS snapshot,
              (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text AS high`,
    )) as unknown as readonly { readonly rows: readonly { readonly snapshot: string; readonly high: string }[] }[];
    const { snapshot: seen, high } = must(found!.rows[0], 'row');
    const text = replayed === undefined ? seen : `${seen}@${replayed}`;
    const snapshot = Snapshot.parse(text);
    const isEarly = snapshot.xmin < table.since;
    // A transaction that has ended in the WAL but is running in the snapshot is still becoming visible. For a table
    // without a key, a transaction replayed in between would be missing or duplicated, so there must be none.
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

  /** The replay position of a standby; undefined: the server is not a standby. */
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
    // A query result does not contain whether a column is an array.
    const known = new Map(table.info.fields.map((f) => [`${f.name} ${f.type}`, f]));
    const typed: readonly PostgresField[] = fields.map(
      (f) => known.get(`${f.name} ${f.type}`) ?? fieldOf(f.name, f.oid, f.modifier),
    );
    const info = infoOf(table, typed, table.key, table.info);
    return form.table({ source, info, fields: typed, partition, remark: (text) => this.#around.remark(text) });
  }

  /** Ends the chunk's transaction; resolves when everything that its snapshot saw is on disk. */
  async commit(client: Client, high: bigint): Promise<void> {
    if (!(await this.#isOnDisk(client, high, 'COMMIT'))) await writeToDisk(client);
  }

  /**
   * The same for a transaction that continues. Before this, nothing that it read may be written: the database makes
   * commits visible without waiting for the disk (`synchronous_commit=off`), and may lose them in a crash.
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
   * Whether the WAL has been flushed up to `high`; queried in the same message after another statement. A standby
   * replays only what its primary has flushed.
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

  /** The FROM item for a table: its name, or a subquery. */
  fromOf({ table, progress: { where } }: SnapshotTable): string {
    const select = this.#around.selects.get(fullName(table));
    const rows = select === undefined ? nameOf(table) : `(${select}) r`;
    // The line break ends a possible comment at the end of the condition.
    return where === undefined ? rows : `(SELECT * FROM ${rows} WHERE ${where}\n) w`;
  }
}

/** A transaction that waits for the disk also flushes everything that was committed before it. */
async function writeToDisk(client: Client): Promise<void> {
  await client.query(
    `BEGIN; SET LOCAL synchronous_commit = local; SELECT pg_logical_emit_message(true, '${OWN_PREFIX}', ''); COMMIT`,
  );
}

/** The positions of columns among fields; -1 for those that are missing. */
export const positionsOf = (columns: readonly string[], fields: readonly PostgresField[]): readonly number[] =>
  columns.map((name) => fields.findIndex((f) => f.name === name));

/**
 * A table with inheritance children is read alone, as in its publication; partitions are read as parts of their table.
 */
export function nameOf({ info }: StreamTable): string {
  const name = quotedName({ quote: quoteIdentifier }, info);
  return info.spread && info.inherited ? `ONLY ${name}` : name;
}

/**
 * Closes the connection on abort, instead of waiting for a running statement. Returns a function that removes the
 * listener.
 */
export function cutAtAbort(client: Client, signal: AbortSignal): () => void {
  const connection = new PostgresConnection(client);
  const cut = (): void => connection.cut();
  signal.addEventListener('abort', cut, { once: true });
  return () => signal.removeEventListener('abort', cut);
}
