import { createHash } from 'node:crypto';
import { open, type RootDatabase } from 'lmdb';
import { must } from '../base/assert.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { StoreEntry } from './ordered-store.ts';
import { unpackEntries } from './packed-entries.ts';
import { isSealed, seal } from './sealed-value.ts';

/*
 * One LMDB environment with one tree. A key is (uint32 space id, key); space 0 maps names to ids. Named LMDB databases
 * would slow down every transaction, and there may be hundreds of state stores.
 *
 * LMDB limits keys to 1978 bytes. A longer one is stored under its first bytes and the SHA-256 of the whole key,
 * KEY_MAX bytes in total, and precedes its value. Only such keys have that length. Among keys with the same first 1942
 * bytes the order is lost.
 */
export const KEY_MAX = 1978;
export const SPACE_BYTES = 4;
const HASH_BYTES = 32;
const LONG_KEY_HEAD_BYTES = KEY_MAX - SPACE_BYTES - HASH_BYTES;

export const NAMES_SPACE = 0;

/** Contains a token of the process that opened the environment last. No name of a space begins like this. */
export const OWNER_KEY = storedKey(NAMES_SPACE, Buffer.from('\0owner'));
export const EMPTY = Buffer.alloc(0);

/** Transaction flags of lmdb-js: abortable (1), synchronous (2), without waiting for the disk (MDB_NOSYNC). */
const COMMIT_WITHOUT_SYNC = 0x10003;

/** Raw changes: whole keys; a value of null deletes. */
export interface RawEntry {
  readonly key: Buffer;
  readonly value: Uint8Array | null;
}

/** Packed entries whose spaces have numbers. */
export interface NumberedEntries {
  readonly ids: readonly number[];
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** @throws SluiceError LOG_UNAVAILABLE, LOG_CORRUPT */
export function openLmdb(path: string, readOnly: boolean): RootDatabase<Buffer, Buffer> {
  try {
    return open<Buffer, Buffer>({
      path,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      // Commits are ordered and atomic without waiting for the disk; after a power failure LMDB returns to the last
      // flushed commit.
      overlappingSync: true,
      // Unused bytes of pages are zeros: otherwise they are whatever the process had there, secrets among them.
      noMemInit: false,
      maxReaders: 512,
      ...(readOnly && { readOnly: true }),
    });
  } catch (cause) {
    throw storeError(cause, `open ${path}`);
  }
}

/** Runs one transaction. @throws SluiceError LOG_FULL, LOG_UNAVAILABLE, LOG_CORRUPT, without any change */
export function transact(db: RootDatabase<Buffer, Buffer>, action: () => void): void {
  try {
    (db.transactionSync as (action: () => void, flags?: number) => void).call(db, action, COMMIT_WITHOUT_SYNC);
  } catch (cause) {
    throw storeError(cause, 'commit');
  }
}

/**
 * Writes entries in one transaction, unless another process has opened the folder since `owner` did.
 * @throws as `transact` does
 */
export function writeEntries(
  db: RootDatabase<Buffer, Buffer>,
  owner: Buffer,
  entries: readonly RawEntry[],
  packed: readonly NumberedEntries[],
): void {
  transact(db, () => {
    // A later owner of the environment has other offsets: two writers must never both continue.
    const found = db.getBinary(OWNER_KEY);
    if (found === undefined || owner.compare(found) !== 0)
      throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write to the store: another process has opened its folder');
    for (let i = 0; i < entries.length; i++) {
      const { key, value } = entries[i]!;
      if (value === null) db.removeSync(key);
      else db.putSync(key, value as Buffer);
    }
    for (const { ids, bytes, length } of packed) {
      unpackEntries({ bytes, length }, (space, key, value) => {
        const stored = storedKey(must(ids[space], 'id of the space'), key);
        if (value === null) db.removeSync(stored);
        else db.putSync(stored, storedValue(stored, key, value) as Buffer);
      });
    }
  });
}

/** A long key precedes its value, and in a sealed space a checksum follows it. `stored`: the key with its space. */
export function storedValue(stored: Buffer, key: Uint8Array, value: Uint8Array): Uint8Array {
  const whole = key.length > KEY_MAX - SPACE_BYTES - 1 ? withKey(key, value) : value;
  return isSealed(stored.readUInt32BE()) ? seal(stored, whole) : whole;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function spaceKey(id: number): Buffer {
  const key = Buffer.allocUnsafe(SPACE_BYTES);
  key.writeUInt32BE(id);
  return key;
}

export function storedKey(id: number, key: Uint8Array): Buffer {
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

export function splitKey(stored: Buffer): StoreEntry {
  const keyLength = stored.readUInt32BE();
  return { key: stored.subarray(4, 4 + keyLength), value: stored.subarray(4 + keyLength) };
}

/**
 * ENOSPC, EDQUOT and EFBIG mean a full disk. So does EIO, by which LMDB reports a write that was cut short (a failing
 * disk looks the same). LMDB has not changed the committed data.
 */
export function storeError(cause: unknown, action: string): SluiceError {
  if (cause instanceof SluiceError) return cause;
  // The details that LMDB adds about its pages change with each attempt and are meaningless to users.
  const reason = messageOf(cause).replace(/: Attempting to .*$/s, '');
  if (/No space left|quota exceeded|File too large|MDB_MAP_FULL|Input\/output error/i.test(reason)) {
    return new SluiceError('LOG_FULL', `Cannot ${action}: the disk is full or fails: ${reason}`, {
      cause,
      retriable: true,
    });
  }
  if (/Read-only file system|Permission denied|Operation not permitted/i.test(reason)) {
    return new SluiceError('LOG_UNAVAILABLE', `Cannot ${action}: the disk may not be written: ${reason}`, {
      cause,
      retriable: true,
      hint: 'Make it writable again: what waits goes on by itself.',
    });
  }
  if (/MDB_CORRUPTED|MDB_INVALID|MDB_PAGE_NOTFOUND|MDB_VERSION_MISMATCH/.test(reason)) {
    return new SluiceError('LOG_CORRUPT', `Cannot ${action}: ${reason}`, { cause });
  }
  return new SluiceError('LOG_UNAVAILABLE', `Cannot ${action}: ${reason}`, { cause });
}
