import { must } from '../../../base/assert.ts';
import type { Env } from '../../../base/env.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import type { HttpClient } from '../internal/http-client.ts';
import { AUTH } from './auth-keys.ts';
import { parseHeaders } from './headers.ts';
import { SINK } from './sink-keys.ts';
import { targetOf } from './target.ts';
import { cut } from './verdict.ts';

/** How long before its end a token is renewed, in ms, since it must last for the requests that use it. */
const BEFORE_END_MS = 30_000;
/** Lifetime of a token whose response does not give one, in ms. */
const UNSAID_MS = 20 * 60_000;

/** Tokens of OAuth 2.0 by client credentials (RFC 6749 section 4.4), requested once for all requests. */
export class OAuthTokens {
  readonly #config: Config;
  readonly #client: HttpClient;
  readonly #env: Env;
  #token: Promise<string> | undefined;
  #untilMs = Infinity;

  constructor(config: Config, client: HttpClient, env: Env) {
    this.#config = config;
    this.#client = client;
    this.#env = env;
  }

  /** The current token. @throws Unreachable, RetriableError; ConnectError when the login is refused */
  token(signal: AbortSignal): Promise<string> {
    if (this.#token !== undefined && this.#env.clock.monotonicMs() < this.#untilMs) return this.#token;
    const asked = this.#ask(signal);
    this.#untilMs = Infinity;
    this.#token = asked;
    asked.catch(() => {
      if (this.#token === asked) this.#token = undefined;
    });
    return asked;
  }

  /** Called when the service refuses a token: the next one is new, unless another request has renewed it meanwhile. */
  async refused(token: string): Promise<void> {
    const current = this.#token;
    if (current !== undefined && (await current.catch(() => undefined)) === token && this.#token === current)
      this.#token = undefined;
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const config = this.#config;
    const target = targetOf(config.require(AUTH.oauthUrl));
    if (typeof target === 'string') throw new ConnectError(`${AUTH.oauthUrl.name}: ${target}`);
    const id = config.require(AUTH.oauthId);
    const secret = config.require(AUTH.oauthSecret);
    const scope = config.get(AUTH.oauthScope) ?? '';
    const inBody = config.get(AUTH.oauthMode).toLowerCase() === 'url';
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope !== '' && { scope }),
      ...(inBody && { client_id: id, client_secret: secret }),
    });
    const more = parseHeaders(config.get(AUTH.oauthHeaders), config.get(SINK.headerSeparator));
    const body = Buffer.from(form.toString());
    const headers: Record<string, string> = {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': String(body.length),
      // RFC 6749 section 2.3.1: both are form-encoded first.
      ...(!inBody && {
        Authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
      }),
      ...(typeof more !== 'string' && Object.fromEntries(more)),
    };
    const answer = await this.#client.exchange(target, { method: 'POST', path: target.path, headers, body, signal });
    const { status, text } = answer;
    if (status === 429 || status >= 500)
      throw new RetriableError(`${target.name} gives no token now: HTTP ${status}${cut(text)}`);
    const property = config.get(AUTH.oauthProperty);
    const found = status >= 200 && status < 300 ? membersOf(text) : undefined;
    const token = found?.[property];
    if (typeof token !== 'string' || token === '')
      throw new ConnectError(
        found === undefined
          ? `${target.name} gives no token: HTTP ${status}${cut(text)}`
          : `The answer of ${target.name} has no ${property}: it has ${Object.keys(found).join(', ')}`,
      );
    const seconds = Number(must(found, 'answer')['expires_in']);
    const lastsMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : UNSAID_MS;
    this.#untilMs = this.#env.clock.monotonicMs() + Math.max(lastsMs / 2, lastsMs - BEFORE_END_MS);
    return token;
  }
}

function membersOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
