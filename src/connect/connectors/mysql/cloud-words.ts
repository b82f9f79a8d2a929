import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';
import { CLOUD_FORMATS, CLOUD_LOGIN, convertersOf } from '../internal/cloud-formats.ts';

const PLACE = ['connection.host', 'connection.port', 'db.name', 'ssl.mode'];

/**
 * Translates the settings of Confluent's cloud classes (MySqlSource, MySqlSink) to those of the JDBC connectors. If a
 * JDBC setting is also present, it takes precedence. To change the address, all of its parts must be given.
 */
export const CLOUD_WORDS: OtherWords = {
  keys: [...PLACE, ...CLOUD_FORMATS, ...CLOUD_LOGIN],
  translate: (config: RawConfig): RawConfig => {
    const left = Object.fromEntries(Object.entries(config).filter(([key]) => !CLOUD_WORDS.keys.includes(key)));
    const settings: Record<string, string> = convertersOf(config);
    const of = (key: string): string | undefined => config[key]?.trim() || undefined;
    const host = of('connection.host');
    if (host !== undefined) {
      const mode = of('ssl.mode');
      const tls = mode === undefined || /^prefer/i.test(mode) ? '' : `?sslMode=${encodeURIComponent(mode)}`;
      settings['connection.url'] =
        `jdbc:mysql://${host}:${of('connection.port') ?? '3306'}/${of('db.name') ?? ''}${tls}`;
    }
    return { ...settings, ...left };
  },
};
