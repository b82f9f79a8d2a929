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
 * One process per data folder. Each that wants it listens on a socket of its own in the folder: the system closes it
 * with the process, however that ends, so what a killed server left is known to be free at once. Unlike a process id it
 * says the truth in containers that share the folder. Whoever comes looks at the sockets of the others after its own is
 * there, so that of any two at least one sees the other; of two that are both on their way the one with the smaller
 * name goes first.
 */
const PREFIX = 'lock.';
/** The process that holds the lock, for those to whom it does not answer. */
const HOLDER = 'server.json';
/** How long a holder may take to say who it is, in ms. */
const ANSWER_MS = 2000;
/** How long one that is to be taken over may, in ms: a busy server is not a dead one. */
const PATIENCE_MS = 10_000;
/** How long a process that was killed may take to be gone, in ms. */
const DEATH_MS = 5000;
const POLL_MS = 20;
/** Longest path of a Unix socket that all systems take, in bytes. */
const SOCKET_PATH_MAX = 100;

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Whether it has the folder, or is on its way to it. */
  readonly holds: boolean;
  /** Address of its REST API, once it has one. */
  readonly url?: string | undefined;
  /** The process that it does not outlive. */
  readonly supervisor?: number | undefined;
}

export interface FolderLock {
  /** Tells those who come later how to reach this server. */
  announce(url: string): void;
  release(): Promise<void>;
}

/**
 * Takes the lock of a data folder, which is made where it is missing, for its owner alone.
 * @param takeOver ends a living process that holds it and does not answer
 * @throws SluiceError CONFIG when another process has the folder open: nothing was changed
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
  const tell = (change: Partial<Holder>): void => {
    self = { ...self, ...change };
    writeFileSync(path.join(real, HOLDER), `${JSON.stringify(self)}\n`, { mode: 0o600 });
  };
  tell({ holds: true });
  return {
    announce: (url) => tell({ url }),
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

/** Returns once another one is known not to have the folder. @throws SluiceError CONFIG when it has, or goes first */
async function passBy(other: string, { folder, real, place, own, takeOver }: Attempt): Promise<void> {
  let waitedMs = 0;
  for (let isEnded = false; ;) {
    const answer = await askHolder(place.of(other), takeOver ? PATIENCE_MS : ANSWER_MS);
    if (answer === 'dead') {
      // Its name was its alone, and nobody will have it again.
      rmSync(place.of(other), { force: true });
      return;
    }
    if (answer === 'silent') {
      const holder = readHolder(real);
      if (!takeOver || isEnded) throw held(folder, holder, true);
      await end(folder, holder, place.of(other));
      isEnded = true;
    } else if (isOrphan(answer) && waitedMs < DEATH_MS) {
      // It ends as soon as it sees that its supervisor has.
      await sleep(POLL_MS);
      waitedMs += POLL_MS;
    } else if (answer.holds || other < own) {
      throw held(folder, answer, false);
    } else {
      // It came at the same time, and gives way when it sees us; unless it had looked before we were there.
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

/** A folder for its owner alone where it is made here; one that is there may be anything, and keeps its mode. */
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
  /** A path that fits into a socket's address. */
  of(name: string): string;
  /** Names of the sockets of others. */
  others(): string[];
  leave(): void;
}

/**
 * Listens in the folder; where its file system has no sockets, as some that containers share with their host, beside
 * it.
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
  // A folder by its descriptor: a short name of a long path.
  const descriptor = isLong && process.platform === 'linux' ? openSync(folder, 'r') : undefined;
  const short = descriptor === undefined ? folder : `/proc/self/fd/${descriptor}`;
  const of = (name: string): string => path.join(short, prefix + name);
  try {
    // Before it listens a socket looks dead: it gets its name after that.
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

/** Windows has one listener per name, and takes the name away with its process. */
async function listenOnPipe(server: Server, folder: string): Promise<Place> {
  const pipe = `\\\\.\\pipe\\sluice-${createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 20)}`;
  const isTaken = await listenOn(server, pipe).then(
    () => false,
    () => true,
  );
  return { of: () => pipe, others: () => (isTaken ? [''] : []), leave: () => undefined };
}

/** Who holds the lock: `dead` when nobody does, `silent` when somebody does and says nothing. */
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
 * Ends the process that holds the lock and does not answer.
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
