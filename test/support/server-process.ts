import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { compile, COMPILED_MAIN } from './compiled.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './servers/java.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A Sluice server in its own process, on fixed ports, that can be killed and restarted with the same data folder. */
export class ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly connectPort: number;
  readonly #dataDir: string;
  readonly #properties: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  output = '';

  private constructor(
    dataDir: string,
    port: number,
    connectPort: number,
    properties: Readonly<Record<string, string>>,
  ) {
    this.#dataDir = dataDir;
    this.port = port;
    this.connectPort = connectPort;
    this.#properties = properties;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async create(dataDir: string, properties: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    return new ServerProcess(dataDir, await freePort(), await freePort(), properties);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the server responds. */
  async start(): Promise<void> {
    const properties = {
      'data.dir': this.#dataDir,
      listeners: this.url,
      'connect.listeners': `http://127.0.0.1:${this.connectPort}`,
      // A signal must reach the server itself, not a supervisor.
      'server.supervised': 'false',
      ...this.#properties,
    };
    const flags = Object.entries(properties).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    await compile();
    const child = spawn(process.execPath, [COMPILED_MAIN, 'server', ...flags], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    // If a test runs out of time, nothing else ends the process.
    process.once('exit', () => child.kill('SIGKILL'));
    const collect = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const deadline = performance.now() + 180_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}:\n${this.output}`);
      if (await this.#answers()) return;
      if (performance.now() > deadline) throw new Error(`the server did not start within 180 s:\n${this.output}`);
      await sleep(20);
    }
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/info`)).status === 200;
    } catch {
      return false;
    }
  }

  /** Kills the process (SIGKILL), which for the process is like a power failure. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await this.exit();
  }

  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void {
    this.#child!.kill(signal);
  }

  /** Resolves when the process has ended, with its exit code or the name of the signal that ended it. */
  async exit(): Promise<number | NodeJS.Signals> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
    return child.exitCode ?? child.signalCode!;
  }

  /** Executes statements. @throws with the server's message when a statement is refused */
  async execute(
    ksql: string,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<readonly Record<string, unknown>[]> {
    const answer = await fetch(`${this.url}/ksql`, {
      method: 'POST',
      body: JSON.stringify({ ksql, streamsProperties: properties }),
    });
    const body = (await answer.json()) as readonly Record<string, unknown>[] | { readonly message: string };
    if (answer.status !== 200) throw new Error((body as { readonly message: string }).message);
    return body as readonly Record<string, unknown>[];
  }

  /** Rows of a pull query. */
  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    const answer = await fetch(`${this.url}/query-stream`, { method: 'POST', body: JSON.stringify({ sql }) });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(text);
    return text
      .split('\n')
      .filter((line) => line.startsWith('['))
      .map((line) => JSON.parse(line) as readonly unknown[]);
  }
}

/** Starts a server with a data folder of its own; both are removed after `body`. */
export async function withServerProcess(body: (server: ServerProcess) => Promise<void>): Promise<void> {
  const folder = temporaryFolder('server');
  const server = await ServerProcess.create(folder.path);
  try {
    await server.start();
    await body(server);
  } finally {
    await server.kill();
    folder.remove();
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
