import { NamePattern } from '../base/regex/name-pattern.ts';
import { readFile } from 'node:fs/promises';
import type { Config } from '../base/config/config.ts';
import type { Env } from '../base/env.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { KEYS } from '../config/keys.ts';
import { httpSender } from '../host/http-send.ts';
import { tlsSettings } from './tls-settings.ts';

/** A token is renewed when less than this remains of its lifetime, in ms. */
const RENEW_BEFORE_MS = 30_000;

interface Token {
  readonly text: string;
  /** The time of its renewal, by the monotonic clock, in ms. */
  readonly untilMs: number;
}

type Found = { readonly value: string } | { readonly missing: string };

/**
 * Reads secrets of a HashiCorp Vault: `GET /v1/MOUNT/data/PATH` of a KV engine of version 2
 * (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2), with a configured token, or with one from a login
 * by AppRole or as a pod of Kubernetes (https://developer.hashicorp.com/vault/api-docs/auth). Undefined when
 * vault.address is not set. Each reference is read again, so a rotated value takes effect at the next start.
 * @throws SluiceError CONFIG
 */
export function vaultOf(config: Config, env: Env): ((path: string, key: string) => Promise<Found>) | undefined {
  const address = config.get(KEYS.vaultAddress);
  if (address === undefined) return undefined;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new SluiceError('CONFIG', `vault.address holds "${address}", which is not an http or https URL`);
  const vault = new Vault(config, env, address.replace(/\/+$/, ''));
  return (path, key) => vault.value(path, key);
}

class Vault {
  readonly #config: Config;
  readonly #env: Env;
  readonly #address: string;
  readonly #allowed: NamePattern;
  readonly #send: ReturnType<typeof httpSender>;
  #token: Promise<Token> | undefined;

  constructor(config: Config, env: Env, address: string) {
    this.#config = config;
    this.#env = env;
    this.#address = address;
    this.#allowed = new NamePattern(config.get(KEYS.vaultAllowedPaths));
    this.#send = httpSender(tlsSettings(config, 'vault.'));
  }

  /** @throws SluiceError CONFIG when Vault does not respond, or refuses */
  async value(path: string, key: string): Promise<Found> {
    const [mount, ...rest] = path.split('/').filter((part) => part !== '');
    if (mount === undefined || rest.length === 0 || rest.some((part) => part === '..' || part === '.'))
      return { missing: `${path} is no MOUNT/PATH` };
    const plain = [mount, ...rest].join('/');
    if (!this.#allowed.test(plain)) return { missing: `${plain} is not for connectors (vault.allowed.paths)` };
    const where = `/v1/${[mount, 'data', ...rest].map(encodeURIComponent).join('/')}`;
    let answer = await this.#get(where);
    if (answer.status === 403 && this.#token !== undefined) {
      // The token may have been revoked, or may have expired while the machine was suspended.
      this.#token = undefined;
      answer = await this.#get(where);
    }
    // 404 with metadata means that the newest version was deleted.
    if (answer.status === 404) return { missing: `the vault has nothing at ${plain}` };
    if (answer.status !== 200) throw refused(`reading ${plain}`, answer);
    const { data } = (JSON.parse(answer.text) as { data?: { data?: Record<string, unknown> | null } }).data ?? {};
    const value = data?.[key];
    if (value === undefined || value === null)
      return { missing: `${plain} in the vault has no key ${key}: it has ${Object.keys(data ?? {}).join(', ')}` };
    return { value: typeof value === 'string' ? value : JSON.stringify(value) };
  }

  async #get(where: string): Promise<{ readonly status: number; readonly text: string }> {
    const token = await this.#currentToken();
    return await this.#ask('GET', where, { 'X-Vault-Token': token });
  }

  async #currentToken(): Promise<string> {
    const nowMs = this.#env.clock.monotonicMs();
    const known = await this.#token?.catch(() => undefined);
    if (known !== undefined && known.untilMs > nowMs) return known.text;
    this.#token = this.#login();
    return (await this.#token).text;
  }

  async #login(): Promise<Token> {
    const method = this.#config.get(KEYS.vaultAuthMethod);
    const mount = this.#config.get(KEYS.vaultAuthMount) ?? method;
    switch (method) {
      case 'token': {
        // The token file is read at each use, because an agent replaces it.
        const text = await this.#text(KEYS.vaultToken, KEYS.vaultTokenFile);
        const isFixed = this.#config.get(KEYS.vaultTokenFile) === undefined;
        return { text, untilMs: isFixed ? Infinity : -Infinity };
      }
      case 'approle':
        return await this.#loginAt(mount, {
          role_id: this.#required(KEYS.vaultRoleId),
          secret_id: await this.#text(KEYS.vaultSecretId, KEYS.vaultSecretIdFile),
        });
      case 'kubernetes':
        return await this.#loginAt(mount, {
          role: this.#required(KEYS.vaultRole),
          jwt: await this.#file(this.#config.get(KEYS.vaultKubernetesTokenFile), KEYS.vaultKubernetesTokenFile.name),
        });
      default:
        return method satisfies never;
    }
  }

  async #loginAt(mount: string, body: Readonly<Record<string, string>>): Promise<Token> {
    const answer = await this.#ask('POST', `/v1/auth/${mount}/login`, {}, JSON.stringify(body));
    if (answer.status !== 200) throw refused(`logging in by ${mount}`, answer);
    const { auth } = JSON.parse(answer.text) as { auth?: { client_token?: string; lease_duration?: number } };
    if (auth?.client_token === undefined) throw refused(`logging in by ${mount}`, answer);
    const lifeMs = (auth.lease_duration ?? 0) * 1000;
    const nowMs = this.#env.clock.monotonicMs();
    // 0 means that the token does not expire.
    const untilMs = lifeMs === 0 ? Infinity : nowMs + Math.max(lifeMs / 2, lifeMs - RENEW_BEFORE_MS);
    return { text: auth.client_token, untilMs };
  }

  async #ask(
    method: string,
    where: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const namespace = this.#config.get(KEYS.vaultNamespace);
    try {
      return await this.#send({
        method,
        url: this.#address + where,
        headers: {
          'X-Vault-Request': 'true',
          ...(namespace !== undefined && { 'X-Vault-Namespace': namespace }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body,
        timeoutMs: this.#config.get(KEYS.vaultRequestTimeoutMs),
      });
    } catch (cause) {
      throw new SluiceError('CONFIG', `The vault at ${this.#address} does not answer: ${messageOf(cause)}`, {
        cause,
        retriable: true,
      });
    }
  }

  #required(key: typeof KEYS.vaultRoleId): string {
    const value = this.#config.get(key);
    if (value !== undefined) return value;
    throw new SluiceError('CONFIG', `vault.auth.method=${this.#config.get(KEYS.vaultAuthMethod)} needs ${key.name}`);
  }

  async #text(key: typeof KEYS.vaultToken, file: typeof KEYS.vaultTokenFile): Promise<string> {
    const named = this.#config.get(file);
    return named === undefined ? this.#required(key) : await this.#file(named, file.name);
  }

  async #file(file: string, setting: string): Promise<string> {
    try {
      return (await readFile(file, 'utf8')).trim();
    } catch (cause) {
      throw new SluiceError('CONFIG', `${setting}: cannot read '${file}'`, { cause });
    }
  }
}

/** An error with Vault's own messages: `{"errors":["permission denied"]}`. */
function refused(what: string, answer: { readonly status: number; readonly text: string }): SluiceError {
  let words = '';
  try {
    words = ((JSON.parse(answer.text) as { errors?: readonly string[] }).errors ?? []).join('; ');
  } catch {
    // A proxy in between may respond with HTML.
  }
  return new SluiceError('CONFIG', `The vault refused ${what}: ${words === '' ? '' : `${words} `}(${answer.status})`, {
    // Vault is sealed, a standby, or overloaded.
    retriable: answer.status >= 429,
  });
}
