import type { Config } from '../../../api/config-spec.ts';
import type { Reading, SourceTask, SourceTaskContext } from '../../../api/connector.ts';
import { ConnectError, RetriableError } from '../../../api/errors.ts';
import type { OffsetMap, SourceBatch, SourceRecord } from '../../../api/record.ts';
import { connectPatiently, taskError } from '../../database/connecting.ts';
import type { Dialect, TableName } from '../../database/dialect.ts';
import { CAPTURED_KEYS } from '../../database/fine-keys.ts';
import { fingerprintOf, RowShape } from '../../database/row-shape.ts';
import { sourceContext, type SourceContext } from '../../database/source-settings.ts';
import { fullName, tablesOfTask } from '../../database/table-names.ts';
import { connect, type Client, type PostgresConnection } from '../connection.ts';
import { codeOf } from '../errors.ts';
import { identityOf } from '../server-identity.ts';
import { systemOf, type ConnectionTarget } from '../url.ts';
import type { Changes, StreamPosition } from './changes.ts';
import { completeValues } from './unchanged-values.ts';
import { ChangeShape } from './change-shape.ts';
import { CommitStream, type Listener } from './commit-stream.ts';
import { formatLsn } from './lsn.ts';
import {
  keptStream,
  progressOf,
  progressOffset,
  STREAM,
  streamOffset,
  tablePartition,
  type KeptStream,
} from './offsets.ts';
import type { Relation } from './pgoutput.ts';
import { publicationsOf } from './publication-names.ts';
import { publishedTables, reconcilePublications } from './publications.ts';
import { ReplicationStream } from './replication-stream.ts';
import { captureSettings, type CaptureSettings } from './settings.ts';
import { createSlot, dropSlot, slotNamed } from './slot.ts';
import { SnapshotReader, type ReadChunk, type SnapshotTable, type TableProgress } from './snapshot-reader.ts';
import { fieldsOf, infoOf, streamTable, versionOf, type StreamTable } from './stream-table.ts';
import { Snapshot } from './visibility.ts';
import { CAPTURE } from './config-keys.ts';

const IDLE_MAX_MS = 1000;
/** How often the server hears of us, and how often a position without changes is kept. */
const STATUS_MS = 5000;
/** How often the server is asked how far it is while rows wait for that. */
const ASK_MS = 5;
/** Undefined table, column and object. */
const ALTERED: ReadonlySet<string> = new Set(['42P01', '42703', '42704']);
const PIECE_BYTES = 4 * 1024 * 1024;

const NOTHING: SourceBatch = {
  count: 0,
  record: () => {
    throw new Error('An empty batch has no record');
  },
};

/** A table that the stream brings. */
interface Captured {
  table: StreamTable;
  readonly topic: string;
  readonly partition: OffsetMap;
  reading: SnapshotTable | undefined;
  /** Of its columns, as the last Relation message had them. */
  fingerprint?: string | undefined;
  /** A table without a key: what its first reading saw is left out of the stream. */
  admits: ((xid: number) => boolean) | undefined;
}

/** All that lives as long as one connection to the server. */
interface Session {
  readonly client: Client;
  readonly replication: Client;
  readonly stream: ReplicationStream;
  readonly commits: CommitStream;
  readonly reader: SnapshotReader;
  readonly abort: AbortController;
}

/**
 * Reads the changes of its tables from a replication slot, in the order of commits, and the rows that were there before
 * beside it. A position is committed with the records that lead to it; only then does the server hear that it may
 * forget them.
 */
export class CaptureTask implements SourceTask {
  private config!: Config;
  private readonly dialect: Dialect;
  private source!: SourceContext;
  private capture!: CaptureSettings;
  private context!: SourceTaskContext;
  private tables: TableName[] = [];
  private readonly captured = new Map<string, Captured>();
  private session: Session | undefined;
  private version = 0;
  private kept: KeptStream | undefined;
  /** What the batch that was handed out makes true when it is committed. */
  private handed:
    | { readonly end?: bigint | undefined; readonly position?: StreamPosition | undefined; then?: () => void }
    | undefined;
  private confirmed = 0n;
  private movedAtMs = 0;
  private askedAtMs = 0;
  private nextChunk: ReadChunk | undefined;
  private retained: number | undefined;
  /** Tables that were read again: keys that they have no more are yet to be taken back. */
  private sweeps: { readonly captured: Captured; readonly progress: TableProgress }[] = [];
  private truncating: AsyncGenerator<SourceRecord[], void> | undefined;
  private wakeUp: (() => void) | undefined;
  private stopTimer: () => void = () => {};

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    this.config = config;
    this.source = sourceContext(this.dialect, config);
    this.capture = captureSettings(config);
    this.context = context;
    this.tables = tablesOfTask(config.raw['tables'] ?? '');
    context.signal.addEventListener(
      'abort',
      () => {
        this.session?.stream.close();
        this.wake();
      },
      { once: true },
    );
  }

  async poll(): Promise<SourceBatch> {
    try {
      if (this.session === undefined) return await this.open();
      return await this.next(this.session);
    } catch (error) {
      await this.close();
      if (this.context.signal.aborted) return NOTHING;
      // Altered or dropped under way: the tables are looked at anew.
      if (ALTERED.has(codeOf(error) ?? ''))
        throw new RetriableError(`A table was altered: ${this.dialect.errors.reasonOf(error)}`, { cause: error });
      throw taskError(this.dialect, error, 'Cannot read the changes');
    }
  }

  async commit(): Promise<void> {
    const { handed } = this;
    this.handed = undefined;
    if (handed === undefined) return;
    if (handed.position !== undefined) {
      this.kept = { ...this.kept!, position: handed.position };
      this.movedAtMs = this.nowMs();
    }
    if (handed.end !== undefined) this.confirm(handed.end);
    handed.then?.();
  }

  async stop(): Promise<void> {
    await this.close();
  }

  // --- Opening

  /** One step towards the stream: what must be kept before the next one comes back as a batch. */
  private async open(): Promise<SourceBatch> {
    const { context } = this;
    const { client } = (await connectPatiently({
      ...this.source,
      env: context.env,
      signal: context.signal,
      options: { name: this.name, access: 'write' },
      trouble: (e) => context.trouble(e),
    })) as PostgresConnection;
    try {
      this.version = await versionOf(client);
      const server = await identityOf(client);
      const kept = keptStream(context.offset(STREAM));
      if (kept === undefined || kept.position === undefined) return await this.begin(client, server, kept);
      const loss = await this.lossOf(client, kept, server);
      if (loss !== undefined && this.capture.lost === 'snapshot') return await this.startOver(client, kept, loss);
      if (loss !== undefined) throw new ConnectError(`${loss}. ${this.cure}`);
      this.kept = kept;
      await this.run(client, kept);
      return NOTHING;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    } finally {
      if (this.session === undefined) await client.end().catch(() => {});
    }
  }

  /** The slot does not exist yet: its name is kept before it is made, so that none is ever forgotten. */
  private async begin(client: Client, server: string, kept: KeptStream | undefined): Promise<SourceBatch> {
    const slot = this.config.require(CAPTURE.slotName);
    const database = systemOf(this.target);
    const found = await slotNamed(client, slot);
    if (kept === undefined || kept.slot !== slot) {
      // Made by somebody before us, for us.
      const given = found !== undefined;
      return this.offsets(
        new Map([[STREAM, streamOffset({ slot, made: !given, server, database, position: undefined })]]),
      );
    }
    let position: bigint;
    if (kept.made) {
      if (found !== undefined) await dropSlot(client, slot);
      await this.publish(client, slot);
      this.context.trouble(undefined);
      position = await createSlot(client, slot, this.version);
    } else {
      if (found === undefined) throw new ConnectError(`There is no replication slot ${slot} any more`);
      await this.publish(client, slot);
      position = found.confirmed;
    }
    return this.offsets(
      new Map([
        [STREAM, streamOffset({ slot, made: kept.made, server, database, position: { lsn: position, index: 0 } })],
      ]),
    );
  }

  private offsets(offsets: ReadonlyMap<OffsetMap, OffsetMap | null>): SourceBatch {
    this.handed = undefined;
    return { ...NOTHING, offsets };
  }

  /** Looks at the tables and makes the publications have them. */
  private async publish(client: Client, slot: string): Promise<void> {
    const found: StreamTable[] = [];
    for (const name of this.tables) {
      const table = await streamTable(client, name, this.version);
      if (table === undefined) this.context.env.logger.warn(`Table ${fullName(name)} is gone`);
      else found.push(table);
    }
    const { publication } = this.capture;
    if (publication === undefined) await reconcilePublications(client, publicationsOf(slot), found, this.version);
    else await this.checkPublication(client, publication, found);
    for (const table of found) {
      for (const note of table.notes) this.context.remark(note);
      const before = this.captured.get(fullName(table));
      this.captured.set(fullName(table), {
        table,
        topic: this.source.settings.prefix + table.name,
        partition: before?.partition ?? tablePartition(table),
        reading: undefined,
        admits: undefined,
      });
    }
  }

  /** One that somebody else has made is left as it is. */
  private async checkPublication(client: Client, name: string, tables: readonly StreamTable[]): Promise<void> {
    const published = await publishedTables(client, name);
    if (published === undefined)
      throw new ConnectError(
        `There is no publication ${name}: CREATE PUBLICATION ${name} FOR TABLE ${tables.map(fullName).join(', ')} WITH (publish_via_partition_root = true);`,
      );
    const has = new Set(published.tables.map(fullName));
    const missing = tables.filter((t) => !has.has(fullName(t)));
    if (missing.length > 0)
      throw new ConnectError(
        `Publication ${name} has not all tables: ALTER PUBLICATION ${name} ADD TABLE ${missing.map(fullName).join(', ')};`,
      );
    if (!published.changes) return;
    for (const table of tables.filter((t) => t.published === 'inserts'))
      this.context.remark(
        `Publication ${name} has updates and deletes of table ${fullName(table)}, which has no replica identity: Postgres refuses them to whoever writes. ALTER TABLE ${fullName(table)} REPLICA IDENTITY FULL;`,
      );
  }

  /** Why the slot does not go on where we stand; undefined: it does. @throws RetriableError while another reads it */
  private async lossOf(client: Client, kept: KeptStream, server: string): Promise<string | undefined> {
    const { slot } = kept;
    const since = formatLsn(kept.position!.lsn);
    const found = await slotNamed(client, slot);
    const differs = kept.server.split('/').findIndex((part, i) => {
      const now = server.split('/')[i];
      return part !== now && part !== '?' && now !== '?';
    });
    if (differs !== -1)
      return `Replication slot ${slot} is not the one that was read: this is another ${['cluster', 'timeline of the cluster (a standby was promoted, or a backup restored)', 'database'][differs]}`;
    if (found === undefined) return `Replication slot ${slot} is gone: changes since ${since} are lost`;
    if (found.walStatus === 'lost')
      return `Replication slot ${slot} is invalidated, the server has removed the log that it needs: changes since ${since} are lost`;
    if (found.confirmed > kept.position!.lsn)
      return `Replication slot ${slot} was read by somebody else up to ${formatLsn(found.confirmed)}: changes since ${since} are lost`;
    if (found.active)
      throw new RetriableError(
        `Replication slot ${slot} is being read by another connection (process ${found.pid} of the database)`,
      );
    return undefined;
  }

  /** Forgets the slot and what was read, so that all begins anew. */
  private async startOver(client: Client, kept: KeptStream, loss: string): Promise<SourceBatch> {
    this.context.remark(`${loss}. A slot is made anew and the tables are read again ('slot.lost.policy'='snapshot')`);
    const found = await slotNamed(client, kept.slot);
    if (found !== undefined && kept.made) await dropSlot(client, kept.slot);
    const offsets = new Map<OffsetMap, OffsetMap | null>([
      [STREAM, streamOffset({ ...kept, server: await identityOf(client), position: undefined })],
    ]);
    for (const name of this.tables) offsets.set(tablePartition(name), null);
    return this.offsets(offsets);
  }

  /** Streams from where we stand; reads what is to be read beside it. */
  private async run(client: Client, kept: KeptStream): Promise<void> {
    const { context } = this;
    await this.publish(client, kept.slot);
    const horizon = await client.query<{ next: string }>(
      'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
    );
    const since = BigInt(horizon.rows[0]!.next);
    const position = kept.position!;
    const abort = new AbortController();
    const replication = (await connect(this.target, { name: this.name }, { replication: 'database' })).client;
    try {
      const commits = new CommitStream(position, { rows: this.source.settings.batchRows, bytes: PIECE_BYTES }, () =>
        this.wake(),
      );
      const stream = new ReplicationStream(replication, commits, () => context.env.clock.nowMs());
      this.sweeps = [];
      const waiting: SnapshotTable[] = [];
      for (const captured of this.captured.values()) waiting.push(...(await this.toRead(captured, since, position)));
      const reader = new SnapshotReader(waiting, {
        env: context.env,
        signal: abort.signal,
        source: this.source,
        remark: (text) => context.remark(text),
        connect: async () => (await connect(this.target, { name: this.name })).client,
        recent: () => commits.recent,
        wake: () => this.wake(),
        waiting: (text) => context.trouble(text === undefined ? undefined : new RetriableError(text)),
      });
      const names = publicationsOf(kept.slot);
      const list = this.capture.publication ?? `"${names.rows}","${names.inserts}"`;
      await stream.start(
        `START_REPLICATION SLOT "${kept.slot}" LOGICAL 0/0 (proto_version '1', publication_names '${list.replaceAll("'", "''")}')`,
      );
      this.session = { client, replication, stream, commits, reader, abort };
    } catch (error) {
      abort.abort();
      await replication.end().catch(() => {});
      throw codeOf(error) === '55006'
        ? new RetriableError(`Replication slot ${kept.slot} is still being read by another connection`, {
            cause: error,
          })
        : error;
    }
    this.confirmed = 0n;
    this.movedAtMs = this.nowMs();
    this.tick();
    this.session.reader.start();
    this.report();
    context.trouble(undefined);
  }

  /** The table's first reading, where it is not done. */
  private async toRead(captured: Captured, since: bigint, position: StreamPosition): Promise<SnapshotTable[]> {
    const { table, topic, partition } = captured;
    const isKeyed = table.key.length > 0;
    const progress = progressOf(this.context.offset(partition));
    if (progress?.state === 'sweeping') this.sweeps.push({ captured, progress });
    if (progress?.state === 'done' || progress?.state === 'sweeping') {
      // Until the stream is past what it saw, that would come twice.
      if (progress.seen !== undefined && BigInt(progress.until ?? 0) > position.lsn) {
        const seen = Snapshot.parse(progress.seen);
        captured.admits = (xid) => !seen.sees(xid);
      }
      return [];
    }
    if (!isKeyed && progress?.state === 'reading')
      this.context.remark(
        `Table ${fullName(table)} has no key: its first reading was interrupted and begins anew, and rows that were read come twice`,
      );
    let start = progress;
    if (start === undefined || !isKeyed) {
      const ends = isKeyed ? await this.context.endOffsets(topic) : [];
      const before = ends.some((end) => end > 0) ? ends : undefined;
      start = { state: 'waiting', rows: 0, estimate: 0, after: undefined, before };
    }
    captured.reading = {
      table,
      topic,
      partition,
      progress: start,
      since: progress === undefined ? since : 0n,
      open: new Set(),
      startRows: start.rows,
      startedAtMs: undefined,
      admits: isKeyed ? undefined : () => false,
    };
    return [captured.reading];
  }

  // --- Streaming

  private async next(session: Session): Promise<SourceBatch> {
    const { commits, stream, reader } = session;
    for (;;) {
      if (this.context.signal.aborted) return NOTHING;
      if (commits.failure !== undefined) throw commits.failure;
      if (reader.failure !== undefined) throw reader.failure;
      if (commits.relation !== undefined) {
        // What was before a change of the table goes first: the task may stop at it.
        if (this.capture.stopsAtDrift && commits.hasChanges) return this.batchOf(await this.completed(session));
        await this.learn(session, commits.relation);
        commits.relation = undefined;
        stream.resume();
        continue;
      }
      const [chunk] = reader.ready;
      const isDue = chunk !== undefined && commits.passed >= chunk.chunk.high;
      // What had come when it was due is written: it does not wait for what came since.
      if (isDue && chunk === this.nextChunk) return this.chunkOf(reader.take());
      if (commits.isReady || commits.truncations.length > 0 || (isDue && commits.hasChanges)) {
        if (commits.hasChanges) {
          const changes = await this.completed(session);
          if (isDue) this.nextChunk = chunk;
          if (commits.truncations.length === 0) stream.resume();
          return this.batchOf(changes);
        }
        if (commits.truncations.length > 0) return await this.truncated(session);
      }
      if (this.sweeps.length > 0) return await this.swept(this.sweeps[0]!);
      if (isDue) return this.chunkOf(reader.take());
      if (commits.hasMoved && this.nowMs() - this.movedAtMs >= IDLE_MAX_MS) return this.batchOf(commits.take());
      const idle = commits.inTransaction ? 0n : commits.idle;
      if (idle > this.kept!.position!.lsn && !commits.hasMoved && this.nowMs() - this.movedAtMs >= STATUS_MS)
        return this.moved({ lsn: idle, index: 0 }, idle);
      const isWaited = chunk !== undefined && !isDue;
      if (isWaited && this.nowMs() - this.askedAtMs >= ASK_MS) {
        this.askedAtMs = this.nowMs();
        stream.status(this.confirmed, true);
      }
      if ((await this.pause(isWaited ? ASK_MS : IDLE_MAX_MS)) && !isWaited) return NOTHING;
    }
  }

  /** What came, with the values that were not sent. */
  private async completed({ client, commits }: Session): Promise<Changes> {
    const changes = commits.take();
    await completeValues(client, changes, this.context.signal);
    return changes;
  }

  private batchOf(changes: Changes): SourceBatch {
    const { position, end } = changes;
    this.handed = { position, end };
    return {
      count: changes.count,
      record: (i) => changes.record(i),
      offsets: position && new Map([[STREAM, streamOffset({ ...this.kept!, position })]]),
    };
  }

  private moved(position: StreamPosition, end?: bigint): SourceBatch {
    this.handed = { position, end };
    return { ...NOTHING, offsets: new Map([[STREAM, streamOffset({ ...this.kept!, position })]]) };
  }

  private chunkOf({ table, chunk, shape, progress }: ReadChunk): SourceBatch {
    const { rows, numbers } = chunk.standing();
    table.open.delete(chunk);
    this.handed = {
      then: () => {
        table.progress = progress;
        this.report();
        const captured = this.captured.get(fullName(table.table));
        if (progress.state === 'sweeping' && captured !== undefined) this.sweeps.push({ captured, progress });
      },
    };
    return {
      count: numbers.length,
      record: (i) => shape.record(rows, numbers[i]!, table.partition, null),
      offsets: new Map([[table.partition, progressOffset(progress)]]),
    };
  }

  /** A table as the changes behind this message have it. */
  private async learn({ client, commits }: Session, relation: Relation): Promise<void> {
    const captured = this.captured.get(fullName(relation));
    if (captured === undefined) {
      commits.listen(relation.id, undefined);
      return;
    }
    const { table, topic, partition } = captured;
    const fields = await fieldsOf(client, relation);
    const fingerprint = fingerprintOf(fields);
    const isAltered = !commits.isSkipping && captured.fingerprint !== undefined && captured.fingerprint !== fingerprint;
    if (isAltered && this.capture.stopsAtDrift)
      throw new ConnectError(
        `Table ${fullName(table)} was altered ('schema.change.policy'='stop'): it has ${fields.map((f) => f.name).join(', ')} now. RESTART CONNECTOR ${this.context.connector}; goes on with that`,
      );
    // A shape from before our place has been seen to.
    if (!commits.isSkipping) captured.fingerprint = fingerprint;
    // Columns of the key may have got other names: those that identify a row are theirs.
    const isKeyed = table.key.length > 0;
    const hasKey = table.key.every((k) => fields.some((f) => f.name === k));
    const key = hasKey ? table.key : relation.columns.filter((c) => c.identifies).map((c) => c.name);
    if (isKeyed && key.length !== table.key.length)
      throw new ConnectError(
        `Table ${fullName(table)} has another key than its records, ${table.key.join(', ')}. ${this.cure}`,
      );
    const info = infoOf(table, fields, key, table.info);
    if (isAltered)
      this.context.env.logger.info(`Table ${fullName(table)} was altered: ${fields.map((f) => f.name).join(', ')}`);
    const row = new RowShape(this.source, topic, fields, info, (text) => this.context.remark(text), CAPTURED_KEYS);
    this.context.declareTopic(row.declaration(table.name, { system: systemOf(this.target), name: fullName(table) }));
    const { reading } = captured;
    const listener: Listener = { shape: new ChangeShape(row, partition) };
    if (reading !== undefined && table.key.length > 0)
      listener.touched = (key, xid) => {
        for (const chunk of reading.open) chunk.touch(key, xid);
      };
    if (reading !== undefined && table.key.length === 0) listener.admits = (xid) => reading.admits?.(xid) !== false;
    else if (captured.admits !== undefined) listener.admits = captured.admits;
    commits.listen(relation.id, listener);
  }

  /**
   * A table whose topic had records was read again: keys that got none since are taken back. Nothing else is written
   * meanwhile, so that none of them comes again.
   */
  private async swept(sweep: { readonly captured: Captured; readonly progress: TableProgress }): Promise<SourceBatch> {
    const { captured, progress } = sweep;
    this.truncating ??= tombstones(
      this.context.liveKeys(captured.topic, progress.before),
      this.context.env.clock.nowMs(),
      captured.partition,
    );
    const { value, done } = await this.truncating.next();
    this.handed = undefined;
    if (done !== true) return { count: value.length, record: (i) => value[i]! };
    this.truncating = undefined;
    this.sweeps.shift();
    if (captured.reading !== undefined) captured.reading.progress = { ...progress, state: 'done' };
    this.report();
    return this.offsets(new Map([[captured.partition, progressOffset({ ...progress, state: 'done' })]]));
  }

  /**
   * TRUNCATE: a tombstone for every key that the topic has. Interrupted, it begins anew: a key is taken back once more.
   */
  private async truncated({ commits, stream }: Session): Promise<SourceBatch> {
    const truncation = commits.truncations[0]!;
    const { topic } = truncation.shape.row;
    this.truncating ??= tombstones(this.context.liveKeys(topic), truncation.time, truncation.shape.partition);
    const { value, done } = await this.truncating.next();
    if (done !== true) {
      this.handed = undefined;
      return { count: value.length, record: (i) => value[i]! };
    }
    this.truncating = undefined;
    commits.truncations.shift();
    if (commits.truncations.length > 0) return await this.truncated(this.session!);
    stream.resume();
    return this.moved(truncation.position);
  }

  // --- Around

  private confirm(lsn: bigint): void {
    if (lsn <= this.confirmed) return;
    this.confirmed = lsn;
    this.session?.stream.status(lsn);
  }

  /** The server hears from us though nothing comes: it would take us for dead. */
  private tick(): void {
    this.stopTimer();
    this.stopTimer = this.context.env.timers.after(STATUS_MS, () => {
      const { session } = this;
      if (session === undefined) return;
      session.stream.status(this.confirmed);
      this.tick();
      slotNamed(session.client, this.kept!.slot).then(
        (slot) => {
          this.retained = slot?.retained;
          this.report();
        },
        () => {
          // The stream ends with the connection, and says so.
        },
      );
    });
  }

  /** Says how far the first readings are, and what the server keeps for us. */
  private report(): void {
    const readings = [...this.captured.values()].map(({ table, topic, partition, reading }): Reading => {
      const progress = reading?.progress ?? progressOf(this.context.offset(partition));
      const elapsedMs = reading?.startedAtMs === undefined ? 0 : this.nowMs() - reading.startedAtMs;
      const read = (progress?.rows ?? 0) - (reading?.startRows ?? 0);
      return {
        name: fullName(table),
        topic,
        state: progress?.state === 'sweeping' ? 'reading' : (progress?.state ?? 'waiting'),
        rows: progress?.rows ?? 0,
        estimate: progress?.estimate ?? 0,
        rowsPerSecond: elapsedMs > 0 ? (1000 * read) / elapsedMs : 0,
      };
    });
    this.context.report({ readings, retainedBytes: this.retained });
  }

  private wake(): void {
    const { wakeUp } = this;
    this.wakeUp = undefined;
    wakeUp?.();
  }

  /** Waits until something comes; whether nothing came. */
  private async pause(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const woken = new Promise<boolean>((resolve) => {
      this.wakeUp = () => resolve(false);
    });
    const slept = this.context.env.timers.sleep(ms, timer.signal).then(
      () => true,
      () => false,
    );
    const isOver = await Promise.race([woken, slept]);
    timer.abort();
    return isOver;
  }

  private async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    this.handed = undefined;
    this.truncating = undefined;
    this.stopTimer();
    if (session === undefined) return;
    session.abort.abort();
    session.stream.close();
    await session.reader.stop();
    await session.client.end().catch(() => {});
  }

  /** What mends a loss. */
  private get cure(): string {
    return `ALTER CONNECTOR ${this.context.connector} SET ('slot.lost.policy'='snapshot'); makes a slot anew and reads the tables again`;
  }

  private get target(): ConnectionTarget {
    return this.source.target as ConnectionTarget;
  }

  private get name(): string {
    return `${this.context.connector}-${this.context.taskId}`;
  }

  private nowMs(): number {
    return this.context.env.clock.monotonicMs();
  }
}

const TOMBSTONES = 5000;

async function* tombstones(
  keys: ReturnType<SourceTaskContext['liveKeys']>,
  timestamp: number,
  sourcePartition: OffsetMap,
): AsyncGenerator<SourceRecord[], void> {
  for await (const { topic, partition, keys: some } of keys) {
    for (let from = 0; from < some.length; from += TOMBSTONES)
      yield some.slice(from, from + TOMBSTONES).map((rawKey) => ({
        topic,
        partition,
        rawKey,
        keySchema: null,
        key: null,
        valueSchema: null,
        value: null,
        timestamp,
        sourcePartition,
        sourceOffset: null,
      }));
  }
}
