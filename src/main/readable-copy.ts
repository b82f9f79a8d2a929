import { rmSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RootDatabase } from 'lmdb';
import { SluiceError } from '../base/errors.ts';
import { openLmdb, transact } from '../store/lmdb-environment.ts';
import { LmdbStore } from '../store/lmdb-store.ts';
import type { OrderedStore, StoreSnapshot, StoreWriter } from '../store/ordered-store.ts';
import { makePrivate } from './folder-lock.ts';
import { DATA_FILE, readSound } from './store-check.ts';

/** The folder below `data.dir` for the readable content of a damaged store. */
const FOLDER = 'readable';
/** The size up to which entries are written together, in bytes. */
const PIECE_BYTES = 8 << 20;

/** What a read-only server serves: a copy of the readable content. */
export interface ReadableCopy {
  readonly store: ReadableStore;
  /** What the copy is and what to do, in sentences. */
  readonly reason: string;
}

/**
 * Copies the readable content of a damaged store, without ever opening the damaged file with LMDB. Undefined when
 * nothing can be read, or when there is not enough space.
 * @param damage why the store is not opened
 */
export async function copyReadable(
  folder: string,
  store: string,
  damage: SluiceError,
): Promise<ReadableCopy | undefined> {
  const target = path.join(folder, FOLDER);
  await removeReadable(folder);
  const { bavail, bsize } = statfsSync(folder);
  if (statSync(path.join(store, DATA_FILE)).size > bavail * bsize) return undefined;
  makePrivate(target);
  const db = openLmdb(target, false);
  let kept = 0;
  let lost: readonly string[];
  try {
    const writer = new Writer(db);
    lost = readSound(store, (key, value) => {
      kept++;
      writer.put(key, value);
    }).damage;
    writer.flush();
  } finally {
    await db.close();
  }
  if (kept === 0) {
    await removeReadable(folder);
    return undefined;
  }
  const { hint = '' } = damage;
  const more = lost.length > 1 ? `, and ${lost.length - 1} more` : '';
  return {
    store: new ReadableStore(new LmdbStore({ path: target })),
    reason: `${damage.message}. The server serves what can be read of it, and may only be read; rows of ${lost[0] ?? 'it'}${more} are missing. ${hint}`,
  };
}

/** Removes the copy of an earlier start. */
export async function removeReadable(folder: string): Promise<void> {
  await Promise.resolve();
  rmSync(path.join(folder, FOLDER), { recursive: true, force: true });
}

/** Writes entries in their stored form, in groups. */
class Writer {
  readonly #db: RootDatabase<Buffer, Buffer>;
  #piece: (readonly [Buffer, Buffer])[] = [];
  #bytes = 0;

  constructor(db: RootDatabase<Buffer, Buffer>) {
    this.#db = db;
  }

  put(key: Buffer, value: Buffer): void {
    this.#piece.push([key, value]);
    this.#bytes += key.length + value.length;
    if (this.#bytes >= PIECE_BYTES) this.flush();
  }

  flush(): void {
    transact(this.#db, () => {
      for (const [key, value] of this.#piece) this.#db.putSync(key, value);
    });
    this.#piece = [];
    this.#bytes = 0;
  }
}

/** The error for everything that would change a read-only server. */
export function readOnlyError(reason: string): SluiceError {
  return new SluiceError('READ_ONLY', 'The server may only be read, for its store is damaged', { hint: reason });
}

/** A store that accepts the writes of a start, and refuses all later ones. */
export class ReadableStore implements OrderedStore {
  readonly #store: LmdbStore;
  #refusal: string | undefined;

  constructor(store: LmdbStore) {
    this.#store = store;
  }

  /** From now on every write is refused. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void {
    if (this.#refusal !== undefined) throw readOnlyError(this.#refusal);
    this.#store.write(fill, options);
  }

  get: OrderedStore['get'] = (space, key) => this.#store.get(space, key);
  range: OrderedStore['range'] = (space, options) => this.#store.range(space, options);
  scan: OrderedStore['scan'] = (space, options, visit) => this.#store.scan(space, options, visit);

  snapshot(): StoreSnapshot {
    return this.#store.snapshot();
  }

  spaces(): readonly string[] {
    return this.#store.spaces();
  }

  get usedBytes(): number {
    return this.#store.usedBytes;
  }

  async flush(): Promise<void> {
    await this.#store.flush();
  }

  /** Stays until the next start. */
  problem(): string | undefined {
    return this.#refusal;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}
