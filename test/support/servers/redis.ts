import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './java.ts';
import { freePort } from '../free-port.ts';
import { ServerProgram } from './program.ts';

const run = promisify(execFile);
const READY_MS = 15_000;

/** Whether Debian's packages redis-server and redis-tools are installed (`.ci/redis` installs them). */
export const redisIsHere = (): boolean =>
  ['redis-server', 'redis-cli'].every((program) => spawnSync(program, ['--version']).status === 0);

/** A real Redis, on a random port and with its own folder, that writes each command to its file before it replies. */
export class RedisServer {
  readonly #folder = temporaryFolder('redis');
  readonly #more: readonly string[];
  readonly password: string;
  #port = 0;
  readonly #program = new ServerProgram('Redis');

  /** `more`: additional arguments of redis-server. */
  constructor({ password = `se'cr"et`, more = [] }: { password?: string; more?: readonly string[] } = {}) {
    this.password = password;
    this.#more = more;
  }

  async start(): Promise<this> {
    if (this.#port === 0) this.#port = await freePort();
    const args = [
      `--port ${this.#port} --bind 127.0.0.1 --appendonly yes --appendfsync always --loglevel warning`.split(' '),
      ['--dir', this.#folder.path, '--save', '', ...this.#more],
      this.password === '' ? [] : ['--requirepass', this.password],
    ].flat();
    const isReady = async (): Promise<boolean> => (await this.ask('PING')) === 'PONG';
    await this.#program.start({ program: 'redis-server', args, isReady, readyWithinMs: READY_MS });
    return this;
  }

  get port(): number {
    return this.#port;
  }

  get folder(): string {
    return path.join(this.#folder.path);
  }

  /** The URL with the password. */
  get url(): string {
    const login = this.password === '' ? '' : `:${encodeURIComponent(this.password)}@`;
    return `redis://${login}127.0.0.1:${this.#port}`;
  }

  /** The reply to a command, read by redis-cli, a client other than the sink's. */
  async ask(...command: readonly string[]): Promise<unknown> {
    const env = { ...process.env, ...(this.password !== '' && { REDISCLI_AUTH: this.password }) };
    const { stdout } = await run('redis-cli', ['-p', String(this.#port), '--json', ...command], { env });
    try {
      return JSON.parse(stdout) as unknown;
    } catch {
      throw new Error(stdout.trim());
    }
  }

  /** Kills the server, as in a power failure. */
  async kill(): Promise<void> {
    await this.#program.kill();
  }

  async remove(): Promise<void> {
    await this.kill();
    this.#folder.remove();
  }
}
