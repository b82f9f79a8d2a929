import type { HttpTarget } from '../internal/http-client.ts';
import { urlLogin, type UrlLogin } from '../internal/url-login.ts';

/** Where requests are sent; `path` may be a template. */
export interface UrlTarget extends HttpTarget, UrlLogin {
  /** With its query. */
  readonly path: string;
}

/** Host and path of a URL whose path may contain `${...}`; a text describes the problem. */
export function targetOf(text: string): UrlTarget | string {
  const trimmed = text.trim();
  if (trimmed === '') return 'an address is missing, such as https://example.com/events';
  const [, scheme = '', authority = '', path = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(trimmed) ?? [];
  if (scheme === '') return 'that is no URL: https://host/path';
  if (!/^https?$/i.test(scheme)) return 'neither http:// nor https://';
  if (authority.includes('${')) return 'the host is the same for all records: only what comes after it may have ${...}';
  let url: URL;
  try {
    url = new URL(`${scheme}://${authority}`);
  } catch {
    return 'that is no URL: https://host/path';
  }
  if (/[\s#]/.test(path)) return 'the path has a blank or #, which stand in a URL as %20 and %23';
  const login = urlLogin(url);
  if (typeof login === 'string') return login;
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return {
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    name: url.origin,
    path: path.startsWith('/') ? path : `/${path}`,
    ...login,
  };
}
