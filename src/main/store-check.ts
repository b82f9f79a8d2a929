import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { EntryCheck } from '../log/embedded/check-entries.ts';
import { inspectLmdb, type InspectOptions, readableEntries, type StoreFile } from '../store/lmdb-file.ts';

export const DATA_FILE = 'data.mdb';

/** The result of checking one store. */
export interface StoreReport {
  readonly file: string;
  /** Descriptions of the damage; empty when the checked part is undamaged. */
  readonly damage: readonly string[];
  readonly bytes: number;
  /** The number of record batches whose checksum was verified. */
  readonly batches: number;
  /** The number of other entries whose checksum was verified. */
  readonly sealed: number;
  /** False when the check ended before everything was checked. */
  readonly complete: boolean;
}

/** The stores of a data folder: the embedded log, or on Kafka the state of queries and of their threads. */
export function storesOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^(log|state(-\d+)?)$/.test(entry.name))
    .map((entry) => path.join(folder, entry.name))
    .filter((store) => existsSync(path.join(store, DATA_FILE)));
}

/**
 * Checks a whole store: its pages, and every entry with our own checksum. No process may have the store open meanwhile.
 */
export function checkStore(store: string): StoreReport {
  const entries = new EntryCheck();
  const report = inspect(store, {
    onEntry: (key, value) => entries.take(key, value),
  });
  return {
    ...report,
    damage: [...report.damage, ...entries.findings],
    batches: entries.batches,
    sealed: entries.sealed,
  };
}

/** Checks only the pages of a store, as long as `mayGoOn` returns true. */
export function checkPages(store: string, mayGoOn: () => boolean): StoreReport {
  return inspect(store, { mayGoOn });
}

/** Passes on the readable entries of a damaged store: each entry on a valid page whose checksum, if any, is correct. */
export function readSound(store: string, onEntry: (key: Buffer, value: Buffer) => void): StoreReport {
  const entries = new EntryCheck();
  return withFile(store, (file, given) => {
    const found = readableEntries(given, (key, value) => {
      if (entries.take(key, value)) onEntry(key, value());
    });
    const { batches, sealed, findings } = entries;
    return { ...reportOf(file, given.size, found), damage: [...damageOf(found), ...findings], batches, sealed };
  });
}

function inspect(store: string, options: InspectOptions): StoreReport {
  return withFile(store, (file, given) => reportOf(file, given.size, inspectLmdb(given, options)));
}

type Found = ReturnType<typeof inspectLmdb>;

const damageOf = ({ damage, used }: Found): string[] =>
  damage.map(({ page, what }) => `page ${page} of ${used} ${what}`);

function reportOf(file: string, bytes: number, found: Found): StoreReport {
  return { file, damage: damageOf(found), bytes, batches: 0, sealed: 0, complete: found.complete };
}

function withFile<T>(store: string, use: (file: string, given: StoreFile) => T): T {
  const file = path.join(store, DATA_FILE);
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const read = (position: number, length: number): Buffer => {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, position));
    };
    return use(file, { read, size, bootId: bootId() });
  } finally {
    closeSync(handle);
  }
}

/** The boot id as lmdb-js computes it; undefined when only LMDB can determine it. */
function bootId(): bigint | undefined {
  try {
    const [first] = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').split('-');
    return BigInt(`0x${first}`);
  } catch {
    return undefined;
  }
}

/** Whether a data folder has been used: then a store without data is not a new one. */
export function isUsed(folder: string, store: string): boolean {
  const file = path.join(store, DATA_FILE);
  const isEmpty = !existsSync(file) || statSync(file).size === 0;
  return isEmpty && existsSync(path.join(folder, 'secrets.key'));
}
