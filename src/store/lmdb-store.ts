import { randomUUID } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import { SluiceError } from '../base/errors.ts';
import {
  asBuffer,
  EMPTY,
  KEY_MAX,
  NAMES_SPACE,
  type NumberedEntries,
  openLmdb,
  OWNER_KEY,
  type RawEntry,
  SPACE_BYTES,
  spaceKey,
  splitKey,
  storedKey,
  storedValue,
  storeError,
  transact,
  writeEntries,
} from './lmdb-environment.ts';
import {
  prefixEnd,
  type OrderedStore,
  type PlacedEntry,
  type RangeOptions,
  type StoreEntry,
  type StoreReader,
  type StoreSnapshot,
  type StoreWriter,
} from './ordered-store.ts';
import { LmdbScan } from './lmdb-scan.ts';
import { isSealed, lengthUnsealed, SEALED_SPACE, unseal } from './sealed-value.ts';
import { type Disk, ENTRY_BYTES, StoreRoom } from './store-room.ts';
import type { StoreCondition } from './store-condition.ts';

/** Fewer entries are written in the caller's thread, since waiting for another one would take longer. */
const BESIDE_ENTRIES = 200;
const BESIDE_BYTES = 128 << 10;
const BESIDE_PACKED_BYTES = 16 << 10;

/** Bytes that must fit before a full disk counts as usable again. */
const PROBE_BYTES = 64 << 10;

/**
 * A thread that writes to the same environment. Only its owner may end it, since LMDB does not survive the end of a
 * writing thread.
 */
export interface StoreThread {
  /** @throws SluiceError as `OrderedStore.write` does */
  write(owner: Buffer, entries: readonly RawEntry[], packed: readonly NumberedEntries[]): Promise<void>;
  /** Ends after the last write. */
  close(): Promise<void>;
}

type ReadTransaction = ReturnType<RootDatabase['useReadTransaction']>;

interface Gathered {
  readonly entries: readonly RawEntry[];
  readonly packed: readonly NumberedEntries[];
  readonly dropped: readonly string[];
  /** Spaces that are new, with their numbers. */
  readonly named: ReadonlyMap<string, number>;
  readonly bytes: number;
}

export interface LmdbStoreOptions {
  /** Folder of the environment; created if necessary. */
  readonly path: string;
  /** The most bytes in use; by default as much as the disk has. */
  readonly maxBytes?: number;
  /** The setting that says so. */
  readonly maxSetting?: string;
  /** Spaces whose values carry checksums of their own; those of all others get one. */
  readonly ownSums?: readonly string[];
  /**
   * The free space of the disk, and how much of it is reserved for writes that free space. Absent: it is not checked.
   */
  readonly disk?: Disk | undefined;
  /** Is told how writing proceeds. */
  readonly condition?: StoreCondition | undefined;
  /** Starts a thread that writes to the same environment, the first time that there is much to write. */
  readonly thread?: (() => StoreThread) | undefined;
  /** For an environment that another thread of this process writes: use snapshots, since nothing else is up to date. */
  readonly readOnly?: boolean;
}

/** An OrderedStore in an LMDB environment: one process at a time, any number of snapshots. */
export class LmdbStore implements OrderedStore {
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #scan: LmdbScan;
  readonly #names = new Map<string, number>();
  /** Names that no commit has stored yet, with the number of commits under way that would. */
  readonly #unstored = new Map<string, number>();
  readonly #pageBytes: number;
  readonly #ownSums: readonly string[];
  readonly #owner = Buffer.from(randomUUID());
  #nextSpace = 1;
  readonly #room: StoreRoom;
  readonly #condition: StoreCondition | undefined;
  readonly #readOnly: boolean;
  readonly #thread: (() => StoreThread) | undefined;
  #running: StoreThread | undefined;
  #closed = false;

  /** @throws SluiceError LOG_UNAVAILABLE, LOG_CORRUPT */
  constructor(options: LmdbStoreOptions) {
    this.#readOnly = options.readOnly ?? false;
    this.#db = openLmdb(options.path, this.#readOnly);
    this.#scan = new LmdbScan(this.#db);
    this.#thread = options.thread;
    this.#condition = options.condition;
    this.#ownSums = options.ownSums ?? [];
    this.#pageBytes = (this.#stats() as { pageSize?: number }).pageSize ?? 4096;
    for (const [name, id] of this.#readNames()) this.#addName(name, id);
    this.#room = new StoreRoom(options.maxBytes ?? Infinity, options.maxSetting, options.disk, {
      usedBytes: () => this.usedBytes,
      fileBytes: () => (((this.#stats() as { lastPageNumber?: number }).lastPageNumber ?? 0) + 1) * this.#pageBytes,
    });
    if (!this.#readOnly) transact(this.#db, () => this.#db.putSync(OWNER_KEY, this.#owner));
  }

  /** Writable: space may be granted at any time. */
  get maxBytes(): number {
    return this.#room.maxBytes;
  }

  set maxBytes(bytes: number) {
    this.#room.maxBytes = bytes;
  }

  get usedBytes(): number {
    const stats = this.#stats() as Record<string, number>;
    const pages =
      (stats['treeBranchPageCount'] ?? 0) + (stats['treeLeafPageCount'] ?? 0) + (stats['overflowPages'] ?? 0);
    return pages * this.#pageBytes;
  }

  get(space: string, key: Uint8Array): Buffer | undefined {
    return this.#reader().get(space, key);
  }

  range(space: string, options?: RangeOptions): Iterable<StoreEntry> {
    return this.#reader().range(space, options);
  }

  scan(space: string, options: RangeOptions, visit: (entry: PlacedEntry) => boolean): void {
    this.#reader().scan(space, options, visit);
  }

  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void {
    const gathered = this.#gather(fill, options?.evenIfFull === true);
    if (gathered === undefined) return;
    this.#writeHere(gathered.entries, gathered.packed);
    this.#finish(gathered);
  }

  async writeBeside(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): Promise<void> {
    const gathered = this.#gather(fill, options?.evenIfFull === true);
    if (gathered === undefined) return;
    const { entries, packed, bytes } = gathered;
    const packedBytes = packed.reduce((sum, p) => sum + p.length, 0);
    const isLittle = entries.length < BESIDE_ENTRIES && bytes < BESIDE_BYTES && packedBytes < BESIDE_PACKED_BYTES;
    if (this.#thread === undefined || (isLittle && this.#condition?.isSlow !== true)) {
      this.#writeHere(entries, packed);
    } else {
      // Spaces get their numbers at once, so that concurrent writes do not assign them again.
      this.#name(gathered);
      for (const name of gathered.named.keys()) this.#unstored.set(name, (this.#unstored.get(name) ?? 0) + 1);
      const ended = this.#condition?.begin('commit');
      try {
        await (this.#running ??= this.#thread()).write(this.#owner, entries, packed);
        ended?.();
      } catch (error) {
        ended?.(error);
        for (const name of gathered.named.keys()) this.#unname(name);
        throw error;
      } finally {
        this.#forgetLook();
      }
    }
    this.#finish(gathered);
  }

  #writeHere(entries: readonly RawEntry[], packed: readonly NumberedEntries[]): void {
    const ended = this.#condition?.begin('commit');
    try {
      writeEntries(this.#db, this.#owner, entries, packed);
      ended?.();
    } catch (error) {
      ended?.(error);
      throw error;
    }
  }

  /** The requests of `fill`; undefined: none. @throws SluiceError LOG_FULL, LOG_UNAVAILABLE; the error of `fill` */
  #gather(fill: (writes: StoreWriter) => void, evenIfFull: boolean): Gathered | undefined {
    if (this.#closed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write to the store: it is closed');
    if (this.#readOnly) throw new SluiceError('INTERNAL', 'The store is open for reading');
    // Gathered first: reads during `fill` see the previous state, and an error of `fill` costs no transaction.
    const entries: RawEntry[] = [];
    const packed: NumberedEntries[] = [];
    const dropped: string[] = [];
    const named = new Map<string, number>();
    let bytes = 0;
    const idOf = (space: string): number => {
      // The commit that would store a name may still fail: each until then stores it as well.
      const given = this.#names.get(space);
      const known = this.#unstored.has(space) ? named.get(space) : (given ?? named.get(space));
      if (known !== undefined) return known;
      const id = given ?? this.#nextSpace + named.size + (this.#ownSums.includes(space) ? 0 : SEALED_SPACE);
      named.set(space, id);
      const idBytes = Buffer.alloc(4);
      idBytes.writeUInt32BE(id);
      entries.push({ key: storedKey(NAMES_SPACE, Buffer.from(space)), value: idBytes });
      return id;
    };
    fill({
      put: (space, key, value) => {
        const id = idOf(space);
        const storedAs = storedKey(id, key);
        const stored = storedValue(storedAs, key, value);
        // A value larger than half a page gets pages of its own.
        bytes +=
          stored.length > this.#pageBytes / 2
            ? stored.length + this.#pageBytes
            : key.length + stored.length + ENTRY_BYTES;
        entries.push({ key: storedAs, value: stored });
      },
      delete: (space, key) => {
        const id = this.#names.get(space) ?? named.get(space);
        if (id !== undefined) entries.push({ key: storedKey(id, key), value: null });
      },
      putPacked: ({ spaces, bytes: given, length }) => {
        packed.push({ ids: spaces.map(idOf), bytes: given, length });
        bytes += length;
      },
      deleteSpace: (space) => {
        const id = this.#names.get(space);
        if (id === undefined) return;
        for (const entry of this.#rawRange(spaceKey(id), spaceKey(id + 1), { values: false }))
          entries.push({ key: entry.key, value: null });
        entries.push({ key: storedKey(NAMES_SPACE, Buffer.from(space)), value: null });
        dropped.push(space);
      },
    });
    if (entries.length === 0 && packed.length === 0) return undefined;
    if (bytes > 0 && !evenIfFull) this.#checkRoom(bytes);
    return { entries, packed, dropped, named, bytes };
  }

  /** The transaction is done. */
  #finish(gathered: Gathered): void {
    this.#room.wrote(gathered.bytes);
    this.#name(gathered);
    for (const name of gathered.named.keys()) this.#unstored.delete(name);
    for (const name of gathered.dropped) this.#names.delete(name);
  }

  #name({ named }: Gathered): void {
    for (const [name, id] of named) this.#addName(name, id);
  }

  /** A commit that would have stored the name has failed. */
  #unname(name: string): void {
    const left = (this.#unstored.get(name) ?? 0) - 1;
    if (left > 0) this.#unstored.set(name, left);
    else if (this.#unstored.delete(name)) this.#names.delete(name);
  }

  #addName(name: string, id: number): void {
    this.#names.set(name, id);
    this.#nextSpace = Math.max(this.#nextSpace, (isSealed(id) ? id - SEALED_SPACE : id) + 1);
  }

  snapshot(): StoreSnapshot {
    // An open snapshot is reused for a millisecond. Another thread may have reported a commit since.
    if (this.#readOnly) this.#forgetLook();
    const transaction = this.#db.useReadTransaction();
    const names = new Map(this.#readOnly ? [] : this.#names);
    let open = true;
    // Another thread may have added and dropped spaces.
    const found = (space: string): number | undefined => {
      let id = names.get(space);
      if (id === undefined && this.#readOnly) {
        id = this.#numberOf(space, transaction);
        if (id !== undefined) names.set(space, id);
      }
      return id;
    };
    return {
      ...this.#reader(transaction, found),
      spaces: (prefix) => {
        const from = Buffer.from(prefix);
        const range = { gte: from.length === 0 ? undefined : from, lt: prefixEnd(from), values: false };
        return Array.from(this.#rangeOf(NAMES_SPACE, range, transaction), ({ key }) => key)
          .filter((key) => key[0] !== 0)
          .map(String);
      },
      close: () => {
        if (open) transaction.done();
        open = false;
      },
    };
  }

  spaces(): readonly string[] {
    return [...this.#names.keys()];
  }

  async flush(): Promise<void> {
    if (this.#closed) return;
    const ended = this.#condition?.begin('flush');
    await new Promise<void>((resolve, reject) => {
      const sync = (this.#db as unknown as { sync(callback: (error?: unknown) => void): void }).sync.bind(this.#db);
      sync((cause) => {
        const error = cause ? storeError(cause, 'flush to disk') : undefined;
        ended?.(error);
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /** Why it cannot be written now, in words; undefined: it can. After a failure it is tried again. */
  problem(): string | undefined {
    if (this.#condition?.isOld === true && !this.#closed) {
      try {
        this.#room.checkDiskNext();
        this.#checkRoom(PROBE_BYTES);
        this.#writeHere([{ key: OWNER_KEY, value: this.#owner }], []);
      } catch {
        // The condition has been told.
      }
    }
    return this.#condition?.problem();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#running?.close();
    if (!this.#readOnly) await this.flush();
    this.#closed = true;
    await this.#db.close();
  }

  /** @throws SluiceError LOG_FULL */
  #checkRoom(bytes: number): void {
    try {
      this.#room.check(bytes);
    } catch (error) {
      this.#condition?.failed(error);
      throw error;
    }
  }

  *#readNames(): Generator<[string, number]> {
    for (const { key, value } of this.#rangeOf(NAMES_SPACE, undefined))
      if (key[0] !== 0) yield [key.toString(), value.readUInt32BE()];
  }

  #numberOf(space: string, transaction: ReadTransaction): number | undefined {
    const found = this.#getRaw(storedKey(NAMES_SPACE, Buffer.from(space)), transaction);
    return found === undefined ? undefined : asBuffer(found).readUInt32BE();
  }

  #getRaw(key: Buffer, transaction: ReadTransaction | undefined): Buffer | undefined {
    if (transaction === undefined) return this.#db.getBinary(key);
    return (this.#db.getBinary as (key: Buffer, options: object) => Buffer | undefined)(key, { transaction });
  }

  /** What this thread has read before is outdated. */
  #forgetLook(): void {
    (this.#db as unknown as { resetReadTxn(): void }).resetReadTxn();
  }

  #stats(): unknown {
    return (this.#db as unknown as { getStats(): unknown }).getStats();
  }

  #reader(
    transaction?: ReadTransaction,
    numberOf: (space: string) => number | undefined = (space) => this.#names.get(space),
  ): StoreReader {
    return {
      get: (space, key) => {
        const id = numberOf(space);
        if (id === undefined) return undefined;
        const stored = storedKey(id, key);
        const raw = this.#getRaw(stored, transaction);
        if (raw === undefined) return undefined;
        const value = this.#unsealed(id, stored, asBuffer(raw));
        return key.length > KEY_MAX - SPACE_BYTES - 1 ? splitKey(value).value : value;
      },
      range: (space, options) => {
        const id = numberOf(space);
        return id === undefined ? [] : this.#rangeOf(id, options, transaction);
      },
      scan: (space, options, visit) => {
        const id = numberOf(space);
        if (id !== undefined) this.#scanOf(id, options, transaction, visit);
      },
    };
  }

  #scanOf(
    id: number,
    options: RangeOptions,
    transaction: ReadTransaction | undefined,
    visit: (entry: PlacedEntry) => boolean,
  ): void {
    const sealed = isSealed(id);
    const placed: { -readonly [P in keyof PlacedEntry]: PlacedEntry[P] } = { ...NOWHERE };
    this.#scan.run(lmdbRange(...spanOf(id, options), { ...options, transaction }), (copied) => {
      const valueEnd = sealed ? lengthUnsealed(copied) : copied.valueEnd;
      if (valueEnd === undefined) throw this.#damaged(id);
      placed.value = copied.value;
      placed.valueEnd = valueEnd;
      if (copied.keyEnd - copied.keyStart < KEY_MAX) {
        placed.key = copied.key;
        placed.keyStart = copied.keyStart + SPACE_BYTES;
        placed.keyEnd = copied.keyEnd;
        placed.valueStart = 0;
      } else {
        // As in splitKey, the whole key precedes the value.
        placed.key = copied.value;
        placed.keyStart = 4;
        placed.keyEnd = placed.valueStart = 4 + copied.value.readUInt32BE();
      }
      return visit(placed);
    });
  }

  *#rangeOf(id: number, options: RangeOptions | undefined, transaction?: unknown): Generator<StoreEntry> {
    for (const { key, value: raw } of this.#rawRange(...spanOf(id, options), { ...options, transaction })) {
      const value = options?.values === false ? raw : this.#unsealed(id, key, raw);
      if (key.length < KEY_MAX) {
        yield { key: key.subarray(SPACE_BYTES), value };
      } else {
        // The true key is in the value, even if the caller wants no values.
        const found = splitKey(options?.values === false ? asBuffer(this.#db.getBinary(key)!) : value);
        yield options?.values === false ? { key: found.key, value: EMPTY } : found;
      }
    }
  }

  /** The original value. @throws SluiceError LOG_CORRUPT */
  #unsealed(id: number, key: Buffer, stored: Buffer): Buffer {
    if (!isSealed(id)) return stored;
    const value = unseal(key, stored);
    if (value !== undefined) return value;
    throw this.#damaged(id);
  }

  #damaged(id: number): SluiceError {
    const [name] = [...this.#names].find(([, known]) => known === id) ?? [`number ${id}`];
    return new SluiceError('LOG_CORRUPT', `An entry of ${name} fails its checksum: the disk has changed it`, {
      hint: 'Stop the server; sluice check DIR tells what else is damaged.',
    });
  }

  *#rawRange(from: Buffer, to: Buffer, options: RawRangeOptions): Generator<StoreEntry> {
    const range = lmdbRange(from, to, options);
    if (options.values === false) {
      for (const key of this.#db.getKeys(range)) yield { key: asBuffer(key), value: EMPTY };
      return;
    }
    for (const { key, value } of this.#db.getRange(range)) yield { key: asBuffer(key), value: asBuffer(value) };
  }
}

const NOWHERE: PlacedEntry = { key: EMPTY, keyStart: 0, keyEnd: 0, value: EMPTY, valueStart: 0, valueEnd: 0 };

interface RawRangeOptions {
  readonly reverse?: boolean;
  readonly limit?: number;
  readonly values?: boolean;
  readonly transaction?: unknown;
}

/** The first key of a range in a space, and the key after its last. */
function spanOf(id: number, options: RangeOptions | undefined): [from: Buffer, to: Buffer] {
  return [
    options?.gte === undefined ? spaceKey(id) : storedKey(id, options.gte),
    options?.lt === undefined ? spaceKey(id + 1) : storedKey(id, options.lt),
  ];
}

/** [from, to) in lmdb-js's terms. */
function lmdbRange(from: Buffer, to: Buffer, { reverse, limit, transaction }: RawRangeOptions): object {
  const range: Record<string, unknown> = { start: from, end: to };
  if (limit !== undefined) range['limit'] = limit;
  if (transaction !== undefined) range['transaction'] = transaction;
  // lmdb-js starts a reverse range at its start, inclusive, and ends before its end: reversed, [from, to) becomes (to,
  // from].
  if (reverse === true)
    Object.assign(range, { reverse, start: to, exclusiveStart: true, end: from, inclusiveEnd: true });
  return range;
}
