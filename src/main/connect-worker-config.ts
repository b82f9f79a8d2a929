import { readFile } from 'node:fs/promises';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Config } from '../base/config/config.ts';
import type { Logger } from '../base/env.ts';
import { KEYS } from '../config/keys.ts';
import { parseProperties } from './properties-file.ts';
import { tlsProperties } from './tls-settings.ts';
import type { TlsProperties } from '../tls/tls-options.ts';

/** Settings that connectors inherit from their worker. */
const INHERITED = /^(?:key|value|header)\.converter(?:\.|$)/;
/** Settings of the REST API. */
const OF_LISTENERS = /^(?:listeners$|listeners\.https\.|rest\.advertised\.|ssl\.)/;

/** The properties of a Connect worker's configuration file. */
export type WorkerConfig = Readonly<Record<string, string>>;

/**
 * Reads the properties file of a Connect worker that ksqlDB's `ksql.connect.worker.config` names.
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
 * The default converters of connectors. Other settings of the file, except those of listeners, are ignored, because the
 * server has its own (topics, the group); they are logged once.
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

/** The addresses of the worker's REST API: from the server's setting, otherwise from the worker's own. */
export function workerListeners(
  config: Config,
  worker: WorkerConfig,
): { setting: string; addresses: readonly string[] } {
  const own = worker['listeners']?.trim() ?? '';
  if (config.isSet(KEYS.connectListeners) || own === '')
    return { setting: KEYS.connectListeners.name, addresses: config.get(KEYS.connectListeners) };
  // In Connect, an address without a host, such as HTTP://:8083, means all interfaces.
  const addresses = own.split(',').map((address) => address.trim().replace(/^(https?:\/\/):/i, '$10.0.0.0:'));
  return { setting: 'listeners of ksql.connect.worker.config', addresses };
}

/**
 * TLS of the worker's REST API: `connect.listeners.https.ssl.*`, otherwise the worker's `listeners.https.ssl.*` and
 * `ssl.*`, otherwise the server's.
 */
export function workerTls(config: Config, worker: WorkerConfig): TlsProperties {
  return tlsProperties(config, 'connect.listeners.https.', (name) => worker[`listeners.https.${name}`] ?? worker[name]);
}

/**
 * The URL at which others reach the API, `http://host:port`: from `rest.advertised.*`, otherwise the address it listens
 * on.
 */
export function advertisedUrl(worker: WorkerConfig, listensAt: string): string {
  const url = new URL(listensAt);
  const protocol = worker['rest.advertised.listener']?.trim().toLowerCase();
  if (protocol === 'http' || protocol === 'https') url.protocol = protocol;
  url.hostname = worker['rest.advertised.host.name']?.trim() || url.hostname;
  url.port = worker['rest.advertised.port']?.trim() || url.port;
  return url.origin;
}
