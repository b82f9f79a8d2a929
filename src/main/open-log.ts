import { chmodSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { Backoff } from '../base/backoff.ts';
import type { Condition } from '../base/condition.ts';
import { isSluiceError, messageOf, type SluiceError } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { Config } from '../base/config/config.ts';
import { KEYS, STREAMS_PREFIX } from '../config/keys.ts';
import type { Log } from '../log/api.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { BATCHES } from '../log/embedded/keys.ts';
import { RetentionTime } from '../log/embedded/retention-time.ts';
import { LmdbStore, type LmdbStoreOptions, type StoreThread } from '../store/lmdb-store.ts';
import type { Disk } from '../store/store-room.ts';
import { StoreCondition } from '../store/store-condition.ts';
import type { OrderedStore } from '../store/ordered-store.ts';
import type { Closers } from './closers.ts';
import { CommandLog } from '../engine/command-log.ts';
import { makePrivate } from './folder-lock.ts';
import { copyReadable, removeReadable } from './readable-copy.ts';
import { checkBeforeOpen, markClosed, markOpened, markOpening } from './sound-store.ts';
import { storeThread } from './store-thread.ts';
import type { KafkaLog } from '../log/kafka/kafka-log.ts';

/**
 * The log of this server, and the store of its queries' state: the store of the embedded log, or a local one with
 * Kafka.
 */
export interface OpenLog {
  readonly log: Log;
  readonly store: OrderedStore;
  /**
   * The id of this server and its state, unchanged by a restart; undefined on the embedded log, which is not shared.
   */
  readonly instanceId: string | undefined;
  /** To be called when the start is complete: everything that it needs could be read. */
  readonly started: () => void;
  /** Why nothing may be written, and the remedy; undefined when writing is permitted. */
  readonly readOnly?: string;
  /**
   * The condition of the clock by which records expire; absent when no records expire, and on Kafka, whose brokers have
   * their own clock.
   */
  readonly clock?: () => Condition;
}

/** How the previous server process ended, and the callback for the loss of this one's store. */
export interface OpenLogOptions {
  /** The previous process was ended by a fault, and damage was found. */
  readonly isSuspect?: boolean | undefined;
  readonly onLost?: ((reason: string) => void) | undefined;
}

/**
 * Kafka Streams' default for exactly_once_v2: how long a transaction that a crashed server left open can block readers,
 * in ms.
 */
const TRANSACTION_TIMEOUT_MS = '10000';
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
/** How often local state is flushed to disk, in ms; what a power failure loses is restored from the changelogs. */
const STATE_FLUSH_MS = 10_000;

/** With `bootstrap.servers`: Apache Kafka, after waiting until it responds; otherwise the embedded log. */
export async function openLog(
  config: Config,
  env: Env,
  given: OrderedStore | undefined,
  closers: Closers,
  { isSuspect, onLost }: OpenLogOptions = {},
): Promise<OpenLog> {
  if (config.get(KEYS.bootstrapServers).length === 0) {
    let store = given;
    try {
      if (given === undefined) await removeReadable(path.dirname(dataFolder(config, 'log')));
      store ??= openStore(config, env, 'log', {
        ownSums: [BATCHES],
        maxBytes: config.get(KEYS.logMapSize),
        maxSetting: KEYS.logMapSize.name,
        thread: storeThread,
        isSuspect,
        onLost,
      });
    } catch (error) {
      if (!isSluiceError(error, 'LOG_CORRUPT') || config.get(KEYS.logDamaged) === 'refuse') throw error;
      return await openReadable(config, env, closers, error);
    }
    const log = new EmbeddedLog({
      store,
      env,
      fsync: config.get(KEYS.logFsync) as 'commit' | 'interval' | 'never',
      fsyncIntervalMs: config.get(KEYS.logFsyncIntervalMs),
    });
    const folder = given === undefined ? dataFolder(config, 'log') : undefined;
    const closeLog = async (): Promise<void> => {
      await log.close();
      if (folder !== undefined) markClosed(folder);
    };
    closers.push('log', closeLog, { carries: true });
    const retentionTime = new RetentionTime(env);
    closers.push(
      'retention',
      every(env, config.get(KEYS.logRetentionCheckIntervalMs), 'Retention and compaction', () =>
        log.maintain(retentionTime.nowMs()),
      ),
    );
    const started = (): void => {
      if (folder !== undefined) markOpened(folder);
    };
    const clock = (): Condition => retentionTime.condition();
    return { log, store: log.store, instanceId: undefined, started, clock };
  }
  const log = await kafkaLog(kafkaProperties(config), env);
  closers.push('Kafka', () => log.close(), { carries: true });
  await untilItAnswers(log, env);
  const state = openState(config, env, 'state', onLost);
  closers.push('state', () => state.store.close(), { carries: true });
  closers.push(
    'state',
    every(env, STATE_FLUSH_MS, 'Writing state to the disk', () => state.store.flush()),
  );
  return { log, ...state, started: () => undefined };
}

/**
 * A read-only log with the readable content of a damaged one.
 * @throws SluiceError `damage` when nothing can be read
 */
async function openReadable(config: Config, env: Env, closers: Closers, damage: SluiceError): Promise<OpenLog> {
  const folder = path.dirname(dataFolder(config, 'log'));
  const copy = await copyReadable(folder, dataFolder(config, 'log'), damage);
  if (copy === undefined) throw damage;
  const { store, reason } = copy;
  closers.push('copy of the log', () => removeReadable(folder), { carries: true });
  const log = new EmbeddedLog({ store, env, fsync: 'never' });
  closers.push('log', () => log.close(), { carries: true });
  // Without the command topic, the content of the other topics is unknown.
  const commands = CommandLog.topicName(config.get(KEYS.serviceId));
  if ((await log.admin.describeTopic(commands)) === undefined) throw damage;
  env.logger.error('The server may only be read, for its store is damaged', { reason });
  return { log, store, instanceId: undefined, started: () => store.refuse(reason), readOnly: reason };
}

/**
 * The log on Kafka, by client properties. The client is loaded only here, because it would cost a server on the
 * embedded log 50 MB of memory.
 */
export async function kafkaLog(properties: Readonly<Record<string, string>>, env: Env): Promise<KafkaLog> {
  const { KafkaLog: Log } = await import('../log/kafka/kafka-log.ts');
  return new Log({
    properties,
    env,
    readFile: (file) => readFileSync(file),
    nowMs: () => env.clock.nowMs(),
  });
}

/** The store of local state in a folder under `data.dir`, and the id that was assigned when the store was created. */
export function openState(
  config: Config,
  env: Env,
  name: string,
  onLost?: (reason: string) => void,
): { readonly store: OrderedStore; readonly instanceId: string } {
  const store = openStore(config, env, name, { onLost });
  const key = Buffer.from('id');
  const known = store.get('#instance', key);
  markOpened(dataFolder(config, name));
  const instanceId = known?.toString() ?? env.random.uuid();
  if (known === undefined) store.write((writes) => writes.put('#instance', key, Buffer.from(instanceId)));
  return { store, instanceId };
}

/** Kafka's client properties in the configuration: without a prefix, or with `ksql.streams.`. */
export function kafkaProperties(config: Config): Record<string, string> {
  const properties: Record<string, string> = {
    'client.id': `sluice-${config.get(KEYS.serviceId)}`,
    'transaction.timeout.ms': TRANSACTION_TIMEOUT_MS,
  };
  for (const [name, value] of config.entries()) {
    const plain = name.startsWith(STREAMS_PREFIX) ? name.slice(STREAMS_PREFIX.length) : name;
    const isClients = plain !== name || plain === 'bootstrap.servers' || /^(security|sasl|ssl)\./.test(plain);
    if (isClients) properties[plain.replace(/^producer\./, '')] = value;
  }
  return properties;
}

interface OpenStoreOptions extends Pick<LmdbStoreOptions, 'maxBytes' | 'maxSetting' | 'ownSums'> {
  readonly thread?: (folder: string) => StoreThread;
  readonly isSuspect?: boolean | undefined;
  readonly onLost: ((reason: string) => void) | undefined;
}

/**
 * A store in a folder under `data.dir`, readable only by its owner: its files contain data that not all users of the
 * database may see.
 */
function openStore(
  config: Config,
  env: Env,
  name: string,
  { thread, isSuspect, onLost, ...options }: OpenStoreOptions,
): LmdbStore {
  const folder = dataFolder(config, name);
  makePrivate(folder);
  chmodSync(folder, 0o700);
  checkBeforeOpen(path.dirname(folder), folder, env, isSuspect);
  markOpening(folder);
  const store = new LmdbStore({
    path: folder,
    ...options,
    ...(thread !== undefined && { thread: () => thread(folder) }),
    disk: diskOf(folder, config.get(KEYS.logDiskReserve)),
    condition: new StoreCondition(env, folder, onLost),
  });
  for (const file of readdirSync(folder)) chmodSync(path.join(folder, file), 0o600);
  return store;
}

/** The disk of a folder. On a small disk the reserve is less than configured. */
function diskOf(folder: string, reserveBytes: number): Disk {
  const { blocks, bsize } = statfsSync(folder);
  return {
    free: () => {
      const now = statfsSync(folder);
      return now.bavail * now.bsize;
    },
    reserveBytes: Math.min(reserveBytes, Math.floor((blocks * bsize) / 20)),
    setting: KEYS.logDiskReserve.name,
  };
}

/** A folder under `data.dir`. */
export function dataFolder(config: Config, name: string): string {
  const parent = path.resolve(config.get(KEYS.dataDir));
  makePrivate(parent);
  return path.join(parent, name);
}

async function untilItAnswers(log: KafkaLog, env: Env): Promise<void> {
  const backoff = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS);
  for (;;) {
    try {
      await log.cluster.refresh([]);
      return;
    } catch (error) {
      if (!isSluiceError(error) || !error.retriable) throw error;
      env.logger.warn('Kafka does not answer, trying again', { error: messageOf(error) });
      await env.timers.sleep(backoff.nextMs());
    }
  }
}

/** Runs an action periodically. Returns a function that stops it. */
function every(env: Env, intervalMs: number, what: string, action: () => Promise<unknown>): () => Promise<void> {
  const stop = new AbortController();
  const loop = (async () => {
    for (;;) {
      try {
        await env.timers.sleep(intervalMs, stop.signal);
      } catch {
        return;
      }
      await action().catch((error: unknown) => env.logger.error(`${what} failed`, { error: messageOf(error) }));
    }
  })();
  return async () => {
    stop.abort();
    await loop;
  };
}
