import { SluiceError } from '../base/errors.ts';
import type { OrderedStore, StoreWriter } from '../store/ordered-store.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { NUMBER_KEY_MARK, type StateSink } from './ordered.ts';
import type { RestoredState } from './restored-state.ts';
import { numbersSpace, type StoreDeclaration, storeSpace, timeSpace } from './provider.ts';

/** The destination of a store's changelog: a topic with a partition for each task. */
export interface ChangelogOf {
  readonly store: StoreDeclaration;
  readonly topic: string;
  /** Whether it contains only the numbers of tasks and no rows: then a partition is added with each new task. */
  readonly isOfNumbers?: boolean;
}

/** Finished batches go to the log writer. */
export interface ChangelogOutput {
  append(topic: string, partition: number, batch: Buffer, owned?: boolean): void;
  writtenUpTo?(topic: string, partition: number): number | undefined;
}

/** A batch is written when it has this many bytes. */
const BATCH_BYTES = 512 * 1024;

/** The space with the offset, by topic, up to which a task's changelog is in the local store. */
export function checkpointSpace(prefix: string): string {
  return `${prefix}#checkpoint`;
}

/** The store whose changelog contains a task's numbers: preferably one without expiry. */
export function numbersHome(changelogs: readonly ChangelogOf[]): ChangelogOf | undefined {
  return changelogs.find((cursor) => cursor.store.kind === 'keyValue') ?? changelogs[0];
}

/**
 * Receives what a task flushes: every write goes to the changelog in the same transaction as outputs and offsets, and
 * to the local store after the log's commit. The index by time and expiry stay local, since a restore recreates them.
 *
 * A changelog record contains the entry's key and value as in the local store, null for a deletion. Numbers (such as
 * stream time) have keys that start with a byte which no entry starts with.
 */
export class TaskChangelog implements StateSink {
  readonly #prefix: string;
  readonly #partition: number;
  readonly #changelogs: readonly ChangelogOf[];
  readonly #output: ChangelogOutput;
  readonly #nowMs: () => number;
  readonly #builders = new Map<string, { readonly topic: string; readonly builder: BatchBuilder }>();
  readonly #local = new Set<string>();
  readonly #numbersSpace: string;
  /** The part of a restore that is not in the local store yet. */
  readonly #restored: RestoredState | undefined;
  /** Triples of space, key, value. */
  #writes: (string | Uint8Array | null)[] = [];

  /**
   * `nowMs`: the timestamp of changelog records. Topics with retention expire by the time of writing, not by event
   * time.
   */
  constructor(options: {
    readonly prefix: string;
    readonly partition: number;
    readonly changelogs: readonly ChangelogOf[];
    readonly output: ChangelogOutput;
    readonly nowMs: () => number;
    readonly restored?: RestoredState | undefined;
  }) {
    this.#prefix = options.prefix;
    this.#partition = options.partition;
    this.#changelogs = options.changelogs;
    this.#output = options.output;
    this.#nowMs = options.nowMs;
    this.#restored = options.restored;
    for (const { store, topic } of options.changelogs) {
      this.#builders.set(storeSpace(options.prefix, store.name), { topic, builder: new BatchBuilder() });
      this.#local.add(timeSpace(options.prefix, store.name));
    }
    this.#numbersSpace = numbersSpace(options.prefix);
    const home = numbersHome(options.changelogs);
    if (home !== undefined)
      this.#builders.set(this.#numbersSpace, this.#builders.get(storeSpace(options.prefix, home.store.name))!);
  }

  putState(space: string, key: Uint8Array, value: Uint8Array | null): void {
    this.#writes.push(space, key, value);
    const target = this.#builders.get(space);
    if (target === undefined) {
      if (this.#local.has(space)) return;
      throw new SluiceError('INTERNAL', `State ${space} has no changelog`);
    }
    const recordKey = space === this.#numbersSpace ? Buffer.concat([NUMBER_KEY_MARK, key]) : key;
    const { builder, topic } = target;
    if (builder.count > 0 && builder.size + recordKey.length + (value?.length ?? 0) > BATCH_BYTES)
      this.#send(topic, builder);
    builder.add(this.#nowMs(), recordKey, value);
  }

  expireState(space: string, key: Uint8Array): void {
    this.#writes.push(space, key, null);
  }

  /** Hands over unfinished batches, before the log's commit. */
  finish(): void {
    for (const { topic, builder } of this.#builders.values()) if (builder.count > 0) this.#send(topic, builder);
  }

  /** Whether `store` has something to write. */
  get hasWrites(): boolean {
    return this.#writes.length > 0;
  }

  /** Whether restored entries wait to be written to the local store. */
  get isDraining(): boolean {
    return this.#restored !== undefined && !this.#restored.isDrained;
  }

  /**
   * Writes what was flushed, and the changelog's position, to the local store in the caller's transaction, after the
   * log's commit.
   */
  store(writes: StoreWriter): void {
    const list = this.#writes;
    const restored = this.isDraining ? this.#restored : undefined;
    for (let i = 0; i < list.length; i += 3) {
      const value = list[i + 2] as Uint8Array | null;
      restored?.supersede(list[i] as string, list[i + 1] as Uint8Array, value === null);
      if (value === null) writes.delete(list[i] as string, list[i + 1] as Uint8Array);
      else writes.put(list[i] as string, list[i + 1] as Uint8Array, value);
    }
    this.#writes = [];
    if (restored === undefined) this.#checkpoint(writes);
  }

  /**
   * Writes some restored entries to the local store in a separate transaction; the last of them with the checkpoint.
   */
  drain(store: OrderedStore, limit: number): void {
    const restored = this.#restored;
    if (restored === undefined || restored.isDrained) return;
    store.write((writes) => restored.drain(writes, limit), { evenIfFull: true });
    restored.afterDrain();
    // Whatever was written meanwhile is already there.
    if (restored.isDrained) store.write((writes) => this.#checkpoint(writes), { evenIfFull: true });
  }

  #checkpoint(writes: StoreWriter): void {
    for (const { topic } of this.#changelogs) {
      const offset = this.#output.writtenUpTo?.(topic, this.#partition) ?? this.#restored?.ends.get(topic);
      if (offset !== undefined) putCheckpoint(writes, this.#prefix, topic, offset);
    }
  }

  #send(topic: string, builder: BatchBuilder): void {
    this.#output.append(topic, this.#partition, builder.finish(), true);
  }
}

export function putCheckpoint(writes: StoreWriter, prefix: string, topic: string, offset: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(offset);
  writes.put(checkpointSpace(prefix), Buffer.from(topic), bytes);
}

/** The offset up to which a changelog is in the local store; undefined when nothing is. */
export function checkpointOf(store: OrderedStore, prefix: string, topic: string): number | undefined {
  return store.get(checkpointSpace(prefix), Buffer.from(topic))?.readDoubleBE();
}
