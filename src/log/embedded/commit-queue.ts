import type { TimestampMs } from '../../base/quantities.ts';
import type { Env } from '../../base/env.ts';
import { SluiceError } from '../../base/errors.ts';
import { type CommittedOffset, Fenced } from '../api.ts';
import {
  baseOffsetOf,
  lastOffsetOf,
  maxTimestampOf,
  setBaseOffset,
  setLogAppendTime,
} from '../record-batch/batch-header.ts';
import { mayMerge, mergeBatches } from '../record-batch/merge.ts';
import { numberConfig } from '../topic-configs.ts';
import { BATCHES, OFFSETS, offsetKey, offsetValue, positionKey, TIMES } from './keys.ts';
import { SMALL_BYTES } from './merging.ts';
import type { OrderedStore, PackedEntries, StoreWriter } from '../../store/ordered-store.ts';
import type { Partition, Topic } from './topics.ts';

/** Everything that one writer commits together. */
export interface Work {
  readonly appends: readonly Append[];
  readonly offsets: readonly { readonly group: string; readonly offset: CommittedOffset }[];
  readonly state: readonly StatePut[];
  /** Further state, packed. */
  readonly packed: readonly PackedEntries[];
  /** Small writes that may free space: a full disk has a reserve for them. */
  readonly usesReserve: boolean;
  /** False when a newer writer of the same transactional id exists. */
  isCurrent(): boolean;
}

export interface Append {
  readonly topic: Topic;
  readonly partition: Partition;
  /** Owned by the queue, which writes the base offset into it. */
  readonly batch: Buffer;
}

export interface StatePut {
  readonly space: string;
  readonly key: Uint8Array;
  /** Null deletes. */
  readonly value: Uint8Array | null;
}

interface Waiting {
  readonly work: Work;
  resolve(): void;
  reject(error: unknown): void;
}

/** The end of a partition after the transaction. */
interface End {
  next: number;
  maxTimestamp: TimestampMs;
  bytes: number;
  readonly batches: Buffer[];
  isSmall: boolean;
  /** The timestamp of the records in ms, where the topic uses LogAppendTime. */
  readonly appendTimeMs: number | undefined;
  readonly maxBatchBytes: number;
}

/** Waiting works share a transaction up to this size, which takes about 10 ms. */
const TRANSACTION_SIZE = 2 << 20;
const ENTRY_COST = 1024;
/** Batches of one transaction are joined up to this size; larger ones are cheap enough. */
const JOINED_BYTES = 64 << 10;

/**
 * Commits everything, in order. Works that wait at the same time share one transaction of the store. If it fails, each
 * is tried alone, so that one that does not fit does not affect the others.
 */
export class CommitQueue {
  readonly #store: OrderedStore;
  readonly #env: Pick<Env, 'clock' | 'timers'>;
  /** Whether a commit is acknowledged only after it is on disk. */
  readonly #flushEach: boolean;
  readonly #onCommitted: (deletedTopics: readonly number[]) => void;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(
    store: OrderedStore,
    env: Pick<Env, 'clock' | 'timers'>,
    flushEach: boolean,
    onCommitted: (deletedTopics: readonly number[]) => void,
  ) {
    this.#store = store;
    this.#env = env;
    this.#flushEach = flushEach;
    this.#onCommitted = onCommitted;
  }

  /**
   * @throws SluiceError LOG_FULL, LOG_UNAVAILABLE, NOT_FOUND (topic deleted); Fenced. The work is then not committed.
   */
  commit(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (;;) {
      // Works that are committed before our turn share the transaction. Their preparation is not part of this stretch.
      await this.#env.timers.turn();
      const group = this.#next();
      if (group.length === 0) break;
      const done = await this.#tryAll(group);
      if (done.length === 0) continue;
      this.#onCommitted(deletedAmong(done));
      try {
        if (this.#flushEach) await this.#store.flush();
        for (const waiting of done) waiting.resolve();
      } catch (error) {
        for (const waiting of done) waiting.reject(error);
      }
    }
    this.#running = false;
  }

  /**
   * The next works in order, as many as one transaction can take without blocking the thread for long; at least one.
   */
  #next(): readonly Waiting[] {
    let size = 0;
    let n = 0;
    while (n < this.#waiting.length && (n === 0 || size < TRANSACTION_SIZE)) size += sizeOf(this.#waiting[n++]!.work);
    return this.#waiting.splice(0, n);
  }

  async #tryAll(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    const current = group.filter((waiting) => {
      const problem = refusal(waiting.work);
      if (problem !== undefined) waiting.reject(problem);
      return problem === undefined;
    });
    if (current.length === 0) return [];
    try {
      await this.#apply(current.map((waiting) => waiting.work));
      return current;
    } catch (error) {
      if (current.length === 1) {
        current[0]!.reject(error);
        return [];
      }
      const done: Waiting[] = [];
      for (const waiting of current) done.push(...(await this.#tryAll([waiting])));
      return done;
    }
  }

  async #apply(works: readonly Work[]): Promise<void> {
    const ends = new Map<Partition, End>();
    const fill = (writes: StoreWriter): void => {
      for (const work of works) {
        for (const append of work.appends) this.#append(append, ends);
        for (const { group, offset } of work.offsets) {
          const key = offsetKey(group, offset.topic, offset.partition);
          writes.put(OFFSETS, key, offsetValue(offset.offset, offset.metadata));
        }
        for (const { space, key, value } of work.state) {
          if (value === null) writes.delete(space, key);
          else writes.put(space, key, value);
        }
        for (const packed of work.packed) writes.putPacked(packed);
      }
      for (const [partition, end] of ends) this.#put(writes, partition, end);
    };
    const options = { evenIfFull: works.every((work) => work.usesReserve) };
    if (this.#store.writeBeside === undefined) this.#store.write(fill, options);
    else await this.#store.writeBeside(fill, options);
    for (const [partition, end] of ends) {
      if (end.isSmall) partition.small++;
      partition.next = end.next;
      partition.maxTimestamp = end.maxTimestamp;
      if (partition.bytes !== undefined) partition.bytes += end.bytes;
    }
  }

  /** Gives a batch its offsets. */
  #append({ topic, partition, batch }: Append, ends: Map<Partition, End>): void {
    let end = ends.get(partition);
    if (end === undefined) {
      end = {
        next: partition.next,
        maxTimestamp: partition.maxTimestamp,
        bytes: 0,
        batches: [],
        isSmall: false,
        appendTimeMs: topic.configs['message.timestamp.type'] === 'LogAppendTime' ? this.#env.clock.nowMs() : undefined,
        maxBatchBytes: numberConfig(topic.configs, 'max.message.bytes'),
      };
      ends.set(partition, end);
    }
    setBaseOffset(batch, end.next);
    end.batches.push(batch);
    end.next = lastOffsetOf(batch) + 1;
  }

  #put(writes: StoreWriter, { topicId, partition: number }: Partition, end: End): void {
    for (const batch of joined(end.batches, end.maxBatchBytes)) {
      if (end.appendTimeMs !== undefined) setLogAppendTime(batch, end.appendTimeMs);
      const base = baseOffsetOf(batch);
      writes.put(BATCHES, positionKey(topicId, number, base), batch);
      const timestamp = maxTimestampOf(batch);
      if (timestamp > end.maxTimestamp) {
        const at = Buffer.allocUnsafe(8);
        at.writeBigInt64BE(BigInt(base));
        writes.put(TIMES, positionKey(topicId, number, timestamp), at);
        end.maxTimestamp = timestamp;
      }
      end.bytes += batch.length;
      end.isSmall ||= batch.length < SMALL_BYTES;
    }
  }
}

/** Joins small consecutive batches, since what is committed together should be stored together. */
function joined(batches: readonly Buffer[], maxBytes: number): readonly Buffer[] {
  if (batches.length === 1) return batches;
  const out: Buffer[] = [];
  let run: Buffer[] = [];
  let bytes = 0;
  const finish = (): void => {
    if (run.length > 0) out.push(run.length === 1 ? run[0]! : mergeBatches(run));
    run = [];
    bytes = 0;
  };
  for (const batch of batches) {
    const fits = run.length > 0 && bytes + batch.length <= Math.min(JOINED_BYTES, maxBytes) && mayMerge(run[0]!, batch);
    if (!fits) finish();
    run.push(batch);
    bytes += batch.length;
  }
  finish();
  return out;
}

/** The approximate cost of a work in bytes; an entry of the state costs as much as a page. */
function sizeOf({ appends, offsets, state, packed }: Work): number {
  // Packed entries are written by another thread.
  const packedBytes = packed.reduce((sum, p) => sum + p.length, 0);
  return (
    packedBytes +
    appends.reduce((sum, a) => sum + ENTRY_COST + a.batch.length, (offsets.length + state.length) * ENTRY_COST)
  );
}

/** Topics that were deleted while a commit to them was in progress. */
function deletedAmong(done: readonly Waiting[]): readonly number[] {
  const deleted = new Set<number>();
  for (const { work } of done) for (const { topic } of work.appends) if (topic.deleted) deleted.add(topic.id);
  return [...deleted];
}

function refusal(work: Work): Error | undefined {
  if (!work.isCurrent()) return new Fenced('A younger writer of the same transactional id exists');
  for (const { topic } of work.appends) {
    if (topic.deleted) return new SluiceError('NOT_FOUND', `Topic '${topic.name}' does not exist`);
  }
  return undefined;
}
