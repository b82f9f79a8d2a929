import { Backoff } from '../../base/backoff.ts';
import { must } from '../../base/assert.ts';
import { messageOf } from '../../base/errors.ts';
import {
  ConnectRequestError,
  ConnectUnreachableError,
  type ConfigInfos,
  type ConfigKeyInfo,
  type ConnectClient,
  type ConnectorConfig,
  type ConnectorInfo,
  type ConnectorListing,
  type ConnectorOffset,
  type ConnectorStatus,
  type PluginInfo,
  type TargetState,
} from './api.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** One HTTP exchange. Rejects when there is no response in time. */
export type HttpSend = (request: HttpRequest) => Promise<HttpAnswer>;

export interface RestConnectOptions {
  /**
   * Workers of one cluster, tried in turn, starting with the one that last responded. A path or user information in
   * them is kept.
   */
  readonly urls: readonly string[];
  readonly send: HttpSend;
  readonly sleep: (ms: number) => Promise<void>;
  /** Called for each request, because the file with the credentials may change. */
  readonly credentials?: (() => Promise<{ readonly user: string; readonly password: string } | undefined>) | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs: number;
  /**
   * Rounds over all URLs before giving up (five if no worker responds); the pauses between them grow from 100 ms to 2
   * s. Default 10.
   */
  readonly attempts?: number | undefined;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** By Connect's default, an unhealthy worker responds to a health check after ten seconds. */
const HEALTH_TIMEOUT_MS = 15_000;
/** How long a caller waits for that response. */
const HEALTH_WAIT_MS = 1000;
/** Consecutive rounds without a response from any worker, before the workers are considered down. */
const MOST_SILENT_ROUNDS = 5;

/** Messages of a cluster during a rebalance or startup, after which the same request will soon succeed. */
const MOMENTARY =
  /rebalance|momentarily|stale configuration|no known leader|conflicting operation|request timed out|currently (starting|joining|ensuring)/i;

/** A Connect cluster over REST. */
export function restConnectClient(options: RestConnectOptions): ConnectClient {
  const http = new ConnectHttp(options);
  const of = (name: string): string => `/connectors/${encodeURIComponent(name)}`;
  const client: ConnectClient = {
    create: (name, config, initialState) => create(http, client, name, config, initialState),
    validate: async (connectorClass, config) =>
      (await http.call(
        'PUT',
        `/connector-plugins/${encodeURIComponent(tail(connectorClass))}/config/validate`,
        stringsOf({ 'connector.class': connectorClass, ...config }),
      )) as ConfigInfos,
    list: async () =>
      (await http.call('GET', '/connectors?expand=info&expand=status')) as Readonly<Record<string, ConnectorListing>>,
    info: async (name) => (await http.call('GET', of(name))) as ConnectorInfo,
    status: (name) => status(http, client, name),
    config: async (name) => (await http.call('GET', `${of(name)}/config`)) as ConnectorConfig,
    putConfig: async (name, config) => (await http.call('PUT', `${of(name)}/config`, config)) as ConnectorInfo,
    patchConfig: async (name, changes) => (await http.call('PATCH', `${of(name)}/config`, changes)) as ConnectorInfo,
    pause: async (name) => void (await http.call('PUT', `${of(name)}/pause`)),
    resume: async (name) => void (await http.call('PUT', `${of(name)}/resume`)),
    stop: async (name) => void (await http.call('PUT', `${of(name)}/stop`)),
    restart: async (name, { includeTasks = false, onlyFailed = false } = {}) =>
      void (await http.call('POST', `${of(name)}/restart?includeTasks=${includeTasks}&onlyFailed=${onlyFailed}`)),
    restartTask: async (name, task) => void (await http.call('POST', `${of(name)}/tasks/${task}/restart`)),
    delete: async (name) => void (await http.call('DELETE', of(name))),
    offsets: async (name) =>
      ((await http.call('GET', `${of(name)}/offsets`)) as { readonly offsets: readonly ConnectorOffset[] }).offsets,
    alterOffsets: async (name, offsets) => messageIn(await http.call('PATCH', `${of(name)}/offsets`, { offsets })),
    deleteOffsets: async (name) => messageIn(await http.call('DELETE', `${of(name)}/offsets`)),
    topics: async (name) => {
      const answer = (await http.call('GET', `${of(name)}/topics`)) as Readonly<
        Record<string, { readonly topics: readonly string[] }>
      >;
      return answer[name]?.topics ?? [];
    },
    plugins: async (connectorsOnly = true) =>
      (await http.call('GET', `/connector-plugins?connectorsOnly=${connectorsOnly}`)) as readonly PluginInfo[],
    pluginConfig: async (connectorClass) =>
      (await http.call(
        'GET',
        `/connector-plugins/${encodeURIComponent(connectorClass)}/config`,
      )) as readonly ConfigKeyInfo[],
    sickness: () => http.sickness(),
  };
  return client;
}

async function create(
  http: ConnectHttp,
  client: ConnectClient,
  name: string,
  config: ConnectorConfig,
  initialState: TargetState | undefined,
): Promise<ConnectorInfo> {
  let lost = false;
  try {
    return (await http.call(
      'POST',
      '/connectors',
      { name, config, ...(initialState === undefined ? {} : { initial_state: initialState }) },
      () => (lost = true),
    )) as ConnectorInfo;
  } catch (error) {
    // The first attempt may have succeeded although its response was lost: then the connector is ours.
    if (!lost || !(error instanceof ConnectRequestError) || error.status !== 409) throw error;
    const found = await client.info(name);
    if (Object.entries(config).some(([key, value]) => found.config[key] !== value)) throw error;
    return found;
  }
}

/** Right after its creation a connector has no status yet: it is UNASSIGNED until a worker has started it. */
async function status(http: ConnectHttp, client: ConnectClient, name: string): Promise<ConnectorStatus> {
  try {
    return (await http.call('GET', `/connectors/${encodeURIComponent(name)}/status`)) as ConnectorStatus;
  } catch (error) {
    if (!(error instanceof ConnectRequestError) || error.status !== 404) throw error;
    const { type } = await client.info(name);
    return { name, connector: { state: 'UNASSIGNED', worker_id: '' }, tasks: [], type };
  }
}

class ConnectHttp {
  readonly #options: RestConnectOptions;
  readonly #bases: readonly { readonly url: string; readonly authorization: string | undefined }[];
  /** Index of the worker that last responded. */
  #current = 0;
  #sickness: string | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: RestConnectOptions) {
    this.#options = options;
    this.#bases = options.urls.map(baseOf);
  }

  async sickness(): Promise<string | undefined> {
    this.#asking ??= this.#askHealth().finally(() => (this.#asking = undefined));
    await Promise.race([this.#asking, this.#options.sleep(HEALTH_WAIT_MS)]);
    return this.#sickness;
  }

  /** Never rejects: a worker that does not respond at all is reported by the requests that need it. */
  async #askHealth(): Promise<void> {
    try {
      const login = await this.#options.credentials?.();
      const base = must(this.#bases[this.#current], 'worker');
      const answer = await this.#send(base, login, { method: 'GET', path: '/health', timeoutMs: HEALTH_TIMEOUT_MS });
      const { status, message } = JSON.parse(answer.text) as { readonly status?: unknown; readonly message?: unknown };
      this.#sickness = status === 'unhealthy' ? (typeof message === 'string' ? message : status) : undefined;
    } catch {
      this.#sickness = undefined;
    }
  }

  /** Sends one request to one worker. `login` takes precedence over the credentials in the worker's URL. */
  async #send(base: Base, login: Login | undefined, { method, path, body, timeoutMs }: Ask): Promise<HttpAnswer> {
    const authorization = login ? basic(login.user, login.password) : base.authorization;
    return await this.#options.send({
      method,
      url: base.url + path,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...this.#options.headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs,
    });
  }

  /**
   * Sends a request to any worker that responds, and retries while the cluster is starting or rebalancing.
   * @param onLost called when an attempt got no response, and may have been carried out nevertheless
   * @throws ConnectRequestError for a refusal by Connect; ConnectUnreachableError
   */
  async call(method: string, path: string, body?: unknown, onLost?: () => void): Promise<unknown> {
    const { sleep, credentials, timeoutMs, attempts = 10 } = this.#options;
    const login = await credentials?.();
    let last: ConnectRequestError | undefined;
    const silence = new Map<string, string>();
    let silentRounds = 0;
    const backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    for (let round = 0; round < attempts && silentRounds < MOST_SILENT_ROUNDS; round++) {
      if (round > 0) await sleep(backoff.nextMs());
      silentRounds++;
      for (let i = 0; i < this.#bases.length; i++) {
        const index = (this.#current + i) % this.#bases.length;
        const base = this.#bases[index]!;
        let answer: HttpAnswer;
        try {
          answer = await this.#send(base, login, { method, path, body, timeoutMs });
        } catch (error) {
          silence.set(base.url, messageOf(error));
          onLost?.();
          continue;
        }
        this.#current = index;
        silentRounds = 0;
        if (answer.status < 300) return answer.text === '' ? undefined : JSON.parse(answer.text);
        last = refusalOf(answer);
        if (!isMomentary(answer, last)) throw last;
      }
    }
    if (last) throw last;
    throw new ConnectUnreachableError(
      `No Kafka Connect worker answers: ${[...silence].map(([url, reason]) => `${url}: ${reason}`).join('; ')}`,
    );
  }
}

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
}

type Base = ReturnType<typeof baseOf>;

type Login = Awaited<ReturnType<NonNullable<RestConnectOptions['credentials']>>>;

/** Whether the same request may soon succeed. */
function isMomentary(answer: HttpAnswer, refusal: ConnectRequestError): boolean {
  switch (answer.status) {
    case 404:
      // A worker that is starting responds with Jetty's HTML page for every path.
      return answer.contentType.includes('html');
    case 409:
      return !/already exists/i.test(refusal.message);
    case 500:
      return MOMENTARY.test(refusal.message);
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

function refusalOf(answer: HttpAnswer): ConnectRequestError {
  let message: string | undefined;
  if (!answer.contentType.includes('html')) {
    try {
      const body = JSON.parse(answer.text) as { readonly message?: unknown };
      if (typeof body.message === 'string') ({ message } = body as { message: string });
    } catch {
      // The text may come from a proxy.
    }
  }
  if (message === undefined) {
    message = answer.contentType.includes('html')
      ? `Kafka Connect answered with HTTP status ${answer.status}`
      : answer.text.slice(0, 500) || `HTTP status ${answer.status}`;
  }
  // Connect itself responds with 403, in JSON, for disabled features.
  if (answer.status === 401 || (answer.status === 403 && !answer.contentType.includes('json')))
    message = `Kafka Connect refused the credentials (HTTP status ${answer.status}): ${message}`;
  return new ConnectRequestError(answer.status, message);
}

function baseOf(text: string): { readonly url: string; readonly authorization: string | undefined } {
  const url = new URL(text);
  // Connect's default port, unless a port is given (only the text shows a given port that is the scheme's default).
  const port = /^[a-z]+:\/\/(?:[^@/]*@)?(?:\[[^\]]*\]|[^:/]+):\d+/i.test(text) ? url.host : `${url.hostname}:8083`;
  const authorization =
    url.username === '' ? undefined : basic(decodeURIComponent(url.username), decodeURIComponent(url.password));
  return { url: `${url.protocol}//${port}${url.pathname.replace(/\/+$/, '')}`, authorization };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/** The plug-in in the path must be the tail of `connector.class`; the simple name always is. */
function tail(connectorClass: string): string {
  return connectorClass.slice(connectorClass.lastIndexOf('.') + 1);
}

function stringsOf(config: ConnectorConfig): ConnectorConfig {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]));
}

function messageIn(body: unknown): string {
  const { message } = (body ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : '';
}
