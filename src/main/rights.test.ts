import { request } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SILENT_LOGGER } from '../base/env.ts';
import { ROUTES as CONNECT_ROUTES } from '../connect/worker/rest/rest.ts';
import { ROUTES as REGISTRY_ROUTES } from '../formats/schema-registry/rest.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { ROUTES, type RouteKey } from '../server/routes/table.ts';
import type { StatementKind } from '../sql/ast/statement.ts';
import { parseStatements } from '../sql/parse.ts';
import { startSluice, type Sluice } from './compose.ts';

/** One user per role, with the name of the role; `shops` may manage connectors whose names begin with `shop-`. */
const USERS = ['watcher', 'reader', 'writer', 'connectors', 'shops', 'admin'] as const;
type User = (typeof USERS)[number];

const ALL: readonly User[] = USERS;
const READ: readonly User[] = ['reader', 'writer', 'admin'];
const WRITE: readonly User[] = ['writer', 'admin'];
const CONNECTORS: readonly User[] = ['connectors', 'admin'];
const SHOPS: readonly User[] = ['connectors', 'shops', 'admin'];
const ADMIN: readonly User[] = ['admin'];

/**
 * The users that may use each route; `open`: also without authentication. A route that is missing here does not
 * compile.
 */
const REST: Readonly<Record<RouteKey, readonly User[] | 'open'>> = {
  'GET /': 'open',
  // The connector itself checks a signature or a user.
  'POST /hooks/:connector': 'open',
  'GET /console': 'open',
  'GET /console/assets/:name': 'open',
  'GET /healthcheck': 'open',
  'GET /v1/metadata': 'open',
  'GET /v1/metadata/id': 'open',
  'GET /chc/ready': 'open',
  'GET /chc/live': 'open',
  'GET /openapi.json': ALL,
  'GET /info': ALL,
  'GET /metrics': ALL,
  'POST /ksql': ALL,
  'POST /query': ALL,
  'POST /query-stream': ALL,
  'GET /ws/query': ALL,
  'POST /close-query': ALL,
  'GET /status': ALL,
  'GET /status/:type/:entity/:action': ALL,
  'GET /is_valid_property/:name': ALL,
  'GET /docs/errors': ALL,
  'GET /docs/errors/:code': ALL,
  'GET /lineage': ALL,
  'GET /queries/:query/state': ALL,
  'GET /queries/:query/tasks': ALL,
  'GET /user': ALL,
  'GET /events': ALL,
  'GET /schemas/:subject': ALL,
  'GET /clusterStatus': ALL,
  'POST /heartbeat': ALL,
  'POST /lag': ALL,
  'GET /topics/:topic/records': READ,
  'GET /connectors/:connector/topics/:topic/schema': ALL,
  'POST /connectors/:connector/validate': CONNECTORS,
  'POST /inserts-stream': WRITE,
  'POST /ksql/terminate': ADMIN,
};

const CONNECT: Readonly<Record<string, readonly User[] | 'open'>> = {
  'GET /': ALL,
  'GET /health': 'open',
  'GET /connectors': ALL,
  'POST /connectors': CONNECTORS,
  'GET /connectors/:name': ALL,
  'DELETE /connectors/:name': CONNECTORS,
  'GET /connectors/:name/config': ALL,
  'PUT /connectors/:name/config': CONNECTORS,
  'PATCH /connectors/:name/config': CONNECTORS,
  'GET /connectors/:name/status': ALL,
  'GET /connectors/:name/tasks': ALL,
  'GET /connectors/:name/tasks/:task/status': ALL,
  'POST /connectors/:name/tasks/:task/restart': CONNECTORS,
  'POST /connectors/:name/restart': CONNECTORS,
  'PUT /connectors/:name/pause': CONNECTORS,
  'PUT /connectors/:name/resume': CONNECTORS,
  'PUT /connectors/:name/stop': CONNECTORS,
  'GET /connectors/:name/topics': ALL,
  'GET /connectors/:name/topics/:topic/schema': ALL,
  'PUT /connectors/:name/topics/reset': CONNECTORS,
  'GET /connectors/:name/offsets': ALL,
  'PATCH /connectors/:name/offsets': CONNECTORS,
  'DELETE /connectors/:name/offsets': CONNECTORS,
  'GET /connector-plugins': ALL,
  'GET /connector-plugins/:class/config': ALL,
  // Validation connects to the systems in the config.
  'PUT /connector-plugins/:class/config/validate': SHOPS,
  'GET /admin/loggers': ALL,
  'GET /admin/loggers/:logger': ALL,
  'PUT /admin/loggers/:logger': ADMIN,
};

const REGISTRY: Readonly<Record<string, readonly User[] | 'open'>> = {
  'GET /': ALL,
  'GET /subjects': ALL,
  'POST /subjects/:subject': ALL,
  'DELETE /subjects/:subject': WRITE,
  'GET /subjects/:subject/versions': ALL,
  'POST /subjects/:subject/versions': WRITE,
  'GET /subjects/:subject/versions/:version': ALL,
  'GET /subjects/:subject/versions/:version/schema': ALL,
  'GET /subjects/:subject/versions/:version/referencedby': ALL,
  'DELETE /subjects/:subject/versions/:version': WRITE,
  'GET /schemas/types': ALL,
  'GET /schemas/ids/:id': ALL,
  'GET /schemas/ids/:id/schema': ALL,
  'GET /schemas/ids/:id/subjects': ALL,
  'GET /schemas/ids/:id/versions': ALL,
  'POST /compatibility/subjects/:subject/versions/:version': ALL,
  'POST /compatibility/subjects/:subject/versions': ALL,
  'GET /config': ALL,
  'PUT /config': ADMIN,
  'DELETE /config': ADMIN,
  'GET /config/:subject': ALL,
  'PUT /config/:subject': WRITE,
  'DELETE /config/:subject': WRITE,
  'GET /mode': ALL,
  'GET /mode/:subject': ALL,
  'GET /v1/metadata/id': 'open',
};

/** A statement of each kind and the users that may send it. A kind that is missing here does not compile. */
const STATEMENTS: Readonly<Record<StatementKind, readonly [sql: string, users: readonly User[] | 'no syntax']>> = {
  CreateSource: [
    "CREATE STREAM IF NOT EXISTS x (a INT) WITH (kafka_topic='x', value_format='JSON', partitions=1);",
    WRITE,
  ],
  CreateSourceAs: ['CREATE STREAM y AS SELECT * FROM nowhere EMIT CHANGES;', WRITE],
  AlterSource: ['ALTER STREAM nowhere ADD COLUMN b INT;', WRITE],
  DropSource: ['DROP STREAM nowhere;', WRITE],
  CreateType: ['CREATE TYPE IF NOT EXISTS t AS INT;', WRITE],
  DropType: ['DROP TYPE IF EXISTS nowhere;', WRITE],
  InsertInto: ['INSERT INTO nowhere SELECT * FROM nowhere EMIT CHANGES;', WRITE],
  InsertValues: ['INSERT INTO nowhere (a) VALUES (1);', WRITE],
  PauseQuery: ['PAUSE nowhere;', WRITE],
  ResumeQuery: ['RESUME nowhere;', WRITE],
  TerminateQuery: ['TERMINATE nowhere;', WRITE],
  DropTopic: ["DROP TOPIC IF EXISTS 'nowhere';", ADMIN],
  AlterSystem: ["ALTER SYSTEM 'ksql.streams.commit.interval.ms'='100';", ADMIN],
  TerminateCluster: ['TERMINATE CLUSTER;', ADMIN],
  RunScript: ["RUN SCRIPT '/etc/passwd';", 'no syntax'],
  CreateConnector: ["CREATE SOURCE CONNECTOR \"shop-a\" WITH ('connector.class'='none.such');", SHOPS],
  AlterConnector: ["ALTER CONNECTOR orders SET ('a'='b');", CONNECTORS],
  DropConnector: ['DROP CONNECTOR "SHOP-a";', SHOPS],
  RestartConnector: ['RESTART CONNECTOR orders;', CONNECTORS],
  PauseConnector: ['PAUSE CONNECTOR orders;', CONNECTORS],
  ResumeConnector: ['RESUME CONNECTOR orders;', CONNECTORS],
  StopConnector: ['STOP CONNECTOR "shop-a";', SHOPS],
  AlterConnectorOffsets: ['ALTER CONNECTOR OFFSETS OF orders SET BEGINNING;', CONNECTORS],
  ResetConnectorOffsets: ['RESET CONNECTOR OFFSETS OF orders;', CONNECTORS],
  SnapshotTables: ["ALTER CONNECTOR orders SNAPSHOT TABLES ('a');", CONNECTORS],
  RetryDeadLetters: ['RETRY DEAD LETTERS OF orders;', CONNECTORS],
  CreateConnectCluster: ["CREATE CONNECT CLUSTER IF NOT EXISTS eu WITH (url='http://127.0.0.1:9');", ADMIN],
  DropConnectCluster: ['DROP CONNECT CLUSTER IF EXISTS nowhere;', ADMIN],
  ListConnectClusters: ['SHOW CONNECT CLUSTERS;', ALL],
  InCluster: ['STOP CONNECTOR "shop-a" IN CLUSTER nowhere;', SHOPS],
  ValidateConnector: ["VALIDATE SOURCE CONNECTOR \"shop-a\" WITH ('connector.class'='none.such');", SHOPS],
  CreateFromConnector: ['CREATE STREAM x FROM CONNECTOR orders;', WRITE],
  ListConnectorLogs: ['SHOW LOGS OF orders;', ALL],
  CreateSecret: ["CREATE SECRET IF NOT EXISTS s WITH (a='b');", ADMIN],
  AlterSecret: ["ALTER SECRET s SET (a='b');", ADMIN],
  DropSecret: ['DROP SECRET IF EXISTS s;', ADMIN],
  ListSecrets: ['SHOW SECRETS;', ALL],
  Query: ['SELECT * FROM nowhere;', READ],
  PrintTopic: ["PRINT 'nowhere' LIMIT 1;", READ],
  ListDeadLetters: ['SHOW DEAD LETTERS OF orders;', READ],
  SetProperty: ["SET 'auto.offset.reset'='earliest';", ALL],
  UnsetProperty: ["UNSET 'auto.offset.reset';", ALL],
  DefineVariable: ["DEFINE a='b';", ALL],
  UndefineVariable: ['UNDEFINE a;', ALL],
  ListSources: ['SHOW STREAMS;', ALL],
  ListTopics: ['SHOW TOPICS;', ALL],
  ListQueries: ['SHOW QUERIES;', ALL],
  ListProperties: ['SHOW PROPERTIES;', ALL],
  ListFunctions: ['SHOW FUNCTIONS;', ALL],
  ListTypes: ['SHOW TYPES;', ALL],
  ListVariables: ['SHOW VARIABLES;', ALL],
  ListConnectors: ['SHOW CONNECTORS;', ALL],
  ListConnectorPlugins: ['SHOW CONNECTOR PLUGINS;', ALL],
  ListConnectorOffsets: ['SHOW CONNECTOR OFFSETS OF orders;', ALL],
  ShowCreateConnector: ['SHOW CREATE CONNECTOR orders;', ALL],
  ShowLineage: ['SHOW LINEAGE;', ALL],
  ShowHealth: ['SHOW HEALTH;', ALL],
  DescribeSource: ['DESCRIBE nowhere;', ALL],
  DescribeSources: ['DESCRIBE STREAMS;', ALL],
  DescribeFunction: ['DESCRIBE FUNCTION abs;', ALL],
  DescribeConnector: ['DESCRIBE CONNECTOR orders;', ALL],
  DescribeConnectorPlugin: ["DESCRIBE CONNECTOR PLUGIN 'datagen';", ALL],
  Explain: ['EXPLAIN SELECT * FROM nowhere EMIT CHANGES;', ALL],
  AssertTopic: ["ASSERT TOPIC 'nowhere' TIMEOUT 0 SECONDS;", ALL],
  AssertSchema: ["ASSERT SCHEMA SUBJECT 'nowhere' TIMEOUT 0 SECONDS;", ALL],
  AssertConnector: ['ASSERT CONNECTOR orders TIMEOUT 0 SECONDS;', ALL],
  AssertValues: ['ASSERT VALUES nowhere (a) VALUES (1);', 'no syntax'],
  AssertTombstone: ['ASSERT NULL VALUES nowhere (a) KEY (1);', 'no syntax'],
  AssertSource: ["ASSERT STREAM x (a INT) WITH (kafka_topic='x', value_format='JSON');", 'no syntax'],
};

/** Statements that need more rights than others of their kind. */
const FURTHER: readonly (readonly [sql: string, users: readonly User[]])[] = [
  ['DROP CONNECTOR "shop-a" TERMINATE;', ADMIN],
  ["CREATE SOURCE CONNECTOR orders WITH ('connector.class'='none.such');", CONNECTORS],
  ["EXPLAIN CREATE SOURCE CONNECTOR orders WITH (connector='postgres', host='10.0.0.1');", CONNECTORS],
  ['SHOW STREAMS; DROP STREAM nowhere; SHOW STREAMS;', WRITE],
  ["EXPLAIN ALTER CONNECTOR orders SET ('a'='b');", CONNECTORS],
  ['EXPLAIN DROP STREAM nowhere;', ALL],
];

let folder: string;
let sluice: Sluice;
let registryUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-rights-'));
  const realm = path.join(folder, 'users');
  const roles: Partial<Record<User, string>> = { watcher: 'watch' };
  const byName = 'sales: pw-sales,sales\n';
  writeFileSync(realm, USERS.map((user) => `${user}: pw-${user},${roles[user] ?? user}\n`).join('') + byName);
  const properties = {
    'data.dir': path.join(folder, 'data'),
    listeners: 'http://127.0.0.1:0',
    'connect.listeners': 'http://127.0.0.1:0',
    'schema.registry.listeners': 'http://127.0.0.1:0',
    'authentication.method': 'BASIC',
    'authentication.realm': realm,
    'authentication.role.watch': 'see',
    'authentication.role.shops': 'connectors:shop-*',
    'authentication.role.sales': 'read:SALES_*,write:sales_tmp_*',
  };
  sluice = await startSluice({ env: nodeEnv(SILENT_LOGGER), store: new MemoryStore(), properties });
  registryUrl = sluice.registryUrl!;
});

afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true, force: true });
});

const basic = (user: string, password = `pw-${user}`): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The status, and the body if it is complete at once: some responses do not end. */
function ask(method: string, url: string, authorization: string | undefined, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
      ...(authorization !== undefined && { authorization }),
    };
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const status = answer.statusCode!;
      if (url.endsWith('/events')) {
        answer.destroy();
        resolve({ status, body: '' });
        return;
      }
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status, body: text }));
    });
    sent.on('error', reject).end(payload);
  });
}

const listeners = {
  REST: { routes: ROUTES, expected: REST as Readonly<Record<string, readonly User[] | 'open'>>, url: () => sluice.url },
  Connect: { routes: CONNECT_ROUTES, expected: CONNECT, url: () => sluice.connectUrl! },
  registry: { routes: REGISTRY_ROUTES, expected: REGISTRY, url: () => registryUrl },
};

describe.each(Object.entries(listeners))('%s', (_, { routes, expected, url }) => {
  const keys = routes.map((route) => `${route.method} ${route.path}`);

  test('every route is in the table', () => {
    expect(keys.toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  test.each(keys)('%s lets in whom it is for', async (key) => {
    const [method, route] = key.split(' ') as [string, string];
    const target = `${url()}${route.replaceAll(/:\w+/g, 'orders')}`;
    const body = method === 'GET' ? undefined : { name: 'orders', config: {} };
    const users = expected[key]!;
    const statusOf = async (authorization?: string): Promise<number> =>
      (await ask(method, target, authorization, body)).status;
    if (users === 'open') {
      expect(await statusOf()).not.toBe(401);
      return;
    }
    expect(await statusOf()).toBe(401);
    // Route after route is tried: after repeated wrong passwords the server responds with 429.
    expect([401, 429]).toContain(await statusOf(basic('admin', 'wrong')));
    expect([401, 429]).toContain(await statusOf(basic('nobody')));
    expect(await statusOf('Bearer abc')).toBe(401);
    for (const user of USERS) {
      const status = await statusOf(basic(user));
      if (users.includes(user))
        expect([user, status]).not.toEqual([user, expect.toSatisfy((s) => s === 401 || s === 403)]);
      else expect([user, status]).toEqual([user, 403]);
    }
  });
});

/** Sends a statement to the REST endpoint of its kind. */
async function send(sql: string, user: User): Promise<Answer> {
  const isRows = /^(SELECT|PRINT)/.test(sql);
  return await ask('POST', `${sluice.url}/${isRows ? 'query' : 'ksql'}`, basic(user), { ksql: sql });
}

describe('statements', () => {
  test.each(Object.entries(STATEMENTS))('%s', async (kind, [sql, users]) => {
    if (users === 'no syntax') {
      expect(await send(sql, 'admin')).toMatchObject({ status: 400 });
      return;
    }
    expect(parseStatements(sql).map(({ statement }) => statement.kind)).toEqual([kind]);
    await expectUsers(sql, users);
  });

  test.each(FURTHER)('%s', async (sql, users) => {
    await expectUsers(sql, users);
  });

  async function expectUsers(sql: string, users: readonly User[]): Promise<void> {
    const letIn: User[] = [];
    for (const user of USERS) {
      const { status, body } = await send(sql, user);
      if (status === 403) expect(JSON.parse(body)).toMatchObject({ code: 'FORBIDDEN', error_code: 40301 });
      else letIn.push(user);
    }
    expect(letIn).toEqual(ALL.filter((user) => users.includes(user)));
  }
});

describe('rows', () => {
  const sql = 'SELECT * FROM kept WHERE id = 1;';

  beforeAll(async () => {
    await sluice.engine.execute(
      "CREATE TABLE known (id INT PRIMARY KEY, v INT) WITH (kafka_topic='known', value_format='JSON', partitions=1); CREATE TABLE kept AS SELECT * FROM known;",
    );
  });

  test.each(['/query', '/query-stream'])(
    'are read by %s with the right alone, a remembered plan or not',
    async (route) => {
      const body = { ksql: sql, sql };
      for (const user of ['watcher', 'reader', 'reader', 'watcher', 'connectors'] as const) {
        const { status } = await ask('POST', `${sluice.url}${route}`, basic(user), body);
        expect([user, status]).toEqual([user, user === 'reader' ? 200 : 403]);
      }
    },
  );

  test('are read by a WebSocket with the right alone', async () => {
    const open = (user: User | undefined): Promise<string> =>
      new Promise((resolve) => {
        const url = `${sluice.url.replace('http', 'ws')}/ws/query?request=${encodeURIComponent(JSON.stringify({ ksql: sql }))}`;
        const socket = new WebSocket(url, { headers: user === undefined ? {} : { authorization: basic(user) } });
        socket.on('unexpected-response', (_request, answer) => resolve(String(answer.statusCode)));
        socket.on('close', (code, reason) => resolve(`${code} ${String(reason)}`));
        socket.on('error', () => undefined);
      });
    expect(await open(undefined)).toBe('401');
    expect(await open('reader')).toBe('1000 done');
    expect(await open('watcher')).toMatch(/^1003 User watcher may not do this/);
  });

  test('are not written through a request to read', async () => {
    const { status } = await ask('POST', `${sluice.url}/query`, basic('reader'), {
      ksql: 'DROP TABLE kept; SELECT 1;',
    });
    expect(status).toBe(400);
    expect(sluice.engine.catalog.source('KEPT')).toBeDefined();
  });

  test('of a push query end for its own user, and for who may write', async () => {
    const close = (user: User, id: string): Promise<Answer> =>
      ask('POST', `${sluice.url}/close-query`, basic(user), { queryId: id });
    for (const [user, status] of [
      ['reader', 403],
      ['writer', 200],
    ] as const) {
      const answer = await fetch(`${sluice.url}/query-stream`, {
        method: 'POST',
        headers: { authorization: basic('admin') },
        body: JSON.stringify({ sql: 'SELECT * FROM known EMIT CHANGES;' }),
      });
      const rows = answer.body!.getReader();
      const head = new TextDecoder().decode((await rows.read()).value);
      const { queryId } = JSON.parse(head.split('\n')[0]!) as { queryId: string };
      expect((await close(user, queryId)).status).toBe(status);
      await rows.cancel();
    }
  });
});

describe('rights over some streams, tables and topics', () => {
  const declare = (name: string, topic: string, kind = 'STREAM'): string =>
    `CREATE ${kind} ${name} (v INT) WITH (kafka_topic='${topic}', value_format='JSON', partitions=1);`;
  const ask403 = async (route: string, body: unknown): Promise<number> =>
    (await ask('POST', `${sluice.url}${route}`, basic('sales'), body)).status;
  const ksql = (sql: string): Promise<number> => ask403('/ksql', { ksql: sql });
  const query = (sql: string): Promise<number> => ask403('/query', { ksql: sql });

  beforeAll(async () => {
    await sluice.engine.execute(
      `${declare('sales_orders', 'sales_orders')} ${declare('wages', 'wages')} ${declare('sales_tmp_a', 'sales_tmp_a')}
       CREATE TABLE sales_known (id INT PRIMARY KEY, v INT) WITH (kafka_topic='sales_known', value_format='JSON', partitions=1);
       INSERT INTO sales_orders VALUES (1);
       CREATE TABLE wages_kept AS SELECT * FROM sales_known;`,
    );
    await sluice.caughtUp();
    // The second time uses the cached plan.
    for (let i = 0; i < 2; i++) await send('SELECT * FROM wages_kept WHERE id = 1;', 'reader');
  });

  test.each([
    'SELECT * FROM sales_orders LIMIT 0;',
    'SELECT * FROM sales_orders a JOIN sales_tmp_a b WITHIN 1 HOUR ON a.v = b.v EMIT CHANGES LIMIT 0;',
    "PRINT 'sales_orders' FROM BEGINNING LIMIT 1;",
  ])('let read: %s', async (sql) => expect(await query(sql)).not.toBe(403));

  test.each([
    'SELECT * FROM wages;',
    'SELECT * FROM wages EMIT CHANGES LIMIT 1;',
    'SELECT * FROM wages_kept WHERE id = 1;',
    'SELECT * FROM sales_orders a JOIN wages b WITHIN 1 HOUR ON a.v = b.v EMIT CHANGES LIMIT 1;',
    "PRINT 'wages';",
  ])('do not let read others: %s', async (sql) => expect(await query(sql)).toBe(403));

  test.each([
    'INSERT INTO sales_tmp_a VALUES (1);',
    declare('sales_tmp_b', 'sales_tmp_b'),
    "CREATE STREAM sales_tmp_c WITH (kafka_topic='sales_tmp_c') AS SELECT * FROM sales_orders;",
    'DROP STREAM sales_tmp_b;',
  ])('let write: %s', async (sql) => expect(await ksql(sql)).toBe(200));

  test.each([
    'INSERT INTO sales_orders VALUES (1);',
    'INSERT INTO wages VALUES (1);',
    declare('sales_tmp_d', 'wages'),
    declare('other', 'sales_tmp_e'),
    'CREATE STREAM sales_tmp_f AS SELECT * FROM wages;',
    "CREATE STREAM sales_tmp_g WITH (kafka_topic='wages') AS SELECT * FROM sales_orders;",
    "SET 'ksql.output.topic.name.prefix'='wages_'; CREATE STREAM sales_tmp_h AS SELECT * FROM sales_orders;",
    'INSERT INTO wages SELECT * FROM sales_orders;',
    'INSERT INTO sales_tmp_a SELECT * FROM wages;',
    'DROP STREAM wages;',
    'ALTER STREAM wages ADD COLUMN b INT;',
    'TERMINATE ALL;',
    'CREATE TYPE x AS INT;',
    'SHOW STREAMS; DROP STREAM wages;',
  ])('do not let write others: %s', async (sql) => expect(await ksql(sql)).toBe(403));

  test('hold on the routes of rows', async () => {
    const lines = async (target: string): Promise<number> => await ask403('/inserts-stream', { target });
    expect([await lines('sales_tmp_a'), await lines('wages'), await lines('`wages`')]).toEqual([200, 403, 403]);
    const records = async (topic: string): Promise<number> =>
      (await ask('GET', `${sluice.url}/topics/${topic}/records`, basic('sales'))).status;
    expect([await records('sales_orders'), await records('wages')]).toEqual([200, 403]);
  });
});

describe('no spelling of a path leads around a right', () => {
  /** Sends the path as it is written, whereas a URL would be normalized. */
  const statusOf = (user: string, written: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(sluice.url);
      const headers = { authorization: basic(user) };
      const sent = request({ hostname, port, path: written, headers, agent: false }, (answer) => {
        answer.destroy();
        resolve(answer.statusCode!);
      });
      sent.on('error', reject).end();
    });

  beforeAll(async () => {
    const sql = "CREATE STREAM spelled (a INT) WITH (kafka_topic='spelled', value_format='JSON', partitions=1);";
    expect(await send(sql, 'admin')).toMatchObject({ status: 200 });
    expect(await statusOf('reader', '/topics/spelled/records')).toBe(200);
  });

  test.each([
    '/topics/spelled/records',
    '/topics/%73pelled/records',
    '/topics/SPELLED/records',
    '/topics/spelled%00/records',
    '/topics/..%2fspelled/records',
    '/TOPICS/spelled/records',
    '//topics/spelled/records',
    '/./topics/spelled/records',
    '/console/../topics/spelled/records',
    '/console/%2e%2e/topics/spelled/records',
    '/chc/ready/../../topics/spelled/records',
    '/topics/spelled/records?limit=1',
    '/topics/spelled/records#x',
    '/topics;x=1/spelled/records',
    'http://127.0.0.1/topics/spelled/records',
  ])('%s', async (written) => {
    for (const user of ['watcher', 'connectors', 'sales']) {
      const status = await statusOf(user, written);
      expect([user, status]).toEqual([user, expect.toSatisfy((s: number) => s >= 400 && s < 500)]);
    }
  });

  test.each(['connect-configs', 'connect%2dconfigs', 'CONNECT-CONFIGS', 'connect-configs%20', './connect-configs'])(
    'the server’s own topics: %s',
    async (topic) => {
      for (const user of USERS)
        expect(await statusOf(user, `/topics/${topic}/records`)).toSatisfy((s: number) => s >= 400 && s < 500);
    },
  );
});
