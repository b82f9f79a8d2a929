import { must } from '../../../../base/assert.ts';
import { RetriableError } from '../../../api/errors.ts';
import { NO_RECORDS, type OffsetMap, type SourceBatch } from '../../../api/record.ts';
import { connect, type Client } from '../connection.ts';
import { codeOf } from '../errors.ts';
import type { CaptureContext } from './capture-context.ts';
import type { CapturedTables, Published, Sweep } from './captured-tables.ts';
import { CommitStream } from './stream/commit-stream.ts';
import { Delivery } from './delivery.ts';
import { Heartbeats } from './heartbeats.ts';
import { Notifications } from './notifications.ts';
import { progressOffset, rowsPartition, type KeptStream } from './offsets.ts';
import { publicationsOf } from './database/publication-names.ts';
import { ReplicationStream } from './stream/replication-stream.ts';
import { ServerWatch, STATUS_MS } from './server-watch.ts';
import { signalWatch, type Brought, type SignalWatch } from './signals/signal-watch.ts';
import { Signals, type SignalRow } from './signals/signals.ts';
import { chunkBatch, rowsBatch } from './snapshot/read-batch.ts';
import { RowsAgain, type RowsRead } from './snapshot/rows-again.ts';
import { SnapshotReader } from './snapshot/snapshot-reader.ts';
import type { ReadChunk, SnapshotSurroundings, SnapshotTable, TableProgress } from './snapshot/snapshot-table.ts';
import { TakingBack } from './snapshot/taking-back.ts';
import { UnchangedValues } from './stream/unchanged-values.ts';
import { WakeUp } from './stream/wake-up.ts';

const IDLE_MAX_MS = 1000;
/** How often the server is asked for its position while rows wait for it. */
const ASK_MS = 5;
const UNREAD: TableProgress = { state: 'waiting', rows: 0, estimate: 0, after: undefined };
/**
 * Size of a batch of changes, in bytes: a transaction of any size needs only a few times as much memory. Batches of a
 * megabyte survived two scavenges of V8 while they were being written: their contents were promoted to the old
 * generation, and 40 to 100 MB of them waited for a full collection.
 */
const PIECE_BYTES = 256 * 1024;

/** What a run of the stream passes on to the next run of the same task. */
export interface EarlierRun {
  /** Where the last transaction that it saw ended. */
  readonly committed: bigint | undefined;
}

/**
 * One run of the stream from its committed position, together with the rows that are read beside it. It owns everything
 * whose lifetime is that of its connections to the server.
 */
export class CaptureSession {
  readonly #context: CaptureContext;
  readonly #client: Client;
  readonly #tables: CapturedTables;
  readonly #delivery: Delivery;
  readonly #bell: WakeUp;
  readonly #abort = new AbortController();
  readonly #watch: ServerWatch;
  readonly #unchanged = new UnchangedValues();
  readonly #notices: Notifications;
  readonly #signals: Signals;
  readonly #channels: SignalWatch;
  readonly #takingBack: TakingBack;
  #commits!: CommitStream;
  #stream!: ReplicationStream;
  #reader!: SnapshotReader;
  #again!: RowsAgain;
  #heartbeats!: Heartbeats;
  #sweeps: Sweep[] = [];
  #nextChunk: ReadChunk | RowsRead | undefined;
  /** Whether a new session must be opened, because the tables to be read have changed. */
  isOver = false;
  /** ms of the monotonic clock: when the server was last asked for its position. */
  #askedAtMs = 0;
  /** Offsets of tables that must be committed before anything else. */
  #marked: Published['marked'];

  private constructor(
    context: CaptureContext,
    client: Client,
    tables: CapturedTables,
    kept: KeptStream,
    { marks, marked }: Published,
  ) {
    const { task } = context;
    const signal = this.#abort.signal;
    this.#marked = marked;
    this.#context = context;
    this.#client = client;
    this.#tables = tables;
    this.#delivery = new Delivery(kept, () => this.#nowMs());
    this.#notices = new Notifications(context, tables, (record) => this.#delivery.along(record));
    this.#signals = new Signals(context, tables, this.#notices);
    this.#takingBack = new TakingBack(task);
    const bell = new WakeUp(task.env.timers);
    this.#bell = bell;
    this.#watch = new ServerWatch(context, client, tables, this.#delivery, marks, {
      signal,
      status: () => this.#stream.status(this.#delivery.confirmed),
      fail: (error) => this.#fail(error),
      wake: bell.wake,
      report: () => this.#report(),
    });
    this.#channels = signalWatch(context, { signal, wake: bell.wake });
  }

  /**
   * Starts streaming at the position of `kept`. The session takes ownership of the client; the tables must already be
   * published.
   * @param earlier what the last session of the task passes on
   * @throws RetriableError while another connection reads the slot
   */
  static async open(
    context: CaptureContext,
    client: Client,
    tables: CapturedTables,
    kept: KeptStream,
    published: Published,
    earlier: EarlierRun | undefined,
  ): Promise<CaptureSession> {
    const session = new CaptureSession(context, client, tables, kept, published);
    await session.#run(earlier);
    return session;
  }

  async #run(earlier: EarlierRun | undefined): Promise<void> {
    const context = this.#context;
    const client = this.#client;
    const delivery = this.#delivery;
    const bell = this.#bell;
    const { task, source } = context;
    const { slot } = delivery.kept;
    const { position } = delivery;
    const horizon = await client.query<{ next: string }>(
      'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
    );
    const replication = (await connect(context.target, { name: context.name }, { replication: 'database' })).client;
    try {
      this.#commits = new CommitStream(
        position,
        { rows: source.settings.batchRows, bytes: PIECE_BYTES },
        context.form,
        bell.wake,
        earlier?.committed,
      );
      this.#stream = new ReplicationStream(replication, this.#commits, () => task.env.clock.nowMs());
      const { waiting, sweeps } = await this.#tables.unread(BigInt(must(horizon.rows[0], 'row').next), position);
      this.#sweeps.push(...sweeps);
      this.#notices.begin(waiting, earlier === undefined);
      const surroundings: SnapshotSurroundings = {
        env: task.env,
        signal: this.#abort.signal,
        source,
        form: context.form,
        selects: context.settings.selects,
        chunkRows: context.settings.chunkRows,
        reportsKeys: this.#notices.areWanted,
        remark: (text) => task.remark(text),
        connect: async () => (await connect(context.target, { name: context.name })).client,
        recent: () => this.#commits.recent,
        freeze: () => this.#stream.freeze(),
        thaw: () => this.#stream.thaw(),
        offered: () => this.#ask(),
        wake: bell.wake,
        waiting: (text) => task.trouble(text === undefined ? undefined : new RetriableError(text)),
      };
      this.#heartbeats = new Heartbeats(context.settings.heartbeats, {
        ...surroundings,
        timers: task.env.timers,
        record: context.form.heartbeat?.bind(context.form),
      });
      this.#reader = new SnapshotReader(waiting, surroundings);
      this.#again = new RowsAgain(surroundings);
      for (const captured of this.#tables.all())
        this.#again.resume(this.#tables.rowsOf(captured), task.offset(rowsPartition(captured.table)));
      const names = publicationsOf(slot);
      const list = this.#tables.publication ?? `"${names.rows}","${names.inserts}"`;
      await this.#stream.start(
        `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '${list.replaceAll("'", "''")}'${context.form.messages === undefined ? '' : ", messages 'true'"})`,
      );
    } catch (error) {
      this.#abort.abort();
      await replication.end().catch(() => {});
      throw codeOf(error) === '55006'
        ? new RetriableError(`Replication slot ${slot} is still being read by another connection`, { cause: error })
        : error;
    }
    this.#watch.start();
    this.#channels.start();
    this.#reader.start();
    this.#again.start();
    this.#heartbeats.start();
    task.trouble(undefined);
  }

  get over(): EarlierRun {
    return { committed: this.#commits.committed };
  }

  /** Ends pending waits. */
  interrupt(): void {
    this.#stream.close();
    this.#bell.wake();
  }

  async close(): Promise<void> {
    this.#watch.stop();
    this.#abort.abort();
    this.#stream.close();
    await this.#channels.stop();
    await this.#reader.stop();
    await this.#again.stop();
    await this.#heartbeats.stop();
    await this.#client.end().catch(() => {});
  }

  committed(): void {
    this.#delivery.committed((lsn) => this.#stream.status(lsn));
  }

  /** Returns the next batch; an empty one after a period without anything new. */
  async next(): Promise<SourceBatch> {
    const commits = this.#commits;
    const reader = this.#reader;
    const delivery = this.#delivery;
    const tables = this.#tables;
    for (;;) {
      if (this.#context.task.signal.aborted) return NO_RECORDS;
      if (commits.failure !== undefined) throw commits.failure;
      if (reader.failure !== undefined) throw reader.failure;
      if (this.#again.failure !== undefined) throw this.#again.failure;
      if (this.#marked.size > 0) {
        const offsets = this.#marked;
        this.#marked = new Map();
        return delivery.beside({ ...NO_RECORDS, offsets });
      }
      const movedTo = this.#watch.takeMoved();
      if (movedTo !== undefined) {
        delivery.kept = { ...delivery.kept, server: movedTo };
        return delivery.moved(delivery.position);
      }
      const brought = this.#channels.take();
      if (brought !== undefined) return await this.#withNotices(brought);
      const beat = this.#heartbeats.take();
      if (beat !== undefined) return delivery.beside({ count: 1, record: () => beat });
      if (commits.relation !== undefined) {
        // Changes that precede a schema change of the table are returned first, because the task may stop at it.
        if (this.#context.settings.stopsAtDrift && commits.hasChanges) return await this.#changes();
        await tables.learn(this.#client, commits.relation, commits);
        commits.relation = undefined;
        this.#goOn();
        continue;
      }
      const chunk: ReadChunk | RowsRead | undefined = reader.ready[0] ?? this.#again.ready;
      const isDue = chunk !== undefined && commits.passed >= chunk.chunk.high;
      // The changes that had arrived when the chunk became due are written: it does not wait for later changes.
      if (isDue && chunk === this.#nextChunk) return this.#due();
      if (commits.isReady || commits.truncations.length > 0 || (isDue && commits.hasChanges)) {
        if (commits.hasChanges) {
          const changes = await this.#changes();
          if (isDue) this.#nextChunk = chunk;
          this.#goOn();
          return changes;
        }
        if (commits.truncations.length > 0) return await this.#truncated();
      }
      if (this.#sweeps.length > 0) return await this.#swept(this.#sweeps[0]!);
      if (isDue) return this.#due();
      if (delivery.hasAlong) return delivery.beside(NO_RECORDS);
      const sinceMs = this.#nowMs() - delivery.movedAtMs;
      if (commits.hasMoved && sinceMs >= IDLE_MAX_MS) return await this.#changes();
      const idle = commits.inTransaction ? 0n : commits.idle;
      if (idle > delivery.position.lsn && !commits.hasMoved && sinceMs >= STATUS_MS)
        return delivery.moved({ lsn: idle, index: 0 }, idle);
      const isWaited = chunk !== undefined && !isDue;
      if (isWaited && this.#nowMs() - this.#askedAtMs >= ASK_MS) this.#ask();
      if ((await this.#bell.pause(isWaited ? ASK_MS : IDLE_MAX_MS)) && !isWaited) return NO_RECORDS;
    }
  }

  /** Asks the server to report its position. */
  #ask(): void {
    this.#askedAtMs = this.#nowMs();
    this.#stream.status(this.#delivery.confirmed, true);
  }

  /**
   * Resumes the stream, unless it has stopped before changes that require something first: a table to be examined, or
   * tombstones to be written. It may have reached that point while something else was awaited.
   */
  #goOn(): void {
    if (this.#commits.relation === undefined && this.#commits.truncations.length === 0) this.#stream.resume();
  }

  /** The received changes, completed with the values that were not sent. */
  async #changes(): Promise<SourceBatch> {
    const changes = this.#commits.take();
    const offsets = new Map<OffsetMap, OffsetMap | null>();
    const begin = changes.signals.length === 0 ? undefined : await this.#asked(changes.signals, offsets);
    const left = await this.#unchanged.complete(this.#client, changes, {
      signal: this.#context.task.signal,
      hasCome: (xid) => this.#commits.recent.has(xid),
    });
    if (left.length === 0 && begin === undefined) return this.#delivery.changes(changes);
    const again = this.#again;
    let isTooMuch = false;
    for (const { table, key } of left) {
      const captured = this.#tables.named(table)!;
      if (!again.add(this.#tables.rowsOf(captured), key)) {
        // All rows of the table are read again, from the beginning.
        again.drop(table);
        offsets.set(captured.partition, progressOffset(UNREAD));
        isTooMuch = true;
      }
      offsets.set(...again.offset(table));
    }
    return this.#delivery.changes(changes, offsets, () => {
      if (isTooMuch) this.#fail(new RetriableError('More rows are to be read again than can be kept'));
      else again.start();
      begin?.();
    });
  }

  /** Executes the signals from a channel beside the stream. */
  async #withNotices(brought: Brought): Promise<SourceBatch> {
    const offsets = new Map<OffsetMap, OffsetMap | null>([[brought.channel.partition, brought.offset]]);
    const begin = await this.#asked(brought.signals, offsets);
    return this.#delivery.beside({ ...NO_RECORDS, offsets }, () => {
      begin();
      this.#channels.done(brought).catch((error: unknown) => this.#fail(error as Error));
    });
  }

  /** Executes signals. Adds to `offsets` what must be committed; returns a function to be called after the commit. */
  async #asked(signals: readonly SignalRow[], offsets: Map<OffsetMap, OffsetMap | null>): Promise<() => void> {
    const asked = await this.#signals.ask(this.#client, signals);
    for (const [partition, offset] of asked.offsets) offsets.set(partition, offset);
    const readings: SnapshotTable[] = [];
    for (const [captured, progress] of asked.tables) {
      if (progress.state === 'done') continue;
      const reading = await this.#tables.readAgain(captured, progress);
      offsets.set(captured.partition, progressOffset(reading.progress));
      readings.push(reading);
    }
    return () => {
      if (asked.needsReopening) this.isOver = true;
      else if (readings.length > 0) this.#reader.add(readings);
    };
  }

  #due(): SourceBatch {
    return this.#reader.ready.length > 0 ? this.#chunkOf(this.#reader.take()) : this.#rowsOf(this.#again.take());
  }

  #rowsOf(read: RowsRead): SourceBatch {
    const batch = rowsBatch(read);
    const offsets = new Map([this.#again.offset(read.table.table)]);
    return this.#delivery.beside({ ...batch, offsets }, () => this.#again.start());
  }

  #chunkOf(read: ReadChunk): SourceBatch {
    const { table, progress } = read;
    this.#notices.wrote(read);
    return this.#delivery.beside(chunkBatch(read, this.#commits.committed), () => {
      table.progress = progress;
      this.#report();
      const captured = this.#tables.named(table.table);
      if (progress.state === 'sweeping' && captured !== undefined) this.#sweeps.push({ captured, progress });
    });
  }

  /** After a table whose topic had records was read again: writes tombstones for keys without a record since then. */
  async #swept({ captured, progress }: Sweep): Promise<SourceBatch> {
    const tombstones = await this.#takingBack.ofReading(captured, progress.before);
    if (tombstones !== undefined) return this.#delivery.beside(tombstones);
    this.#sweeps.shift();
    if (captured.reading !== undefined) captured.reading.progress = { ...progress, state: 'done' };
    this.#report();
    return this.#delivery.offset(captured.partition, progressOffset({ ...progress, state: 'done' }));
  }

  /** TRUNCATE: writes a tombstone for every key of the topic. */
  async #truncated(): Promise<SourceBatch> {
    const { truncations } = this.#commits;
    const truncation = must(truncations[0], 'truncation');
    const tombstones = await this.#takingBack.ofTruncation(truncation);
    if (tombstones !== undefined) return this.#delivery.beside(tombstones);
    this.#unchanged.forget();
    truncations.shift();
    if (truncations.length > 0) return await this.#truncated();
    this.#goOn();
    return this.#delivery.moved(truncation.position);
  }

  /** Ends the session with an error. */
  #fail(error: Error): void {
    this.#commits.failure = error;
    this.#bell.wake();
  }

  /** Reports the progress of the snapshots and how much WAL the server retains for us. */
  #report(): void {
    this.#context.task.report({
      readings: this.#tables.readings(this.#nowMs()),
      retainedBytes: this.#watch.retained,
    });
  }

  #nowMs(): number {
    return this.#context.task.env.clock.monotonicMs();
  }
}
