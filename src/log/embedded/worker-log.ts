import type { Offset, PartitionNumber } from '../../base/quantities.ts';
import type {
  CommittedOffset,
  Fetched,
  Log,
  LogAdmin,
  LogReader,
  LogWriter,
  ReaderOptions,
  TopicPartition,
  WriterOptions,
} from '../api.ts';
import { EntryPacker } from '../../store/packed-entries.ts';
import type { RenewedReader } from '../../store/renewed-reader.ts';
import { ReadCache } from './read-cache.ts';
import type { KnownExtent, LogAsk } from './shared-log.ts';
import { type Extent, type Reading, StoredReader } from './stored-reader.ts';

/** Asks the thread that owns the log. @throws errors of the log in that thread */
export type AskLog = (ask: LogAsk, moved?: readonly ArrayBuffer[]) => Promise<unknown>;

/** The embedded log in a worker thread: another thread owns it, and both read the same store. */
export class WorkerLog implements Log {
  readonly kind = 'embedded';
  readonly admin: LogAdmin;
  readonly #ask: AskLog;
  readonly #store: RenewedReader;
  readonly #onCommitted: () => void;
  readonly #cache = new ReadCache();
  #nextId = 1;

  /**
   * `store` is used for batches only. `onCommitted` is called when other data that was read from the store is outdated.
   */
  constructor(ask: AskLog, store: RenewedReader, onCommitted: () => void) {
    this.#ask = ask;
    this.#store = store;
    this.#onCommitted = onCommitted;
    // All methods are asynchronous.
    this.admin = new Proxy({} as LogAdmin, {
      get: (_target, name) =>
        OPTIONAL.has(name as string)
          ? undefined
          : (...args: readonly unknown[]) => ask({ method: 'admin', name: name as keyof LogAdmin, args }),
    });
  }

  createReader(options: ReaderOptions): LogReader {
    return new WorkerReader(this.#nextId++, options, this.#store, this.#cache, this.#ask);
  }

  async createWriter({ transactionalId }: WriterOptions): Promise<LogWriter> {
    const writer = this.#nextId++;
    await this.#ask({ method: 'createWriter', writer, transactionalId });
    // No other writer of this id can commit from now on, so later reads must see the current state.
    this.#onCommitted();
    return new WorkerWriter(writer, this.#ask, this.#onCommitted);
  }

  async close(): Promise<void> {
    this.#store.renew();
    await Promise.resolve();
  }
}

/** Methods that the embedded log does not have. */
const OPTIONAL = new Set(['endOffset', 'then']);

/**
 * Reads the store itself. It asks the other thread only how far partitions are committed, once everything known has
 * been read.
 */
class WorkerReader extends StoredReader<Extent> implements LogReader {
  protected readonly store: RenewedReader;
  readonly #id: number;
  readonly #ask: AskLog;
  /** Requested before all known records are handled, so that nobody has to wait for the answer. */
  #ahead: Promise<readonly KnownExtent[]> | undefined;
  #isKnown = false;

  constructor(id: number, options: ReaderOptions, store: RenewedReader, cache: ReadCache, ask: AskLog) {
    super(options, cache);
    this.#id = id;
    this.store = store;
    this.#ask = ask;
  }

  override assign(partitions: readonly (TopicPartition & { readonly offset: Offset })[]): void {
    super.assign(partitions);
    this.#ahead = undefined;
  }

  override seek(at: TopicPartition, offset: Offset): void {
    super.seek(at, offset);
    // The position may have been moved to another topic of the same name.
    this.require(at).source = undefined;
    this.#ahead = undefined;
  }

  async poll(timeoutMs: number): Promise<readonly Fetched[]> {
    this.requireOpen();
    let fetched = this.read();
    if (fetched.length === 0) {
      const ahead = this.#ahead;
      this.#ahead = undefined;
      if (ahead !== undefined) fetched = this.#readUpTo(await ahead);
      if (fetched.length === 0) fetched = this.#readUpTo(await this.#extents(timeoutMs));
    }
    if (fetched.length > 0 && this.#ahead === undefined && !this.#knowsMore) {
      this.#ahead = this.#extents(0);
      // The poll that takes the answer handles its failure.
      this.#ahead.catch(() => undefined);
    }
    return fetched;
  }

  wakeup(): void {
    if (this.#isKnown) void this.#ask({ method: 'wakeup', reader: this.#id }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.markClosed();
    if (this.#isKnown) await this.#ask({ method: 'closeReader', reader: this.#id });
    this.#isKnown = false;
  }

  protected override sourceOf({ source }: Reading<Extent>): Extent | undefined {
    return source;
  }

  get #knowsMore(): boolean {
    return this.assigned.some((a) => !a.paused && a.source !== undefined && a.position < a.source.next);
  }

  async #extents(timeoutMs: number): Promise<readonly KnownExtent[]> {
    this.#isKnown = true;
    const partitions = this.assigned
      .filter((a) => !a.paused)
      .map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
    const ask: LogAsk = { method: 'extents', reader: this.#id, partitions, timeoutMs };
    return (await this.#ask(ask)) as readonly KnownExtent[];
  }

  #readUpTo(extents: readonly KnownExtent[]): Fetched[] {
    if (extents.length === 0) return [];
    // The snapshot that was used before does not contain it.
    this.store.renew();
    for (const extent of extents) {
      const assigned = this.find(extent);
      if (assigned === undefined) continue;
      // A topic that was created again under the same name starts elsewhere.
      if (assigned.source?.topicId !== extent.topicId) assigned.aligned = false;
      assigned.source = extent;
    }
    return this.read();
  }
}

/** Collects a transaction in this thread and sends it to the other one as a whole. */
class WorkerWriter implements LogWriter {
  readonly sharesState = true;
  readonly #id: number;
  readonly #ask: AskLog;
  readonly #onCommitted: () => void;
  readonly #state = new EntryPacker();
  #appends: { topic: string; partition: PartitionNumber; batch: Uint8Array }[] = [];
  #offsets: { group: string; offsets: readonly CommittedOffset[] }[] = [];
  #appendedBytes = 0;

  constructor(id: number, ask: AskLog, onCommitted: () => void) {
    this.#id = id;
    this.#ask = ask;
    this.#onCommitted = onCommitted;
  }

  get pendingBytes(): number {
    return this.#appendedBytes + this.#state.length;
  }

  append(topic: string, partition: PartitionNumber, batch: Buffer, owned = false): void {
    this.#appends.push({ topic, partition, batch: owned ? batch : copyOf(batch) });
    this.#appendedBytes += batch.length;
  }

  commitOffsets(group: string, offsets: readonly CommittedOffset[]): void {
    this.#offsets.push({ group, offsets });
  }

  putState(space: string, key: Uint8Array, value: Uint8Array | null): void {
    this.#state.put(space, key, value);
  }

  /** After a failure everything is discarded: the task that wrote it must be recreated, as after any failed commit. */
  async commit(): Promise<void> {
    if (this.#appends.length === 0 && this.#offsets.length === 0 && this.#state.length === 0) return;
    const state = this.#state.take();
    const [appends, offsets] = [this.#appends, this.#offsets];
    await this.abort();
    const moved = new Set([state.bytes, ...appends.map((a) => a.batch)].map((b) => b.buffer as ArrayBuffer));
    await this.#ask({ method: 'commit', writer: this.#id, appends, offsets, state }, [...moved]);
    this.#onCommitted();
  }

  async abort(): Promise<void> {
    this.#appends = [];
    this.#offsets = [];
    this.#appendedBytes = 0;
    if (this.#state.length > 0) this.#state.take();
    await Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#ask({ method: 'closeWriter', writer: this.#id });
  }
}

/** Copies into a buffer that can be transferred. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
