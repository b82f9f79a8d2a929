/**
 * The entry point of a worker thread that runs queries. It has its own functions and, on Kafka, its own client and
 * state store. The embedded log stays in the main thread, which alone writes to the store: this thread only reads
 * batches and its state from it, and may therefore be terminated at any moment.
 */
import { limitMemory } from './limit-memory.ts';
import { KEYS } from '../config/keys.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { SluiceError } from '../base/errors.ts';
import { serverConfig } from '../config/server-config.ts';
import type { RunnerServices } from '../engine/queries/create-runner.ts';
import { serveQueries } from '../engine/queries/serve-queries.ts';
import type { FromWorker, RegistryCall, ToWorker } from '../engine/queries/thread-messages.ts';
import { CachedCodecRegistry, loaderOf } from '../formats/schema-registry/codec-registry.ts';
import type { SchemaRegistry } from '../formats/schema-registry/api.ts';
import { createLogger } from '../host/logger.ts';
import { nodeEnv } from '../host/node-env.ts';
import { LmdbStore } from '../store/lmdb-store.ts';
import { RenewedReader } from '../store/renewed-reader.ts';
import { errorOf } from '../log/embedded/shared-log.ts';
import { type AskLog, WorkerLog } from '../log/embedded/worker-log.ts';
import { dropSpaces, finishDrops } from '../state/drop-spaces.ts';
import { readerOf } from '../state/ordered.ts';
import { loadFunctions } from './extensions.ts';
import { dataFolder, kafkaLog, kafkaProperties, openState } from './open-log.ts';
import type { WorkerData } from './threads.ts';

const { properties, state: folder, member } = workerData as WorkerData;
const port = parentPort!;
const config = serverConfig(properties);
limitMemory(config);
const env = nodeEnv(createLogger(config.get(KEYS.logLevel), config.get(KEYS.logFile)));
const post = (message: FromWorker): void => port.postMessage(message);

const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
let nextCall = 1;
const call = (send: (call: number) => void): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const number = nextCall++;
    waiting.set(number, { resolve, reject });
    send(number);
  });
const ask = (question: RegistryCall): Promise<unknown> =>
  call((number) => post({ kind: 'registry', call: number, ask: question }));
/** The registry of the main thread, as far as codecs need it. */
const registry: Pick<SchemaRegistry, 'schemaById' | 'register' | 'latest'> = {
  schemaById: (id) => ask({ method: 'schemaById', id }) as ReturnType<SchemaRegistry['schemaById']>,
  register: (subject, schema) => ask({ method: 'register', subject, schema }) as Promise<number>,
  latest: (subject) => ask({ method: 'latest', subject }) as ReturnType<SchemaRegistry['latest']>,
};
const codecs = new CachedCodecRegistry(registry as SchemaRegistry, {
  nowMs: () => env.clock.monotonicMs(),
  sleep: (ms) => env.timers.sleep(ms),
});

/** Larger commits would block other users of the store for too long. */
const COMMIT_LIMITS = { commitBytes: 8 << 20, commitEntries: 10_000 };

/** The log, and the place of the queries' state. */
interface Storage extends Pick<RunnerServices, 'log' | 'state' | 'shared' | 'dropState' | 'commitLimits'> {
  close(): Promise<void>;
}

async function onKafka(): Promise<Storage> {
  const log = await kafkaLog(kafkaProperties(config), env);
  const state = openState(config, env, folder);
  await finishDrops(state.store, () => env.timers.turn());
  return {
    log,
    state: readerOf(state.store),
    shared: { ...state, member },
    dropState: (prefix) => dropSpaces(state.store, prefix, () => env.timers.turn()),
    close: async () => {
      await log.close();
      await state.store.close();
    },
  };
}

function onEmbeddedLog(): Storage {
  const store = new LmdbStore({ path: dataFolder(config, folder), readOnly: true });
  const reader = new RenewedReader(store, env.timers);
  const askLog: AskLog = (question, moved) =>
    call((number) => port.postMessage({ kind: 'ask', call: number, ask: question } satisfies FromWorker, moved ?? []));
  const log = new WorkerLog(askLog, new RenewedReader(store, env.timers), () => reader.renew());
  return {
    log,
    state: readerOf(reader),
    shared: undefined,
    commitLimits: COMMIT_LIMITS,
    dropState: async (prefix) => {
      await askLog({ method: 'dropState', prefix });
    },
    close: async () => {
      reader.renew();
      await log.close();
      await store.close();
    },
  };
}

// Messages that arrive before initialization is complete wait in the port.
const functions = await loadFunctions(config, env);
const { close, ...storage } = config.get(KEYS.bootstrapServers).length > 0 ? await onKafka() : onEmbeddedLog();
serveQueries(
  { post, onMessage: (handler) => port.on('message', (message) => handler(message as ToWorker)) },
  {
    ...storage,
    env,
    functions,
    codecs,
    loadSchemas: loaderOf(codecs),
    processingLog: { write: (entry) => post({ kind: 'log', entry }) },
  },
  (number, value, error) => {
    const asked = waiting.get(number);
    waiting.delete(number);
    if (error === undefined) asked?.resolve(value);
    else if (typeof error === 'string') asked?.reject(new SluiceError('LOG_UNAVAILABLE', error, { retriable: true }));
    else asked?.reject(errorOf(error));
  },
  async () => {
    await close();
    setImmediate(() => port.close());
  },
);
