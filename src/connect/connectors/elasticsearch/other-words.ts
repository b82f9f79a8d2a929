import { commaList } from '../../../base/comma-list.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';
import { CLOUD_FORMATS, CLOUD_LOGIN, convertersOf } from '../internal/cloud-formats.ts';
import { TLS } from '../internal/tls-keys.ts';
import { TLS_PREFIXES } from './connection-keys.ts';

const CAMEL = ['camel.kamelet.elasticsearch-index-sink.', 'camel.kamelet.elastic-search-index-sink.'];
/** Camel's options, and their equivalents in this connector. */
const OF_CAMEL: Readonly<Record<string, string>> = {
  user: 'connection.username',
  password: 'connection.password',
  indexName: 'index.name.format',
};
const CAMEL_OTHERS = ['hostAddresses', 'enableSSL', 'clusterName', 'certificate'];
const TLS_NAMES = Object.values(TLS).map((key) => key.name);

/**
 * Settings with the names of Confluent (`elastic.https.ssl.*`, Confluent Cloud), Aiven (`connection.ssl.*`) and Camel.
 * The connector's own names have precedence.
 */
export const OTHER_WORDS: OtherWords = {
  keys: [
    ...TLS_PREFIXES.flatMap((prefix) => TLS_NAMES.map((name) => prefix + name)),
    'resource.type',
    'elastic.ssl.enabled',
    ...CLOUD_FORMATS,
    ...CLOUD_LOGIN,
    ...CAMEL.flatMap((prefix) => [...Object.keys(OF_CAMEL), ...CAMEL_OTHERS].map((name) => prefix + name)),
  ],
  translate: (config: RawConfig): RawConfig => {
    const left = Object.fromEntries(Object.entries(config).filter(([key]) => !OTHER_WORDS.keys.includes(key)));
    const settings: Record<string, string> = convertersOf(config);
    for (const prefix of TLS_PREFIXES)
      for (const name of TLS_NAMES) if (config[prefix + name] !== undefined) settings[name] = config[prefix + name]!;
    // Confluent Cloud's second connector describes in two settings what is to be created.
    if (/DATASTREAM$/i.test(config['resource.type'] ?? '')) settings['data.stream.enabled'] = 'true';
    for (const prefix of CAMEL) {
      const hosts = config[`${prefix}hostAddresses`];
      if (hosts !== undefined) settings['connection.url'] = urlsOfCamel(hosts, config[`${prefix}enableSSL`]);
      for (const [name, own] of Object.entries(OF_CAMEL))
        if (config[prefix + name] !== undefined) settings[own] = config[prefix + name]!;
      // Camel's documents have ids that the cluster generates, unless a header contains one.
      if (hosts !== undefined) settings['key.ignore'] = 'true';
    }
    return { ...settings, ...left };
  },
};

/** URLs of Camel's host:port pairs; TLS is Camel's default. */
function urlsOfCamel(hosts: string, enableSsl: string | undefined): string {
  const scheme = enableSsl?.trim().toLowerCase() === 'false' ? 'http' : 'https';
  return commaList(hosts)
    .map((host) => (host.includes('://') || host.includes('${') ? host : `${scheme}://${host}`))
    .join(',');
}
