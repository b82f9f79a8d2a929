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
import { type Assigned, AssignedReader } from '../assigned-reader.ts';
import { EntryPacker } from '../../store/packed-entries.ts';
import type { LogAsk } from './shared-log.ts';

/** Asks the thread that has the log. @throws what the log throws there */
export type AskLog = (ask: LogAsk, moved?: readonly ArrayBuffer[]) => Promise<unknown>;

/** The embedded log as a worker thread sees it: another thread has it. */
export class WorkerLog implements Log {
  readonly kind = 'embedded';
  readonly admin: LogAdmin;
  readonly #ask: AskLog;
  readonly #onCommitted: () => void;
  #nextId = 1;

  /** `onCommitted`: what has been read from the store is outdated. */
  constructor(ask: AskLog, onCommitted: () => void) {
    this.#ask = ask;
    this.#onCommitted = onCommitted;
    // All of it is asynchronous.
    this.admin = new Proxy({} as LogAdmin, {
      get: (_target, name) =>
        OPTIONAL.has(name as string)
          ? undefined
          : (...args: readonly unknown[]) => ask({ method: 'admin', name: name as keyof LogAdmin, args }),
    });
  }

  createReader(options: ReaderOptions): LogReader {
    return new WorkerReader(this.#nextId++, options, this.#ask);
  }

  async createWriter({ transactionalId }: WriterOptions): Promise<LogWriter> {
    const writer = this.#nextId++;
    await this.#ask({ method: 'createWriter', writer, transactionalId });
    // Nobody else of this id commits from now on: what is read from now on is to be what there is now.
    this.#onCommitted();
    return new WorkerWriter(writer, this.#ask, this.#onCommitted);
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

/** Methods that the embedded log does not have. */
const OPTIONAL = new Set(['endOffset', 'then']);

class WorkerReader extends AssignedReader<Assigned> implements LogReader {
  readonly #id: number;
  readonly #ask: AskLog;
  readonly #options: ReaderOptions;
  #isOpen = false;
  /** Told the other thread with the next poll. */
  #isMoved = false;
  /** The next poll, asked for already. */
  #ahead: Promise<readonly Fetched[]> | undefined;

  constructor(id: number, options: ReaderOptions, ask: AskLog) {
    super(options);
    this.#id = id;
    this.#ask = ask;
    this.#options = options;
  }

  protected begin(at: Assigned): Assigned {
    return { ...at };
  }

  override assign(partitions: readonly (TopicPartition & { readonly offset: number })[]): void {
    super.assign(partitions);
    this.#isMoved = true;
  }

  override seek(at: TopicPartition, offset: number): void {
    super.seek(at, offset);
    this.#isMoved = true;
  }

  override pause(at: TopicPartition): void {
    super.pause(at);
    if (!this.#isMoved) void this.#tell({ method: 'pause', reader: this.#id, ...nameOf(at) });
  }

  override resume(at: TopicPartition): void {
    super.resume(at);
    if (!this.#isMoved) void this.#tell({ method: 'resume', reader: this.#id, ...nameOf(at) });
  }

  async poll(timeoutMs: number): Promise<readonly Fetched[]> {
    const reader = this.#id;
    // Questions are taken up in their order: nobody need wait for the answers in between.
    if (!this.#isOpen) void this.#tell({ method: 'createReader', reader, options: this.#options });
    this.#isOpen = true;
    if (this.#isMoved) {
      this.#isMoved = false;
      this.#ahead = undefined;
      const partitions = this.assigned.map((a) => ({ ...nameOf(a), offset: a.position }));
      void this.#tell({ method: 'assign', reader, partitions });
      for (const a of this.assigned) if (a.paused) void this.#tell({ method: 'pause', reader, ...nameOf(a) });
    }
    let fetched = await this.#ahead;
    this.#ahead = undefined;
    if (fetched === undefined || fetched.length === 0) fetched = await this.#fetch(timeoutMs);
    // What comes next is on its way while this is handled.
    if (fetched.length > 0) {
      this.#ahead = this.#fetch(0);
      // Its failure is met by the poll that takes it.
      this.#ahead.catch(() => undefined);
    }
    for (const one of fetched) this.require(one).position = one.nextOffset;
    return fetched;
  }

  async #fetch(timeoutMs: number): Promise<readonly Fetched[]> {
    const fetched = (await this.#ask({ method: 'poll', reader: this.#id, timeoutMs })) as readonly Fetched[];
    return fetched.map((one) => {
      const { buffer } = one;
      return { ...one, buffer: Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength) };
    });
  }

  wakeup(): void {
    if (this.#isOpen) void this.#tell({ method: 'wakeup', reader: this.#id });
  }

  async close(): Promise<void> {
    if (this.#isOpen) await this.#ask({ method: 'closeReader', reader: this.#id });
    this.#isOpen = false;
  }

  /** What fails here fails again in the poll that follows. */
  async #tell(ask: LogAsk): Promise<void> {
    await this.#ask(ask).catch(() => undefined);
  }
}

function nameOf({ topic, partition }: TopicPartition): { readonly topic: string; readonly partition: number } {
  return { topic, partition };
}

/** Gathers a transaction in this thread and sends it to the other as a whole. */
class WorkerWriter implements LogWriter {
  readonly sharesState = true;
  readonly #id: number;
  readonly #ask: AskLog;
  readonly #onCommitted: () => void;
  readonly #state = new EntryPacker();
  #appends: { topic: string; partition: number; batch: Uint8Array }[] = [];
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

  append(topic: string, partition: number, batch: Buffer, owned = false): void {
    this.#appends.push({ topic, partition, batch: owned ? batch : copyOf(batch) });
    this.#appendedBytes += batch.length;
  }

  commitOffsets(group: string, offsets: readonly CommittedOffset[]): void {
    this.#offsets.push({ group, offsets });
  }

  putState(space: string, key: Uint8Array, value: Uint8Array | null): void {
    this.#state.put(space, key, value);
  }

  /** After a failure all of it is gone: the task that wrote it must be made anew, as after any failed commit. */
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

/** In memory of its own, which can be moved. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
