import { KEYS } from '../config/keys.ts';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Env } from '../base/env.ts';
import { SluiceError } from '../base/errors.ts';
import type { ConnectClient } from '../connect/client/api.ts';
import { restConnectClient } from '../connect/client/rest-client.ts';
import type { Config } from '../base/config/config.ts';
import type { ClusterSettings } from '../engine/connect-clusters/named-clusters.ts';
import { httpSender } from '../host/http-send.ts';
import { parseProperties } from './properties-file.ts';
import { tlsOptions } from '../tls/tls-options.ts';
import { tlsSettings } from './tls-settings.ts';

const HEADER_PREFIX = 'ksql.connect.request.headers.';

/** The target of `ksql.connect.url`: the embedded worker (not set), no worker (`none`), or the URLs of a cluster. */
export function connectUrls(config: Config): 'embedded' | 'none' | readonly string[] {
  const urls = config.get(KEYS.connectUrl);
  if (urls.length === 0) return 'embedded';
  return urls.length === 1 && urls[0]!.toLowerCase() === 'none' ? 'none' : urls;
}

/**
 * The client of a separate Connect cluster, configured by ksqlDB's properties.
 * @throws SluiceError CONFIG
 */
export function connectCluster(config: Config, env: Env, urls: readonly string[]): ConnectClient {
  for (const url of urls) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new SluiceError('CONFIG', `ksql.connect.url holds "${url}", which is not an http or https URL`);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of config.entries())
    if (name.startsWith(HEADER_PREFIX)) headers[name.slice(HEADER_PREFIX.length)] = value;
  return restConnectClient({
    urls,
    send: httpSender(tlsSettings(config, 'ksql.connect.')),
    sleep: (ms) => env.timers.sleep(ms),
    credentials: credentialsOf(config),
    headers,
    timeoutMs: config.get(KEYS.connectRequestTimeoutMs),
  });
}

/**
 * The client of a cluster that was created by CREATE CONNECT CLUSTER.
 * @throws SluiceError STATEMENT for an invalid URL
 */
export function namedCluster(config: Config, env: Env, { urls, credentials, tls }: ClusterSettings): ConnectClient {
  for (const url of urls) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new SluiceError('STATEMENT', `"${url}" is no http or https URL`);
  }
  const isSecure = Object.keys(tls).length > 0;
  return restConnectClient({
    urls,
    send: httpSender(
      isSecure
        ? tlsOptions({ get: (name) => tls[name], readFile: (file) => readFileSync(file) })
        : tlsSettings(config, 'ksql.connect.'),
    ),
    sleep: (ms) => env.timers.sleep(ms),
    credentials,
    headers: {},
    timeoutMs: config.get(KEYS.connectRequestTimeoutMs),
  });
}

/** The credentials; read for each request, because the file may be replaced while the server runs. */
function credentialsOf(
  config: Config,
): (() => Promise<{ readonly user: string; readonly password: string }>) | undefined {
  if (config.get(KEYS.connectBasicAuthCredentialsSource).toUpperCase() !== 'FILE') return undefined;
  const file = config.get(KEYS.connectBasicAuthCredentialsFile);
  if (file === undefined)
    throw new SluiceError(
      'CONFIG',
      'ksql.connect.basic.auth.credentials.source=FILE needs ksql.connect.basic.auth.credentials.file',
    );
  return async () => {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      throw new SluiceError('CONFIG', `ksql.connect.basic.auth.credentials.file: cannot read '${file}'`, { cause });
    }
    const { username, password } = parseProperties(text);
    if (username === undefined || password === undefined)
      throw new SluiceError('CONFIG', `'${file}' must hold username= and password=`);
    return { user: username, password };
  };
}
