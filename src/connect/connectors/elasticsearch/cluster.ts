import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { must } from '../../../base/assert.ts';
import type { Env } from '../../../base/env.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { HttpClient, Unreachable } from '../internal/http-client.ts';
import { CONNECTION } from './connection-keys.ts';
import { SINK } from './sink-keys.ts';
import { addressText, parseUrls, type Address } from './urls.ts';

const compress = promisify(gzip);

/** A response of the cluster. */
export interface Answer {
  readonly status: number;
  /** Parsed JSON, or the text of a body that is not JSON. */
  readonly body: any;
}

/** How long a host that did not respond is skipped while another one responds. */
const AWAY_MS = 5000;
/** Below this many bytes, compression costs more than it saves. */
const COMPRESSED_FROM = 1024;

interface Host {
  readonly address: Address;
  /** Until when the host is skipped, on the monotonic clock, in ms. */
  awayUntilMs: number;
}

/**
 * The REST API of a cluster: hosts in rotation, persistent connections, one login. The vendors' clients are megabytes
 * for four requests (decision 25).
 */
export class Cluster {
  readonly #hosts: readonly Host[];
  #next = 0;
  readonly #client: HttpClient;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #compresses: boolean;
  readonly #env: Env;

  /** @throws SluiceError CONFIG for certificates that cannot be read */
  constructor(config: Config, env: Env) {
    const addresses = parseUrls(config.get(CONNECTION.connectionUrl));
    if (typeof addresses === 'string') throw new ConnectError(addresses);
    this.#hosts = addresses.map((address) => ({ address, awayUntilMs: -Infinity }));
    this.#client = new HttpClient({
      env,
      connectMs: config.get(CONNECTION.connectionTimeoutMs),
      readMs: config.get(CONNECTION.readTimeoutMs),
      maxSockets: config.get(SINK.maxInFlightRequests) + 1,
      idleMs: config.get(CONNECTION.maxConnectionIdleTimeMs),
      tls: config,
    });
    if (must(addresses[0], 'address').secure) this.#client.checkTls();
    const login = loginOf(config, addresses);
    this.#headers = {
      Accept: 'application/json',
      'Accept-Encoding': 'gzip',
      'User-Agent': 'sluice',
      ...(login !== undefined && { Authorization: login }),
    };
    this.#compresses = config.get(CONNECTION.connectionCompression);
    this.#env = env;
  }

  /** The addresses, without credentials. */
  get name(): string {
    return this.#hosts.map((h) => addressText(h.address)).join(', ');
  }

  /**
   * Sends one request, to the next address that responds.
   * @param body an object is sent as JSON, a text as newline-delimited JSON (NDJSON)
   * @throws Unreachable; ConnectError for a server whose certificate is not trusted
   */
  async send(method: string, path: string, body?: object | string, signal?: AbortSignal): Promise<Answer> {
    const isLines = typeof body === 'string';
    let bytes: Buffer | undefined = body === undefined ? undefined : Buffer.from(isLines ? body : JSON.stringify(body));
    const headers: Record<string, string> = { ...this.#headers };
    if (bytes !== undefined) {
      headers['Content-Type'] = isLines ? 'application/x-ndjson' : 'application/json';
      if (this.#compresses && bytes.length >= COMPRESSED_FROM) {
        bytes = (await compress(bytes)) as Buffer;
        headers['Content-Encoding'] = 'gzip';
      }
      headers['Content-Length'] = String(bytes.length);
    }
    let last: Unreachable | undefined;
    for (const host of this.#inTurn()) {
      try {
        const { address } = host;
        const { status, text } = await this.#client.exchange(
          { ...address, name: addressText(address) },
          { method, path: address.prefix + path, headers, body: bytes, signal },
        );
        const answer: Answer = { status, body: parsed(text) };
        host.awayUntilMs = -Infinity;
        // From a proxy in front of the cluster, or a node that is about to stop.
        if (answer.status === 502 || answer.status === 504) {
          last = new Unreachable(`${addressText(host.address)}: ${reasonOf(answer)}`);
          continue;
        }
        return answer;
      } catch (error) {
        if (!(error instanceof Unreachable) || signal?.aborted === true) throw error;
        host.awayUntilMs = this.#env.clock.monotonicMs() + AWAY_MS;
        last = error;
      }
    }
    throw last!;
  }

  close(): void {
    this.#client.close();
  }

  /** The hosts, rotated by one with each request; those that recently did not respond are last. */
  #inTurn(): Host[] {
    const now = this.#env.clock.monotonicMs();
    const from = this.#next++ % this.#hosts.length;
    const turned = [...this.#hosts.slice(from), ...this.#hosts.slice(0, from)];
    return [...turned.filter((h) => h.awayUntilMs <= now), ...turned.filter((h) => h.awayUntilMs > now)];
  }
}

/** The value of the Authorization header; undefined: no login. */
function loginOf(config: Config, addresses: readonly Address[]): string | undefined {
  const kind = config.get(CONNECTION.authType)?.toLowerCase();
  if (kind === 'none') return undefined;
  const key = config.get(CONNECTION.apiKey);
  if (key !== undefined && kind !== 'basic')
    return `ApiKey ${key.includes(':') ? Buffer.from(key).toString('base64') : key}`;
  const inUrl = addresses.find((a) => a.user !== undefined);
  const user = config.get(CONNECTION.connectionUsername) ?? inUrl?.user;
  const password = config.get(CONNECTION.connectionPassword) ?? inUrl?.password ?? '';
  return user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The reason in an error response, in one line. */
export function reasonOf({ status, body }: Answer): string {
  const error: unknown = body?.error;
  if (typeof error === 'object' && error !== null) return faultText(error as Fault);
  const text =
    typeof error === 'string' ? error : typeof body === 'string' ? body.replace(/<[^>]*>|\s+/g, ' ').trim() : '';
  return `HTTP ${status}${text === '' ? '' : `: ${text.slice(0, 300)}`}`;
}

/** An error as the cluster reports it. */
export interface Fault {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: Fault;
}

/** Type and reason, down to the deepest cause. */
export function faultText({ type, reason, caused_by: cause }: Fault): string {
  const own = [type, reason].filter((part) => part !== undefined && part !== null).join(': ');
  return cause === undefined ? own : `${own} (${faultText(cause)})`;
}

/** Whether the cluster rejects a request now but may accept it soon. */
export function isTransient(status: number, type = ''): boolean {
  // A full disk blocks writes (403, FORBIDDEN/12) until there is room again.
  return status === 429 || status >= 500 || type === 'cluster_block_exception';
}

/** @throws RetriableError, ConnectError for an error response */
export function requireSuccess(answer: Answer, doing: string): Answer {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return answer;
  const message = `${doing}: ${reasonOf(answer)}`;
  throw isTransient(status, body?.error?.type) ? new RetriableError(message) : new ConnectError(message);
}
