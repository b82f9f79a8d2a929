import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders } from '../host/make-folders.ts';
import { SluiceError } from '../base/errors.ts';
import { fileProblem } from '../base/file-problem.ts';

/**
 * One process per data folder. Each process that wants the folder listens on its own socket in it. The system closes
 * the socket with the process, however that ends, so the lock of a killed server is free at once; unlike a process id,
 * this also works for containers that share the folder. A process checks the sockets of the others after it has created
 * its own, so that of any two processes at least one sees the other; when two try at the same time, the one with the
 * smaller name wins.
 */
const PREFIX = 'lock.';
/** The file that describes the holder of the lock, for when the holder does not respond. */
const HOLDER = 'server.json';
/** How long a holder may take to respond, in ms. */
const ANSWER_MS = 2000;
/** How long a holder may take to respond before it is taken over, in ms: a busy server is not a dead one. */
const PATIENCE_MS = 10_000;
/** How long a killed process may take to disappear, in ms. */
const DEATH_MS = 5000;
const POLL_MS = 20;
/** The maximum length of a Unix socket's path that all systems support, in bytes. */
const SOCKET_PATH_MAX = 100;

/** A process that holds a folder's lock, or tries to. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Whether the process holds the folder, as opposed to still trying to lock it. */
  readonly holds: boolean;
  /** The address of its REST API, once known. */
  readonly url?: string | undefined;
  /** The id of the process that it does not outlive. */
  readonly supervisor?: number | undefined;
}

/** The lock of a data folder, held by this process. */
export interface FolderLock {
  /** Publishes this server's URL for processes that try to lock the folder later. */
  announce(url: string): void;
  release(): Promise<void>;
}

/**
 * Locks a data folder; a missing folder is created, accessible only to its owner.
 * @param takeOver whether to end a process that holds the lock and does not respond
 * @throws SluiceError CONFIG when another process has the folder open; nothing was changed
 */
export async function lockFolder(folder: string, takeOver: boolean, supervisor?: number): Promise<FolderLock> {
  makePrivate(folder);
  const real = realpathSync(folder);
  let self: Holder = { pid: process.pid, host: hostname(), holds: false, supervisor };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(JSON.stringify(self));
  });
  const own = randomUUID().slice(0, 13);
  const place = await listenIn(server, real, own);
  try {
    for (const other of place.others()) await passBy(other, { folder, real, place, own, takeOver });
  } catch (error) {
    place.leave();
    server.close();
    throw error;
  }
  server.unref();
  const record = (change: Partial<Holder>): void => {
    self = { ...self, ...change };
    writeFileSync(path.join(real, HOLDER), `${JSON.stringify(self)}\n`, { mode: 0o600 });
  };
  record({ holds: true });
  return {
    announce: (url) => record({ url }),
    release: async () => {
      rmSync(path.join(real, HOLDER), { force: true });
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      place.leave();
    },
  };
}

interface Attempt {
  readonly folder: string;
  readonly real: string;
  readonly place: Place;
  readonly own: string;
  readonly takeOver: boolean;
}

/**
 * Returns when the other process is known not to hold the folder.
 * @throws SluiceError CONFIG when it holds it, or wins
 */
async function passBy(other: string, { folder, real, place, own, takeOver }: Attempt): Promise<void> {
  let waitedMs = 0;
  for (let isEnded = false; ;) {
    const answer = await askHolder(place.of(other), takeOver ? PATIENCE_MS : ANSWER_MS);
    if (answer === 'dead') {
      // The name of a socket is used by only one process and never again.
      rmSync(place.of(other), { force: true });
      return;
    }
    if (answer === 'silent') {
      const holder = readHolder(real);
      if (!takeOver || isEnded) throw held(folder, holder, true);
      await end(folder, holder, place.of(other));
      isEnded = true;
    } else if (isOrphan(answer) && waitedMs < DEATH_MS) {
      // The other process ends as soon as it notices that its supervisor has ended.
      await sleep(POLL_MS);
      waitedMs += POLL_MS;
    } else if (answer.holds || other < own) {
      throw held(folder, answer, false);
    } else {
      // The other process started at the same time, and gives way when it sees this one, unless it had checked before
      // this one had its socket.
      await sleep(POLL_MS);
    }
  }
}

function isOrphan({ supervisor, host }: Holder): boolean {
  if (supervisor === undefined || host !== hostname()) return false;
  try {
    process.kill(supervisor, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Creates a missing folder, accessible only to its owner. An existing one may be anything, and keeps its mode. */
export function makePrivate(folder: string): void {
  let made: string | undefined;
  try {
    made = makeFolders(folder, 0o700);
  } catch (error) {
    const place = path.resolve(folder);
    const isNowhere = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const problem = isNowhere ? `its file system lets nobody make ${place}` : fileProblem(error, place);
    throw new SluiceError('CONFIG', `The data folder cannot be made: ${problem}`, {
      hint: '--data DIR (data.dir) names the folder.',
      cause: error,
    });
  }
  if (made !== undefined) chmodSync(folder, 0o700);
}

interface Place {
  /** The path of the socket of that name, short enough for a socket address. */
  of(name: string): string;
  /** The names of other processes' sockets. */
  others(): string[];
  leave(): void;
}

/**
 * Listens in the folder, or beside it when its file system does not support sockets, as with some that containers share
 * with their host.
 */
async function listenIn(server: Server, folder: string, own: string): Promise<Place> {
  if (process.platform === 'win32') return await listenOnPipe(server, folder);
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 20);
  try {
    return await listenAs(server, folder, PREFIX, own);
  } catch {
    return await listenAs(server, tmpdir(), `sluice-${name}.`, own);
  }
}

async function listenAs(server: Server, folder: string, prefix: string, own: string): Promise<Place> {
  const isLong = Buffer.byteLength(folder) + prefix.length + own.length + 6 > SOCKET_PATH_MAX;
  // Addresses the folder by its descriptor, which makes a long path short.
  const descriptor = isLong && process.platform === 'linux' ? openSync(folder, 'r') : undefined;
  const short = descriptor === undefined ? folder : `/proc/self/fd/${descriptor}`;
  const of = (name: string): string => path.join(short, prefix + name);
  try {
    // A socket that does not listen yet looks dead, so it gets its final name only when it listens.
    const early = path.join(short, `new.${own}`);
    await listenOn(server, early);
    chmodSync(early, 0o600);
    renameSync(early, of(own));
  } catch (error) {
    if (server.listening) server.close();
    if (descriptor !== undefined) closeSync(descriptor);
    throw error;
  }
  return {
    of,
    others: () =>
      readdirSync(short).flatMap((name) =>
        name.startsWith(prefix) && name !== prefix + own ? [name.slice(prefix.length)] : [],
      ),
    leave: () => {
      rmSync(of(own), { force: true });
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

/** On Windows, a pipe name has one listener and disappears with its process. */
async function listenOnPipe(server: Server, folder: string): Promise<Place> {
  const pipe = `\\\\.\\pipe\\sluice-${createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 20)}`;
  const isTaken = await listenOn(server, pipe).then(
    () => false,
    () => true,
  );
  return { of: () => pipe, others: () => (isTaken ? [''] : []), leave: () => undefined };
}

/** Asks the holder of the lock: `dead` when there is none, `silent` when it does not respond. */
function askHolder(socketPath: string, patienceMs: number): Promise<Holder | 'dead' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let text = '';
    const timer = setTimeout(() => done('silent'), patienceMs);
    const done = (answer: Holder | 'dead' | 'silent'): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code === 'EAGAIN' ? 'silent' : 'dead'));
    socket.on('end', () => {
      try {
        done(JSON.parse(text) as Holder);
      } catch {
        done('silent');
      }
    });
  });
}

function readHolder(folder: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, HOLDER), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function held(folder: string, holder: Holder | undefined, silent: boolean): SluiceError {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}`;
  const reach = holder?.url === undefined ? 'Stop it first' : `sluice cli ${holder.url} opens a console on it`;
  return new SluiceError(
    'CONFIG',
    `The data folder ${folder} is open by ${who}${silent ? ', which does not answer' : ''}`,
    {
      hint: silent
        ? 'If it hangs, --take-over ends it and goes on with its data; nothing that was committed is lost'
        : `${reach}; another database takes another folder: --data DIR`,
    },
  );
}

/**
 * Ends the process that holds the lock and does not respond.
 * @throws SluiceError CONFIG when it cannot be ended from here
 */
async function end(folder: string, holder: Holder | undefined, socketPath: string): Promise<void> {
  if (holder === undefined || holder.host !== hostname()) throw held(folder, holder, true);
  try {
    process.kill(holder.pid, 'SIGKILL');
  } catch {
    throw held(folder, holder, true);
  }
  for (let waited = 0; waited < DEATH_MS; waited += 50) {
    if ((await askHolder(socketPath, 100)) === 'dead') return;
    await sleep(50);
  }
  throw held(folder, holder, true);
}

function listenOn(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
