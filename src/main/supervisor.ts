import { fork, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { Backoff } from '../base/backoff.ts';
import { noFilesLeft } from './open-files.ts';

/**
 * The environment variable of a server that has a supervisor: `first`, `again` after the end of another server,
 * `damaged` when a store was then found damaged.
 */
const MARK = 'SLUICE_SUPERVISED';
/** The exit code of a server that should be restarted: EX_TEMPFAIL of sysexits.h. */
export const AGAIN = 75;
/** The exit code of `sluice check` when something is damaged. */
export const DAMAGED = 3;
/** Signals that the processor or the system sends to a process after a fault; nothing else sends them. */
const FAULTS: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP'];
const STOPS = ['SIGINT', 'SIGTERM'] as const;
/** Pauses before a server is restarted, in ms. */
const PAUSE_FIRST_MS = 500;
/**
 * A server that has not ended this many ms after the request to stop is killed: its main thread is blocked and does not
 * read the message. The next start continues from the last commits. A busy machine takes up to a second to take the
 * process down, and the promise is five seconds from the signal.
 */
const STOP_MS = 4000;
const PAUSE_MAX_MS = 15_000;
/** A server that was ended by faults this often within this many ms is not restarted again. */
const DEATHS_MAX = 5;
const DEATHS_MS = 10 * 60_000;

/**
 * Supervisor to server: the stop signal, received for the `times`th time. Server to supervisor: the start is complete.
 */
type ToServer = { readonly signal: (typeof STOPS)[number]; readonly times: number };
type FromServer = 'serves';

/** A supervised server's view of its supervisor. */
export interface Supervised {
  /** Process id of the supervisor. */
  readonly pid: number;
  /** Whether an earlier server of this supervisor has ended: an error at the start may then be temporary. */
  readonly isAgain: boolean;
  /** Whether a store was found damaged after the earlier server had ended. */
  readonly isSuspect: boolean;
  /** Reports to the supervisor that the start is complete, and receives its stop signals from then on. */
  serves(onStop: (signal: NodeJS.Signals, times: number) => void): void;
}

/** The supervisor of this process; undefined when it has none. May be called only once. */
export function supervised(): Supervised | undefined {
  const mark = process.env[MARK];
  delete process.env[MARK];
  if (mark === undefined || process.send === undefined) return undefined;
  // The supervisor has ended, so nothing could restart or stop this server: it ends at once.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  return {
    pid: process.ppid,
    isAgain: mark === 'again',
    isSuspect: mark === 'damaged',
    serves: (onStop) => {
      process.on('message', ({ signal, times }: ToServer) => onStop(signal, times));
      process.send!('serves' satisfies FromServer);
    },
  };
}

interface Life {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly served: boolean;
}

/**
 * Runs the server in a separate process, because LMDB may end it by a signal that its code cannot handle: a page of the
 * file that cannot be read any more, or a fault in a native module. Then the reason is printed, the stores are checked
 * by `sluice check` in another process, and the server is restarted, read-only if a store is damaged.
 * @param main the script that Node runs
 * @param folder the data folder
 * @returns the exit code for this process
 */
export async function supervise(main: string, args: readonly string[], folder: string): Promise<number> {
  let server: ChildProcess | undefined;
  let serves = false;
  let stops = 0;
  let endPause: () => void = () => undefined;
  const endStuck = (): void => {
    process.stderr.write(`The server has not ended within ${STOP_MS} ms: it is ended now\n`);
    server?.kill('SIGKILL');
  };
  for (const signal of STOPS)
    process.on(signal, () => {
      stops++;
      // A server that is still starting has nothing to complete.
      if (serves) {
        server?.send({ signal, times: stops } satisfies ToServer, () => undefined);
        if (stops === 1) setTimeout(endStuck, STOP_MS).unref();
      } else server?.kill(signal);
      endPause();
    });
  const live = (mark: string): Promise<Life> =>
    new Promise((resolve) => {
      const child = fork(main, args, { env: { ...process.env, [MARK]: mark } });
      server = child;
      serves = false;
      let served = false;
      child.on('message', () => (serves = served = true));
      // There is no `exit` event for a process that could not be started.
      child.on('error', (error) => {
        process.stderr.write(`The server cannot be started: ${noFilesLeft(error) ?? error.message}\n`);
        if (child.pid === undefined) resolve({ code: 1, signal: null, served });
      });
      child.on('exit', (code, signal) => resolve({ code, signal, served }));
    });
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const backoff = new Backoff(PAUSE_FIRST_MS, PAUSE_MAX_MS);
  let deaths: number[] = [];
  let mark = 'first';
  /** The exit code of the server whose store was then found damaged. */
  let damaged: number | undefined;
  for (;;) {
    const { code, signal, served } = await live(mark);
    server = undefined;
    serves = false;
    const exitCode = served ? codeOf(code, signal) : (damaged ?? codeOf(code, signal));
    if (stops > 0) return exitCode;
    const isFault = FAULTS.includes(signal);
    if (!isFault && code !== AGAIN) {
      if (damaged !== undefined && !served)
        process.stderr.write(`It is not started again: a store in ${folder} is damaged\n`);
      if (signal !== null) process.stderr.write(`The server was ended by ${signal}, which somebody has sent\n`);
      return exitCode;
    }
    if (isFault) {
      const now = performance.now();
      deaths = [...deaths.filter((at) => now - at < DEATHS_MS), now];
      process.stderr.write(`The server was ended by ${signal}: a fault of the disk, the memory or a native module\n`);
      const found = await check(main, folder);
      if (found === DAMAGED && damaged !== undefined) {
        process.stderr.write(`It is not started again: a store in ${folder} is damaged\n`);
        return exitCode;
      }
      mark = found === DAMAGED ? 'damaged' : 'again';
      if (found === DAMAGED) {
        damaged = exitCode;
        process.stderr.write(
          `A store in ${folder} is damaged: the server is started to be read, as far as it can be\n`,
        );
      }
      if (deaths.length >= DEATHS_MAX) {
        process.stderr.write(`It is not started again: that was the ${deaths.length}th time within ten minutes\n`);
        return exitCode;
      }
    }
    if (!isFault) mark = 'again';
    if (served) backoff.reset();
    const ms = Math.round(backoff.nextMs());
    process.stderr.write(`It is started again in ${ms} ms\n`);
    await pause(ms);
    if (stops > 0) return exitCode;
  }
}

function codeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (constants.signals[signal!] ?? 0);
}

/** Runs `sluice check` on a folder, with its output on standard error. Resolves to its exit code. */
function check(main: string, folder: string): Promise<number | null> {
  return new Promise((resolve) => {
    const child = fork(main, ['check', folder], { silent: true });
    for (const stream of [child.stdout, child.stderr]) stream!.pipe(process.stderr, { end: false });
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code));
  });
}
