import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { JSON_CONVERTER, STRING_CONVERTER } from '../support/converters.ts';
import { crashUnderLoad, PAGEVIEWS } from '../support/pageviews.ts';
import { withServerProcess } from '../support/server-process.ts';
import { HttpService, type Received } from '../support/http-service.ts';
import { sinkSuite } from '../support/sink-suite.ts';

const CLASS = 'io.confluent.connect.http.HttpSinkConnector';

sinkSuite('http', async () => {
  const service = await new HttpService().start();
  // What the service stores of the requests that it accepted.
  const texts = new Map<string, string>();
  const arrivals: string[] = [];
  service.answer = ({ headers, body }, response) => {
    if (body === 'poison') {
      response.statusCode = 422;
      return void response.end('{"error":"no such text"}');
    }
    const id = String(headers['idempotency-key']);
    if (!texts.has(id)) arrivals.push(body);
    texts.set(id, body);
    response.end();
  };
  return {
    config: {
      'connector.class': CLASS,
      'http.api.url': `${service.url}/messages`,
      'key.converter': STRING_CONVERTER,
      'value.converter': STRING_CONVERTER,
      'retry.backoff.ms': '50',
      'max.retries': '1',
      'max.in.flight.requests': '1',
    },
    record: (n, text) => [String(n), text],
    // Exactly once, because the service deduplicates requests by their keys.
    keeps: 'each record once',
    poison: ['9', 'poison'],
    read: async () => arrivals,
    wrong: [
      { change: { 'http.api.url': 'http://localhost:1' }, names: 'http.api.url' },
      { change: { 'http.api.url': 'ftp://localhost' }, names: 'http.api.url' },
      { change: { 'http.api.url': 'http://${topic}/x' }, names: 'http.api.url' },
      { change: { 'http.api.url': '' }, names: 'http.api.url' },
      { change: { 'request.method': 'GET' }, names: 'request.method' },
      { change: { headers: 'no colon' }, names: 'headers' },
      { change: { 'retry.on.status.codes': '4xx' }, names: 'retry.on.status.codes' },
      { change: { 'regex.patterns': '[', 'regex.replacements': '' }, names: 'regex.patterns' },
      { change: { 'regex.patterns': 'a~b', 'regex.replacements': 'x~y~z' }, names: 'regex.replacements' },
      { change: { 'auth.type': 'BEARER' }, names: 'bearer.token' },
      { change: { 'auth.type': 'OAUTH2' }, names: 'oauth2.token.url' },
      { change: { 'http.proxy.host': 'proxy' }, names: 'http.proxy.host' },
      { change: { 'batch.key.pattern': '${key' }, names: 'batch.key.pattern' },
    ],
    outage: { away: () => service.halt(), back: async () => void (await service.start()) },
    close: () => service.halt(),
  };
});

describe('the HTTP sink', () => {
  let service: HttpService;
  let harness: Harness;
  beforeEach(async () => {
    service = await new HttpService().start();
    harness = await new Harness({}, undefined, 20).start();
  });
  afterEach(async () => {
    await harness.close();
    await service.halt();
  });

  const base = (more: Record<string, string> = {}): Record<string, string> => ({
    'connector.class': CLASS,
    'http.api.url': `${service.url}/t`,
    topics: 't',
    'key.converter': STRING_CONVERTER,
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': 'false',
    ...more,
  });
  const create = (more: Record<string, string> = {}) => harness.herder.create('h', base(more));
  const received = (count: number): Promise<readonly Received[]> =>
    eventually(() => service.received.length >= count && service.received);
  const committed = (offset: number) => harness.committed('h', offset);
  const DEAD = {
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': 'dead',
    'errors.deadletterqueue.topic.replication.factor': '1',
    'errors.deadletterqueue.context.headers.enable': 'true',
  };
  const letters = (count: number) =>
    eventually(async () => {
      const found = await harness.read('dead');
      return found.length >= count && found;
    });

  test('one record a request: its JSON, a type, and a key that tells what comes twice', async () => {
    await harness.write('t', [['a', '{"n":1}']]);
    await create();
    const [request] = await received(1);
    expect(request).toMatchObject({
      method: 'POST',
      url: '/t',
      body: '{"n":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(request!.headers['idempotency-key']).toMatch(/^t-0-0-[\w-]{4,}$/);
    await committed(1);
    // A recreated topic starts at offset 0 again; its records are different ones.
    await harness.log.admin.deleteTopic('t');
    await harness.write('t', [['a', '{"n":2}']]);
    const [, other] = await received(2);
    expect(other!.headers['idempotency-key']).toMatch(/^t-0-0-[\w-]{4,}$/);
    expect(other!.headers['idempotency-key']).not.toBe(request!.headers['idempotency-key']);
  });

  test('what a record has stands in URL and headers; what it lacks is its error', async () => {
    await harness.write('t', [
      ['a/b c', '{"id":7,"who":{"name":"Ä"}}'],
      [null, '{"id":8,"who":{"name":"x"}}'],
      ['c', '{"id":9}'],
    ]);
    await create({
      ...DEAD,
      'http.api.url': `${service.url}/\${topic}/\${key}?id=\${id}`,
      headers: 'X-Who: ${who.name}; X-At: ${partition}/${offset}',
      'header.separator': ';',
      'request.method': 'put',
    });
    const dead = await letters(2);
    expect(service.received).toHaveLength(1);
    expect(service.received[0]).toMatchObject({
      method: 'PUT',
      url: '/t/a%2Fb%20c?id=7',
      headers: { 'x-who': 'Ä', 'x-at': '0/0' },
    });
    expect(dead.map((l) => l.headers['__connect.errors.exception.message'])).toEqual([
      expect.stringContaining('offset=1 makes no request: it has no key to stand for ${key}'),
      expect.stringContaining('offset=2 makes no request: it has nothing to stand for ${who.name}'),
    ]);
  });

  test('several in a request: prefix, separator, suffix; as a JSON list; not with others of another URL', async () => {
    const rows = [0, 1, 2].map((n) => [`k${n % 2}`, `{"n":${n}}`] as const);
    await harness.write('t', rows);
    await create({ 'batch.max.size': '10', 'batch.prefix': '<', 'batch.separator': '\\n', 'batch.suffix': ' >' });
    expect((await received(1))[0]!.body).toBe('<{"n":0}\n{"n":1}\n{"n":2} >');
    await harness.herder.delete('h');
    await create({ 'batch.max.size': '2', 'request.body.format': 'json', name: 'j' });
    await harness.herder.create('j', base({ 'batch.max.size': '2', 'request.body.format': 'json' }));
    await harness.herder.delete('h');
    const bodies = (await received(3)).slice(1).flatMap((r) => JSON.parse(r.body) as object[]);
    expect(bodies).toEqual([{ n: 0 }, { n: 2 }, { n: 1 }]);
    service.received.length = 0;
    await harness.herder.create('u', base({ 'batch.max.size': '9', 'http.api.url': `${service.url}/\${key}` }));
    await received(3);
    expect(service.received.map((r) => [r.url, r.body])).toEqual([
      ['/k0', '{"n":0}'],
      ['/k1', '{"n":1}'],
      ['/k0', '{"n":2}'],
    ]);
  });

  test('texts are replaced by patterns', async () => {
    await harness.write('t', [['k$1', '{"n":"abc"}']]);
    await create({ 'regex.patterns': '^(.)~c', 'regex.replacements': '["${topic}","${key}",$1~C' });
    expect((await received(1))[0]!.body).toBe('["t","k$1",{"n":"abC"}');
  });

  test('those of one key go one after the other, those of others side by side', async () => {
    const open = new Map<string, number>();
    const order: string[] = [];
    let most = 0;
    service.answer = async ({ body, together }, response) => {
      const { k, n } = JSON.parse(body) as { k: string; n: number };
      expect(open.get(k)).toBeUndefined();
      open.set(k, n);
      most = Math.max(most, together);
      await new Promise((resolve) => setTimeout(resolve, 5));
      open.delete(k);
      order.push(`${k}${n}`);
      response.end();
    };
    await harness.write(
      't',
      Array.from({ length: 60 }, (_, i) => [`k${i % 6}`, `{"k":"k${i % 6}","n":${Math.floor(i / 6)}}`] as const),
    );
    await create({ 'max.in.flight.requests': '4' });
    await committed(60);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    for (let k = 0; k < 6; k++)
      expect(order.filter((o) => o.startsWith(`k${k}`))).toEqual(Array.from({ length: 10 }, (_, n) => `k${k}${n}`));
  });

  test('what a service refuses goes to the dead letters, with its answer in short; the others of its request are sent', async () => {
    service.answer = ({ body }, response) => {
      response.statusCode = body.includes('bad') ? 400 : 200;
      response.end(`<html>\n  <b>not</b> this: ${'x'.repeat(1000)}</html>`);
    };
    await harness.write('t', [
      ['a', '"1"'],
      ['b', '"bad"'],
      ['c', '"3"'],
      ['d', '"4"'],
    ]);
    await create({ ...DEAD, 'batch.max.size': '10', 'request.body.format': 'json' });
    await committed(4);
    const [letter, ...more] = await letters(1);
    expect(more).toEqual([]);
    const message = letter!.headers['__connect.errors.exception.message']!;
    expect(message).toMatch(/offset=1 is refused by http:\S+: HTTP 400: not this: x{20,}…$/);
    expect(message.length).toBeLessThan(500);
    const taken = service.received
      .filter((r) => !r.body.includes('bad'))
      .flatMap((r) => JSON.parse(r.body) as string[]);
    expect(taken).toEqual(['1', '3', '4']);
  });

  test('a refusal that is no error is counted and shown', async () => {
    service.answer = (_, response) => {
      response.statusCode = 404;
      response.end('nobody here');
    };
    await harness.write('t', [
      ['a', '1'],
      ['b', '2'],
    ]);
    await create({ 'behavior.on.error': 'ignore' });
    await committed(2);
    expect(harness.herder.sql.remarks('h').join()).toMatch(
      /^2 records were refused by http:\S+ and left out; the first: topic=t partition=0 offset=0, HTTP 404: nobody here$/,
    );
  });

  test('too much is waited for as long as is asked, whatever max.retries says; an error of a record ends', async () => {
    let n = 0;
    service.answer = ({ body }, response) => {
      if (body === '"broken"') response.statusCode = 500;
      else if (n++ < 4) {
        response.statusCode = n % 2 === 0 ? 429 : 503;
        response.setHeader('Retry-After', '2');
      }
      response.end('busy');
    };
    await harness.write('t', [
      ['a', '"fine"'],
      ['a', '"broken"'],
      ['a', '"last"'],
    ]);
    const began = performance.now();
    await create({ ...DEAD, 'max.retries': '1', 'retry.backoff.ms': '1', 'request.body.format': 'json' });
    await eventually(() =>
      /takes no records now: HTTP (?:429|503): busy/.test(harness.herder.status('h').tasks[0]?.trace ?? ''),
    );
    await committed(3);
    // Four pauses of 2 s, with time running twenty times as fast.
    expect(performance.now() - began).toBeGreaterThan(350);
    expect(service.received.map((r) => r.body)).toEqual([
      ...Array<string>(5).fill('"fine"'),
      '"broken"',
      '"broken"',
      '"last"',
    ]);
    expect((await letters(1))[0]!.headers['__connect.errors.exception.message']).toMatch(
      /offset=1 is refused .*HTTP 500: busy, after 2 attempts/,
    );
    await eventually(() => harness.herder.status('h').tasks[0]?.trace === undefined);
  });

  test('records without a value: passed over, a DELETE, or an error', async () => {
    await harness.write('t', [
      ['a', '1'],
      ['a', null],
      ['b', '2'],
    ]);
    await create({ 'http.api.url': `${service.url}/\${key}`, 'behavior.on.null.values': 'delete' });
    await committed(3);
    expect(service.received.map((r) => `${r.method} ${r.url} ${r.body}`).toSorted()).toEqual([
      'DELETE /a ',
      'POST /a 1',
      'POST /b 2',
    ]);
    await harness.herder.delete('h');
    await harness.herder.create('n', base({ 'behavior.on.null.values': 'fail' }));
    const trace = await eventually(() => harness.herder.status('n').tasks[0]?.trace);
    expect(trace).toContain('offset=1 makes no request: it has no value');
  });

  test('who we are: basic, bearer, a key of an API; a stranger is told, loses no record, and is let in later without a restart', async () => {
    await harness.write('t', [['a', '1']]);
    const seen = async (name: string, more: Record<string, string>): Promise<Received> => {
      service.received.length = 0;
      await harness.herder.create(name, base(more));
      return (await received(1))[0]!;
    };
    const basic = `Basic ${Buffer.from('me:p:w').toString('base64')}`;
    const me = { 'connection.user': 'me', 'connection.password': 'p:w' };
    expect((await seen('a', me)).headers.authorization).toBe(basic);
    const inUrl = { 'http.api.url': `${service.url.replace('//', '//me:p%3Aw@')}/t` };
    expect((await seen('b', inUrl)).headers.authorization).toBe(basic);
    expect((await seen('c', { 'bearer.token': 'abc' })).headers.authorization).toBe('Bearer abc');
    expect((await seen('d', { 'api.key.value': 'abc' })).headers['x-api-key']).toBe('abc');
    const query = { 'api.key.value': 'a&b', 'api.key.name': 'key', 'api.key.location': 'query' };
    expect((await seen('e', query)).url).toBe('/t?key=a%26b');
    expect((await seen('f', { 'sensitive.headers': 'X-Secret: s' })).headers['x-secret']).toBe('s');
    service.answer = (_, response) => {
      response.statusCode = 401;
      response.end('who?');
    };
    await create({ ...DEAD, 'max.retries': '0' });
    const traceOf = (): string | undefined => harness.herder.status('h').tasks[0]?.trace;
    expect(await eventually(traceOf)).toMatch(/http:\S+ refuses access: HTTP 401: who\?/);
    expect(harness.herder.status('h').tasks[0]?.state).toBe('RUNNING');
    expect(await harness.read('dead')).toEqual([]);
    service.received.length = 0;
    service.answer = (_, response) => void response.end();
    await received(1);
    await eventually(() => traceOf() === undefined);
    expect(JSON.stringify(harness.herder.config('b'))).not.toContain('p%3Aw');
  });

  test('OAuth 2.0: one token for all, another when it is not taken any more', async () => {
    let tokens = 0;
    service.answer = ({ url, headers, body }, response) => {
      if (url === '/token') {
        expect(headers.authorization).toBe(`Basic ${Buffer.from('id:se%26cret').toString('base64')}`);
        expect(body).toBe('grant_type=client_credentials&scope=all');
        return void response.end(JSON.stringify({ tok: `t${++tokens}`, expires_in: 3600 }));
      }
      if (headers.authorization !== `Bearer t${tokens}` || (tokens === 1 && body === '3')) response.statusCode = 401;
      response.end();
    };
    await harness.write('t', [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    await create({
      'auth.type': 'oauth2',
      'oauth2.token.url': `${service.url}/token`,
      'oauth2.client.id': 'id',
      'oauth2.client.secret': 'se&cret',
      'oauth2.client.scope': 'all',
      'oauth2.token.property': 'tok',
      'max.in.flight.requests': '1',
    });
    await committed(3);
    // CREATE requested another token to verify that it can get one.
    expect(service.received.map((r) => `${r.url} ${r.body.slice(0, 1)}`)).toEqual([
      '/token g',
      '/token g',
      '/t 1',
      '/t 2',
      '/t 3',
      ...(tokens === 3 ? ['/token g', '/t 3'] : []),
    ]);
  });

  test("Aiven's class in its own words", async () => {
    await harness.write('t', [
      ['a', '{"n":1}'],
      ['b', '{"n":2}'],
    ]);
    await harness.herder.create('h', {
      'connector.class': 'io.aiven.kafka.connect.http.HttpSinkConnector',
      topics: 't',
      'http.url': `${service.url}/aiven`,
      'http.authorization.type': 'static',
      'http.headers.authorization': 'Token x',
      'http.headers.content.type': 'application/x-ndjson',
      'http.headers.additional': 'X-A:1,X-B:2',
      'batching.enabled': 'true',
      'http.timeout': '7',
      'key.converter': STRING_CONVERTER,
      'value.converter': JSON_CONVERTER,
      'value.converter.schemas.enable': 'false',
    });
    expect((await received(1))[0]).toMatchObject({
      url: '/aiven',
      body: '{"n":1}\n{"n":2}\n',
      headers: { authorization: 'Token x', 'content-type': 'application/x-ndjson', 'x-a': '1', 'x-b': '2' },
    });
  });

  const ORDERS: SinkSource = {
    name: 'ORDERS',
    isTable: true,
    topic: 't',
    key: [{ name: 'ID', type: 'STRING' }],
    value: [
      { name: 'PRICE', type: 'DECIMAL(10, 2)' },
      { name: 'AT', type: 'TIMESTAMP' },
    ],
    keyFormat: 'KAFKA',
    valueFormat: 'JSON',
  };

  test('of a SQL table: JSON with the columns of its key, exact numbers, ISO times; a row that goes is deleted', async () => {
    await harness.write('t', [
      ['o1', '{"PRICE":12.50,"AT":1700000000123}'],
      ['o1', null],
    ]);
    const short = { connector: 'http', url: `${service.url}/orders/\${key}`, sources: 'orders' };
    await harness.herder.create('s', harness.sinkConfig(short, [ORDERS]));
    await received(2);
    expect(service.received.map((r) => [r.method, r.url, r.body])).toEqual([
      ['POST', '/orders/o1', '{"id":"o1","price":12.50,"at":"2023-11-14T22:13:20.123Z"}'],
      ['DELETE', '/orders/o1', ''],
    ]);
  });
});

test('kill -9 of Sluice under load: each record arrives, in the order of its key; what comes twice has the same key', async () => {
  const service = await new HttpService().start();
  await withServerProcess(async (sluice) => {
    await sluice.execute(
      `${PAGEVIEWS}
       CREATE SINK CONNECTOR events WITH (connector='http', url='${service.url}/events', sources='pageviews');`,
      { 'auto.offset.reset': 'earliest' },
    );
    const count = (): number => service.received.length;
    await crashUnderLoad(3, 300, count, async () => {
      await sluice.kill();
      await sluice.start();
    });
    await sluice.execute('STOP CONNECTOR clicks;');
    const [[total]] = await eventually(async () => {
      const counted = await sluice.rows('SELECT COUNT(*) FROM pageviews;');
      return counted.length > 0 && (counted as [[number]]);
    });
    const byKey = new Map<string, Set<string>>();
    await eventually(() => {
      byKey.clear();
      for (const { headers, body } of service.received) {
        const key = String(headers['idempotency-key']);
        byKey.set(key, (byKey.get(key) ?? new Set()).add(body));
      }
      return byKey.size === total;
    });
    expect([...byKey.values()].filter((bodies) => bodies.size > 1)).toEqual([]);
    const offsets = [...byKey.keys()].map((key) => Number(/^pageviews-0-(\d+)-/.exec(key)![1]));
    expect(Math.max(...offsets)).toBe(total - 1);
  });
  await service.halt();
});
