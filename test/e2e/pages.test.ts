import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import pg from 'pg';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice } from '../../src/main/compose.ts';
import { testEnv } from '../support/env.ts';
import { startPostgres } from '../support/postgres.ts';
import { HttpService } from '../support/http-service.ts';
import { javaIsHere } from '../support/servers/java.ts';
import { s3IsHere, startS3 } from '../support/servers/s3.ts';
import { MosquittoServer, mosquittoIsHere } from '../support/servers/mosquitto.ts';
import { RedisServer, redisIsHere } from '../support/servers/redis.ts';
import { ClickHouseServer, clickhouseIsHere } from '../support/servers/clickhouse.ts';
import { COMPILED_MAIN } from '../support/compiled.ts';
import { startOpenSearch } from '../support/servers/opensearch.ts';
import { statementsOf, typeSlowly } from './run-blocks.ts';
import { playTranscript } from './run-transcript.ts';

/** The database URL that the pages use. */
const ADDRESS = 'postgres://me:secret@localhost/shop';

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Starts a server as `npm start` does, with default settings. */
async function start(properties: Readonly<Record<string, string>> = {}): Promise<string> {
  const sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0', ...properties },
    store: new MemoryStore(),
    env: testEnv(),
  });
  closers.push(() => sluice.close());
  return sluice.url;
}

async function shop(
  script: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; readonly database: pg.Client }> {
  const postgres = await startPostgres({ database: 'shop', user: 'me', password: 'secret', settings });
  closers.push(() => postgres.stop());
  const database = new pg.Client({ connectionString: postgres.url });
  database.on('error', () => {});
  await database.connect();
  closers.push(() => database.end().catch(() => {}));
  await database.query(script);
  return { url: postgres.url, database };
}

const page = (name: string): string => readFileSync(path.join(import.meta.dirname, '../..', name), 'utf8');

/**
 * The output of a page's statements, by the beginning of the statement. Each is typed as on the page, except for
 * addresses and paths.
 */
async function typed(
  url: string,
  text: string,
  replace: Readonly<Record<string, string>> = {},
): Promise<(beginning: string) => string> {
  const statements = statementsOf(text);
  for (const [from] of Object.entries(replace)) expect(text).toContain(from);
  const screens = await typeSlowly(
    url,
    statements.map((s) => Object.entries(replace).reduce((sum, [from, to]) => sum.replaceAll(from, to), s)),
  );
  return (beginning) => {
    const at = statements.findIndex((s) => s.startsWith(beginning));
    if (at < 0) throw new Error(`The page has no statement ${beginning}`);
    return screens[at]!;
  };
}

const USERS = `
  CREATE TABLE users (id int PRIMARY KEY, region text, updated_at timestamp NOT NULL DEFAULT '2020-01-01');
  INSERT INTO users SELECT n, 'Region_' || n % 3 FROM generate_series(1, 9) n;`;
const ORDERS = `
  CREATE TABLE orders (id int PRIMARY KEY, user_id int, amount numeric(10, 2), updated_at timestamp NOT NULL DEFAULT '2020-01-01');
  INSERT INTO orders SELECT n, n % 9 + 1, n FROM generate_series(1, 90) n;`;

/**
 * The pages that a newcomer follows, with default settings and two seconds between statements. The tests run
 * concurrently, because most of the time is waiting.
 */
describe.concurrent('typed as they stand', () => {
  test('README', async () => {
    const { url, database } = await shop(USERS);
    const shows = await typed(await start(), page('README.md'), { [ADDRESS]: url });
    expect(shows('CREATE TABLE views_by_region')).toContain('Created query');
    const views = shows('SELECT * FROM views_by_region');
    expect(views.match(/^ *Region_\d .*│ +\d+ *$/gm)).toHaveLength(10);
    expect(shows('CREATE SOURCE CONNECTOR shop')).toMatch(/CREATE TABLE IF NOT EXISTS SHOP_USERS/);
    expect(shows('CREATE SINK CONNECTOR back')).toContain('Created connector');
    await vi.waitFor(
      async () => {
        const { rows } = await database.query<Record<string, unknown>>('SELECT * FROM visits_of_users');
        expect(rows).toMatchObject([{ page: '/basket', region: 'Region_1' }]);
      },
      { timeout: 60_000, interval: 200 },
    );
  });

  test('quick start', async () => {
    const { url, database } = await shop(USERS + ORDERS);
    const shows = await typed(await start(), page('docs/guide/quick-start.md'), { [ADDRESS]: url });
    expect(shows('SHOW TABLES')).toMatch(/SHOP_ORDERS[\s\S]*SHOP_USERS/);
    expect(shows('SELECT * FROM shop_users').match(/Region_\d/g)).toHaveLength(3);
    const expected = await database.query<{ readonly line: string }>(
      `SELECT region || ' ' || count(*) || ' ' || sum(amount) AS line
       FROM orders JOIN users ON users.id = user_id GROUP BY region ORDER BY region`,
    );
    const found = shows('SELECT * FROM orders_by_region').matchAll(/^ *(Region_\d) *│ *(\d+) *│ *([\d.]+) *$/gm);
    expect([...found].map(([, region, n, amount]) => `${region} ${n} ${amount}`).toSorted()).toEqual(
      expected.rows.map((r) => r.line),
    );
    expect(shows('SELECT * FROM visits_of_users')).toMatch(/1 +│ *\/basket *│ *Region_1/);
    await vi.waitFor(
      async () => expect((await database.query('SELECT * FROM orders_by_region')).rows).toHaveLength(3),
      { timeout: 60_000, interval: 200 },
    );
  });

  test('console', async () => {
    const url = await start();
    const text = page('docs/guide/console.md');
    await typeSlowly(url, [
      "CREATE STREAM clicks (id INT) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);",
    ]);
    const cells = [...text.matchAll(/^\| (`.*?) \| /gm)].flatMap(([, cell]) => [...cell!.matchAll(/`(.*?)`/g)]);
    const commands = cells
      .flatMap(([, command]) => {
        const short = command!.replace(/ ?\[.*\]/, '');
        return short === command ? [command] : [short, command!.replace(/\[name\]/, 'clicks')];
      })
      // Omits commands that wait or exit, and those that need a server, connector or function of another name.
      .map((c) => (/^(?:jsonl?|csv|markdown|vertical)$/.test(c) ? `output ${c}` : c))
      // The keys that end a statement need one before them.
      .map((c) => c.replace(/^… /, 'SHOW STREAMS '))
      .filter((c) => !/watch|exit|^\\q$|\[|^\\d[cf] clicks/.test(c));
    expect(commands.length).toBeGreaterThan(20);
    const screen = await playTranscript(url, commands, 100, { 'file.sql': 'SHOW STREAMS;' });
    for (const command of commands) expect(screen, command).toContain(command);
    expect(screen).toContain('CLICKS');
    expect(screen).not.toMatch(/Unknown|Syntax Error|No help|no such/i);
    // `help` lists statements that contain the word FAILED.
    expect(screen).not.toMatch(/Failed|failed/);

    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-page-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, 'deploy.sql'), 'SHOW STREAMS;\nSHOW QUERIES;\n');
    const scripts = [...text.matchAll(/^ {4}sluice (cli .*)$/gm)].map(([, line]) => line!);
    expect(scripts).toHaveLength(3);
    for (const line of scripts) {
      const args = line.replace('host:8088', url).replace('deploy.sql', path.join(folder, 'deploy.sql'));
      const words = [...args.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
      const told = await new Promise<string>((resolve, reject) => {
        execFile(process.execPath, [COMPILED_MAIN, ...words], (error, stdout) =>
          error ? reject(error) : resolve(stdout),
        );
      });
      // There are no connectors, so CSV has no lines.
      expect(told).toMatch(line.endsWith('csv') ? /^$/ : /No queries|"queries"/);
    }
  });

  test('connectors', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-page-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, 'app.log'), 'one\ntwo\n');
    writeFileSync(
      path.join(folder, 'sold.jsonl'),
      '{"id":1,"customer":"ada","amount":10.50,"at":"2026-11-30T01:40:05Z"}\n{"id":2,"customer":"bob","amount":7,"at":1796002805000}\n',
    );
    const { url, database } = await shop(USERS + ORDERS);
    // The page's paths are relative to this folder.
    const server = await start({ 'connect.allowed.paths': folder });
    // What the page assumes: a table that is to be sent back, and a stream of page views.
    await typeSlowly(server, [
      "CREATE SOURCE CONNECTOR clicks WITH (connector='datagen', data='pageviews', topic='pageviews', rate=20);",
      "CREATE STREAM pageviews (viewtime BIGINT KEY, userid VARCHAR, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON');",
      'CREATE TABLE views_by_region AS SELECT userid AS region, COUNT(*) AS views FROM pageviews GROUP BY userid;',
    ]);
    const shows = await typed(server, page('docs/guide/connectors.md'), {
      [ADDRESS]: url,
      'jdbc:postgresql://localhost:5432/shop': `jdbc:postgresql://${new URL(url).host}/shop`,
    });
    expect(shows('CREATE SOURCE CONNECTOR my-postgres-jdbc')).toMatch(/CREATE TABLE IF NOT EXISTS \w*ORDERS/);
    expect(shows('CREATE TABLE users_original')).toContain('Table created');
    const [users] = await typeSlowly(server, ['SELECT * FROM users_original EMIT CHANGES LIMIT 9;']);
    expect(users!.match(/Region_\d/g)).toHaveLength(9);
    await vi.waitFor(
      async () => {
        const { rows } = await database.query<Record<string, unknown>>('SELECT * FROM views_by_region');
        expect(rows.length).toBeGreaterThan(3);
        expect(readFileSync(path.join(folder, 'out.txt'), 'utf8').split('\n').length).toBeGreaterThan(3);
      },
      { timeout: 60_000, interval: 200 },
    );
    const [lines] = await typeSlowly(server, ['SELECT * FROM lines;']);
    expect(lines).toMatch(/one\s+two/);
    expect(shows('CREATE STREAM sold')).not.toContain('WARNING');
    const [sold] = await typeSlowly(server, ['SELECT id, customer, amount, at, ROWTIME FROM sold;']);
    expect(sold).toMatch(/1 │ ada +│ +10\.50 │ 2026-11-30T01:40:05\.000 │ 1796002805000/);
    expect(sold).toMatch(/2 │ bob +│ +7\.00 │ 2026-11-30T01:40:05\.000 │ 1796002805000/);
  });

  test('SQL as code', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-page-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    for (const name of ['sql', 'tests']) mkdirSync(path.join(folder, name));
    const [block] = [...page('docs/guide/sql-as-code.md').matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, sql]) => sql!);
    writeFileSync(path.join(folder, 'tests/views.sql'), block!);
    // What the page assumes.
    writeFileSync(
      path.join(folder, 'sql/views.sql'),
      `CREATE STREAM views (page VARCHAR) WITH (kafka_topic='views', value_format='JSON', partitions=1);
       CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM views GROUP BY page;`,
    );
    const main = path.join(import.meta.dirname, '../../src/main.ts');
    const told = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['--import', 'tsx', main, 'test', path.join(folder, 'tests')], (error, out, errors) =>
        error ? reject(new Error(out + errors)) : resolve(out),
      );
    });
    expect(told).toMatch(/counts by page[\s\S]*knows its columns/);
  });

  test('change capture: a slot that is lost', async () => {
    const { url, database } = await shop(USERS, { wal_level: 'logical' });
    const server = await start();
    await typeSlowly(server, [
      `CREATE SOURCE CONNECTOR shop WITH (connector='postgres', url='${url}', tables='users');`,
    ]);
    const isActive = async (): Promise<unknown> =>
      (await database.query<{ readonly active: boolean }>('SELECT active FROM pg_replication_slots')).rows[0]?.active;
    // The slot is being read and the rows have arrived, so only the loss of the slot can lose what follows.
    await vi.waitFor(
      async () => {
        expect(await isActive()).toBe(true);
        const [rows] = await typeSlowly(server, ['SELECT id FROM shop_users;']);
        expect(rows).toContain('9 rows');
      },
      { timeout: 60_000, interval: 500 },
    );
    await typeSlowly(server, ['STOP CONNECTOR shop;']);
    await vi.waitFor(async () => expect(await isActive()).toBe(false), { timeout: 60_000, interval: 200 });
    await database.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
    await database.query("DELETE FROM users WHERE id = 1; UPDATE users SET region = 'Moon' WHERE id = 2");
    await typed(server, page('docs/operate/change-capture.md'));
    await typeSlowly(server, ['RESUME CONNECTOR shop;']);
    await vi.waitFor(
      async () => {
        const [rows] = await typeSlowly(server, ['SELECT id, region FROM shop_users;']);
        expect(rows).toMatch(/2 │ Moon/);
        expect(rows).toContain('8 rows');
      },
      { timeout: 60_000, interval: 500 },
    );
  });

  test('S3', async () => {
    if (!s3IsHere()) return expect(process.env['CI'], 'CI has a store').not.toBe('true');
    const store = await startS3();
    closers.push(() => store.remove());
    const shows = await typed(await start(), page('docs/guide/s3.md'), { 'http://localhost:9000': store.url });
    expect(shows('CREATE SINK CONNECTOR lake')).toContain('Created connector');
    const keys = await vi.waitFor(
      async () => {
        const found = await store.keys('raw/pageviews/');
        expect(found).not.toEqual([]);
        return found;
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(keys[0]).toMatch(
      /^raw\/pageviews\/year=\d{4}\/month=\d\d\/day=\d\d\/hour=\d\d\/pageviews\+\d\+0{10}\.parquet$/,
    );
    const bytes = await store.read(keys[0]!);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file });
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows)
      expect(row).toEqual({
        viewtime: expect.any(BigInt),
        userid: expect.stringMatching(/^User_/),
        pageid: expect.stringMatching(/^Page_/),
      });
  });

  test('Elasticsearch', async () => {
    if (!javaIsHere()) return expect(process.env['CI'], 'CI has Java').not.toBe('true');
    const search = await startOpenSearch();
    closers.push(() => search.remove());
    const shows = await typed(await start(), page('docs/guide/elasticsearch.md'), {
      'http://localhost:9200': search.url,
    });
    expect(shows('CREATE SINK CONNECTOR my-elastic-sink')).toContain(
      'The first record of topic my-table1 makes index my-table1: userid text, views long, last_seen date',
    );
    expect(shows('DESCRIBE CONNECTOR events')).toMatch(/RUNNING/);
    await vi.waitFor(
      async () => {
        const users = [...(await search.documents('my-table1')).values()];
        expect(users.length).toBeGreaterThan(3);
        for (const user of users)
          expect(user).toEqual({
            userid: expect.stringMatching(/^User_/),
            views: expect.any(Number),
            last_seen: expect.stringMatching(/^\d{4}-.*Z$/),
          });
        const events = await search.documents('logs-shop-clicks');
        expect([...events.keys()]).toContain('pageviews+0+0');
      },
      { timeout: 60_000, interval: 200 },
    );
  });

  test('HTTP', async () => {
    const service = await new HttpService().start();
    closers.push(() => service.halt());
    const server = await start();
    const shows = await typed(server, page('docs/guide/http.md'), { 'https://api.example.com': service.url });
    expect(shows('CREATE SINK CONNECTOR users')).toContain('Created connector');
    await vi.waitFor(
      () => {
        const rows = service.received.filter((r) => r.method === 'PUT');
        expect(rows.length).toBeGreaterThan(3);
        for (const { url, headers, body } of rows) {
          const row = JSON.parse(body) as { readonly userid: string };
          expect(row).toEqual({ userid: expect.stringMatching(/^User_/), views: expect.any(Number) });
          expect(url).toBe(`/users/${row.userid}`);
          expect(headers.authorization).toBe('Bearer abc');
        }
        const events = service.received
          .filter((r) => r.url === '/events')
          .flatMap((r) => JSON.parse(r.body) as object[]);
        expect(events.length).toBeGreaterThan(3);
        expect(Object.keys(events[0]!)).toEqual(['viewtime', 'userid', 'pageid']);
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(shows('CREATE SOURCE CONNECTOR hooks')).toMatch(
      /Send to POST \/hooks\/HOOKS[\s\S]*CREATE STREAM IF NOT EXISTS PAYMENTS/,
    );
    const body =
      '{"id":"e","type":"payment_intent.succeeded","created":1,"data":{"object":{"amount":250,"currency":"eur"}}}';
    const now = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', 'whsec_abc').update(`${now}.${body}`).digest('hex');
    const headers = { 'Stripe-Signature': `t=${now},v1=${signature}` };
    expect((await fetch(`${server}/hooks/HOOKS`, { method: 'POST', body, headers })).status).toBe(200);
    await vi.waitFor(
      async () => expect((await typeSlowly(server, ['SELECT * FROM paid;']))[0]).toMatch(/eur +│ *250/),
      {
        timeout: 60_000,
        interval: 200,
      },
    );
  });

  test('Redis', async () => {
    if (!redisIsHere()) return expect(process.env['CI'], 'CI has Redis').not.toBe('true');
    const server = await new RedisServer({ password: '' }).start();
    closers.push(() => server.remove());
    const shows = await typed(await start(), page('docs/guide/redis.md'), { 'redis://localhost:6379': server.url });
    expect(shows('CREATE SINK CONNECTOR cache').replaceAll(/\s+/g, ' ')).toContain(
      'A record of topic VIEWS is the hash views:KEY WARNING: A record of topic pageviews is an entry of the stream pageviews',
    );
    await vi.waitFor(
      async () => {
        const [key] = (await server.ask('KEYS', 'views:*')) as string[];
        expect(await server.ask('HGETALL', key ?? '')).toMatchObject({ views: expect.any(String) });
        const [entry] = (await server.ask('XRANGE', 'pageviews', '-', '+', 'COUNT', '1')) as [string, string[]][];
        expect(entry?.[1]).toEqual(expect.arrayContaining(['viewtime', 'userid', 'pageid']));
      },
      { timeout: 60_000, interval: 100 },
    );
  });

  test('MQTT', async () => {
    if (!mosquittoIsHere()) return expect(process.env['CI'], 'CI has Mosquitto').not.toBe('true');
    const server = await new MosquittoServer().start();
    closers.push(() => server.remove());
    const url = await start();
    const retained = await server.reader('rooms/#');
    closers.push(() => retained.close());
    const shows = await typed(url, page('docs/guide/mqtt.md'), {
      'mqtt://localhost:1883': server.url.replaceAll("'", "''"),
    });
    expect(shows('CREATE SOURCE CONNECTOR sensors')).toContain('CREATE STREAM IF NOT EXISTS READINGS');
    await vi.waitFor(
      async () => {
        await server.publish('sensors/kitchen', ['{"celsius":21.5}']);
        const body = JSON.stringify({ ksql: 'SELECT topic, hottest FROM rooms;', streamsProperties: {} });
        const answer = await fetch(`${url}/query`, { method: 'POST', body });
        expect(await answer.text()).toContain('["sensors/kitchen",21.5]');
        expect(retained.texts.join('\n')).toMatch(/"topic":"sensors\/kitchen".*"hottest":21\.5/);
      },
      { timeout: 60_000, interval: 300 },
    );
  });

  test('ClickHouse', async () => {
    if (!clickhouseIsHere()) return expect(process.env['CI'], 'CI has ClickHouse').not.toBe('true');
    const server = await new ClickHouseServer().start();
    closers.push(() => server.remove());
    const shows = await typed(await start(), page('docs/guide/clickhouse.md'), {
      'http://localhost:8123': server.url.replaceAll("'", "''"),
    });
    expect(shows('CREATE SINK CONNECTOR stats').replaceAll(/\s+/g, ' ')).toContain(
      'The first record of topic VIEWS makes table default.views: SELECT ... FINAL WHERE _deleted = 0 shows its rows',
    );
    await vi.waitFor(
      async () => {
        const [views] = await server.ask('SELECT count() AS n FROM views FINAL WHERE _deleted = 0 AND views > 0');
        const [events] = await server.ask('SELECT count() AS n FROM pageviews FINAL WHERE _offset >= 0');
        expect([Number(views!['n']) > 3, Number(events!['n']) > 3]).toEqual([true, true]);
      },
      { timeout: 60_000, interval: 200 },
    );
  });

  test('functions', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-page-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    const text = page('docs/guide/functions.md');
    writeFileSync(path.join(folder, 'shop.mjs'), /```js\n([\s\S]*?)```/.exec(text)![1]!);
    const server = await start({ 'ksql.extension.dir': folder });
    await typeSlowly(server, [
      "CREATE STREAM orders (item VARCHAR, price DOUBLE, country VARCHAR) WITH (kafka_topic='orders', value_format='JSON', partitions=1);",
    ]);
    const query = statementsOf(text)[0]!;
    expect(query).toContain('EMIT CHANGES;');
    const [[rows]] = await Promise.all([
      typeSlowly(server, [query.replace('EMIT CHANGES;', 'EMIT CHANGES LIMIT 1;')]),
      new Promise((resolve) => setTimeout(resolve, 2000)).then(() =>
        typeSlowly(server, ["INSERT INTO orders VALUES ('tea', 100, 'DE');"]),
      ),
    ]);
    expect(rows).toMatch(/tea +│ *1\d\d/);
  });

  test('SQL', async () => {
    const { url } = await shop(`
      CREATE TABLE users (id int PRIMARY KEY, name text, city text, age int, country text);
      INSERT INTO users VALUES (1, 'Ada', 'Rome', 36, 'IT'), (2, 'Bob', 'Rome', 20, 'IT'), (3, 'Cem', 'Oslo', 50, 'NO'), (4, 'Dot', 'Bonn', 9, 'DE');`);
    const server = await start();
    await typeSlowly(server, [
      `CREATE SOURCE CONNECTOR shop WITH (connector='postgres', url='${url}', tables='users');`,
      "CREATE STREAM orders (item VARCHAR, user_id INT) WITH (kafka_topic='orders', value_format='JSON', partitions=1);",
      "INSERT INTO orders VALUES ('tea', 1);",
      "INSERT INTO orders VALUES ('ice', 3);",
    ]);
    const shows = await typed(server, page('docs/guide/sql.md'));
    expect(shows('SELECT * FROM shop_users;')).toContain('4 rows');
    expect(shows('SELECT city, COUNT(*)')).toMatch(/Rome +│ *2 │ *28\.0/);
    expect(shows('SELECT DISTINCT country')).toMatch(/DE[\s\S]*IT[\s\S]*NO[\s\S]*3 rows/);
    expect(shows('SELECT o.item, u.name')).toMatch(/tea +│ *Ada[\s\S]*1 row/);
  });

  test('REST', async () => {
    const server = await start();
    const commands = [...page('docs/guide/rest.md').matchAll(/^ {4}(?:\$ )?(curl .*)$/gm)].map(
      ([, command]) => command!,
    );
    expect(commands.length).toBeGreaterThan(6);
    const answers = new Map<string, Promise<string>>();
    for (const command of commands) {
      const here = command.replaceAll('localhost:8088', new URL(server).host);
      if (here.includes('localhost:8083')) continue;
      // A push query continues until its client disconnects.
      answers.set(command, shell(here, 2000 * commands.length));
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    const answerTo = (part: string): Promise<string> => answers.get(commands.find((c) => c.includes(part))!)!;
    expect(await answerTo('SHOW TABLES')).toContain('"@type":"tables"');
    expect(await answerTo('CREATE STREAM s')).toContain('"SUCCESS"');
    expect(await answerTo('inserts-stream')).toMatch(/"ok"[\s\S]*"ok"/);
    expect(await answerTo('EMIT CHANGES')).toMatch(/\[1,2\]\n\[2,3\]/);
    expect(await answerTo('DESCRIBE nosuch')).toContain("Could not find STREAM/TABLE 'NOSUCH'");
  });

  test('the client', async () => {
    const server = await start();
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-page-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    const script = /```ts\n([\s\S]*?)```/.exec(page('docs/guide/client.md'))![1]!;
    const file = path.join(folder, 'page.mts');
    const root = path.join(import.meta.dirname, '../..');
    writeFileSync(
      file,
      script
        .replace("'sluice/client'", JSON.stringify(path.join(root, 'src/client/index.ts')))
        .replace('http://localhost:8088', server),
    );
    const shown = await shell(`cd ${root} && ${process.execPath} --import tsx ${file} 2>&1`, 60_000);
    expect(shown).toContain('1 1152921504606846976n');
    expect(shown).toMatch(/^STATEMENT 1 \d+/m);
  });
});

/** The output of a command within `ms` milliseconds. */
function shell(command: string, ms: number): Promise<string> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], { timeout: ms }, (_, stdout) => resolve(stdout));
  });
}
