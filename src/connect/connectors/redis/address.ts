import { oneLine } from '../../api/config-spec.ts';

/** Where a Redis server is, with the login from its URI. */
export interface RedisAddress {
  readonly secure: boolean;
  /** The server; with `master`, the sentinels that know where it is. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** Name of the master for which sentinels are asked. */
  readonly master: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number | undefined;
  /** As in messages, without a login. */
  readonly name: string;
}

const PORT = 6379;
const SENTINEL_PORT = 26_379;
const FORMS = 'redis://host:6379/0, rediss://host:6379 with TLS, or redis-sentinel://host:26379,other:26379/0#master';

/**
 * Parses an address in the form of the registered URI for Redis (IANA, `redis` and `rediss`) or of Lettuce's for
 * sentinels; a text describes the problem.
 */
export function parseAddress(text: string): RedisAddress | string {
  const match =
    /^(rediss?|rediss?-sentinel):\/\/(?:([^@/]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?(?:#(.*))?$/i.exec(
      text.trim(),
    );
  if (match === null) return `that is no address of a Redis: ${FORMS}`;
  const [, scheme = '', login, hostList = '', path = '', query = '', fragment] = match;
  const secure = scheme.toLowerCase().startsWith('rediss');
  const isSentinel = scheme.toLowerCase().endsWith('-sentinel');
  const hosts: { host: string; port: number }[] = [];
  for (const part of hostList.split(',')) {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(part.trim()) ?? [];
    const host = bracketed ?? plain;
    const number = port === undefined ? (isSentinel ? SENTINEL_PORT : PORT) : Number(port);
    if (host === undefined || number < 1 || number > 65_535) return `'${part}' is no host with a port: ${FORMS}`;
    hosts.push({ host, port: number });
  }
  if (isSentinel && (fragment ?? '') === '') return `the name of the master is missing behind #: ${FORMS}`;
  if (!isSentinel && hosts.length > 1) return `several hosts are those of sentinels: ${FORMS}`;
  const number = path === '' ? new URLSearchParams(query).get('database') : path;
  if (number !== null && !/^\d{1,5}$/.test(number)) return `behind the host stands the number of a database: ${FORMS}`;
  // A login without a colon is a password, since servers before 6 have no users.
  const [first = '', ...more] = (login ?? '').split(':');
  const [user, password] = more.length === 0 ? ['', first] : [first, more.join(':')];
  const name = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  try {
    const problem = [user, password]
      .map((part) => oneLine(decodeURIComponent(part)))
      .find((found) => found !== undefined);
    if (problem !== undefined) return 'its login has a line break or another control character';
    return {
      secure,
      hosts,
      master: isSentinel ? decodeURIComponent(fragment ?? '') : undefined,
      user: user === '' ? undefined : decodeURIComponent(user),
      password: password === '' ? undefined : decodeURIComponent(password),
      database: number === null ? undefined : Number(number),
      name: `${scheme.toLowerCase()}://${name}${isSentinel ? `#${fragment ?? ''}` : ''}`,
    };
  } catch {
    return 'a % in it is not followed by two hexadecimal digits';
  }
}
