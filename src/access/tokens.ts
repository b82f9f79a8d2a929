import type { JWTVerifyGetKey, JWTPayload } from 'jose';
import { messageOf, SluiceError } from '../base/errors.ts';

export interface TokenSettings {
  readonly issuer: string;
  /** One of them must be among the token's. */
  readonly audiences: readonly string[];
  /** Keys of the issuer: a URL, or the text of a file; undefined: where the issuer's own description says. */
  readonly keys: { readonly url: string } | { readonly text: string } | undefined;
  /** Where in the token the user's name and roles are: `realm_access.roles` is within an object. */
  readonly nameClaim: string;
  readonly rolesClaim: string;
}

export interface TokenUser {
  readonly name: string;
  readonly roles: readonly string[];
}

/** Signatures whose key an issuer keeps to itself; no `none`, and no secret that we would share with it. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Clocks differ by so much, in seconds. */
const CLOCK_SKEW_S = 10;

/** Looks at bearer tokens (RFC 6750) that are JWTs (RFC 9068, OpenID Connect). */
export interface TokenVerifier {
  /**
   * Undefined where the token is not for us, not of the issuer, not valid any more. Rejects where its keys cannot be
   * had.
   */
  verify(token: string): Promise<TokenUser | undefined>;
}

/** @throws SluiceError CONFIG for keys that cannot be read */
export async function tokenVerifier(settings: TokenSettings): Promise<TokenVerifier> {
  const jose = await import('jose');
  let keys: JWTVerifyGetKey | undefined;
  if (settings.keys !== undefined && 'text' in settings.keys) {
    try {
      keys = jose.createLocalJWKSet(JSON.parse(settings.keys.text) as Parameters<typeof jose.createLocalJWKSet>[0]);
    } catch (cause) {
      throw new SluiceError('CONFIG', `authentication.bearer.jwks: no JSON Web Key Set: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  const keySet = async (): Promise<JWTVerifyGetKey> =>
    (keys ??= jose.createRemoteJWKSet(new URL(keysUrl(settings) ?? (await discover(settings.issuer)))));
  return {
    async verify(token) {
      const getKey = await keySet();
      try {
        const { payload } = await jose.jwtVerify(token, getKey, {
          issuer: settings.issuer,
          audience: [...settings.audiences],
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_SKEW_S,
          requiredClaims: ['exp'],
        });
        const name = claim(payload, settings.nameClaim);
        if (typeof name !== 'string' || name === '') return undefined;
        return { name, roles: rolesOf(claim(payload, settings.rolesClaim)) };
      } catch (error) {
        // What is wrong with a token is of these; anything else is ours or the issuer's.
        if (error instanceof jose.errors.JOSEError && !(error instanceof jose.errors.JWKSTimeout)) return undefined;
        throw error;
      }
    },
  };
}

/** Where an issuer keeps its keys (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url);
  const { jwks_uri: keys } = (await answer.json()) as { readonly jwks_uri?: unknown };
  if (typeof keys !== 'string') throw new Error(`${url} names no jwks_uri`);
  return keys;
}

function keysUrl({ keys }: TokenSettings): string | undefined {
  return keys !== undefined && 'url' in keys ? keys.url : undefined;
}

function claim(payload: JWTPayload, path: string): unknown {
  // Names with dots in them, such as https://example.com/roles, stand as they are.
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** A list, or words as in `scope`. */
function rolesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter((role) => role !== '');
  return Array.isArray(value) ? value.filter((role) => typeof role === 'string') : [];
}
