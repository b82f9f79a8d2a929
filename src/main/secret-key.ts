import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../base/config/config.ts';
import { SluiceError } from '../base/errors.ts';
import type { Sealer } from '../base/secrets/sealer.ts';
import { KEYS } from '../config/keys.ts';
import { makeFolders } from '../host/make-folders.ts';
import { KEY_BYTES, sealerOf } from '../host/sealer.ts';
import type { OrderedStore } from '../store/ordered-store.ts';

/**
 * The keys of stores that were passed in: a server that is opened again on the same store can read what it encrypted.
 */
const keysOfStores = new WeakMap<OrderedStore, Buffer>();

function keyOf(store: OrderedStore): Buffer {
  const key = keysOfStores.get(store) ?? randomBytes(KEY_BYTES);
  keysOfStores.set(store, key);
  return key;
}

/** The name of the key file in the data folder, unless another one is configured. */
const FILE = 'secrets.key';
const OWNER_ALONE = 0o600;

/**
 * Encrypts secrets and passwords of connectors with the key of `secrets.key.file`. On the embedded log the key is
 * created at the first start, because the folder belongs to this process alone; on Kafka, where all servers of a
 * service need the same key, it must be configured. `given`: the store that replaces the data folder; its key exists as
 * long as the store.
 * @throws SluiceError CONFIG for a file that others may read, or that contains no key
 */
export async function openSealer(
  config: Config,
  log: 'embedded' | 'kafka',
  given: OrderedStore | undefined,
): Promise<Sealer | undefined> {
  const configured = config.get(KEYS.secretsKeyFile);
  if (configured === undefined) {
    if (log === 'kafka') return undefined;
    if (given !== undefined) return sealerOf([keyOf(given)]);
  }
  const file = path.resolve(configured ?? path.join(config.get(KEYS.dataDir), FILE));
  if (log === 'embedded') await makeKey(file);
  return sealerOf(await readKeys(file));
}

/** Writes the key atomically and never over an existing one: the file gets its name only when it is on disk. */
async function makeKey(file: string): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  makeFolders(path.dirname(file), 0o700);
  try {
    const handle = await open(fresh, 'w', OWNER_ALONE);
    try {
      await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, 'cannot be made', error);
  } finally {
    await rm(fresh, { force: true });
  }
}

async function readKeys(file: string): Promise<[Buffer, ...Buffer[]]> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0)
      throw unusable(file, `may be read by others (mode 0${(mode & 0o777).toString(8)}): chmod 600 ${file}`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw unusable(file, 'cannot be read', error);
  }
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => Buffer.from(line, 'base64'));
  const [first, ...others] = keys;
  if (first === undefined || keys.some((key) => key.length !== KEY_BYTES))
    throw unusable(file, `has to hold ${KEY_BYTES} bytes in base64 on each line`);
  return [first, ...others];
}

function unusable(file: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError('CONFIG', `secrets.key.file: ${file} ${what}`, {
    cause,
    hint: `openssl rand -base64 ${KEY_BYTES} makes a key.`,
  });
}
