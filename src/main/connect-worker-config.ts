import { readFile } from 'node:fs/promises';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Config } from '../base/config/config.ts';
import type { Logger } from '../base/env.ts';
import { KEYS } from '../config/keys.ts';
import { parseProperties } from './properties-file.ts';
import { tlsProperties } from './tls-settings.ts';
import type { TlsProperties } from '../tls/tls-options.ts';

/** What connectors inherit from their worker. */
const INHERITED = /^(?:key|value|header)\.converter(?:\.|$)/;
/** What is of the REST API. */
const OF_LISTENERS = /^(?:listeners$|listeners\.https\.|rest\.advertised\.|ssl\.)/;

export type WorkerConfig = Readonly<Record<string, string>>;

/**
 * ksqlDB's `ksql.connect.worker.config`: a properties file of a Connect worker.
 * @throws SluiceError STATEMENT naming the file that cannot be read
 */
export async function readWorkerConfig(config: Config): Promise<WorkerConfig> {
  const file = config.get(KEYS.connectWorkerConfig);
  if (file === undefined || file.trim() === '') return {};
  try {
    return parseProperties(await readFile(file, 'utf8'));
  } catch (error) {
    throw new SluiceError('STATEMENT', `ksql.connect.worker.config: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The converters that connectors use where they name none. What neither they nor listeners are (topics, the group) has
 * settings of the server in its place: said once.
 */
export function workerDefaults(worker: WorkerConfig, logger: Logger): Readonly<Record<string, string>> {
  const all = Object.entries(worker);
  const ignored = all.flatMap(([key]) => (INHERITED.test(key) || OF_LISTENERS.test(key) ? [] : [key]));
  if (ignored.length > 0)
    logger.info('Settings of ksql.connect.worker.config that the embedded worker does not need', {
      settings: ignored.join(', '),
    });
  return Object.fromEntries(all.filter(([key]) => INHERITED.test(key)));
}

/** Where the worker's REST API listens: by the server's setting, else by the worker's own. */
export function workerListeners(
  config: Config,
  worker: WorkerConfig,
): { setting: string; addresses: readonly string[] } {
  const own = worker['listeners']?.trim() ?? '';
  if (config.isSet(KEYS.connectListeners) || own === '')
    return { setting: KEYS.connectListeners.name, addresses: config.get(KEYS.connectListeners) };
  // Connect's form without a host, HTTP://:8083, is all addresses.
  const addresses = own.split(',').map((address) => address.trim().replace(/^(https?:\/\/):/i, '$10.0.0.0:'));
  return { setting: 'listeners of ksql.connect.worker.config', addresses };
}

/**
 * TLS of that API: `connect.listeners.https.ssl.*`, else the worker's `listeners.https.ssl.*` and `ssl.*`, else the
 * server's.
 */
export function workerTls(config: Config, worker: WorkerConfig): TlsProperties {
  return tlsProperties(config, 'connect.listeners.https.', (name) => worker[`listeners.https.${name}`] ?? worker[name]);
}

/** How others reach the API (`rest.advertised.*`), where that is not how it listens: `http://host:port`. */
export function advertisedUrl(worker: WorkerConfig, listensAt: string): string {
  const url = new URL(listensAt);
  const protocol = worker['rest.advertised.listener']?.trim().toLowerCase();
  if (protocol === 'http' || protocol === 'https') url.protocol = protocol;
  url.hostname = worker['rest.advertised.host.name']?.trim() || url.hostname;
  url.port = worker['rest.advertised.port']?.trim() || url.port;
  return url.origin;
}
