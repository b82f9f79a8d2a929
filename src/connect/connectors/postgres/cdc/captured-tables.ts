import type { Reading } from '../../../api/connector.ts';
import { ConnectError } from '../../../api/errors.ts';
import type { OffsetMap } from '../../../api/record.ts';
import type { TableName } from '../../database/dialect.ts';
import { fingerprintOf } from '../../database/row-shape.ts';
import { fullName } from '../../database/table-names.ts';
import type { Client } from '../connection.ts';
import type { CaptureContext } from './capture-context.ts';
import type { StreamPosition } from './stream/changes.ts';
import type { CommitStream, Listener } from './stream/commit-stream.ts';
import { progressOf, progressOffset, rowsPartition, tablePartition } from './offsets.ts';
import type { Relation } from './stream/pgoutput.ts';
import { publicationsOf } from './database/publication-names.ts';
import { publishedMarks, type PublishedMarks } from './database/published-marks.ts';
import { givenPublication, publishedTables, reconcilePublications } from './database/publications.ts';
import type { Chunk } from './snapshot/chunk.ts';
import type { SnapshotTable, TableProgress } from './snapshot/snapshot-table.ts';
import { fieldsOf, infoOf, streamTable, type StreamTable } from './stream-table.ts';
import { Snapshot, type Committed } from './snapshot/visibility.ts';

/** A table whose changes the stream contains. */
export interface Captured {
  table: StreamTable;
  readonly topic: string;
  readonly partition: OffsetMap;
  /** Its mark in a publication (published-marks.ts). */
  readonly published: string | undefined;
  reading: SnapshotTable | undefined;
  /** Fingerprint of the columns in the last Relation message. */
  fingerprint?: string | undefined;
  /** Chunks of its rows that must be notified of every change. */
  readonly open: Set<Chunk>;
  /** For a table without a key: excludes from the stream what its snapshot saw. */
  admits: ((by: Committed) => boolean) | undefined;
}

/** A table that was read again: tombstones for keys that it no longer contains are still to be written. */
export interface Sweep {
  readonly captured: Captured;
  readonly progress: TableProgress;
}

/** The current state of publication of the tables. */
export interface Published {
  readonly marks: PublishedMarks;
  /** Offsets to delete before streaming starts, of tables with missed changes: they are read again. */
  readonly forgotten: ReadonlyMap<OffsetMap, null>;
  /** Offsets of tables whose mark we have changed. */
  readonly marked: ReadonlyMap<OffsetMap, OffsetMap>;
}

/** The tables of a capture: how they are published, what is still to be read, and their columns in the stream. */
export class CapturedTables {
  readonly #context: CaptureContext;
  readonly #tables = new Map<string, Captured>();

  /** Name of a user's publication; undefined: the connector's own publications are used. */
  publication: string | undefined;

  constructor(context: CaptureContext) {
    this.#context = context;
  }

  named(name: TableName): Captured | undefined {
    return this.#tables.get(fullName(name));
  }

  all(): Iterable<Captured> {
    return this.#tables.values();
  }

  /** The names of the publications that are read. */
  async publicationNames(client: Client, slot: string): Promise<readonly string[]> {
    const given = await givenPublication(client, this.#context.settings);
    const names = publicationsOf(slot);
    return given === undefined ? [names.rows, names.inserts] : [given];
  }

  marks(client: Client, names: readonly string[]): Promise<PublishedMarks> {
    return publishedMarks(client, names, this.#context.tables);
  }

  /** Examines the tables and adds them to the publications. */
  async publish(client: Client, slot: string, version: number): Promise<Published> {
    const { task, settings, form } = this.#context;
    let found: StreamTable[] = [];
    for (const name of this.#context.tables) {
      const table = await streamTable(client, name, version);
      if (table !== undefined) found.push(table);
      else {
        task.env.logger.warn(`Table ${fullName(name)} is gone`);
        this.#tables.delete(fullName(name));
      }
    }
    const names = await this.publicationNames(client, slot);
    const before = await this.marks(client, names);
    const publication = await givenPublication(client, settings);
    this.publication = publication;
    if (publication === undefined) {
      const refused = await reconcilePublications(client, publicationsOf(slot), found, version, settings.byPartition);
      for (const { table, reason } of refused) {
        task.remark(
          `Table ${fullName(table)} is not read, its changes cannot be published: ${reason}. RESTART CONNECTOR ${task.connector}; when that is mended`,
        );
        found = found.filter((t) => fullName(t) !== fullName(table));
        this.#tables.delete(fullName(table));
      }
    } else await this.#checkPublication(client, publication, found);
    const marks = await this.marks(client, names);
    const forgotten = new Map<OffsetMap, null>();
    const marked = new Map<OffsetMap, OffsetMap>();
    for (const table of found) {
      for (const note of table.notes) task.remark(note);
      const name = fullName(table);
      const partition = this.#tables.get(name)?.partition ?? tablePartition(table);
      const published = marks.tables.get(name);
      const progress = progressOf(task.offset(partition));
      if (progress !== undefined && progress.published !== published) {
        const isSame = progress.published === undefined || progress.published === before.tables.get(name);
        if (isSame) marked.set(partition, progressOffset({ ...progress, published }));
        else {
          task.remark(
            `Table ${name} was made anew, or taken out of its publication for a while, and its changes of that time were not told: its rows are read again`,
          );
          forgotten.set(partition, null).set(rowsPartition(table), null);
        }
      }
      this.#tables.set(name, {
        table,
        topic: form.topicOf(table),
        partition,
        published,
        reading: undefined,
        open: new Set(),
        admits: undefined,
      });
    }
    return { marks, forgotten, marked };
  }

  /** Checks a user's publication, which is never modified. */
  async #checkPublication(client: Client, name: string, tables: readonly StreamTable[]): Promise<void> {
    const published = await publishedTables(client, name);
    if (published === undefined)
      throw new ConnectError(
        `There is no publication ${name}: CREATE PUBLICATION ${name} FOR TABLE ${tables.map(fullName).join(', ')} WITH (publish_via_partition_root = true);`,
      );
    const has = new Set(published.tables.map(fullName));
    const missing = tables.filter((t) => !has.has(fullName(t)));
    if (missing.length > 0) {
      const text = `Publication ${name} has not all tables: ALTER PUBLICATION ${name} ADD TABLE ${missing.map(fullName).join(', ')};`;
      // Debezium reads the existing rows of such tables, but receives no changes.
      if (!this.#context.settings.isDebezium) throw new ConnectError(text);
      this.#context.task.remark(text);
    }
    if (!published.changes) return;
    for (const table of tables.filter((t) => t.published === 'inserts'))
      this.#context.task.remark(
        `Publication ${name} has updates and deletes of table ${fullName(table)}, which has no replica identity: Postgres refuses them to whoever writes. ALTER TABLE ${fullName(table)} REPLICA IDENTITY FULL;`,
      );
  }

  /**
   * What is still to be read when the stream resumes at `position`: unfinished snapshots, and those that end with a
   * sweep.
   */
  async unread(
    since: bigint,
    position: StreamPosition,
  ): Promise<{ readonly waiting: readonly SnapshotTable[]; readonly sweeps: readonly Sweep[] }> {
    const waiting: SnapshotTable[] = [];
    const sweeps: Sweep[] = [];
    for (const captured of this.#tables.values()) {
      const { form, task } = this.#context;
      const before = progressOf(task.offset(captured.partition));
      const progress =
        before === undefined || (form.readsAgain?.(captured.table) === true && before.state === 'done')
          ? undefined
          : { ...before, published: captured.published };
      if (progress?.state === 'sweeping') sweeps.push({ captured, progress });
      if (progress?.state === 'done' || progress?.state === 'sweeping') {
        // Until the stream has passed what the snapshot saw, those changes would be duplicates.
        if (progress.seen !== undefined && BigInt(progress.until ?? 0) > position.lsn) {
          const seen = Snapshot.parse(progress.seen);
          captured.admits = (by) => !seen.sees(by);
        }
        continue;
      }
      // A snapshot that was requested explicitly continues nevertheless.
      if (before === undefined && form.readsFirst?.(captured.table) === false) continue;
      captured.reading = await this.#readingOf(captured, progress, since);
      waiting.push(captured.reading);
    }
    return { waiting, sweeps };
  }

  /** Prepares a table to be read now; `progress` determines how. */
  async readAgain(captured: Captured, progress: TableProgress): Promise<SnapshotTable> {
    const reading = await this.#readingOf(captured, undefined, 0n);
    // Rows that do not match the condition have not been deleted.
    const before = progress.where === undefined ? reading.progress.before : undefined;
    captured.reading = { ...reading, progress: { ...progress, before } };
    return captured.reading;
  }

  /** For reading single rows of the table beside the stream. */
  rowsOf({ table, topic, partition, open }: Captured): SnapshotTable {
    const progress: TableProgress = { state: 'done', rows: 0, estimate: 0, after: undefined };
    return {
      table,
      topic,
      partition,
      progress,
      since: 0n,
      open,
      startRows: 0,
      startedAtMs: undefined,
      admits: undefined,
    };
  }

  async #readingOf(
    { table, topic, partition, published, open }: Captured,
    progress: TableProgress | undefined,
    since: bigint,
  ): Promise<SnapshotTable> {
    const { task, settings } = this.#context;
    const isKeyed = table.key.length > 0;
    if (!isKeyed && progress?.state === 'reading')
      task.remark(
        `Table ${fullName(table)} has no key: its first reading was interrupted and begins anew, and rows that were read come twice`,
      );
    let start = progress;
    if (start === undefined || !isKeyed) {
      // Rows that do not match the condition have not been deleted: no tombstones are written then.
      const isWhole = progress?.where === undefined && !settings.selects.has(fullName(table));
      const ends = isKeyed && isWhole && this.#context.form.takesKeysBack ? await task.endOffsets(topic) : [];
      const before = ends.some((end) => end > 0) ? ends : undefined;
      const { where, isPaused } = progress ?? {};
      start = { state: 'waiting', rows: 0, estimate: 0, after: undefined, before, where, isPaused };
    }
    return {
      table,
      topic,
      partition,
      progress: { ...start, published },
      since: progress === undefined || progress.state === 'waiting' ? since : 0n,
      open,
      startRows: start.rows,
      startedAtMs: undefined,
      admits: isKeyed ? undefined : () => false,
    };
  }

  /** Handles a Relation message: sets how the changes of the table that follow it are converted. */
  async learn(client: Client, relation: Relation, commits: CommitStream): Promise<void> {
    const captured = this.named(relation);
    if (captured === undefined) {
      commits.listen(relation.id, undefined);
      return;
    }
    const { task, settings, source, form } = this.#context;
    const { table, partition } = captured;
    const fields = await fieldsOf(client, relation);
    const fingerprint = fingerprintOf(fields);
    const isAltered = !commits.isSkipping && captured.fingerprint !== undefined && captured.fingerprint !== fingerprint;
    if (isAltered && settings.stopsAtDrift)
      throw new ConnectError(
        `Table ${fullName(table)} was altered ('schema.change.policy'='stop'): it has ${fields.map((f) => f.name).join(', ')} now. RESTART CONNECTOR ${task.connector}; goes on with that`,
      );
    // Columns from before our position have already been handled.
    if (!commits.isSkipping) captured.fingerprint = fingerprint;
    // Columns of the key may have been renamed: the columns that identify a row are the renamed ones.
    const isKeyed = table.key.length > 0;
    const hasKey = table.key.every((k) => fields.some((f) => f.name === k));
    const key = hasKey ? table.key : relation.columns.filter((c) => c.identifies).map((c) => c.name);
    if (isKeyed && key.length !== table.key.length)
      throw new ConnectError(
        `Table ${fullName(table)} has another key than its records, ${table.key.join(', ')}. ${this.#context.cure}`,
      );
    if (isAltered)
      task.env.logger.info(`Table ${fullName(table)} was altered: ${fields.map((f) => f.name).join(', ')}`);
    const info = infoOf(table, fields, key, table.info);
    await form.learn?.(client, table, fields);
    const shaped = form.table({ source, info, fields, partition, remark: (text) => task.remark(text) });
    task.declareTopic(shaped.declaration());
    const { reading } = captured;
    const listener: Listener = {
      form: shaped,
      completes: form.completesValues,
      takesKeysBack: form.takesKeysBack,
      rowKey: key.map((name) => fields.findIndex((f) => f.name === name)),
      watching: captured.open,
      partition,
      isSignal: settings.isSignalTable(table),
    };
    if (reading !== undefined && !isKeyed) listener.admits = (by) => reading.admits?.(by) !== false;
    else if (captured.admits !== undefined) listener.admits = captured.admits;
    commits.listen(relation.id, listener);
  }

  /** The progress of the snapshots. @param nowMs of the monotonic clock */
  readings(nowMs: number): readonly Reading[] {
    return [...this.#tables.values()].flatMap(({ table, topic, partition, reading }): readonly Reading[] => {
      const progress = reading?.progress ?? progressOf(this.#context.task.offset(partition));
      if (progress === undefined && this.#context.form.readsFirst?.(table) === false) return [];
      const elapsedMs = reading?.startedAtMs === undefined ? 0 : nowMs - reading.startedAtMs;
      const read = (progress?.rows ?? 0) - (reading?.startRows ?? 0);
      return [
        {
          name: fullName(table),
          topic,
          state:
            progress?.isPaused === true
              ? 'paused'
              : progress?.state === 'sweeping'
                ? 'reading'
                : (progress?.state ?? 'waiting'),
          rows: progress?.rows ?? 0,
          estimate: progress?.estimate ?? 0,
          rowsPerSecond: elapsedMs > 0 ? (1000 * read) / elapsedMs : 0,
        },
      ];
    });
  }
}
