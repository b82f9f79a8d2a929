import { KEYS } from '../config/keys.ts';
import type { Config } from '../base/config/config.ts';

/** The pages of other origins that a browser lets read responses: ksqlDB's `access.control.*`. */
export interface Cors {
  /** Origins, or `*`. Empty: disabled. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
}

export function corsOf(config: Config): Cors {
  return {
    origins: config.get(KEYS.accessControlAllowOrigin),
    methods: config.get(KEYS.accessControlAllowMethods),
    headers: config.get(KEYS.accessControlAllowHeaders),
  };
}

export function allowsOrigin(cors: Cors, origin: string): boolean {
  return cors.origins.includes('*') || cors.origins.includes(origin);
}

/**
 * The headers of a response to a request from `origin`. Credentials are permitted only for listed origins, because with
 * `*` any page could act in its user's name. When CORS is enabled, `Vary` is on every response, so that caches
 * distinguish origins.
 */
export function corsHeaders(cors: Cors, origin: string | undefined): Readonly<Record<string, string>> {
  if (cors.origins.length === 0) return {};
  const vary = { vary: 'Origin' };
  if (origin === undefined || !allowsOrigin(cors, origin)) return vary;
  const named = cors.origins.includes(origin);
  return {
    ...vary,
    'access-control-allow-origin': named ? origin : '*',
    ...(named && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': cors.methods.join(', '),
    'access-control-allow-headers': cors.headers.join(', '),
  };
}
