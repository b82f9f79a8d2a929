import { must } from '../../../base/assert.ts';
import type { Target } from '../database/dialect.ts';
import type { TlsRequest } from '../database/tls.ts';
import { UrlParameters } from '../database/url-parameters.ts';
import { missingSlashes, schemeAdvice } from '../database/url-scheme.ts';
import { requestedTls } from './url-tls.ts';

/** The address of a MySQL or MariaDB database and the login for it. */
export interface MysqlTarget extends Target {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly ssl: false | TlsRequest;
  /** Whether TINYINT(1) is BOOLEAN. */
  readonly booleans: boolean;
  /** Whether `0000-00-00` is NULL instead of an error of its row. */
  readonly zeroDatesAreNull: boolean;
}

// A password in an example would be masked as if it were real.
export const URL_EXAMPLES =
  'mysql://host:3306/database, with user and password beside it or in it, or jdbc:mysql: and jdbc:mariadb: URLs';

/**
 * Parses `jdbc:mysql://host:port/db?user=..&password=..&sslMode=..`, `jdbc:mariadb://..` and
 * `mysql://user:password@host/db`. Of the drivers' other parameters, those for TLS (url-tls.ts), `tinyInt1isBit` and
 * `zeroDateTimeBehavior` have an effect. Of several hosts, the first is used. If the URL is invalid, returns the reason
 * as a string.
 */
export function parseMysqlUrl(url: string): MysqlTarget | string {
  const found =
    /^(?:jdbc:)?(?:mysql|mariadb)(?:\+?(?:replication|loadbalance|srv))?:(?:\w+:)?\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/i.exec(
      url.trim(),
    );
  const slashless = /^(?:jdbc:)?(?:mysql|mariadb):(?!\w*:?\/\/)/i.exec(url.trim());
  if (slashless !== null) return missingSlashes(slashless[0], url.trim().slice(slashless[0].length));
  if (found === null) return `Not a MySQL URL: expected ${URL_EXAMPLES}${schemeAdvice('mysql', url.trim())}`;
  const [, login = '', hosts = '', path = '', query = ''] = found;
  const parameters = new UrlParameters(query);
  const first = /^(\[[^\]]+\]|[^:,]*)(?::(\d+))?/.exec(hosts)!;
  const port = first[2] === undefined ? 3306 : Number(first[2]);
  if (port < 1 || port > 65_535) return `Port ${first[2]} is not a number from 1 to 65535`;
  const database = decode(path);
  if (database === '') return 'The URL names no database: mysql://host:3306/database';
  const colon = login.indexOf(':');
  const [user, password] = colon < 0 ? [login, undefined] : [login.slice(0, colon), login.slice(colon + 1)];
  const host = (first[1] === '' ? 'localhost' : must(first[1], 'group 1 of the match')).replace(/^\[|\]$/g, '');
  const ssl = requestedTls(parameters, host, /^(?:jdbc:)?mariadb/i.test(url.trim()));
  if (typeof ssl === 'string') return ssl;
  return {
    host,
    port,
    database,
    user: user === '' ? parameters.get('user') : decode(user),
    password: password === undefined ? parameters.get('password') : decode(password),
    ssl,
    booleans: !/^(?:false|0)$/i.test(parameters.get('tinyint1isbit') ?? ''),
    zeroDatesAreNull: /^convert_?to_?null$/i.test(parameters.get('zerodatetimebehavior') ?? ''),
  };
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Identifies the database without a login; the same for all forms of its URL. */
export function mysqlSystem({ host, port, database }: MysqlTarget): string {
  const name = host.toLowerCase();
  return `mysql://${['127.0.0.1', '::1'].includes(name) ? 'localhost' : name}:${port}/${database}`;
}

/** `jdbc:mysql://host:port/database`, without a login. */
export const shownUrl = ({ host, port, database }: MysqlTarget): string => `jdbc:mysql://${host}:${port}/${database}`;
