import type { Env } from '../../../base/env.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { AccessRefused } from '../internal/access-refused.ts';
import { HttpClient } from '../internal/http-client.ts';
import { SINK } from './sink-keys.ts';
import { parseUrl, type ServerUrl } from './url.ts';

const IDLE_MS = 60_000;
const ANSWER_BYTES = 4 << 20;

/**
 * Error codes of what the server cannot do now but may do soon: 3 timeouts and queries in progress, 159 and 160
 * timeouts, 202 too many queries, 209 and 210 network errors, 225, 242 and 999 Keeper, 236 shutdown, 241 memory, 243
 * and 745 disk space, 252 too many parts, 319 unknown status of the INSERT, 394 cancelled.
 */
const TRANSIENT: readonly number[] = [159, 160, 202, 209, 210, 225, 236, 241, 242, 243, 252, 319, 394, 745, 999];
/** Authentication failed (192 to 194, 516), or permission is missing (497). */
const ACCESS: readonly number[] = [192, 193, 194, 497, 516];
/** A table or column does not exist. */
const MISSING: readonly number[] = [16, 60, 81, 117];

/** The server will never accept the statement, however often it is sent. */
export class Refused extends ConnectError {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
  /** Whether our knowledge of the server's tables may be outdated. */
  get isOfTable(): boolean {
    return MISSING.includes(this.code);
  }
}

/** ClickHouse over HTTP: its documented interface needs no library. */
export class ClickHouse {
  readonly url: ServerUrl;
  readonly database: string;
  readonly #client: HttpClient;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #settings: readonly (readonly [name: string, value: string])[];
  #version: readonly number[] | undefined;

  /** @throws SluiceError CONFIG for certificates that cannot be read */
  constructor(config: Config, env: Env) {
    this.url = parseUrl(config.get(SINK.url));
    this.database = config.get(SINK.database) ?? this.url.database ?? 'default';
    this.#client = new HttpClient({
      env,
      connectMs: config.get(SINK.connectTimeoutMs),
      readMs: config.get(SINK.readTimeoutMs),
      maxSockets: 2,
      idleMs: IDLE_MS,
      tls: config,
      answerBytes: ANSWER_BYTES,
    });
    if (this.url.secure) this.#client.checkTls();
    this.#headers = {
      'User-Agent': 'sluice',
      'X-ClickHouse-User': config.get(SINK.username) ?? this.url.user ?? 'default',
      'X-ClickHouse-Key': config.get(SINK.password) ?? this.url.password ?? '',
    };
    this.#settings = config.get(SINK.settings).flatMap((pair) => {
      const [name = '', value = ''] = pair.split('=').map((part) => part.trim());
      return name === '' ? [] : [[name, value] as const];
    });
  }

  close(): void {
    this.#client.close();
  }

  /** Rows of a query, with values as in JSON. @throws Unreachable, RetriableError, Refused */
  async rows(query: string, signal: AbortSignal): Promise<readonly (readonly unknown[])[]> {
    const text = await this.#ask({}, `${query} FORMAT JSONCompact`, signal);
    return (JSON.parse(text) as { readonly data: readonly (readonly unknown[])[] }).data;
  }

  async execute(statement: string, signal: AbortSignal): Promise<void> {
    await this.#ask({}, statement, signal);
  }

  /** @param lines JSON objects, one per line @throws Unreachable, RetriableError, Refused */
  async insert(
    table: string,
    columns: readonly string[],
    lines: Buffer,
    rows: number,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `INSERT INTO ${quoted(this.database)}.${quoted(table)} (${columns.map(quoted).join(', ')}) FORMAT JSONEachRow`;
    // Each INSERT creates a part of the table, and the server merges thousands of small ones badly. With these settings
    // it gathers small INSERTs itself, and responds when they are written.
    const gathers = rows < 1000 && (await this.isAtLeast(22, 3, signal));
    const more = gathers ? { async_insert: '1', wait_for_async_insert: '1' } : {};
    const settings = { date_time_input_format: 'best_effort', ...more, ...Object.fromEntries(this.#settings) };
    await this.#ask({ ...settings, query }, lines, signal);
  }

  async isAtLeast(major: number, minor: number, signal: AbortSignal): Promise<boolean> {
    if (this.#version === undefined) {
      const [[text] = []] = await this.rows('SELECT version()', signal);
      this.#version = String(text).split('.').map(Number);
    }
    const [ownMajor = 0, ownMinor = 0] = this.#version;
    return ownMajor > major || (ownMajor === major && ownMinor >= minor);
  }

  async #ask(
    parameters: Readonly<Record<string, string>>,
    body: string | Buffer,
    signal: AbortSignal,
  ): Promise<string> {
    const bytes = Buffer.from(body);
    const { status, text } = await this.#client.exchange(this.url, {
      method: 'POST',
      path: `/?${new URLSearchParams(parameters).toString()}`,
      headers: { ...this.#headers, 'Content-Length': String(bytes.length) },
      body: bytes,
      signal,
    });
    // An error that occurs after rows were sent is at the end of a response with status 200.
    const failed = status !== 200 || /^Code: \d+[.,]/.test(text);
    if (!failed) return text;
    const code = Number(/Code: (\d+)/.exec(text)?.[1] ?? -1);
    const reason = `HTTP ${status}: ${textOf(text)}`;
    if (TRANSIENT.includes(code) || (code < 0 && (status === 429 || status >= 500)))
      throw new RetriableError(`${this.url.name} does not take it now: ${reason}`);
    if (ACCESS.includes(code)) throw new AccessRefused(this.url.name, reason);
    throw new Refused(reason, code);
  }
}

/** A response in one line, without useless parts. */
function textOf(text: string): string {
  const line = text
    .replace(/, e\.what\(\) = DB::Exception/, '')
    .replace(/e\.displayText\(\) = /, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}

/** A quoted identifier. */
export function quoted(name: string): string {
  return `\`${name.replaceAll(/[\\`]/g, '\\$&')}\``;
}

/** A string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
