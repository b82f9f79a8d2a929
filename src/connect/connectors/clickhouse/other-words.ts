import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';

/** Settings with the names of ClickHouse's own connector: host, port and `ssl`, which is enabled by default. */
export const OTHER_WORDS: OtherWords = {
  keys: ['hostname', 'port', 'ssl'],
  translate: (config: RawConfig): RawConfig => {
    const { hostname, port, ssl, ...left } = config;
    if (hostname === undefined) return left;
    const isSecure = ssl?.trim().toLowerCase() !== 'false';
    const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
    const url = `${isSecure ? 'https' : 'http'}://${host}:${port?.trim() ?? '8443'}`;
    return { 'connection.url': url, ...left };
  },
};
