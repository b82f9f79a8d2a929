/* The entry of a worker thread that runs queries: a Kafka client, a state store and functions of its own; the rest stays in the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { SluiceError } from '../base/errors.ts';
import { Config } from '../engine/config/config.ts';
import { serveQueries } from '../engine/queries/serve-queries.ts';
import type { FromWorker, RegistryCall, ToWorker } from '../engine/queries/thread-messages.ts';
import { NeedsRegistration } from '../formats/api.ts';
import { CachedCodecRegistry } from '../formats/schema-registry/codec-registry.ts';
import type { SchemaRegistry } from '../formats/schema-registry/api.ts';
import { createLogger } from '../host/logger.ts';
import { nodeEnv } from '../host/node-env.ts';
import { dropSpaces, finishDrops } from '../state/drop-spaces.ts';
import { readerOf } from '../state/ordered.ts';
import { loadFunctions } from './extensions.ts';
import { kafkaLog, kafkaProperties, openState } from './open-log.ts';
import type { WorkerData } from './threads.ts';

const { properties, state: stateFolder } = workerData as WorkerData;
const port = parentPort!;
const config = Config.of(properties);
const env = nodeEnv(createLogger(config.string('log.level'), config.get('log.file')));
const post = (message: FromWorker): void => port.postMessage(message);

const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
let nextCall = 1;
const ask = (question: RegistryCall): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const call = nextCall++;
    waiting.set(call, { resolve, reject });
    post({ kind: 'registry', call, ask: question });
  });
/** The registry of the main thread, as far as codecs need it. */
const registry: Pick<SchemaRegistry, 'schemaById' | 'register' | 'latest'> = {
  schemaById: (id) => ask({ method: 'schemaById', id }) as ReturnType<SchemaRegistry['schemaById']>,
  register: (subject, schema) => ask({ method: 'register', subject, schema }) as Promise<number>,
  latest: (subject) => ask({ method: 'latest', subject }) as ReturnType<SchemaRegistry['latest']>,
};
const codecs = new CachedCodecRegistry(registry as SchemaRegistry);

// What comes before all is there waits in the port.
const functions = await loadFunctions(config, env);
const log = await kafkaLog(kafkaProperties(config), env);
const state = openState(config, env, stateFolder);
await finishDrops(state.store, () => env.timers.turn());
serveQueries(
  { post, onMessage: (handler) => port.on('message', (message) => handler(message as ToWorker)) },
  {
    env,
    log,
    functions,
    codecs,
    loadSchemas: async (missing) => {
      if (missing instanceof NeedsRegistration) await codecs.register(missing.subject, missing.schema);
      else await codecs.load(missing.schemaId);
    },
    processingLog: { write: (entry) => post({ kind: 'log', entry }) },
    state: readerOf(state.store),
    dropState: (prefix) => dropSpaces(state.store, prefix, () => env.timers.turn()),
    shared: state,
  },
  (call, value, error) => {
    const asked = waiting.get(call);
    waiting.delete(call);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new SluiceError('LOG_UNAVAILABLE', error, { retriable: true }));
  },
  async () => {
    await log.close();
    await state.store.close();
    setImmediate(() => port.close());
  },
);
