import { must } from '../../../base/assert.ts';
import type { FileIn } from '../../api/connector.ts';
import { nearest } from '../../../base/suggest.ts';
import type { Target } from '../database/dialect.ts';
import type { TlsRequest } from '../database/tls.ts';
import { fileInUrl, UrlParameters } from '../database/url-parameters.ts';
import { missingSlashes, schemeAdvice } from '../database/url-scheme.ts';
import { SYSTEM, requestedTls } from './url-tls.ts';

/** The address of a Postgres database and the login for it, parsed from any of the common URL forms. */
export interface ConnectionTarget extends Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly ssl: false | TlsRequest;
  readonly applicationName: string | undefined;
  /** The schema in which unqualified names are looked up first (`currentSchema`). */
  readonly schema: string | undefined;
}

/** The files that the URL names; the worker checks whether they may be used. */
export const POSTGRES_FILES: readonly FileIn[] = [
  fileInUrl(['sslrootcert'], (value) => value !== SYSTEM),
  fileInUrl(['sslcert']),
  fileInUrl(['sslkey']),
];

/**
 * Parses `jdbc:postgresql://host:port/db?user=..&password=..&sslmode=..`, the short JDBC forms `jdbc:postgresql:db` and
 * `jdbc:postgresql://host/`, and `postgres://user:password@host:port/db`. Of several hosts, the first is used. If the
 * URL is invalid, returns the reason as a string.
 */
export function parseConnectionUrl(url: string): ConnectionTarget | string {
  const text = url.trim();
  const jdbc = /^jdbc:/i.test(text);
  const rest = jdbc ? text.slice(5) : text;
  const scheme = /^(postgres(?:ql)?):/i.exec(rest);
  if (!scheme) {
    // A password in an example would be masked as if it were real.
    return `Not a Postgres URL: expected postgres://host:port/database or jdbc:postgresql://host:port/database, with user and password beside it or in it${schemeAdvice('postgres', text)}`;
  }
  const after = rest.slice(scheme[0].length);
  const [locationPart, query = ''] = splitOnce(after, '?');
  let authority = '';
  let database = locationPart;
  if (locationPart.startsWith('//')) {
    const [place, path = ''] = splitOnce(locationPart.slice(2), '/');
    authority = place;
    database = path;
  } else {
    // The short form contains only a database: with a login or a host, the slashes are missing.
    if (/[@:]/.test(database)) return missingSlashes(scheme[0], database);
    if (database.startsWith('/')) database = database.slice(1);
  }
  const at = authority.lastIndexOf('@');
  const [login, hosts] = at === -1 ? ['', authority] : [authority.slice(0, at), authority.slice(at + 1)];
  const [user, password] = splitOnce(login, ':');
  const host = /^(\[[^\]]+\]|[^:,]*)(?::([^,]*))?/.exec(hosts.split(',')[0] ?? '')!;
  const portText = host[2];
  const port = portText === undefined || portText === '' ? 5432 : Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65535) return `Port ${portText} is not a number from 1 to 65535`;
  const parameters = new URLSearchParams(query);
  const misspelt = misspeltParameter(parameters);
  if (misspelt !== undefined) return misspelt;
  const ssl = requestedTls(new UrlParameters(query), jdbc);
  if (typeof ssl === 'string') return ssl;
  const decoded = decode(database);
  return {
    host: (host[1] === '' ? 'localhost' : must(host[1], 'group 1 of the match')).replace(/^\[|\]$/g, ''),
    port,
    database: decoded === '' ? (parameters.get('user') ?? 'postgres') : decoded,
    user: user === '' ? (parameters.get('user') ?? undefined) : decode(user),
    password: password === undefined ? (parameters.get('password') ?? undefined) : decode(password),
    ssl,
    applicationName: parameters.get('ApplicationName') ?? parameters.get('application_name') ?? undefined,
    schema: parameters.get('currentSchema') ?? undefined,
  };
}

/** Parameters of libpq and of the JDBC driver for address, login and security, and parameters with similar names. */
const PARAMETERS = (
  'user password ssl sslmode sslcert sslkey sslpassword sslrootcert sslfactory ApplicationName application_name ' +
  'currentSchema options host port dbname sslnegotiation connectTimeout connect_timeout socketTimeout loginTimeout ' +
  'passfile service sslcrl sslcrldir sslsni sslhostnameverifier sslpasswordcallback sslcompression sslResponseTimeout ' +
  'sslcertmode ssl_min_protocol_version ssl_max_protocol_version requiressl channel_binding gssencmode tcpKeepAlive'
).split(' ');

/**
 * A misspelled security parameter would silently have no effect; names that resemble no known one are left to the
 * driver.
 */
function misspeltParameter(parameters: URLSearchParams): string | undefined {
  for (const name of new Set(parameters.keys())) {
    if (PARAMETERS.some((known) => known.toLowerCase() === name.toLowerCase())) continue;
    const meant =
      name.length < 5
        ? undefined
        : nearest(
            name,
            PARAMETERS.filter((known) => known.length >= 5),
          );
    if (meant !== undefined) return `The URL has no parameter ${name}. Did you mean ${meant}?`;
  }
  return undefined;
}

/** Identifies the database without a login; the same for all forms of its URL. */
export function systemOf({ host, port, database }: ConnectionTarget): string {
  const name = host.toLowerCase();
  return `postgres://${['127.0.0.1', '::1'].includes(name) ? 'localhost' : name}:${port}/${database}`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `jdbc:postgresql://host:port/database`, without a login. */
export function shownUrl(target: ConnectionTarget): string {
  return `jdbc:postgresql://${target.host}:${target.port}/${target.database}`;
}
