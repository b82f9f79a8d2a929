import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';
import { CLOUD_FORMATS, CLOUD_LOGIN, convertersOf } from '../internal/cloud-formats.ts';
import { TLS } from '../internal/tls-keys.ts';

/** Confluent's prefix of Kafka's `ssl.*`. */
export const TLS_PREFIX = 'https.';
const TLS_NAMES = Object.values(TLS).map((key) => key.name);
const OF_AIVEN = ['http.authorization.type', 'http.headers.additional', 'http.timeout', 'batching.enabled'];

/** Settings in the terms of Confluent (`https.ssl.*`, Confluent Cloud) and Aiven. Our own settings take precedence. */
export const OTHER_WORDS: OtherWords = {
  keys: [
    ...TLS_NAMES.map((name) => TLS_PREFIX + name),
    'https.host.verifier.enabled',
    ...OF_AIVEN,
    ...CLOUD_FORMATS,
    ...CLOUD_LOGIN,
  ],
  translate: (config: RawConfig): RawConfig => {
    const left = Object.fromEntries(Object.entries(config).filter(([key]) => !OTHER_WORDS.keys.includes(key)));
    const settings: Record<string, string> = convertersOf(config);
    for (const name of TLS_NAMES) {
      const given = config[TLS_PREFIX + name];
      if (given !== undefined) settings[name] = given;
    }
    if (config['https.host.verifier.enabled']?.trim().toLowerCase() === 'false')
      settings['ssl.endpoint.identification.algorithm'] = '';
    return { ...settings, ...ofAiven(config), ...left };
  },
};

function ofAiven(config: RawConfig): RawConfig {
  const settings: Record<string, string> = {};
  const type = config['http.authorization.type']?.trim().toLowerCase();
  if (type === 'none') settings['auth.type'] = 'NONE';
  if (type === 'oauth2') settings['auth.type'] = 'OAUTH2';
  if (type === 'apikey') settings['auth.type'] = 'API_KEY';
  const more = config['http.headers.additional'];
  if (more !== undefined) {
    settings['headers'] = more;
    settings['header.separator'] = ',';
  }
  const seconds = config['http.timeout'];
  if (seconds !== undefined)
    settings['http.request.timeout.ms'] = /^\s*\d+\s*$/.test(seconds) ? String(Number(seconds) * 1000) : seconds;
  const batching = config['batching.enabled']?.trim().toLowerCase();
  if (batching === 'true') {
    settings['batch.max.size'] = '500';
    settings['batch.separator'] = '\\n';
    settings['batch.suffix'] = '\\n';
  } else if (batching !== undefined || config['connector.class']?.startsWith('io.aiven.') === true) {
    // Without batching, settings of batches have no effect there.
    settings['batch.separator'] = '';
  }
  return settings;
}
