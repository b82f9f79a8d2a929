import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';
import { CLOUD_SETTINGS } from '../internal/cloud-formats.ts';

/** Settings of Confluent's and Lenses' connectors, and the equivalent ones. */
const WORDS: Readonly<Record<string, string>> = {
  'mqtt.ssl.trust.store.path': 'ssl.truststore.location',
  'mqtt.ssl.trust.store.password': 'ssl.truststore.password',
  'mqtt.ssl.key.store.path': 'ssl.keystore.location',
  'mqtt.ssl.key.store.password': 'ssl.keystore.password',
  'mqtt.ssl.key.password': 'ssl.key.password',
  'connect.mqtt.hosts': 'mqtt.server.uri',
  'connect.mqtt.username': 'mqtt.username',
  'connect.mqtt.password': 'mqtt.password',
  'connect.mqtt.client.id': 'mqtt.client.id',
  'connect.mqtt.service.quality': 'mqtt.qos',
  'connect.mqtt.clean': 'mqtt.clean.session.enabled',
  'connect.mqtt.connection.clean': 'mqtt.clean.session.enabled',
  'connect.mqtt.connection.clean.session': 'mqtt.clean.session.enabled',
  'connect.mqtt.retained.messages': 'mqtt.retained',
};
/** Durations that Lenses gives in ms and we in seconds. */
const MILLISECONDS: Readonly<Record<string, string>> = {
  'connect.mqtt.timeout': 'mqtt.connect.timeout.seconds',
  'connect.mqtt.connection.timeout': 'mqtt.connect.timeout.seconds',
  'connect.mqtt.keep.alive': 'mqtt.keepalive.interval.seconds',
  'connect.mqtt.connection.keep.alive': 'mqtt.keepalive.interval.seconds',
  'connect.mqtt.keep.alive.interval': 'mqtt.keepalive.interval.seconds',
};
const KCQL = 'connect.mqtt.kcql';

/** The filters in a source's KCQL, and their single topic; undefined: it contains more. */
function filtersOf(kcql: string): RawConfig | undefined {
  const filters: string[] = [];
  const topics = new Set<string>();
  for (const statement of kcql.split(';')) {
    if (statement.trim() === '') continue;
    const found =
      /^\s*INSERT\s+INTO\s+`?([^\s`]+)`?\s+SELECT\s+\*\s+FROM\s+(?:`([^`]+)`|'([^']+)'|(\S+))\s*(?:WITHCONVERTER\s*=\s*`[\w.]*\.(?:BytesConverter|JsonSimpleConverter)`\s*)?$/i.exec(
        statement,
      );
    const filter = found?.[2] ?? found?.[3] ?? found?.[4];
    if (found === null || filter === undefined) return undefined;
    topics.add(found[1] ?? '');
    filters.push(filter.replaceAll('\\/', '/'));
  }
  return topics.size === 1 ? { 'mqtt.topics': filters.join(','), 'kafka.topic': [...topics].join('') } : undefined;
}

/** Settings in the terms of Confluent's, Confluent Cloud's and Lenses' connectors. */
export const OTHER_WORDS: OtherWords = {
  keys: [...CLOUD_SETTINGS.keys, ...Object.keys(WORDS), ...Object.keys(MILLISECONDS), KCQL],
  translate: (config, current) => {
    const settings: Record<string, string> = {};
    for (const [key, value] of Object.entries(CLOUD_SETTINGS.translate(config, current))) {
      const seconds = MILLISECONDS[key];
      if (seconds !== undefined)
        settings[seconds] ??= /^\s*\d+\s*$/.test(value) ? String(Math.max(1, Math.ceil(Number(value) / 1000))) : value;
      else if (key === KCQL) Object.assign(settings, filtersOf(value) ?? { [KCQL]: value });
      else settings[WORDS[key] ?? key] = value;
    }
    return settings;
  },
};
