import { processMemory, type MemoryBudget } from '../base/budget/memory.ts';
import type { Clock, Timers } from '../base/env.ts';
import { isSluiceError } from '../base/errors.ts';
import type { LogWriter } from '../log/api.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import type { EncodedHeaders } from '../log/record-batch/headers.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';

/** The target of rows: a partition, and the largest batch that its topic accepts. */
export interface InsertTarget {
  readonly topic: string;
  readonly partition: number;
  readonly maxBatchBytes: number;
}

/** A batch is closed at this size at the latest. */
const BATCH_BYTES = 512 << 10;
/** How long, in ms, and how many bytes of arriving rows are gathered at most. */
const GATHER_MS = 4;
const GATHER_BYTES = 128 << 10;
/** When more than this waits for its commit, callers must wait. */
const WAITING_BYTES_MAX = 8 << 20;

/** Rows for one partition that are committed together. */
export class InsertBatch {
  readonly topic: string;
  readonly partition: number;
  /** Resolves when the fate of each row is known. Never rejects. */
  readonly settled: Promise<void>;
  isSettled = false;
  rows = 0;
  #settle!: () => void;
  #errors: Map<number, unknown> | undefined;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Why a row was not written; undefined: it was. For a settled batch. */
  errorOf(row: number): unknown {
    return this.#errors?.get(row);
  }

  fail(row: number, error: unknown): void {
    (this.#errors ??= new Map()).set(row, error);
  }

  settle(): void {
    this.isSettled = true;
    this.#settle();
  }
}

/** A row that is being written: number `row` of its batch. */
export interface InsertTicket {
  readonly batch: InsertBatch;
  readonly row: number;
}

/**
 * Resolves when the row is as durable as the log's fsync setting requires. @throws the reason why it was not written
 */
export async function inserted({ batch, row }: InsertTicket): Promise<void> {
  await batch.settled;
  const error = batch.errorOf(row);
  if (error !== undefined) throw error;
}

/** A batch that is being sent. */
interface Outgoing {
  readonly batch: InsertBatch;
  /** The index in `batch` of the first row in the bytes. */
  readonly firstRow: number;
  readonly rows: number;
  readonly bytes: Buffer;
}

interface Open {
  batch: InsertBatch;
  readonly builder: BatchBuilder;
}

interface InserterEnv {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Pick<Timers, 'turn'>;
}

/**
 * The server's own writer for INSERT VALUES and /inserts-stream. Rows are gathered in one record batch for each
 * partition: those that arrive during a commit, and then as long as each round of the event loop brings more, for at
 * most 4 ms and 128 KB. Every commit writes some pages of its own whatever it contains, so it should contain some
 * hundred rows when that many arrive. A single row waits for one empty round.
 */
export class Inserter {
  readonly #writer: LogWriter;
  readonly #env: InserterEnv;
  /** Where rows count until their fate is known. */
  readonly #memory: MemoryBudget;
  readonly #open = new Map<string, (Open | undefined)[]>();
  #outgoing: Outgoing[] = [];
  #rows = 0;
  #waitingBytes = 0;
  #committing: Promise<void> | undefined;
  #room: Promise<void> | undefined;
  #makeRoom: (() => void) | undefined;

  constructor(writer: LogWriter, env: InserterEnv, memory: MemoryBudget = processMemory) {
    this.#writer = writer;
    this.#env = env;
    this.#memory = memory;
  }

  /** Adds key[keyFrom, keyTo) and value[valueFrom, valueTo), null for none; the bytes are copied. */
  add(
    target: InsertTarget,
    timestamp: number,
    key: Uint8Array | null,
    keyFrom: number,
    keyTo: number,
    value: Uint8Array | null,
    valueFrom: number,
    valueTo: number,
    headers: EncodedHeaders | null = null,
  ): InsertTicket {
    const open = this.#openFor(target);
    const { builder } = open;
    const limit = Math.min(BATCH_BYTES, target.maxBatchBytes);
    const headerBytes = headers === null ? 0 : headers.to - headers.from;
    const bytes = keyTo - keyFrom + valueTo - valueFrom + headerBytes + RECORD_BYTES;
    if (builder.count > 0 && builder.size + bytes > limit) this.#close(open);
    const before = builder.size;
    builder.append(timestamp, key, keyFrom, keyTo, value, valueFrom, valueTo, headers);
    this.#rows++;
    this.#waitingBytes += builder.size - before;
    this.#memory.hold(builder.size - before);
    this.#committing ??= this.#commitAll();
    return { batch: open.batch, row: open.batch.rows++ };
  }

  /** Undefined when there is room for more rows; otherwise resolves when there is. */
  get room(): Promise<void> | undefined {
    const isMuch = this.#waitingBytes >= WAITING_BYTES_MAX || (this.#waitingBytes > 0 && this.#memory.isFull);
    if (!isMuch) return undefined;
    return (this.#room ??= new Promise((resolve) => {
      this.#makeRoom = resolve;
    }));
  }

  async close(): Promise<void> {
    await this.#committing;
    await this.#writer.close();
  }

  #openFor({ topic, partition }: InsertTarget): Open {
    let partitions = this.#open.get(topic);
    if (partitions === undefined) this.#open.set(topic, (partitions = []));
    return (partitions[partition] ??= { batch: new InsertBatch(topic, partition), builder: new BatchBuilder() });
  }

  #close(open: Open): void {
    const { batch, builder } = open;
    this.#outgoing.push({ batch, firstRow: 0, rows: batch.rows, bytes: builder.finish() });
    open.batch = new InsertBatch(batch.topic, batch.partition);
  }

  async #commitAll(): Promise<void> {
    for (;;) {
      await this.#gather();
      if (this.#rows === 0) break;
      for (const partitions of this.#open.values())
        for (const open of partitions) if (open !== undefined && open.builder.count > 0) this.#close(open);
      if (this.#open.size > OPEN_TOPICS_MAX) this.#open.clear();
      const group = this.#outgoing;
      this.#outgoing = [];
      const bytes = this.#waitingBytes;
      this.#rows = 0;
      this.#waitingBytes = 0;
      await this.#commit(group);
      this.#memory.release(bytes);
      for (const { batch } of group) batch.settle();
      this.#makeRoom?.();
      this.#room = undefined;
      this.#makeRoom = undefined;
    }
    this.#committing = undefined;
  }

  async #gather(): Promise<void> {
    const { clock, timers } = this.#env;
    const untilMs = clock.monotonicMs() + GATHER_MS;
    let before: number;
    do {
      before = this.#rows;
      await timers.turn();
    } while (this.#rows > before && this.#waitingBytes < GATHER_BYTES && clock.monotonicMs() < untilMs);
  }

  /** Commits as much as possible: a refused row must not fail its neighbours. Never rejects. */
  async #commit(group: readonly Outgoing[]): Promise<void> {
    const writer = this.#writer;
    try {
      for (const { batch, bytes } of group) writer.append(batch.topic, batch.partition, bytes, true);
      await writer.commit();
    } catch (error) {
      await writer.abort().catch(() => undefined);
      const left = group.filter(({ bytes }) => writer.isStored?.(bytes) !== true);
      if (left.length > 1 && !isForAll(error)) for (const one of left) await this.#commit([one]);
      else if (left.length === 1 && left[0]!.rows > 1 && !isForAll(error))
        for (const one of eachAlone(left[0]!)) await this.#commit([one]);
      else
        for (const { batch, firstRow, rows } of left)
          for (let i = firstRow; i < firstRow + rows; i++) batch.fail(i, error);
    }
  }
}

/** The number of topics whose builders are kept for later rows. */
const OPEN_TOPICS_MAX = 64;
/** The most bytes of a record besides its key and value. */
const RECORD_BYTES = 48;

/** An error of the log itself or of a topic: trying each row separately would not help. */
function isForAll(error: unknown): boolean {
  return isSluiceError(error, 'LOG_FULL');
}

function* eachAlone({ batch, bytes }: Outgoing): Generator<Outgoing> {
  const cursor = new RecordCursor();
  cursor.open(bytes, 0, bytes.length, 0);
  let row = 0;
  while (cursor.next()) {
    const { columns } = cursor;
    for (let i = 0; i < columns.count; i++) {
      const builder = new BatchBuilder(256);
      const headers = {
        bytes: columns.buffer,
        from: columns.headersStart[i]!,
        to: columns.recordEnd[i]!,
        count: columns.headerCount[i]!,
      };
      builder.add(columns.timestamp[i]!, columns.key(i), columns.value(i), headers);
      yield { batch, firstRow: row++, rows: 1, bytes: builder.finish() };
    }
  }
}
