import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { testEnv } from '../support/env.ts';
import { mariadbIsHere, startMariaDb, type MariaDb } from '../support/mariadb.ts';
import { startPostgres, type Postgres } from '../support/postgres.ts';
import { describeWithMariaDb } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { startedQuery } from '../support/query-rows.ts';

const folder = temporaryFolder('causes');
const file = (name: string): string => path.join(folder.path, name);

function certificate(name: string, host: string): void {
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -keyout ${file(`${name}.key`)} -out ${file(`${name}.pem`)} -days 2 -subj /CN=${host} -addext subjectAltName=DNS:${host}`.split(
      ' ',
    ),
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`openssl: ${made.error?.message ?? made.stderr}`);
}

let postgres: Postgres;
let elsewhere: Postgres;
let plain: Postgres;
let database: pg.Client;
let service: Server;
let status = 200;
let sluice: Sluice;

beforeAll(async () => {
  for (const [name, host] of [
    ['ours', 'localhost'],
    ['other', 'db.example'],
  ] as const) {
    certificate(name, host);
    if (process.getuid?.() === 0) chownSync(file(`${name}.key`), 65534, 65534);
    chmodSync(file(`${name}.key`), 0o600);
  }
  chmodSync(folder.path, 0o755);
  const tls = (name: string) => ({ ssl: 'on', ssl_cert_file: file(`${name}.pem`), ssl_key_file: file(`${name}.key`) });
  [postgres, elsewhere, plain] = await Promise.all([
    startPostgres({ settings: { wal_level: 'logical', ssl_ca_file: file('ours.pem'), ...tls('ours') } }),
    startPostgres({ settings: tls('other') }),
    startPostgres(),
  ]);
  database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  const other = new pg.Client({ connectionString: elsewhere.url });
  await other.connect();
  await other.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
  await other.end();
  await database.query(`
    CREATE TABLE users (id int PRIMARY KEY, name text);
    INSERT INTO users VALUES (1, 'ann');
    CREATE ROLE reader LOGIN PASSWORD 'reader';
    CREATE ROLE stranger LOGIN PASSWORD 'stranger';
    GRANT SELECT ON users TO reader`);
  service = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end('said no');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '', 'connect.allowed.paths': folder.path },
    store: new MemoryStore(),
    env: testEnv(),
  });
}, 120_000);
afterAll(async () => {
  await sluice?.close();
  await database?.end();
  service?.close();
  await Promise.all([postgres?.stop(), elsewhere?.stop(), plain?.stop()]);
  folder.remove();
});

const run = async (text: string) => (await sluice.engine.execute(text)).at(-1) as unknown as Record<string, any>;
const refusal = async (text: string): Promise<string> => {
  try {
    await run(text);
  } catch (error) {
    const { message, hint } =
      (error as { readonly error?: { message: string; hint?: string } }).error ?? (error as Error & { hint?: string });
    return `${message} ${hint ?? ''}`;
  }
  throw new Error(`Not refused: ${text}`);
};

// A retry must not find anything of the earlier attempt.
beforeEach(async () => {
  const { connectors } = await run('SHOW CONNECTORS;');
  for (const { name } of connectors) await run(`DROP CONNECTOR ${name} TERMINATE;`);
});

const me = (): string => `${postgres.user}:${postgres.password}`;
const at = (server: Postgres, login: string, more = '', db = 'postgres', host = 'localhost'): string =>
  `postgres://${login}@${host}:${server.port}/${db}${more}`;
const users = (name: string, url: string, more = ''): string =>
  `CREATE SOURCE CONNECTOR ${name} WITH (connector='postgres', url='${url}', tables='users', 'topic.prefix'='${name}_'${more});`;
const http = (name: string, more = ''): string =>
  `CREATE SINK CONNECTOR ${name} WITH (connector='http', url='http://127.0.0.1:${(service.address() as AddressInfo).port}/x', topics='said'${more});`;

/**
 * What DESCRIBE CONNECTOR reports about a failure, as soon as it matches what is expected; `provoke` runs before each
 * attempt.
 */
async function cause(name: string, expected: RegExp, provoke?: () => Promise<unknown>): Promise<string> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    await provoke?.();
    const found = await run(`DESCRIBE CONNECTOR ${name};`);
    const text = JSON.stringify(found);
    if (expected.test(text)) return text;
    if (Date.now() > deadline) throw new Error(`Not said: ${String(expected)} in ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('what keeps a connector from being made is said with its setting and a way out', () => {
  test.each([
    [
      'an authority that did not make the certificate',
      () => users('a', at(postgres, me(), `?sslmode=verify-full&sslrootcert=${file('other.pem')}`)),
      /url - .*self-signed certificate.*sslrootcert=\/path/s,
    ],
    [
      'a certificate for another name',
      () => users('a', at(elsewhere, me(), `?sslrootcert=${file('other.pem')}`)),
      /url - .*altnames.*db\.example.*sslmode=verify-ca/s,
    ],
    [
      'no authority at all',
      () => users('a', at(postgres, me(), '?sslmode=verify-ca')),
      /url - .*self-signed.*sslrootcert/s,
    ],
    [
      'an authority that cannot be read',
      () => users('a', at(postgres, me(), `?sslrootcert=${file('none.pem')}`)),
      /url - .*sslrootcert of the URL cannot be read: ENOENT/s,
    ],
    [
      'an authority in a folder that is not allowed',
      () => users('a', at(postgres, me(), '?sslrootcert=/etc/hostname')),
      /url - .*\/etc\/hostname.*connect\.allowed\.paths/s,
    ],
    [
      'no TLS there',
      () => users('a', `postgres://${plain.user}:${plain.password}@localhost:${plain.port}/postgres?sslmode=require`),
      /url - .*does not support SSL.*sslmode/s,
    ],
    [
      'unknown host',
      () => users('a', at(postgres, me(), '', 'postgres', 'db.invalid')),
      /url - .*ENOTFOUND db\.invalid.*spelt right/s,
    ],
    ['nobody there', () => users('a', `postgres://${me()}@localhost:1/postgres`), /url - .*ECONNREFUSED.*does it run/s],
    [
      'a wrong password',
      () => users('a', at(postgres, 'postgres:wrong')),
      /connection\.password - .*password authentication failed.*in the URL/s,
    ],
    [
      'no such database',
      () => users('a', at(postgres, me(), '', 'shopp')),
      /url - .*database "shopp" does not exist.*behind the last/s,
    ],
    [
      'no right to read',
      () => users('a', at(postgres, 'stranger:stranger')),
      /tables - .*GRANT SELECT ON public\.users TO/s,
    ],
    [
      'no right to replicate',
      () => users('a', at(postgres, 'reader:reader'), ", mode='cdc'"),
      /mode - .*ALTER ROLE "reader" REPLICATION/s,
    ],
    [
      'no logical replication',
      () => users('a', at(elsewhere, me()), ", mode='cdc'"),
      /mode - .*ALTER SYSTEM SET wal_level = 'logical'/s,
    ],
    [
      'unknown host of a service',
      () => http('h').replace('127.0.0.1', 'api.invalid'),
      /url - .*ENOTFOUND api\.invalid.*spelt right/s,
    ],
  ])('%s', async (_, statement, expected) => {
    expect(await refusal(statement())).toMatch(expected);
  });
});

test('the right authority and name, and a certificate of our own: the server sees both', async () => {
  const own = `sslcert=${file('ours.pem')}&sslkey=${file('ours.key')}`;
  await run(users('good', at(postgres, me(), `?sslmode=verify-full&sslrootcert=${file('ours.pem')}&${own}`)));
  const names = async (): Promise<unknown[]> => {
    const query = await startedQuery(sluice.engine, 'SELECT name FROM good_users;');
    const found: unknown[] = [];
    for await (const batch of query.rows()) for (const row of batch) found.push(row.values[0]);
    return found;
  };
  await expect.poll(names).toEqual(['ann']);
  const { rows } = await database.query<{ client_dn: string }>(
    "SELECT DISTINCT client_dn FROM pg_stat_ssl WHERE ssl AND client_dn <> ''",
  );
  expect(rows).toEqual([{ client_dn: '/CN=localhost' }]);
  await run('DROP CONNECTOR good;');
});

describe('what stops one that runs is said with the statement to try', () => {
  test('the right to read is taken away', async () => {
    await run(users('p', at(postgres, 'reader:reader')));
    await database.query('REVOKE SELECT ON users FROM reader');
    expect(await cause('p', /permission denied for table users/)).toMatch(/GRANT it in the database/);
    await database.query('GRANT SELECT ON users TO reader');
    await cause('p', /RUNNING \(1\/1 tasks RUNNING\)/);
    await run('DROP CONNECTOR p;');
  });

  test('the password is changed', async () => {
    await run(users('w', at(postgres, 'reader:reader')));
    await database.query("ALTER ROLE reader PASSWORD 'other'");
    // A connection that is being authenticated while the password changes appears with its user name only after it has
    // logged in.
    const cut = (): Promise<unknown> =>
      database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'");
    expect(await cause('w', /password authentication failed for user/, cut)).toMatch(
      /ALTER CONNECTOR w SET \('connection\.user'='…', 'connection\.password'='…'\)/i,
    );
    await database.query("ALTER ROLE reader PASSWORD 'reader'");
    await cause('w', /RUNNING \(1\/1 tasks RUNNING\)/);
    await run('DROP CONNECTOR w;');
  });

  test.each(['idle', 'busy'])('a sink that is %s heals by itself: a password, and the right to write', async (kind) => {
    await database.query(`DROP TABLE IF EXISTS kt; DROP ROLE IF EXISTS writer; CREATE ROLE writer LOGIN PASSWORD 'writer';
      CREATE TABLE kt (k int PRIMARY KEY, v int); GRANT SELECT, INSERT, UPDATE ON kt TO writer`);
    await run(`CREATE TABLE IF NOT EXISTS kt (k INT PRIMARY KEY, v INT) WITH (kafka_topic='kt', value_format='JSON', partitions=1);
      INSERT INTO kt VALUES (1, 10);`);
    await run(`CREATE SINK CONNECTOR out WITH (connector='postgres', url='${at(postgres, 'writer:writer')}', sources='kt',
      'table.name.format'='kt', 'connection.backoff.ms'='100', 'retry.backoff.ms'='100', 'max.retries'='2');`);
    const written = async (): Promise<unknown> =>
      (await database.query<{ v: number }>('SELECT v FROM kt ORDER BY k')).rows.map((row) => row.v);
    await expect.poll(written, { timeout: 20_000 }).toEqual([10]);
    const cut = async (): Promise<unknown> =>
      await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'");
    const rest = async (v: number): Promise<unknown> =>
      kind === 'busy' ? await run(`INSERT INTO kt VALUES (1, ${v});`) : 0;
    await database.query("ALTER ROLE writer PASSWORD 'other'");
    await cut();
    await rest(11);
    const told = await cause('out', /password authentication failed for user/, cut);
    expect(told).toMatch(/tried again by itself|started again by itself at 20\d\d-/);
    await database.query("ALTER ROLE writer PASSWORD 'writer'");
    await cause('out', /RUNNING \(1\/1 tasks RUNNING\)/);
    await expect.poll(written, { timeout: 20_000 }).toEqual([kind === 'busy' ? 11 : 10]);
    if (kind === 'idle') return;
    await database.query('REVOKE INSERT, UPDATE ON kt FROM writer');
    await rest(12);
    expect(await cause('out', /permission denied for table kt/)).toMatch(
      /started again by itself at|tried again by itself/,
    );
    await database.query('GRANT INSERT, UPDATE ON kt TO writer');
    await expect.poll(written, { timeout: 20_000 }).toEqual([12]);
    await cause('out', /RUNNING \(1\/1 tasks RUNNING\)/);
  });

  test('its slot is dropped', async () => {
    await run(users('s', at(postgres, me()), ", mode='cdc', 'slot.name'='s'"));
    // Before the connector has read from the slot and committed an offset, a missing slot is simply created again.
    await cause('s', /"state":"done"/);
    const isActive = async (): Promise<unknown> =>
      (await database.query("SELECT active FROM pg_replication_slots WHERE slot_name = 's'")).rows[0];
    await expect.poll(isActive, { timeout: 60_000 }).toEqual({ active: true });
    // The connector reconnects at once, and a slot in use cannot be dropped, so this is retried until it succeeds in
    // between.
    const drop = async (): Promise<boolean> => {
      await database.query(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 's' AND active",
      );
      const { rowCount } = await database
        .query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 's'")
        .catch(() => ({ rowCount: 0 }));
      return rowCount === 1;
    };
    await expect.poll(drop, { interval: 10, timeout: 60_000 }).toBe(true);
    expect(await cause('s', /slot .*(?:gone|lost|does not exist|dropped)/i)).toMatch(/snapshot/);
    await run('DROP CONNECTOR s TERMINATE;');
  });

  test('a service answers 403, 404 and 500', async () => {
    await run(
      "CREATE STREAM said (id INT KEY, t VARCHAR) WITH (kafka_topic='said', value_format='JSON', key_format='KAFKA', partitions=1);",
    );
    await run("INSERT INTO said VALUES (1, 'a');");
    for (const [code, advice] of [
      [403, /The other side refuses the request/],
      [404, /The other side refuses the request/],
      [401, /does not let it in/],
      [500, /has failed, not this connector/],
    ] as const) {
      status = code;
      const name = `h${code}`;
      await run(http(name, ", 'max.retries'='0'"));
      expect(await cause(name, new RegExp(`${code}`))).toMatch(advice);
      await run(`DROP CONNECTOR ${name} TERMINATE;`);
    }
  });
});

describeWithMariaDb('TLS of MySQL and MariaDB by the URL', () => {
  let mariadb: MariaDb;
  beforeAll(async () => {
    mariadb = await startMariaDb({ tls: { cert: file('ours.pem'), key: file('ours.key'), ca: file('ours.pem') } });
    await mariadb.ask('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await mariadb.ask("INSERT INTO users VALUES (1, 'ann')");
    // A user who may log in only with a certificate.
    await mariadb.ask("CREATE USER certified@'%' IDENTIFIED BY 'x' REQUIRE X509");
    await mariadb.ask("GRANT ALL ON shop.* TO certified@'%'");
  });
  afterAll(async () => await mariadb?.stop());

  const at = (more: string, host = 'localhost', user = 'certified', password = 'x'): string =>
    `CREATE SOURCE CONNECTOR m WITH (connector='mysql', url='mysql://${host}:${mariadb.port}/shop?${more}', user='${user}',
      password='${password}', tables='users', mode='bulk', 'topic.prefix'='m_');`;
  const own = (): string => `ssl_cert=${file('ours.pem')}&ssl-key=${file('ours.key')}`;

  test('the right authority and name, and a certificate of our own: the server sees both', async () => {
    await run(at(`sslMode=VERIFY_IDENTITY&ssl-ca=${file('ours.pem')}&${own()}`));
    await cause('m', /RUNNING \(1\/1/);
    await run('DROP CONNECTOR m TERMINATE;');
    await run(at(`sslca=${file('ours.pem')}&${own()}`, '127.0.0.1'));
    await cause('m', /RUNNING \(1\/1/);
    await run('DROP CONNECTOR m TERMINATE;');
  });

  test.each([
    ['another authority', () => at(`ssl_ca=${file('other.pem')}&${own()}`), /self-signed.*sslrootcert/s],
    [
      'another authority under REQUIRED',
      () => at(`ssl-mode=REQUIRED&sslCa=${file('other.pem')}&${own()}`),
      /self-signed/,
    ],
    [
      'an authority that cannot be read',
      () => at(`ssl-ca=${file('none.pem')}&${own()}`),
      /ssl-ca of the URL cannot be read: ENOENT/,
    ],
    ['an authority in a folder that is not allowed', () => at('ssl-ca=/etc/hostname'), /connect\.allowed\.paths/],
    ['no certificate of our own', () => at(`ssl-ca=${file('ours.pem')}`), /Access denied for user/],
    ['a parameter without effect', () => at('ssl-capath=/certs'), /ssl-capath of the URL has no effect here/],
  ])('%s', async (_, statement, expected) => {
    expect(await refusal(statement())).toMatch(expected);
  });
});

test("a server's certificate for another name is refused where the URL asks for the name", async () => {
  // The driver verifies it only when configured to.
  if (!mariadbIsHere()) return;
  const mariadb = await startMariaDb({
    tls: { cert: file('other.pem'), key: file('other.key'), ca: file('other.pem') },
  });
  try {
    await mariadb.ask('CREATE TABLE users (id int PRIMARY KEY, name text)');
    const url = (mode: string): string =>
      `CREATE SOURCE CONNECTOR n WITH (connector='mysql', url='mysql://localhost:${mariadb.port}/shop?sslMode=${mode}&ssl-ca=${file('other.pem')}', user='${mariadb.user}', password='${mariadb.password.replaceAll("'", "''")}', tables='users', mode='bulk', 'topic.prefix'='n_');`;
    expect(await refusal(url('VERIFY_IDENTITY'))).toMatch(/altnames.*db\.example.*verify-ca/s);
    await run(url('VERIFY_CA'));
    await run('DROP CONNECTOR n TERMINATE;');
  } finally {
    await mariadb.stop();
  }
});
