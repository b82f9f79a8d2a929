import type { Env } from '../../../base/env.ts';
import type { Config } from '../../api/config-spec.ts';
import { HttpClient, type HttpAnswer } from '../internal/http-client.ts';
import { AUTH } from './auth-keys.ts';
import { OAuthTokens } from './oauth.ts';
import { SINK } from './sink-keys.ts';
import type { UrlTarget } from './target.ts';

/** The most bytes of a response that are kept. */
const ANSWER_BYTES = 1 << 16;
const IDLE_MS = 60_000;

/** The service that receives requests, with persistent connections and our login. */
export class Service {
  readonly target: UrlTarget;
  readonly #client: HttpClient;
  readonly #tokens: OAuthTokens | undefined;
  readonly #authorization: string | undefined;
  readonly #apiKey: { readonly name: string; readonly value: string; readonly inQuery: boolean } | undefined;

  /** @throws SluiceError CONFIG for certificates that cannot be read */
  constructor(config: Config, env: Env, target: UrlTarget) {
    this.target = target;
    this.#client = new HttpClient({
      env,
      connectMs: config.get(SINK.connectTimeoutMs),
      readMs: config.get(SINK.requestTimeoutMs),
      maxSockets: config.get(SINK.maxInFlightRequests) + 1,
      idleMs: IDLE_MS,
      tls: config,
      answerBytes: ANSWER_BYTES,
    });
    if (target.secure) this.#client.checkTls();
    const kind = kindOf(config, target);
    this.#tokens = kind === 'OAUTH2' ? new OAuthTokens(config, this.#client, env) : undefined;
    this.#authorization = authorizationOf(config, target, kind);
    this.#apiKey =
      kind === 'API_KEY'
        ? {
            name: config.get(AUTH.apiKeyName),
            value: config.require(AUTH.apiKey),
            inQuery: config.get(AUTH.apiKeyLocation).toUpperCase() === 'QUERY',
          }
        : undefined;
  }

  /**
   * Sends one request. A refused token is renewed once.
   * @throws Unreachable, RetriableError; ConnectError for a server that is not trusted, and when no token is issued
   */
  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer | undefined,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const token = await this.#tokens?.token(signal);
    const answer = await this.#exchange(method, path, headers, body, signal, token);
    if (answer.status !== 401 || token === undefined) return answer;
    await this.#tokens?.refused(token);
    return await this.#exchange(method, path, headers, body, signal, await this.#tokens?.token(signal));
  }

  /** Requests a token, where tokens are used, to check the login. @throws as `send` does */
  async checkLogin(signal: AbortSignal): Promise<void> {
    await this.#tokens?.token(signal);
  }

  close(): void {
    this.#client.close();
  }

  #exchange(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer | undefined,
    signal: AbortSignal,
    token: string | undefined,
  ): Promise<HttpAnswer> {
    const apiKey = this.#apiKey;
    const authorization = token === undefined ? this.#authorization : `Bearer ${token}`;
    const parameter =
      apiKey?.inQuery === true ? `${encodeURIComponent(apiKey.name)}=${encodeURIComponent(apiKey.value)}` : '';
    return this.#client.exchange(this.target, {
      method,
      path: parameter === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${parameter}`,
      headers: {
        'User-Agent': 'sluice',
        'Accept-Encoding': 'gzip',
        ...(authorization !== undefined && { Authorization: authorization }),
        ...(apiKey?.inQuery === false && { [apiKey.name]: apiKey.value }),
        ...headers,
        ...(body !== undefined && { 'Content-Length': String(body.length) }),
      },
      body,
      signal,
    });
  }
}

function kindOf(config: Config, target: UrlTarget): string {
  const authType = config.get(AUTH.type)?.toUpperCase();
  if (authType !== undefined) return authType;
  if (config.get(AUTH.oauthUrl) !== undefined) return 'OAUTH2';
  if (config.get(AUTH.token) !== undefined) return 'BEARER';
  if (config.get(AUTH.user) !== undefined || target.user !== undefined) return 'BASIC';
  return config.get(AUTH.apiKey) === undefined ? 'NONE' : 'API_KEY';
}

function authorizationOf(config: Config, target: UrlTarget, kind: string): string | undefined {
  if (kind === 'BEARER') return `Bearer ${config.require(AUTH.token)}`;
  if (kind === 'BASIC') {
    const user = config.get(AUTH.user) ?? target.user ?? '';
    const password = config.get(AUTH.password) ?? target.password ?? '';
    return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }
  return config.get(AUTH.authorization);
}
