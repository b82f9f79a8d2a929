import { headerValue } from '../../api/config-spec.ts';
import type { HttpTarget } from '../internal/http-client.ts';
import { urlLogin } from '../internal/url-login.ts';

/** The HTTP interface, with the credentials and database of its URL. */
export interface ServerUrl extends HttpTarget {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
}

/** Why a text is not an address; undefined: it is one. */
export function urlProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return 'that is no URL: http://host:8123 or https://host:8443';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'the HTTP interface is used: http://host:8123 or https://host:8443';
  const login = urlLogin(url);
  if (typeof login === 'string') return login;
  // The user and the password are sent in headers of their own.
  for (const part of [login.user, login.password])
    if (part !== undefined && headerValue(part) !== undefined)
      return 'its login has a character that no HTTP header may have';
  const [parameter] = url.searchParams.keys();
  if (parameter !== undefined)
    return `${parameter} behind ? has no effect: user, password, database, settings and ssl.truststore.* are settings of their own, and https:// asks for TLS`;
  return url.pathname.replace(/^\//, '').includes('/') ? 'behind the host stands at most a database' : undefined;
}

/** Parses an address for which `urlProblem` is undefined. */
export function parseUrl(text: string): ServerUrl {
  const url = new URL(text.trim());
  const secure = url.protocol === 'https:';
  const own = /:(\d+)(?:[/?#]|$)/.exec(text.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/i, ''))?.[1];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = own === undefined ? (secure ? 8443 : 8123) : Number(own);
  const part = (value: string): string | undefined => (value === '' ? undefined : decodeURIComponent(value));
  return {
    secure,
    host,
    port,
    name: `${secure ? 'https' : 'http'}://${url.hostname}:${port}`,
    user: part(url.username),
    password: part(url.password),
    database: part(url.pathname.replace(/^\//, '')),
  };
}
