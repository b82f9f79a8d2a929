import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For a small footprint and a quick start; not for measuring throughput. */
const QUICK_JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

export interface JavaOptions {
  /** Jars and folders; a folder stands for all jars in it. */
  readonly classpath?: readonly string[];
  /** A main class, or a jar whose manifest names one. */
  readonly main?: string;
  readonly jar?: string;
  readonly args?: readonly string[];
  readonly jvm?: readonly string[];
  readonly java?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly log: string;
  /** Resolves to true when the server is ready. `output` is its output so far. */
  readonly isReady: (output: string) => boolean | Promise<boolean>;
  readonly readyWithinMs?: number;
}

/** A running JVM. */
export class JavaProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #onExit: () => void;

  constructor(child: ChildProcess) {
    this.#child = child;
    // A test process that ends unexpectedly must not leave servers running.
    this.#onExit = () => child.kill('SIGKILL');
    process.once('exit', this.#onExit);
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    void this.#ended.then(() => process.removeListener('exit', this.#onExit));
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends SIGTERM, and SIGKILL after ten seconds. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** The `java` of JAVA_HOME or PATH, or that of an installed Temurin JDK 25. */
export function javaCommand(version?: 25): string {
  if (version === 25) return '/usr/lib/jvm/temurin-25-jdk-amd64/bin/java';
  return process.env['JAVA_HOME'] ? join(process.env['JAVA_HOME'], 'bin', 'java') : 'java';
}

/** True when Java 17+, its compiler and Maven are installed. */
export function javaIsHere(): boolean {
  return [
    [javaCommand(), '-version'],
    ['mvn', '-v'],
    ['javac', '-version'],
  ].every(([command, ...args]) => {
    return spawnSync(command!, args, { stdio: 'ignore' }).status === 0;
  });
}

const OUTPUT_KEPT = 200_000;

/** Starts a main class and waits until it is ready. */
export async function startJava(options: JavaOptions): Promise<JavaProcess> {
  const classpath = (options.classpath ?? [])
    .map((entry) => (entry.endsWith('.jar') ? entry : join(entry, '*')))
    .join(':');
  const what = options.jar === undefined ? ['-cp', classpath, options.main!] : ['-jar', options.jar];
  const args = [...QUICK_JVM, ...(options.jvm ?? []), ...what, ...(options.args ?? [])];
  const child = spawn(options.java ?? javaCommand(), args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.log, { flags: 'a' });
  let output = '';
  const take = (chunk: Buffer): void => {
    log.write(chunk);
    // Only the end is kept, because a broker with many partitions writes a lot before it is ready.
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const running = new JavaProcess(child);
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  const deadline = Date.now() + (options.readyWithinMs ?? 180_000);
  while (!(await options.isReady(output))) {
    if (failure || running.hasEnded || Date.now() > deadline) {
      await running.kill();
      throw new Error(`${options.main ?? options.jar} did not start: ${failure?.message ?? ''}\n${tail(options.log)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return running;
}

/** Runs a main class until it ends and returns its output. */
export async function runJava(classpath: readonly string[], main: string, args: readonly string[]): Promise<string> {
  // A folder stands both for itself (classes) and for the jars in it.
  const expanded = classpath.flatMap((entry) => (entry.endsWith('.jar') ? [entry] : [entry, join(entry, '*')]));
  return new Promise((resolve, reject) => {
    const child = spawn(javaCommand(), [...QUICK_JVM, '-cp', expanded.join(':'), main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${main}: exit ${code}\n${err.slice(-4000)}\n${out.slice(-2000)}`)),
    );
  });
}

/** Creates a folder in the system's temporary folder; `remove` deletes it with its contents. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `sluice-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-3000) : '';
}
