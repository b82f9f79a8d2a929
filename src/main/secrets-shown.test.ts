import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Logger } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/** Every secret contains this mark, so a text without it contains no secret. */
const MARK = 'Zx9Q';
let count = 0;
const secret = (): string => `${MARK}-${++count}`;

/** Settings of a connector of an unknown kind, with secrets in every form in which they are written. */
const settings = (): Record<string, string> => ({
  'db.password': secret(),
  pin: secret(),
  sslpassword: secret(),
  'auth.header': `Bearer ${secret()}`,
  'aws.access.key.id': secret(),
  'basic.auth.user.info': `me:${secret()}`,
  'bypass.cache': 'shown',
  'connection.url': `jdbc:x://me:${secret()}@h:1/db?sslpassword=${secret()}&token=${secret()}&a=b`,
  dsn: `sqlserver://h;user=me;pwd=${secret()};encrypt=true`,
  'consumer.override.sasl.jaas.config': `x.Plain required username="me" password="${secret()}";`,
  'client.options': `x.Plain required username="me" password="${secret()}";`,
  'http.headers': `Accept: a|Authorization: Basic ${secret()}|X-Api-Key: ${secret()}`,
  'transforms.t.json': JSON.stringify({ a: 'b', client_secret: secret(), inner: JSON.stringify({ apiKey: secret() }) }),
});
const VISIBLE = ['bypass.cache', 'username', 'encrypt=true', 'a=b'];

const withClause = (all: Record<string, string>): string =>
  Object.entries(all)
    .map(([key, value]) => `'${key}'='${value.replaceAll("'", "''")}'`)
    .join(', ');

let close: (() => Promise<unknown>)[] = [];
const logged: string[] = [];
afterEach(async () => {
  for (const end of close.toReversed()) await end();
  close = [];
  logged.length = 0;
});

function logger(fields: object = {}): Logger {
  const write = (message: string, more: object = {}): void =>
    void logged.push(`${message} ${JSON.stringify({ ...fields, ...more })}`);
  return { debug: write, info: write, warn: write, error: write, child: (more) => logger({ ...fields, ...more }) };
}

async function start(properties: Record<string, string>): Promise<Sluice> {
  const sluice = await startSluice({
    env: nodeEnv(logger()),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'ksql.connect.unknown.settings': 'ignore',
      ...properties,
    },
  });
  close.push(() => sluice.close());
  return sluice;
}

/** Everything that a server responds to a script, whether or not it succeeds. */
async function ask({ url }: Sluice, ksql: string): Promise<string> {
  return (await fetch(`${url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql }) })).text();
}

/** A plugin that repeats every setting it receives: in its validation, its log, its errors and its task's messages. */
const LEAKY = `
const all = (config) => JSON.stringify(config.raw) + Object.values(config.raw).join(' ');
export const leaky = {
  name: 'leaky', className: 'test.Leaky', aliases: [], version: '1', doc: '', type: 'source',
  config: [{ name: 'pin', type: 'PASSWORD', importance: 'HIGH', documentation: '' }],
  check: (config) => [{ key: 'dsn', message: 'refused: ' + Object.values(config).join(' ') }].filter(() => config['tasks.max'] === '9'),
  load: async () => ({
    createConnector: () => ({
      start: async (config, context) => { context.env.logger.warn('got ' + all(config), { all: all(config) }); },
      taskConfigs: async () => [{}],
      stop: async () => {},
    }),
    createTask: () => ({
      start: async (config, context) => { throw new Error('cannot start with ' + all(config), { cause: new Error(all(config)) }); },
      poll: async () => [],
      stop: async () => {},
    }),
  }),
};`;

/** Behaves like a Connect worker whose plugin repeats its settings in validation, in errors and in traces. */
async function leakyCluster(): Promise<{ url: string; refuse: boolean }> {
  const connectors = new Map<string, Record<string, string>>();
  const state = { url: '', refuse: false };
  const info = (name: string): object => ({
    name,
    config: { ...connectors.get(name), name },
    tasks: [{ connector: name, task: 0 }],
    type: 'source',
  });
  const all = (config: object): string => `${JSON.stringify(config)} ${Object.values(config).join(' ')}`;
  const status = (name: string): object => ({
    name,
    connector: { state: 'FAILED', worker_id: 'w', trace: `x.Exception: no ${all(connectors.get(name)!)}` },
    tasks: [{ id: 0, state: 'FAILED', worker_id: 'w', trace: `x.Exception: no ${all(connectors.get(name)!)}` }],
    type: 'source',
  });
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const given = (body === '' ? {} : JSON.parse(body)) as Record<string, any>;
      const { pathname, searchParams } = new URL(request.url!, 'http://x');
      const name = pathname.split('/')[2];
      let answer: unknown = [];
      let code = 200;
      if (pathname === '/connector-plugins') answer = [{ class: 'test.Leaky', type: 'source', version: '1' }];
      else if (pathname.endsWith('/validate')) {
        const value = {
          name: 'dsn',
          value: given['dsn'],
          recommended_values: [],
          errors: [`refused: ${all(given)}`],
          visible: true,
        };
        const configs = state.refuse ? [{ definition: null, value }] : [];
        answer = { name: 'test.Leaky', error_count: configs.length, groups: [], configs };
      } else if (pathname.startsWith('/connector-plugins/')) answer = [{ name: 'pin', type: 'PASSWORD' }];
      else if (pathname === '/connectors' && request.method === 'POST') {
        if (given['name'] === 'NO') [code, answer] = [400, { error_code: 400, message: `no: ${all(given['config'])}` }];
        else {
          connectors.set(given['name'], given['config']);
          answer = info(given['name']);
        }
      } else if (pathname === '/connectors')
        answer = Object.fromEntries(
          [...connectors.keys()].map((n) => [
            n,
            searchParams.has('expand') ? { info: info(n), status: status(n) } : {},
          ]),
        );
      else if (!connectors.has(name!)) [code, answer] = [404, { error_code: 404, message: `${name} not found` }];
      else if (pathname.endsWith('/status')) answer = status(name!);
      else if (pathname.endsWith('/topics')) answer = { [name!]: { topics: [] } };
      else if (pathname.endsWith('/config') && request.method === 'PUT')
        [code, answer] = [400, { error_code: 400, message: `no: ${all(given)}` }];
      else answer = pathname.endsWith('/config') ? connectors.get(name!) : info(name!);
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  close.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

/** Statements that show as much as possible of connector C, and of statements that fail. */
async function shownBy(sluice: Sluice): Promise<string[]> {
  const texts: string[] = [];
  for (const statement of [
    `CREATE SOURCE CONNECTOR c WITH ('connector.class'='test.Leaky', ${withClause(settings())});`,
    'SHOW CONNECTORS;',
    'DESCRIBE CONNECTOR c;',
    // Without a class, the server cannot know that `pin` is of type PASSWORD.
    `CREATE SOURCE CONNECTOR no WITH (${withClause({ ...settings(), pin: '1' })});`,
    `CREATE SOURCE CONNECTOR no WITH ('connector.class'='test.Leaky', 'tasks.max'='x', ${withClause(settings())});`,
    `CREATE SOURCE CONNECTOR no WITH ('connector.class'='test.Leaky', 'tasks.max'='9', ${withClause(settings())});`,
    `CREATE SOURCE CONNECTOR no WITH ('connector.class'='test.Leaky', ${withClause(settings())}`,
    `ALTER CONNECTOR c SET (${withClause(settings())});`,
    `CREATE SOURCE CONNECTOR no WITH ('connector.class'='test.Leaky', ${withClause(settings())});`,
    `DEFINE db_password = '${secret()}'; SHOW VARIABLES;`,
    `SET 'ksql.sasl.jaas.config' = '${secret()}';`,
    `SET 'ksql.password' '${secret()}';`,
    'SHOW PROPERTIES;',
    'SHOW QUERIES;',
  ])
    texts.push(await ask(sluice, statement));
  return texts;
}

function expectNone(texts: readonly string[]): void {
  for (const text of [...texts, ...logged]) {
    const at = text.indexOf(MARK);
    expect(at === -1 ? '' : text.slice(Math.max(0, at - 200), at + 20)).toBe('');
  }
}

describe('secrets are in no text', () => {
  test('of the embedded worker, its REST API and its log', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'leaky-'));
    writeFileSync(path.join(folder, 'leaky.mjs'), LEAKY);
    const sluice = await start({ 'plugin.path': folder });
    const texts = await shownBy(sluice);
    let status = '';
    for (let i = 0; i < 3000 && !status.includes('cannot start'); i++) {
      status = await (await fetch(`${sluice.connectUrl}/connectors/C/status`)).text();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(status).toContain('cannot start');
    texts.push(status, ...(await shownBy(sluice)));
    for (const at of [
      '/connectors/C',
      '/connectors/C/config',
      '/connectors?expand=info&expand=status',
      '/connectors/C/tasks',
    ])
      texts.push(await (await fetch(sluice.connectUrl + at)).text());
    const invalid = JSON.stringify({ 'connector.class': 'test.Leaky', 'tasks.max': secret(), ...settings() });
    for (const [method, at] of [
      ['PUT', '/connector-plugins/test.Leaky/config/validate'],
      ['PUT', '/connectors/D/config'],
    ] as const)
      texts.push(
        await (
          await fetch(sluice.connectUrl + at, {
            method,
            headers: { 'content-type': 'application/json' },
            body: invalid.replace(/"tasks.max":"[^"]*"/, '"tasks.max":"9"'),
          })
        ).text(),
      );
    expect(logged.some((line) => line.includes('got '))).toBe(true);
    for (const visible of VISIBLE) expect(texts.join('\n')).toContain(visible);
    expectNone(texts);
  });

  test('on the path of a Connect cluster', async () => {
    const cluster = await leakyCluster();
    const sluice = await start({ 'ksql.connect.url': cluster.url.replace('//', `//me:${secret()}@`) });
    const texts = await shownBy(sluice);
    expect(texts[2]).toContain('x.Exception: no');
    expect(texts[8]).toContain('Failed to create connector');
    cluster.refuse = true;
    texts.push(...(await shownBy(sluice)));
    expect(texts.at(-6)).toContain('refused');
    for (const visible of VISIBLE) expect(texts.join('\n')).toContain(visible);
    expectNone(texts);
  });
});
