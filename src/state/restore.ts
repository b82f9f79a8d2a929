import { MemoryShare, processMemory } from '../base/budget/memory.ts';
import type { Env } from '../base/env.ts';
import { Stretch } from '../base/stretch.ts';
import { type Log, type LogReader, OffsetOutOfRange, type TopicPartition } from '../log/api.ts';
import type { OrderedStore, StoreWriter } from '../store/ordered-store.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';
import type { RecordColumns } from '../log/record-batch/columns.ts';
import { checkpointOf, type ChangelogOf, checkpointSpace, numbersHome, putCheckpoint } from './changelog.ts';
import { timeIndexOf } from './entry-codec.ts';
import { NUMBER_KEY_MARK } from './ordered.ts';
import { RestoredEntries } from './restored-entries.ts';
import { drainInto, type Restored } from './restored-state.ts';
import { numbersSpace, storeSpace, timeSpace } from './provider.ts';

/** The state of one task that will be restored to the end of its changelogs. */
export interface RestoreTarget {
  readonly prefix: string;
  readonly partition: number;
  readonly changelogs: readonly ChangelogOf[];
}

export interface RestoreProgress {
  readonly restored: number;
  readonly total: number;
}

interface Part extends TopicPartition {
  readonly target: RestoreTarget;
  readonly changelog: ChangelogOf;
  readonly space: string;
  /** Of a store whose rows expire. */
  readonly timeSpace: string | undefined;
  readonly begin: number;
  readonly end: number;
  position: number;
  /** Where entries are gathered in memory during a whole restore. */
  held: RestoredEntries | undefined;
}

/**
 * The most memory for a restore, in bytes of changelog, within the thread's limit; beyond it, entries are written to
 * the local store as they come.
 */
const MAX_HELD_BYTES = 256 << 20;

/** The approximate number of records that are written to the local store in one piece. */
const RECORDS_AT_ONCE = 1000;
const DRAIN_STEP = 2000;
const POLL_BYTES = 8 << 20;
const POLL_PARTITION_BYTES = 4 << 20;

/**
 * Restores local state to the end of its changelogs: from the checkpoint (only what the last commits before a crash
 * wrote), or from the beginning if there is no local state or it belongs to another history. The caller calls `step`
 * until `isDone`. Each step writes the result of one poll with its checkpoint, so that an interrupted restore can
 * continue.
 */
export class Restorer {
  readonly targets: readonly RestoreTarget[];
  readonly #log: Log;
  readonly #store: OrderedStore;
  readonly #cursor = new RecordCursor();
  readonly #stretch: Stretch;
  #parts: Part[] = [];
  readonly #held = new MemoryShare();
  #reader: LogReader | undefined;

  constructor(log: Log, store: OrderedStore, targets: readonly RestoreTarget[], env: Pick<Env, 'clock' | 'timers'>) {
    this.#stretch = new Stretch(env);
    this.#log = log;
    this.#store = store;
    this.targets = targets;
  }

  get isDone(): boolean {
    return this.#reader !== undefined && this.#parts.every((p) => p.position >= p.end);
  }

  /** In offsets of the changelogs. */
  get progress(): RestoreProgress {
    let [restored, total] = [0, 0];
    for (const { begin, end, position } of this.#parts) {
      restored += Math.min(position, end) - begin;
      total += Math.max(0, end - begin);
    }
    return { restored, total };
  }

  /** Determines what must be read. @throws SluiceError LOG_UNAVAILABLE, NOT_FOUND */
  async open(): Promise<void> {
    const { admin } = this.#log;
    const parts = await Promise.all(
      this.targets.flatMap((target) =>
        target.changelogs.map(async (changelog): Promise<Part> => {
          const at = { topic: changelog.topic, partition: target.partition };
          // Not the end of committed records, since a transaction may be about to become visible.
          const [earliest, end] = await Promise.all([
            admin.earliestOffset(at),
            admin.endOffset === undefined ? admin.latestOffset(at) : admin.endOffset(at),
          ]);
          const checkpoint = checkpointOf(this.#store, target.prefix, at.topic);
          const isOurs = checkpoint !== undefined && checkpoint >= earliest && checkpoint <= end;
          if (!isOurs) this.#forget(target, changelog);
          const begin = isOurs ? checkpoint : earliest;
          const times = changelog.store.kind === 'timed' ? timeSpace(target.prefix, changelog.store.name) : undefined;
          return {
            ...at,
            target,
            changelog,
            space: storeSpace(target.prefix, changelog.store.name),
            timeSpace: times,
            begin,
            end,
            position: begin,
            held: isOurs ? undefined : new RestoredEntries(times),
          };
        }),
      ),
    );
    this.#parts = parts;
    this.#reader = this.#log.createReader({ maxBytes: POLL_BYTES, maxPartitionBytes: POLL_PARTITION_BYTES });
    this.#assign();
  }

  /** The restored entries that are not in the local store, for a completed restore. */
  restoredOf(target: RestoreTarget): Restored | undefined {
    const parts = this.#parts.filter((p) => p.target === target);
    if (parts.every((p) => p.held === undefined)) return undefined;
    return {
      entries: new Map(parts.flatMap((p) => (p.held === undefined ? [] : [[p.space, p.held] as const]))),
      ends: new Map(parts.map((p) => [p.topic, p.end])),
    };
  }

  /** Restores the records of one poll. */
  async step(timeoutMs: number): Promise<void> {
    const reader = this.#reader!;
    let fetched;
    try {
      fetched = await reader.poll(timeoutMs);
    } catch (error) {
      if (!(error instanceof OffsetOutOfRange)) throw error;
      // Retention has removed records; the rest is all there is.
      const part = this.#partAt(error.at);
      this.#forget(part.target, part.changelog);
      if (part.held !== undefined) part.held = new RestoredEntries(part.timeSpace);
      part.position = await this.#log.admin.earliestOffset(part);
      this.#assign();
      return;
    }
    if (fetched.length === 0) return;
    for (const one of fetched) {
      const part = this.#partAt(one);
      this.#cursor.openFetched(one);
      // Batch by batch, with pauses if it takes long, so that clients of this thread are served.
      for (let more = this.#cursor.next(); more;) {
        this.#store.write(
          (writes) => {
            for (let n = 0; more && n < RECORDS_AT_ONCE; more = this.#cursor.next()) {
              n += this.#cursor.columns.count;
              this.#apply(part, this.#cursor.columns, writes);
            }
          },
          { evenIfFull: true },
        );
        await this.#stretch.breathe();
      }
      part.position = one.nextOffset;
      if (part.held !== undefined) this.#held.hold(one.to - one.from);
      // While something of the task exists only in memory, a restart begins again.
      if (this.#parts.some((p) => p.target === part.target && p.held !== undefined)) continue;
      this.#store.write(
        (writes) => putCheckpoint(writes, part.target.prefix, part.topic, Math.min(part.position, part.end)),
        { evenIfFull: true },
      );
    }
    if (this.#held.bytes > MAX_HELD_BYTES || processMemory.isFull) await this.#letGo();
    if (fetched.some((f) => this.#partAt(f).position >= this.#partAt(f).end)) this.#assign();
  }

  async close(): Promise<void> {
    this.#held.close();
    await this.#reader?.close();
  }

  /** There is too much in memory, so it is written to the local store, and so is everything that follows. */
  async #letGo(): Promise<void> {
    for (const part of this.#parts) {
      const { held } = part;
      if (held === undefined) continue;
      while (!held.isDrained) {
        this.#store.write((writes) => drainInto(writes, part.space, held, DRAIN_STEP), { evenIfFull: true });
        await this.#stretch.breathe();
      }
      part.held = undefined;
    }
    this.#held.close();
    this.#store.write(
      (writes) => {
        for (const p of this.#parts) putCheckpoint(writes, p.target.prefix, p.topic, Math.min(p.position, p.end));
      },
      { evenIfFull: true },
    );
  }

  #apply(part: Part, columns: RecordColumns, writes: StoreWriter): void {
    const numbers = numbersSpace(part.target.prefix);
    const { held } = part;
    for (let i = 0; i < columns.count; i++) {
      if (
        held !== undefined &&
        columns.buffer[columns.keyStart[i]!] !== NUMBER_KEY_MARK[0] &&
        columns.keyLength[i]! >= 0
      ) {
        held.put(columns, i);
        continue;
      }
      const key = columns.key(i);
      if (key === null) continue;
      const value = columns.value(i);
      if (key.length > 0 && key[0] === NUMBER_KEY_MARK[0]) {
        if (value !== null) writes.put(numbers, key.subarray(1), value);
        continue;
      }
      if (value !== null) {
        writes.put(part.space, key, value);
        if (part.timeSpace !== undefined) {
          const index = timeIndexOf(key, value);
          writes.put(part.timeSpace, index.key, index.value);
        }
        continue;
      }
      if (part.timeSpace !== undefined) {
        const old = this.#store.get(part.space, key);
        writes.delete(part.timeSpace, timeIndexOf(key, old ?? NO_VALUE).key);
      }
      writes.delete(part.space, key);
    }
  }

  /** Deletes the local state of a store, including the numbers if its changelog contains them. */
  #forget(target: RestoreTarget, { store, topic }: ChangelogOf): void {
    this.#store.write(
      (writes) => {
        writes.deleteSpace(storeSpace(target.prefix, store.name));
        writes.deleteSpace(timeSpace(target.prefix, store.name));
        if (numbersHome(target.changelogs)?.topic === topic) writes.deleteSpace(numbersSpace(target.prefix));
        writes.delete(checkpointSpace(target.prefix), Buffer.from(topic));
      },
      { evenIfFull: true },
    );
  }

  #assign(): void {
    this.#reader!.assign(
      this.#parts
        .filter((p) => p.position < p.end)
        .map(({ topic, partition, position }) => ({ topic, partition, offset: position })),
    );
  }

  #partAt({ topic, partition }: TopicPartition): Part {
    return this.#parts.find((p) => p.topic === topic && p.partition === partition)!;
  }
}

/** Stands for the value of a nonexistent row, whose key is short. */
const NO_VALUE = Uint8Array.of(0);
