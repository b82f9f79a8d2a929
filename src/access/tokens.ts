import type { JWTVerifyGetKey, JWTPayload } from 'jose';
import { answerText } from '../base/answer-text.ts';
import { messageOf, SluiceError } from '../base/errors.ts';

export interface TokenSettings {
  readonly issuer: string;
  /** A token must have one of these audiences. */
  readonly audiences: readonly string[];
  /** Keys of the issuer: a URL, or the text of a file; undefined: found through the issuer's discovery document. */
  readonly keys: { readonly url: string } | { readonly text: string } | undefined;
  /** Claims with the user's name and roles: `realm_access.roles` is within an object. */
  readonly nameClaim: string;
  readonly rolesClaim: string;
}

/** The user that a valid token names. */
export interface TokenUser {
  readonly name: string;
  readonly roles: readonly string[];
}

/** Signature algorithms with a private key of the issuer; not `none`, and none with a shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** The longest document of an issuer: its keys, or where they are, in bytes. */
const LONGEST_DOCUMENT = 1 << 20;
/** Tolerated clock difference, in seconds. */
const CLOCK_SKEW_S = 10;

/** Verifies bearer tokens (RFC 6750) that are JWTs (RFC 9068, OpenID Connect). */
export interface TokenVerifier {
  /**
   * Undefined when the token is not for us, not by the issuer, or not valid now. Rejects when the issuer's keys cannot
   * be obtained.
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
    (keys ??= jose.createRemoteJWKSet(new URL(keysUrl(settings) ?? (await discover(settings.issuer))), {
      [jose.customFetch]: async (url, options) => {
        const answer = await fetch(url, options);
        const text = await answerText(answer, LONGEST_DOCUMENT);
        return new Response(text === '' ? null : text, { status: answer.status });
      },
    }));
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
        // Errors of invalid tokens are JOSEErrors; any other error is ours or the issuer's.
        if (error instanceof jose.errors.JOSEError && !(error instanceof jose.errors.JWKSTimeout)) return undefined;
        throw error;
      }
    },
  };
}

/** The URL of an issuer's keys (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { jwks_uri: keys } = JSON.parse(await answerText(await fetch(url), LONGEST_DOCUMENT)) as {
    readonly jwks_uri?: unknown;
  };
  if (typeof keys !== 'string') throw new Error(`${url} names no jwks_uri`);
  return keys;
}

function keysUrl({ keys }: TokenSettings): string | undefined {
  return keys !== undefined && 'url' in keys ? keys.url : undefined;
}

function claim(payload: JWTPayload, path: string): unknown {
  // Claim names that contain dots, such as https://example.com/roles, are looked up unchanged.
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Roles as a list, or separated by spaces as in `scope`. */
function rolesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter((role) => role !== '');
  return Array.isArray(value) ? value.filter((role) => typeof role === 'string') : [];
}
