import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';
import { CLOUD_SETTINGS } from '../internal/cloud-formats.ts';
import { SINK } from './sink-keys.ts';

const URI = SINK.uri.name;

/** Commands of Redis' own connector, and the equivalent settings. */
const COMMANDS: Readonly<Record<string, RawConfig>> = {
  HSET: { 'redis.type': 'HASH' },
  HMSET: { 'redis.type': 'HASH' },
  SET: { 'redis.type': 'STRING' },
  JSONSET: { 'redis.type': 'JSON' },
  'JSON.SET': { 'redis.type': 'JSON' },
  XADD: { 'redis.type': 'STREAM' },
  LPUSH: { 'redis.type': 'LIST', 'redis.push.direction': 'LEFT' },
  RPUSH: { 'redis.type': 'LIST', 'redis.push.direction': 'RIGHT' },
  SADD: { 'redis.type': 'SET' },
  ZADD: { 'redis.type': 'ZSET' },
  TSADD: { 'redis.type': 'TIMESERIES' },
  'TS.ADD': { 'redis.type': 'TIMESERIES' },
};

/** Other spellings of `ssl.*`. */
const TLS_WORDS: Readonly<Record<string, string>> = {
  'redis.ssl.truststore.path': 'ssl.truststore.location',
  'redis.ssl.truststore.file': 'ssl.truststore.location',
  'redis.ssl.truststore.password': 'ssl.truststore.password',
  'redis.ssl.keystore.path': 'ssl.keystore.location',
  'redis.ssl.keystore.file': 'ssl.keystore.location',
  'redis.ssl.keystore.password': 'ssl.keystore.password',
  'redis.cacert': 'ssl.truststore.location',
};

const HOSTS = ['redis.hosts', 'redis.host', 'redis.hostname', 'redis.port', 'redis.portnumber'];
const SECURITY = ['redis.ssl.enabled', 'redis.ssl.mode', 'redis.tls'];
const MODES = ['redis.cluster', 'redis.client.mode', 'redis.server.mode'];
const OTHERS = ['redis.command', 'redis.timeout'];

const isOn = (value: string | undefined): boolean =>
  value !== undefined && !/^(?:|false|disabled|no)$/i.test(value.trim());

/** Settings in the terms of Redis' own connector, Confluent's (jcustenborder) and Confluent Cloud's. */
export const OTHER_WORDS: OtherWords = {
  keys: [...CLOUD_SETTINGS.keys, ...HOSTS, ...SECURITY, ...MODES, ...OTHERS, ...Object.keys(TLS_WORDS)],
  translate: (config, current) => {
    const given = CLOUD_SETTINGS.translate(config, current);
    const left: Record<string, string> = {};
    for (const [key, value] of Object.entries(given)) {
      const tls = TLS_WORDS[key];
      if (tls !== undefined) left[tls] ??= value;
      else if (!OTHER_WORDS.keys.includes(key)) left[key] = value;
    }
    const settings: Record<string, string> = {};
    Object.assign(settings, addressOf(given));
    if (settings[URI] !== undefined) delete left[URI];
    const command = given['redis.command']?.trim().toUpperCase();
    if (command !== undefined) Object.assign(settings, COMMANDS[command] ?? { 'redis.type': command });
    const seconds = given['redis.timeout'];
    if (seconds !== undefined)
      settings['command.timeout.ms'] = /^\s*\d+\s*$/.test(seconds) ? String(Number(seconds) * 1000) : seconds;
    if (MODES.some((mode) => /^(?:cluster|true)$/i.test(given[mode]?.trim() ?? '')))
      settings['redis.cluster.enabled'] = 'true';
    return { ...settings, ...left };
  },
};

function addressOf(config: RawConfig): RawConfig {
  const host = (config['redis.hosts'] ?? config['redis.host'] ?? config['redis.hostname'])?.trim();
  const secure = SECURITY.some((key) => isOn(config[key]));
  const uri = config[URI];
  if (uri !== undefined) return secure ? { [URI]: uri.replace(/^redis:/, 'rediss:') } : {};
  if (host === undefined) return secure ? { [URI]: 'rediss://localhost:6379' } : {};
  const port = (config['redis.port'] ?? config['redis.portnumber'])?.trim();
  const hasPort = /:\d+$/.test(host);
  return {
    [URI]: `${secure ? 'rediss' : 'redis'}://${host}${hasPort || port === undefined ? '' : `:${port}`}`,
  };
}
