import { spawn, type ChildProcess } from 'node:child_process';
import { sleep } from '../server-process.ts';

interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The user and group of the process; default: those of the tests. */
  readonly user?: { readonly uid?: number; readonly gid?: number };
  /** Whether the server accepts requests. */
  isReady(): Promise<boolean>;
  /** The time limit for that, in ms. */
  readonly readyWithinMs: number;
}

/** The process of a server that is installed on the system. It can be ended and started again. */
export class ServerProgram {
  readonly #name: string;
  #child: ChildProcess | undefined;

  /** @param name the name used in errors */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Resolves when the server is ready. @throws Error with the last output when the process ends or is not ready in time
   */
  async start({ program, args, cwd, user, isReady, readyWithinMs }: Launch): Promise<void> {
    const child = spawn(program, args, { ...user, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-5000)));
    process.once('exit', () => child.kill('SIGKILL'));
    const deadline = performance.now() + readyWithinMs;
    while (!(await isReady().catch(() => false))) {
      if (child.exitCode !== null) throw new Error(`${this.#name} ended with code ${child.exitCode}:\n${output}`);
      if (performance.now() > deadline)
        throw new Error(`${this.#name} did not start within ${readyWithinMs} ms:\n${output}`);
      await sleep(20);
    }
  }

  /** Kills the process, as a power failure would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks the process to end, and waits until it has. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}
