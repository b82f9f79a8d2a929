import { createHash, randomUUID } from 'node:crypto';
import { open, type RootDatabase } from 'lmdb';
import { messageOf, SluiceError } from '../../base/errors.ts';
import type {
  OrderedStore,
  RangeOptions,
  StoreEntry,
  StoreReader,
  StoreSnapshot,
  StoreWriter,
} from './ordered-store.ts';

/*
 * One LMDB environment with one tree. A key is (uint32 space id, key); space 0 maps names to ids. Named LMDB databases would cost every
 * transaction, and state stores come by the hundred.
 *
 * LMDB limits keys to 1978 bytes. A longer one is stored under its first bytes and the SHA-256 of all of it, KEY_MAX bytes together, and
 * carries itself in front of its value. Only such keys have that length. Among keys that agree in their first 1942 bytes the order is lost.
 */
const KEY_MAX = 1978;
const SPACE_BYTES = 4;
const HASH_BYTES = 32;
const LONG_KEY_HEAD_BYTES = KEY_MAX - SPACE_BYTES - HASH_BYTES;

const NAMES_SPACE = 0;

/** Holds a token of the process that opened the environment last. No space's name begins so. */
const OWNER_KEY = storedKey(NAMES_SPACE, Buffer.from('\0owner'));
const EMPTY = Buffer.alloc(0);

/** Transaction flags of lmdb-js: abortable (1), synchronous (2), without waiting for the disk (MDB_NOSYNC). */
const COMMIT_WITHOUT_SYNC = 0x10003;

/** What an entry takes besides its bytes, about. */
const ENTRY_BYTES = 16;

export interface LmdbStoreOptions {
  /** Folder of the environment; made when it is missing. */
  readonly path: string;
  /** Most bytes in use; default: as much as the disk has. */
  readonly maxBytes?: number;
  /** Looks at an environment that another thread of this process writes: take snapshots, nothing else is up to date. */
  readonly readOnly?: boolean;
}

/** An OrderedStore in an LMDB environment: one process at a time, any number of snapshots. */
export class LmdbStore implements OrderedStore {
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #names = new Map<string, number>();
  readonly #pageBytes: number;
  readonly #owner = Buffer.from(randomUUID());
  #nextSpace = 1;
  /** Settable: room may be given at any time. */
  maxBytes: number;
  /** Not less than usedBytes: the last count, and what was written since. */
  #usedAtMost: number;
  readonly #readOnly: boolean;
  #closed = false;

  /** @throws SluiceError LOG_UNAVAILABLE, LOG_CORRUPT */
  constructor(options: LmdbStoreOptions) {
    this.maxBytes = options.maxBytes ?? Infinity;
    this.#readOnly = options.readOnly ?? false;
    try {
      this.#db = open<Buffer, Buffer>({
        path: options.path,
        noSubdir: false,
        keyEncoding: 'binary',
        encoding: 'binary',
        // Commits are ordered and atomic without waiting for the disk; after a loss of power LMDB goes back to the last flushed commit.
        overlappingSync: true,
        // Nobody else reads the file's unused bytes.
        noMemInit: true,
        maxReaders: 512,
        ...(this.#readOnly && { readOnly: true }),
      });
    } catch (cause) {
      throw storeError(cause, `open ${options.path}`);
    }
    this.#pageBytes = (this.#stats() as { pageSize?: number }).pageSize ?? 4096;
    for (const [name, id] of this.#readNames()) {
      this.#names.set(name, id);
      this.#nextSpace = Math.max(this.#nextSpace, id + 1);
    }
    this.#usedAtMost = this.usedBytes;
    if (!this.#readOnly) this.#transact(() => this.#db.putSync(OWNER_KEY, this.#owner));
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

  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void {
    if (this.#closed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write to the store: it is closed');
    if (this.#readOnly) throw new SluiceError('INTERNAL', 'The store is open for reading');
    // Gathered first: reads during `fill` see the state before it, and what it throws costs no transaction.
    const puts: { key: Buffer; value: Uint8Array | null }[] = [];
    const dropped: string[] = [];
    const named = new Map<string, number>();
    let bytes = 0;
    fill({
      put: (space, key, value) => {
        const id = this.#names.get(space) ?? named.get(space) ?? this.#nextSpace + named.size;
        if (!this.#names.has(space) && !named.has(space)) {
          named.set(space, id);
          const idBytes = Buffer.alloc(4);
          idBytes.writeUInt32BE(id);
          puts.push({ key: storedKey(NAMES_SPACE, Buffer.from(space)), value: idBytes });
        }
        const stored = key.length > KEY_MAX - SPACE_BYTES - 1 ? withKey(key, value) : value;
        // A value beyond half a page gets pages of its own.
        bytes +=
          stored.length > this.#pageBytes / 2
            ? stored.length + this.#pageBytes
            : key.length + stored.length + ENTRY_BYTES;
        puts.push({ key: storedKey(id, key), value: stored });
      },
      delete: (space, key) => {
        const id = this.#names.get(space) ?? named.get(space);
        if (id !== undefined) puts.push({ key: storedKey(id, key), value: null });
      },
      deleteSpace: (space) => {
        const id = this.#names.get(space);
        if (id === undefined) return;
        for (const entry of this.#rawRange(spaceKey(id), spaceKey(id + 1), { values: false }))
          puts.push({ key: entry.key, value: null });
        puts.push({ key: storedKey(NAMES_SPACE, Buffer.from(space)), value: null });
        dropped.push(space);
      },
    });
    if (puts.length === 0) return;
    if (bytes > 0 && options?.evenIfFull !== true) this.#checkRoom(bytes);
    const db = this.#db;
    this.#transact(() => {
      // Whoever opened the environment after us has other offsets in mind: two writers must never both go on.
      const owner = db.getBinary(OWNER_KEY);
      if (owner === undefined || this.#owner.compare(owner) !== 0) {
        throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write to the store: another process has opened its folder');
      }
      for (let i = 0; i < puts.length; i++) {
        const { key, value } = puts[i]!;
        if (value === null) db.removeSync(key);
        else db.putSync(key, value as Buffer);
      }
    });
    this.#usedAtMost += bytes;
    for (const [name, id] of named) {
      this.#names.set(name, id);
      this.#nextSpace = Math.max(this.#nextSpace, id + 1);
    }
    for (const name of dropped) this.#names.delete(name);
  }

  snapshot(): StoreSnapshot {
    const transaction = this.#db.useReadTransaction();
    // Another thread may have added spaces.
    const names = new Map(this.#readOnly ? this.#readNames(transaction) : this.#names);
    let open = true;
    return {
      ...this.#reader(transaction, names),
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
    await new Promise<void>((resolve, reject) => {
      const sync = (this.#db as unknown as { sync(callback: (error?: unknown) => void): void }).sync.bind(this.#db);
      sync((error) => (error ? reject(storeError(error, 'flush to disk')) : resolve()));
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (!this.#readOnly) await this.flush();
    this.#closed = true;
    await this.#db.close();
  }

  /** Counting takes longer than a small commit: it is done when what was added since the last time could be too much. */
  #checkRoom(bytes: number): void {
    if (this.#usedAtMost + bytes <= this.maxBytes) return;
    this.#usedAtMost = this.usedBytes;
    if (this.#usedAtMost + bytes <= this.maxBytes) return;
    throw new SluiceError(
      'LOG_FULL',
      `Cannot store ${bytes} more bytes: ${this.#usedAtMost} of ${this.maxBytes} are used`,
      {
        retriable: true,
      },
    );
  }

  *#readNames(transaction?: unknown): Generator<[string, number]> {
    for (const { key, value } of this.#rangeOf(NAMES_SPACE, undefined, transaction))
      if (key[0] !== 0) yield [key.toString(), value.readUInt32BE()];
  }

  #transact(action: () => void): void {
    try {
      (this.#db.transactionSync as (action: () => void, flags?: number) => void).call(
        this.#db,
        action,
        COMMIT_WITHOUT_SYNC,
      );
    } catch (cause) {
      throw storeError(cause, 'commit');
    }
  }

  #stats(): unknown {
    return (this.#db as unknown as { getStats(): unknown }).getStats();
  }

  #reader(transaction?: ReturnType<RootDatabase['useReadTransaction']>, names = this.#names): StoreReader {
    return {
      get: (space, key) => {
        const id = names.get(space);
        if (id === undefined) return undefined;
        const value = this.#db.getBinary.call(
          this.#db,
          storedKey(id, key),
          ...((transaction ? [{ transaction }] : []) as []),
        );
        if (value === undefined) return undefined;
        return key.length > KEY_MAX - SPACE_BYTES - 1 ? splitKey(asBuffer(value)).value : asBuffer(value);
      },
      range: (space, options) => {
        const id = names.get(space);
        return id === undefined ? [] : this.#rangeOf(id, options, transaction);
      },
    };
  }

  *#rangeOf(id: number, options: RangeOptions | undefined, transaction?: unknown): Generator<StoreEntry> {
    const from = options?.gte === undefined ? spaceKey(id) : storedKey(id, options.gte);
    const to = options?.lt === undefined ? spaceKey(id + 1) : storedKey(id, options.lt);
    for (const { key, value } of this.#rawRange(from, to, { ...options, transaction })) {
      if (key.length < KEY_MAX) {
        yield { key: key.subarray(SPACE_BYTES), value };
      } else {
        // The true key is in the value, whether the caller wants values or not.
        const found = splitKey(options?.values === false ? asBuffer(this.#db.getBinary(key)!) : value);
        yield options?.values === false ? { key: found.key, value: EMPTY } : found;
      }
    }
  }

  *#rawRange(
    from: Buffer,
    to: Buffer,
    options: { reverse?: boolean; limit?: number; values?: boolean; transaction?: unknown },
  ): Generator<StoreEntry> {
    const range: Record<string, unknown> = {};
    if (options.limit !== undefined) range['limit'] = options.limit;
    if (options.transaction !== undefined) range['transaction'] = options.transaction;
    if (options.reverse) {
      // lmdb-js begins a reverse range at its start, inclusive, and ends before its end: [from, to) is (to, from) the other way round.
      range['reverse'] = true;
      range['start'] = to;
      range['exclusiveStart'] = true;
      range['end'] = from;
      range['inclusiveEnd'] = true;
    } else {
      range['start'] = from;
      range['end'] = to;
    }
    if (options.values === false) {
      for (const key of this.#db.getKeys(range)) yield { key: asBuffer(key), value: EMPTY };
      return;
    }
    for (const { key, value } of this.#db.getRange(range)) yield { key: asBuffer(key), value: asBuffer(value) };
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function spaceKey(id: number): Buffer {
  const key = Buffer.allocUnsafe(SPACE_BYTES);
  key.writeUInt32BE(id);
  return key;
}

function storedKey(id: number, key: Uint8Array): Buffer {
  if (key.length + SPACE_BYTES >= KEY_MAX) {
    const long = Buffer.allocUnsafe(KEY_MAX);
    long.writeUInt32BE(id);
    long.set(key.subarray(0, LONG_KEY_HEAD_BYTES), SPACE_BYTES);
    createHash('sha256')
      .update(key)
      .digest()
      .copy(long, SPACE_BYTES + LONG_KEY_HEAD_BYTES);
    return long;
  }
  const short = Buffer.allocUnsafe(SPACE_BYTES + key.length);
  short.writeUInt32BE(id);
  short.set(key, SPACE_BYTES);
  return short;
}

function withKey(key: Uint8Array, value: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafe(4 + key.length + value.length);
  stored.writeUInt32BE(key.length);
  stored.set(key, 4);
  stored.set(value, 4 + key.length);
  return stored;
}

function splitKey(stored: Buffer): StoreEntry {
  const keyLength = stored.readUInt32BE();
  return { key: stored.subarray(4, 4 + keyLength), value: stored.subarray(4 + keyLength) };
}

/**
 * ENOSPC, EDQUOT and EFBIG are a full disk, and so is EIO, which is how LMDB reports a write that was cut short (a failing disk looks the
 * same). LMDB has left the committed data as it was.
 */
function storeError(cause: unknown, action: string): SluiceError {
  const reason = messageOf(cause);
  if (cause instanceof SluiceError) return cause;
  if (/No space left|quota exceeded|File too large|MDB_MAP_FULL|Input\/output error/i.test(reason)) {
    return new SluiceError('LOG_FULL', `Cannot ${action}: the disk is full or fails: ${reason}`, {
      cause,
      retriable: true,
    });
  }
  if (/MDB_CORRUPTED|MDB_INVALID|MDB_PAGE_NOTFOUND|MDB_VERSION_MISMATCH|MDB_PANIC/.test(reason)) {
    return new SluiceError('LOG_CORRUPT', `Cannot ${action}: ${reason}`, { cause });
  }
  return new SluiceError('LOG_UNAVAILABLE', `Cannot ${action}: ${reason}`, { cause });
}
