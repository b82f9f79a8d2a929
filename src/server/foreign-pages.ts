import { isIP } from 'node:net';
import { allowsOrigin, type Cors } from './cors.ts';

/** The parts of a request that show whether a web page of another site makes it. */
export interface Caller {
  readonly method: string;
  readonly origin: string | undefined;
  /** The Host header, or HTTP/2's `:authority`. */
  readonly host: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
}

export interface Site {
  /** Lower-case names of this server, besides addresses, `localhost` and names without a dot. */
  readonly names: readonly string[];
  readonly cors: Cors;
}

/**
 * Why a request is refused because a page of another site makes it in its user's name; undefined when it is permitted.
 * A browser shows this by Origin and Sec-Fetch-Site. A page whose name was pointed at this machine (DNS rebinding) is
 * its own site, and is recognized only by its Host. Clients other than browsers send neither header, and a Host of
 * ours.
 */
export function foreignPage(caller: Caller, site: Site): string | undefined {
  const { origin, host, fetchSite } = caller;
  if (host !== undefined && !isOurs(host, site.names))
    return `The host ${host} is not a name of this server: see listeners.allowed.hosts`;
  if (origin !== undefined && allowsOrigin(site.cors, origin)) return undefined;
  if (origin !== undefined && !isSameHost(origin, host))
    return `The origin ${origin} is not among access.control.allow.origin`;
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') {
    // Following a link shows the response only to the user.
    const isLink = caller.fetchMode === 'navigate' && (caller.method === 'GET' || caller.method === 'HEAD');
    if (!isLink) return 'A page of another site asks, and access.control.allow.origin does not name it';
  }
  return undefined;
}

export function callerOf(request: {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): Caller {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return {
    method: request.method ?? 'GET',
    origin: header('origin'),
    host: header('host') ?? header(':authority'),
    fetchSite: header('sec-fetch-site'),
    fetchMode: header('sec-fetch-mode'),
  };
}

/** Nobody else's DNS can define an address, `localhost`, or a name without a dot. */
function isOurs(host: string, names: readonly string[]): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host.trim())?.[1]?.toLowerCase().replace(/\.$/, '');
  if (name === undefined) return false;
  return (
    isIP(name.replace(/^\[|\]$/g, '')) !== 0 ||
    !name.includes('.') ||
    name.endsWith('.localhost') ||
    names.includes(name) ||
    names.includes('*')
  );
}

function isSameHost(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin) || host === undefined) return false;
  const { protocol, host: originHost } = new URL(origin);
  return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === originHost;
}
