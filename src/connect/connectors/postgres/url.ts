import { must } from '../../../base/assert.ts';
import type { Target } from '../database/dialect.ts';
import { missingSlashes, schemeAdvice } from '../database/url-scheme.ts';

/** Where a Postgres is and how to enter it, from any of the ways people write it. */
export interface ConnectionTarget extends Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly ssl: boolean | { readonly rejectUnauthorized: boolean };
  readonly applicationName: string | undefined;
  /** The schema that unqualified names mean first (`currentSchema`). */
  readonly schema: string | undefined;
}

/**
 * Reads `jdbc:postgresql://host:port/db?user=..&password=..&sslmode=..`, the short JDBC forms `jdbc:postgresql:db` and
 * `jdbc:postgresql://host/`, and `postgres://user:password@host:port/db`. Of several hosts the first is taken.
 * A string in the answer is the reason why it is no such URL.
 */
export function parseConnectionUrl(url: string): ConnectionTarget | string {
  const text = url.trim();
  const jdbc = /^jdbc:/i.test(text);
  const rest = jdbc ? text.slice(5) : text;
  const scheme = /^(postgres(?:ql)?):/i.exec(rest);
  if (!scheme) {
    // A password in an example would be hidden as if it were one.
    return `Not a Postgres URL: expected postgres://host:port/database or jdbc:postgresql://host:port/database, with user and password beside it or in it${schemeAdvice('postgres', text)}`;
  }
  const after = rest.slice(scheme[0].length);
  const [locationPart, query = ''] = splitOnce(after, '?');
  let authority = '';
  let database = locationPart;
  if (locationPart.startsWith('//')) {
    const [a, d = ''] = splitOnce(locationPart.slice(2), '/');
    authority = a;
    database = d;
  } else {
    // The short form names a database alone: what has a login or a host lacks its slashes.
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
  const mode = (
    parameters.get('sslmode') ?? (/^true$/i.test(parameters.get('ssl') ?? '') ? 'require' : 'disable')
  ).toLowerCase();
  const decoded = decode(database);
  return {
    host: (host[1] === '' ? 'localhost' : must(host[1], 'group 1 of the match')).replace(/^\[|\]$/g, ''),
    port,
    database: decoded === '' ? (parameters.get('user') ?? 'postgres') : decoded,
    user: user === '' ? (parameters.get('user') ?? undefined) : decode(user),
    password: password === undefined ? (parameters.get('password') ?? undefined) : decode(password),
    ssl:
      mode === 'disable' || mode === 'allow' || mode === 'prefer'
        ? false
        : { rejectUnauthorized: mode.startsWith('verify') },
    applicationName: parameters.get('ApplicationName') ?? parameters.get('application_name') ?? undefined,
    schema: parameters.get('currentSchema') ?? undefined,
  };
}

/** Names the database without any login: the same for all ways of writing it. */
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

/** `jdbc:postgresql://host:port/database`, without any login. */
export function shownUrl(target: ConnectionTarget): string {
  return `jdbc:postgresql://${target.host}:${target.port}/${target.database}`;
}
