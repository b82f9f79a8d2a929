import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { openTemporaryFolder } from './postgres-binaries.ts';
import { freePort } from './free-port.ts';
import { ServerProgram } from './servers/program.ts';

const PROGRAM = '/usr/sbin/mariadbd';
/** The id of Debian's user `nobody`. */
const NOBODY = 65534;
const READY_MS = 60_000;

/** Whether Debian's package mariadb-server-core is installed (`.ci/mariadb` installs it). */
export const mariadbIsHere = (): boolean => existsSync(PROGRAM);

/**
 * A real MariaDB as "the user's database", with its own folder and a random port. The test that starts it must stop it.
 */
export interface MariaDb {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly jdbcUrl: string;
  /** Rows of a statement, read by a client other than ours, with the driver's own conversions. */
  ask(sql: string, values?: unknown[]): Promise<any[]>;
  /** Empties the database. */
  empty(): Promise<void>;
  /** Stops the server; with `kill`, immediately, as in a crash. */
  halt(kill?: boolean): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * `foldsNames`: table names are stored in lower case, as on Windows and macOS. `tls`: the files of the server's
 * certificate and key, and of the certificate authority of its clients.
 */
export async function startMariaDb({
  foldsNames = false,
  tls,
}: {
  readonly foldsNames?: boolean;
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
} = {}): Promise<MariaDb> {
  const folder = mkdtempSync(path.join(openTemporaryFolder(), 'sluice-mariadb-'));
  const data = path.join(folder, 'data');
  mkdirSync(data);
  const asOther = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in asOther)
    for (const at of [folder, data]) {
      chmodSync(at, 0o755);
      chownSync(at, NOBODY, NOBODY);
    }
  const made = spawnSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', '--force'],
    { ...asOther, encoding: 'utf8', cwd: folder },
  );
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.error?.message ?? made.stderr}${made.stdout}`);
  const port = await freePort();
  const [user, password] = ['me', `se'cr"et`];
  const server = new ServerProgram('MariaDB');
  const connect = (as: string, secret: string, database?: string) =>
    createConnection({
      host: '127.0.0.1',
      port,
      user: as,
      password: secret,
      ...(database !== undefined && database !== '' && { database }),
      timezone: 'Z',
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
    });
  const start = async (): Promise<void> => {
    await server.start({
      program: PROGRAM,
      args: [
        '--no-defaults',
        `--datadir=${data}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${path.join(folder, 'socket')}`,
        `--pid-file=${path.join(folder, 'pid')}`,
        '--innodb-buffer-pool-size=32M',
        '--innodb-log-file-size=16M',
        // Reverse DNS look-ups, which are on by default, would delay connections of tests.
        '--skip-name-resolve',
        ...(foldsNames ? ['--lower-case-table-names=1'] : []),
        ...(tls === undefined ? [] : [`--ssl-cert=${tls.cert}`, `--ssl-key=${tls.key}`, `--ssl-ca=${tls.ca}`]),
      ],
      cwd: folder,
      user: asOther,
      isReady: async () => {
        await (await connect('root', '')).end();
        return true;
      },
      readyWithinMs: READY_MS,
    });
  };
  const halt = async (kill = false): Promise<void> => {
    await (kill ? server.kill() : server.stop());
  };
  const ask = async (sql: string, values: unknown[] = [], database = 'shop'): Promise<any[]> => {
    const connection = await connect('root', '', database);
    try {
      const [rows] = await connection.query(sql, values);
      return rows as any[];
    } finally {
      await connection.end();
    }
  };
  try {
    await start();
    await ask('CREATE DATABASE shop CHARACTER SET utf8mb4', [], '');
    await ask('CREATE USER ?@? IDENTIFIED BY ?', [user, '%', password]);
    await ask('GRANT ALL ON shop.* TO ?@?', [user, '%']);
  } catch (error) {
    await halt(true);
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    port,
    user,
    password,
    jdbcUrl: `jdbc:mysql://127.0.0.1:${port}/shop`,
    ask: (sql, values) => ask(sql, values),
    empty: async () => {
      await ask('DROP DATABASE shop', []);
      await ask('CREATE DATABASE shop CHARACTER SET utf8mb4', [], '');
    },
    halt,
    resume: start,
    stop: async () => {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
