import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { testEnv } from '../support/env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { queryRows } from '../support/query-rows.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
    store: new MemoryStore(),
    env: testEnv(),
  });
});
afterAll(async () => {
  await sluice.close();
});

type Headers = Readonly<Record<string, string>>;

async function send(url: string, name: string, body: string | Uint8Array, headers: Headers = {}) {
  const answer = await fetch(`${url}/hooks/${name}`, { method: 'POST', headers, body: body as string });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as Record<string, unknown> };
}

const post = (name: string, body: string | Uint8Array, headers: Headers = {}) => send(sluice.url, name, body, headers);

async function rows(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}

/**
 * Creates a connector and waits until its URL accepts a request, because the connector starts after CREATE has
 * responded.
 */
async function create(name: string, settings: string): Promise<void> {
  await sluice.engine.execute(`CREATE SOURCE CONNECTOR ${name} WITH (connector='webhook', ${settings});`);
  await eventually(async () => (await post(name, '{', {})).status !== 503);
}

const sign = (secret: string | Buffer, text: string, encoding: 'hex' | 'base64' = 'hex'): string =>
  createHmac('sha256', secret).update(text).digest(encoding);

test('one statement: an address, and a stream of what is sent to it; answered when it can be read', async () => {
  const [created] = await sluice.engine.execute(
    "CREATE SOURCE CONNECTOR hooks WITH (connector='webhook', topic='events');",
  );
  expect(JSON.stringify(created)).toMatch(/Send to POST \/hooks\/HOOKS of this server/);
  expect(JSON.stringify(created)).toMatch(/CREATE STREAM IF NOT EXISTS EVENTS \(VALUE (?:VARCHAR|STRING)\)/);
  await eventually(async () => (await post('hooks', '{', {})).status === 400);
  // Digits beyond the precision of a double, and blanks, are kept as they were sent.
  const text = '{ "n": 12345678901234567890.10,\n "t": "Ä" }';
  const answer = await post('HOOKS?source=x', text, {
    'X-Event': 'order',
    Authorization: 'Basic YTpi',
    'Idempotency-Key': 'a',
  });
  expect([answer.status, answer.body]).toEqual([200, { ok: true }]);
  expect(await rows("SELECT value, EXTRACTJSONFIELD(value, '$.t') FROM events;")).toEqual([[text, 'Ä']]);
  await sluice.engine.execute(
    "CREATE STREAM with_headers (value VARCHAR, event BYTES HEADER('x-event'), login BYTES HEADER('authorization')) WITH (kafka_topic='events', value_format='KAFKA');",
  );
  // The topic contains the body unchanged.
  expect(await rows("SELECT value, FROM_BYTES(event, 'utf8'), login FROM with_headers;")).toEqual([
    [text, 'order', null],
  ]);
  // The same delivery again, and another one.
  expect((await post('hooks', text, { 'Idempotency-Key': 'a' })).body).toEqual({ ok: true, duplicate: true });
  expect((await post('hooks', '2', { 'Idempotency-Key': 'b' })).body).toEqual({ ok: true });
  expect(await rows('SELECT value FROM events;')).toEqual([[text], ['2']]);
});

test('columns are those of the SQL; what does not fit is refused at the door, and ends nothing', async () => {
  await create(
    'orders',
    "topic='orders', columns='id BIGINT, price DECIMAL(10, 2), `at` TIMESTAMP, customer STRUCT<name VARCHAR>, tags ARRAY<VARCHAR>'",
  );
  const order =
    '{"ID":9007199254740993,"price":12.50,"at":"2024-05-17T09:30:00Z","customer":{"name":"Ann"},"tags":["x"],"more":1}';
  expect((await post('orders', order)).status).toBe(200);
  const refused = async (body: string) => {
    const { status, body: answer } = await post('orders', body);
    expect(status).toBe(400);
    return answer['message'];
  };
  expect(await refused('{"id":"seven"}')).toBe('member ID is the text "seven", and the column is BIGINT');
  expect(await refused('{"price":1.234}')).toMatch(
    /member PRICE is a number that does not fit, and the column is DECIMAL/,
  );
  expect(await refused('[]')).toBe('the body is no object of JSON');
  expect(await refused('{"id":1')).toMatch(/^the body is no JSON/);
  expect((await post('orders', '{}')).status).toBe(200);
  expect(await rows('SELECT id, CAST(price AS VARCHAR), customer->name, tags FROM orders;')).toEqual([
    [9007199254740993n, '12.50', 'Ann', ['x']],
    [null, null, null, null],
  ]);
});

test('signatures: those of GitHub, Stripe, Slack, Shopify, Standard Webhooks and of anybody; no other body, no other time', async () => {
  const body = '{"id":"evt_1","event_id":"Ev1"}';
  const now = Math.floor(Date.now() / 1000);
  const key = Buffer.from('a key of some bytes');
  const cases: readonly (readonly [scheme: string, secret: string, more: string, good: (t: number) => Headers])[] = [
    ['github', 'gh', '', () => ({ 'X-Hub-Signature-256': `sha256=${sign('gh', body)}`, 'X-GitHub-Delivery': 'd1' })],
    ['stripe', 'st', '', (t) => ({ 'Stripe-Signature': `t=${t},v1=00,v1=${sign('st', `${t}.${body}`)},v0=x` })],
    [
      'slack',
      'sl',
      '',
      (t) => ({ 'X-Slack-Request-Timestamp': String(t), 'X-Slack-Signature': `v0=${sign('sl', `v0:${t}:${body}`)}` }),
    ],
    [
      'shopify',
      'sh',
      '',
      () => ({ 'X-Shopify-Hmac-Sha256': sign('sh', body, 'base64'), 'X-Shopify-Webhook-Id': 'w1' }),
    ],
    [
      'standard',
      `whsec_${key.toString('base64')}`,
      '',
      (t) => ({
        'webhook-id': 'm1',
        'webhook-timestamp': String(t),
        'webhook-signature': `v1,AA== v1,${sign(key, `m1.${t}.${body}`, 'base64')}`,
      }),
    ],
    [
      'hmac',
      'hm',
      ", 'hmac.header'='X-Sig', 'hmac.prefix'='h='",
      () => ({ 'X-Sig': `h=${sign('hm', body)}`, 'Idempotency-Key': 'i1' }),
    ],
  ];
  for (const [scheme, secret, more, good] of cases) {
    const name = `s_${scheme}`;
    await create(name, `topic='${name}', signed='${scheme}', secret='${secret}'${more}`);
    expect((await post(name, body, {})).status, scheme).toBe(401);
    expect((await post(name, `${body} `, good(now))).status, scheme).toBe(401);
    expect((await post(name, body, good(now))).body, scheme).toEqual({ ok: true });
    expect((await post(name, body, good(now))).body, scheme).toEqual({ ok: true, duplicate: true });
    if (['stripe', 'slack', 'standard'].includes(scheme))
      expect((await post(name, body, good(now - 400))).status, scheme).toBe(401);
    expect(await rows(`SELECT value FROM ${name};`), scheme).toEqual([[body]]);
  }
  const challenge = '{"type":"url_verification","challenge":"abc"}';
  const slack = {
    'X-Slack-Request-Timestamp': String(now),
    'X-Slack-Signature': `v0=${sign('sl', `v0:${now}:${challenge}`)}`,
  };
  expect((await post('s_slack', challenge, slack)).body).toEqual({ challenge: 'abc' });
  // While senders change to another secret, both secrets are valid.
  await create('s_two', "topic='s_two', secret='new', 'secret.before'='old'");
  expect((await post('s_two', body, { 'X-Signature': sign('old', body) })).status).toBe(200);
  const shown = JSON.stringify(await sluice.engine.execute('DESCRIBE CONNECTOR s_two;'));
  expect(shown).not.toMatch(/"(?:new|old)"/);
});

test('too large, packed, for nobody, for a connector that is paused: each is told', async () => {
  await create('small', "topic='small', 'max.body.bytes'=10, 'body.format'='text'");
  expect((await post('small', 'x'.repeat(11))).status).toBe(413);
  expect((await post('small', 'x'.repeat(10))).status).toBe(200);
  expect((await post('small', new Uint8Array([0xff]))).status).toBe(400);
  expect((await post('small', 'x', { 'Content-Encoding': 'gzip' })).status).toBe(415);
  expect((await post('nobody', 'x')).status).toBe(404);
  expect((await fetch(`${sluice.url}/hooks/small`)).status).toBe(405);
  await sluice.engine.execute('PAUSE CONNECTOR small;');
  const paused = await eventually(async () => {
    const answer = await post('small', 'y');
    return answer.status === 503 && answer;
  });
  expect(paused.headers.get('retry-after')).toBe('10');
  expect(paused.body['message']).toMatch(/SMALL (?:is paused|does not run)/);
  await sluice.engine.execute('RESUME CONNECTOR small;');
  await eventually(async () => (await post('small', 'z')).status === 200);
  await sluice.engine.execute('DROP CONNECTOR small;');
  expect((await post('small', 'x')).status).toBe(404);
});

test('more than may wait is answered 503, and what was answered 200 is there', async () => {
  await create('busy', "topic='busy', 'queue.max.records'=1, 'body.format'='text', 'key.header'='X-Key'");
  // The requests that `create` sent to find out whether it is running.
  const before = (await rows('SELECT value FROM busy;')).length;
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, i) => post('busy', `n${i}`, { 'X-Key': `k${i % 3}`, 'Idempotency-Key': `n${i}` })),
  );
  const taken = answers.flatMap((a, i) => (a.status === 200 ? [`n${i}`] : []));
  expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200, 503]));
  for (const a of answers.filter((one) => one.status === 503)) expect(a.headers.get('retry-after')).toBe('5');
  const found = (await rows('SELECT value FROM busy;')).slice(before).map(([value]) => String(value));
  expect(found.toSorted()).toEqual(taken.toSorted());
});

test('what is wrong is said at creation, at its setting', async () => {
  const refused = (settings: string) =>
    sluice.engine.execute(`CREATE SOURCE CONNECTOR wrong WITH (connector='webhook', ${settings});`).then(
      () => 'accepted',
      (error: unknown) => (error as { readonly error: Error }).error.message,
    );
  expect(await refused("signed='none'")).toMatch(/topic/);
  expect(await refused("topic='t', signed='github'")).toMatch(/secret - .*signed as github/);
  expect(await refused("topic='t', signed='gitub', secret='x'")).toMatch(/signed - .*Did you mean/);
  expect(await refused("topic='t', columns='id NUMBER'")).toMatch(/columns - .*expected a type at position/);
  expect(await refused("topic='t', columns='id INT', 'body.format'='text'")).toMatch(/columns - /);
});

test('with users: who may write, or a signature; a reader is refused', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-hooks-'));
  writeFileSync(path.join(folder, 'users'), 'ann: secret,admin\nrob: secret,reader\n');
  const guarded = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'authentication.method': 'BASIC',
      'authentication.realm': path.join(folder, 'users'),
    },
    store: new MemoryStore(),
    env: testEnv(),
  });
  try {
    await guarded.engine.execute(`
      CREATE SOURCE CONNECTOR plain WITH (connector='webhook', topic='plain');
      CREATE SOURCE CONNECTOR signed WITH (connector='webhook', topic='signed', secret='s');`);
    const login = (user: string): Headers => ({
      Authorization: `Basic ${Buffer.from(`${user}:secret`).toString('base64')}`,
    });
    await eventually(async () => (await send(guarded.url, 'plain', '1', login('ann'))).status === 200);
    const stranger = await send(guarded.url, 'plain', '1');
    expect(stranger.status).toBe(401);
    expect(stranger.headers.get('www-authenticate')).toMatch(/Basic/i);
    expect((await send(guarded.url, 'plain', '1', login('rob'))).status).toBe(401);
    await eventually(
      async () => (await send(guarded.url, 'signed', '1', { 'X-Signature': sign('s', '1') })).status === 200,
    );
    expect((await send(guarded.url, 'signed', '1', login('ann'))).status).toBe(401);
  } finally {
    await guarded.close();
    rmSync(folder, { recursive: true });
  }
});

test('kill -9 of Sluice under load: what was answered 200 is there, once, though senders send again', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-hooks-crash-'));
  const server = await ServerProcess.create(folder);
  try {
    await server.start();
    await server.execute("CREATE SOURCE CONNECTOR hooks WITH (connector='webhook', topic='events');");
    const done = new Set<number>();
    let next = 0;
    let over = false;
    // Eight senders, each of which resends a delivery until it receives a 200.
    const sender = async (): Promise<void> => {
      while (!over) {
        const n = next++;
        for (;;) {
          const answer = await send(server.url, 'hooks', `{"n":${n}}`, { 'Idempotency-Key': `n${n}` }).catch(
            () => undefined,
          );
          if (answer?.status === 200) break;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        done.add(n);
      }
    };
    const senders = Array.from({ length: 8 }, sender);
    for (let kill = 0, seen = 0; kill < 3; kill++) {
      await eventually(() => done.size > seen + 100);
      seen = done.size;
      await server.kill();
      await server.start();
    }
    over = true;
    await Promise.all(senders);
    const found = (await server.rows("SELECT CAST(EXTRACTJSONFIELD(value, '$.n') AS INT) FROM events;")).map(([n]) =>
      Number(n),
    );
    expect(found.toSorted((a, b) => a - b)).toEqual([...done].toSorted((a, b) => a - b));
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true });
  }
});
