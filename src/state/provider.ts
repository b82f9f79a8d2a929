import { assert } from '../base/assert.ts';
import type { KeyValueStore, SessionStore, StoreProvider, StoreSpec, WindowStore, WindowStoreSpec } from './api.ts';
import { CachedKeyValueStore } from './key-value-store.ts';
import { asBuffer, type OrderedReader, type StateSink, type StateSnapshot } from './ordered.ts';
import { CachedSessionStore, CachedWindowStore } from './timed-stores.ts';
import { TimedEntries } from './timed-entries.ts';

export interface TaskStateOptions {
  /** State as of the last commit. */
  readonly disk: OrderedReader;
  /** The prefix of space names: see `stateSpace`. */
  readonly prefix: string;
  /** The most clean entries that each store keeps in memory. */
  readonly maxCleanEntries?: number;
}

interface Flushable {
  readonly cached: number;
  readonly unsaved: number;
  flush(sink: StateSink): void;
  afterCommit(): void;
}

/** A store that a task has opened. */
export interface StoreDeclaration {
  readonly name: string;
  /** `timed`: rows that expire, with an additional index by time. */
  readonly kind: 'keyValue' | 'timed';
  readonly retentionMs?: number | undefined;
}

interface DurableNumbers {
  readonly name: string;
  readonly values: Float64Array;
  readonly saved: Float64Array;
}

/** Prefix of the spaces that hold the state of one task. */
export function stateSpace(queryId: string, subTopology: number, partition: number): string {
  return `${queryId}/${subTopology}_${partition}`;
}

const DEFAULT_MAX_CLEAN_ENTRIES = 200_000;

/**
 * The stores of one task. A commit consists of `flush`, the log's commit, and `afterCommit`. After a failed commit it
 * must be discarded.
 */
export class TaskState implements StoreProvider {
  readonly #disk: OrderedReader;
  readonly #prefix: string;
  readonly #maxClean: number;
  readonly #stores = new Map<string, Flushable>();
  readonly #numbers = new Map<string, DurableNumbers>();
  readonly #declared: StoreDeclaration[] = [];

  constructor(options: TaskStateOptions) {
    this.#disk = options.disk;
    this.#prefix = options.prefix;
    this.#maxClean = options.maxCleanEntries ?? DEFAULT_MAX_CLEAN_ENTRIES;
  }

  /** The stores opened so far. */
  get declared(): readonly StoreDeclaration[] {
    return this.#declared;
  }

  keyValue(spec: StoreSpec): KeyValueStore {
    this.#declared.push({ name: spec.name, kind: 'keyValue' });
    return this.#register(
      spec,
      new CachedKeyValueStore(spec, storeSpace(this.#prefix, spec.name), this.#disk, this.#maxClean),
    );
  }

  window(spec: WindowStoreSpec): WindowStore {
    const entries = this.#timed(spec);
    return new CachedWindowStore(
      entries,
      spec.duplicates === true ? this.numbers(`${spec.name}.sequence`, [0]) : undefined,
    );
  }

  session(spec: WindowStoreSpec): SessionStore {
    return new CachedSessionStore(this.#timed(spec));
  }

  numbers(name: string, initial: readonly number[]): Float64Array {
    assert(!this.#numbers.has(name), `numbers ${name} opened once`);
    const values = Float64Array.from(initial);
    const stored = this.#disk.get(numbersSpace(this.#prefix), Buffer.from(name));
    if (stored !== undefined) {
      const bytes = Buffer.from(stored);
      for (let i = 0; i < values.length && i * 8 < bytes.length; i++) values[i] = bytes.readDoubleBE(i * 8);
    }
    this.#numbers.set(name, {
      name,
      values,
      saved: stored === undefined ? new Float64Array(values.length).fill(NaN) : values.slice(),
    });
    return values;
  }

  /** Names of the stores opened so far. */
  get storeNames(): readonly string[] {
    return [...this.#stores.keys()];
  }

  /** Entries that the stores hold in memory, for metrics. */
  get cachedEntries(): number {
    let sum = 0;
    for (const store of this.#stores.values()) sum += store.cached;
    return sum;
  }

  /** Entries that the next flush writes. */
  get unsavedEntries(): number {
    let sum = 0;
    for (const store of this.#stores.values()) sum += store.unsaved;
    return sum;
  }

  /** Hands all changes since the last flush to the sink. */
  flush(sink: StateSink): void {
    for (const store of this.#stores.values()) store.flush(sink);
    for (const { name, values, saved } of this.#numbers.values()) {
      if (values.every((v, i) => v === saved[i])) continue;
      const bytes = Buffer.alloc(values.length * 8);
      values.forEach((v, i) => bytes.writeDoubleBE(v, i * 8));
      sink.putState(numbersSpace(this.#prefix), Buffer.from(name), bytes);
      saved.set(values);
    }
  }

  /** Called when what was flushed can be read from disk. */
  afterCommit(): void {
    for (const store of this.#stores.values()) store.afterCommit();
  }

  #timed(spec: WindowStoreSpec): TimedEntries {
    this.#declared.push({ name: spec.name, kind: 'timed', retentionMs: spec.retentionMs });
    const observed = this.numbers(observedName(spec.name), [-Infinity]);
    const entries = new TimedEntries(
      {
        ...spec,
        keepMs: spec.retentionMs,
        space: storeSpace(this.#prefix, spec.name),
        timeSpace: timeSpace(this.#prefix, spec.name),
        disk: this.#disk,
        maxClean: this.#maxClean,
      },
      observed,
    );
    this.#register(spec, entries);
    return entries;
  }

  #register<T extends Flushable>(spec: StoreSpec, store: T): T {
    assert(!this.#stores.has(spec.name), `store ${spec.name} opened once`);
    this.#stores.set(spec.name, store);
    return store;
  }
}

/** The space of a store's rows by key. */
export function storeSpace(prefix: string, store: string): string {
  return `${prefix}/${store}`;
}

/** The space of a window or session store's index by time. */
export function timeSpace(prefix: string, store: string): string {
  return `${prefix}/${store}#time`;
}

/**
 * The store and the task of a query whose rows, or their index by time, are in a space; undefined for another space.
 */
export function storeOfSpace(
  space: string,
  queryId: string,
): { readonly store: string; readonly task: string; readonly isIndex: boolean } | undefined {
  if (!space.startsWith(`${queryId}/`)) return undefined;
  const found = /^(\d+_\d+)\/(.+?)(#time)?$/.exec(space.slice(queryId.length + 1));
  if (found === null) return undefined;
  const [, task = '', store = '', index] = found;
  return { store, task, isIndex: index !== undefined };
}

/** The space of the durable numbers of a task. */
export function numbersSpace(prefix: string): string {
  return `${prefix}#numbers`;
}

/** The name of the durable number with the highest time put into a store. */
export function observedName(store: string): string {
  return `${store}.observed`;
}

/** The committed highest time of a window or session store; initially -Infinity. */
export function observedTimeOf(disk: OrderedReader, prefix: string, store: string): number {
  const stored = disk.get(numbersSpace(prefix), Buffer.from(observedName(store)));
  return stored === undefined || stored.length < 8 ? -Infinity : asBuffer(stored).readDoubleBE(0);
}

/** State that starts empty and exists only in memory, for transient queries. */
export const NO_DISK: OrderedReader = {
  get: () => undefined,
  range: () => [],
};

/** A snapshot of it. */
export const NO_SNAPSHOT: StateSnapshot = { reader: NO_DISK, spaces: () => [], close() {} };

/** Discards the state of transient queries. */
export const DISCARD: StateSink = { putState() {} };
