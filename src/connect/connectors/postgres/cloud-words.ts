import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';
import { CLOUD_FORMATS, CLOUD_LOGIN, convertersOf } from '../internal/cloud-formats.ts';

const PLACE = ['connection.host', 'connection.port', 'db.name', 'ssl.mode'];

/**
 * Translates the settings of Confluent's cloud classes (PostgresSource, PostgresSink) to those of the JDBC connectors.
 * If a JDBC setting is also present, it takes precedence.
 */
export const CLOUD_WORDS: OtherWords = {
  keys: [...PLACE, ...CLOUD_FORMATS, ...CLOUD_LOGIN],
  translate: (config: RawConfig, current?: RawConfig): RawConfig => {
    const left = Object.fromEntries(Object.entries(config).filter(([key]) => !CLOUD_WORDS.keys.includes(key)));
    const settings = convertersOf(config);
    const url = urlOf(config, current?.['connection.url']);
    if (url !== undefined) settings['connection.url'] = url;
    return { ...settings, ...left };
  },
};

/** The URL composed of host, port, database and TLS mode; parts that are not set are taken from `current`. */
function urlOf(config: RawConfig, current: string | undefined): string | undefined {
  const valueOf = (key: string): string | undefined => config[key]?.trim() || undefined;
  const before = /^((?:jdbc:)?postgres(?:ql)?:\/\/)([^/?]*@)?([^/?]*?)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/i.exec(
    current ?? '',
  );
  if (valueOf('connection.host') === undefined && (before === null || PLACE.every((key) => valueOf(key) === undefined)))
    return undefined;
  const [, scheme = 'jdbc:postgresql://', login = '', host, port = '5432', database = '', query = ''] = before ?? [];
  const mode = valueOf('ssl.mode');
  const others = query
    .split('&')
    .filter((part) => part !== '' && (mode === undefined || !/^ssl(?:mode)?=/i.test(part)));
  const parameters = [...others, ...(mode === undefined ? [] : [`sslmode=${escaped(mode)}`])].join('&');
  const name = valueOf('db.name');
  return (
    `${scheme}${login}${valueOf('connection.host') ?? host}:${valueOf('connection.port') ?? port}/` +
    `${name === undefined ? database : escaped(name)}${parameters === '' ? '' : `?${parameters}`}`
  );
}

/** Escapes a part of a URL; a reference to a secret, `${env:NAME}`, is left unchanged. */
function escaped(text: string): string {
  return text.includes('${') ? text : encodeURIComponent(text);
}
