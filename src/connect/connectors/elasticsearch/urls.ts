import { urlLogin, type UrlLogin } from '../internal/url-login.ts';

/** An address of the cluster, with the credentials of its URL. */
export interface Address extends UrlLogin {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Prefix of every path: empty, or for example `/search`. */
  readonly prefix: string;
}

const DEFAULT_PORT = 9200;

/**
 * Parses the addresses of `connection.url`; a string result describes an error. An address without a scheme is http; if
 * one is https then all are, as in Confluent's connector.
 */
export function parseUrls(urls: readonly string[]): readonly Address[] | string {
  const given = urls.map((url) => url.trim()).filter((url) => url !== '');
  if (given.length === 0) return 'an address is missing, such as http://localhost:9200';
  const addresses: Address[] = [];
  for (const text of given) {
    let url: URL;
    try {
      url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    } catch {
      return `'${shown(text)}' is no URL: http://host:9200 or https://host:9200`;
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      return `'${shown(text)}' is neither http:// nor https://`;
    const [parameter] = url.searchParams.keys();
    if (parameter !== undefined)
      return `${parameter} behind ? of '${shown(text.replace(/\?.*$/s, ''))}' has no effect: https:// and ssl.* say how safe the way is, connection.username and connection.password who asks`;
    const login = urlLogin(url);
    if (typeof login === 'string') return `'${shown(text)}': ${login}`;
    // A URL drops the default port of its scheme: `https://es.example.com:443`.
    const own = /:(\d+)(?:[/?#]|$)/.exec(text.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/i, ''))?.[1];
    addresses.push({
      secure: url.protocol === 'https:',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: own === undefined ? (url.protocol === 'https:' && !/:\d/.test(url.host) ? 443 : DEFAULT_PORT) : Number(own),
      prefix: url.pathname.replace(/\/+$/, ''),
      ...login,
    });
  }
  return addresses.some((a) => a.secure) ? addresses.map((a) => ({ ...a, secure: true })) : addresses;
}

/** An address without credentials, for messages. */
export function addressText({ secure, host, port, prefix }: Address): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${prefix}`;
}

const shown = (text: string): string => text.replace(/\/\/[^@/]*@/, '//');
