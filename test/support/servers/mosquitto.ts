import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { sleep } from '../server-process.ts';
import { temporaryFolder } from './java.ts';
import { freePort } from '../free-port.ts';
import { ServerProgram } from './program.ts';

const run = promisify(execFile);
const PROGRAM = '/usr/sbin/mosquitto';
const READY_MS = 15_000;
const [USER, PASSWORD] = ['me', `se'cr"et`];

/** Whether Debian's packages mosquitto and mosquitto-clients are installed (`.ci/mosquitto` installs them). */
export const mosquittoIsHere = (): boolean =>
  [PROGRAM, '/usr/bin/mosquitto_pub', '/usr/bin/mosquitto_passwd'].every((file) => existsSync(file));

/** A subscribed client that is independent of ours. */
export interface MosquittoReader {
  readonly texts: readonly string[];
  close(): Promise<void>;
}

/** A real Mosquitto, on a random port and with its own folder, that persists sessions and retained messages. */
export class MosquittoServer {
  readonly #folder = temporaryFolder('mosquitto');
  readonly #more: readonly string[];
  #port = 0;
  readonly #program = new ServerProgram('Mosquitto');

  /** @param more lines of its configuration */
  constructor(more: readonly string[] = []) {
    this.#more = more;
  }

  async start(): Promise<this> {
    const folder = this.#folder.path;
    const file = path.join(folder, 'mosquitto.conf');
    if (this.#port === 0) {
      this.#port = await freePort();
      const users = path.join(folder, 'users');
      execFileSync('mosquitto_passwd', ['-b', '-c', users, USER, PASSWORD]);
      writeFileSync(
        file,
        [
          `listener ${this.#port} 127.0.0.1\nallow_anonymous false\npassword_file ${users}\nuser root`,
          `persistence true\npersistence_location ${folder}/\nmax_queued_messages 0`,
          ...this.#more,
          '',
        ].join('\n'),
      );
      chmodSync(users, 0o600);
    }
    const isReady = async (): Promise<boolean> => {
      await run('mosquitto_pub', [...this.#login, '-t', 'ready', '-m', 'x']);
      return true;
    };
    await this.#program.start({ program: PROGRAM, args: ['-c', file], isReady, readyWithinMs: READY_MS });
    return this;
  }

  get port(): number {
    return this.#port;
  }

  /** The URL with user and password. */
  get url(): string {
    return `mqtt://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.#port}`;
  }

  /** The URL without user and password. */
  get address(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  /** Publishes one message per text with mosquitto_pub. */
  async publish(topic: string, texts: readonly string[], { qos = 1, retain = false } = {}): Promise<void> {
    const options = [...this.#login, '-t', topic, '-q', String(qos), ...(retain ? ['-r'] : [])];
    const [only] = texts;
    if (texts.length === 1) return void (await run('mosquitto_pub', [...options, '-m', only ?? '']));
    const child = run('mosquitto_pub', [...options, '-l']);
    child.child.stdin?.end(texts.map((text) => `${text}\n`).join(''));
    await child;
  }

  /** Subscribes with mosquitto_sub in a separate session. Resolves when the subscription is active. */
  async reader(filter: string): Promise<MosquittoReader> {
    const id = `reader-${filter.replaceAll(/\W/g, '-')}`;
    const options = [...this.#login, '-t', filter, '-q', '2', '-c', '-i', id, '-d', '-F', '=%p'];
    // Line-buffered: mosquitto_sub would write to a pipe only when its buffer is full.
    const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    process.once('exit', () => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const deadline = performance.now() + READY_MS;
    while (!output.includes('Subscribed')) {
      if (performance.now() > deadline) throw new Error(`mosquitto_sub did not subscribe: ${output}`);
      await sleep(10);
    }
    return {
      get texts() {
        return output.split('\n').flatMap((line) => (line.startsWith('=') ? [line.slice(1)] : []));
      },
      close: async () => void child.kill('SIGKILL'),
    };
  }

  get #login(): readonly string[] {
    return ['-h', '127.0.0.1', '-p', String(this.#port), '-u', USER, '-P', PASSWORD];
  }

  /** Stops the server; its persisted data remain. */
  async halt(): Promise<void> {
    await this.#program.stop();
  }

  async remove(): Promise<void> {
    await this.halt();
    this.#folder.remove();
  }
}
