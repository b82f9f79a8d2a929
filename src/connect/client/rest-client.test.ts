import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConnectRequestError, ConnectUnreachableError, type ConnectClient } from './api.ts';
import { restConnectClient, type HttpAnswer, type HttpRequest, type RestConnectOptions } from './rest-client.ts';

const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: 'application/json',
  text: body === undefined || body === null ? '' : JSON.stringify(body),
});
const STARTING: HttpAnswer = {
  status: 404,
  contentType: 'text/html;charset=iso-8859-1',
  text: '<html>HTTP ERROR 404</html>',
};

/** A client whose cluster gives these responses in turn (an Error: no response), and the requests it received. */
function scripted(
  answers: readonly (HttpAnswer | Error)[],
  options: Partial<RestConnectOptions> = {},
): { readonly client: ConnectClient; readonly asked: HttpRequest[]; readonly pauses: number[] } {
  const asked: HttpRequest[] = [];
  const pauses: number[] = [];
  const rest = [...answers];
  const client = restConnectClient({
    urls: ['http://one:8083'],
    send: (request) => {
      asked.push(request);
      const next = rest.length > 1 ? rest.shift()! : rest[0]!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    sleep: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
    timeoutMs: 5000,
    ...options,
  });
  return { client, asked, pauses };
}

describe('health', () => {
  const sick = json(500, { status: 'unhealthy', message: 'Worker was unable to handle this request' });
  const well = json(200, { status: 'healthy', message: 'Worker has completed startup' });

  test('what the worker says against itself, until it is well again', async () => {
    const { client, asked } = scripted([sick, well], { sleep: () => new Promise(() => undefined) });
    expect(await client.sickness?.()).toBe('Worker was unable to handle this request');
    expect(asked[0]).toMatchObject({ method: 'GET', url: 'http://one:8083/health' });
    expect(await client.sickness?.()).toBeUndefined();
  });

  test.each([
    ['a worker before 3.9', json(404, { error_code: 404, message: 'HTTP 404 Not Found' })],
    ['a worker that is starting', json(503, { status: 'starting', message: 'Worker is still starting up.' })],
    ['a page', STARTING],
    ['nobody', new Error('connect ECONNREFUSED')],
  ])('nothing is said for %s', async (_, answer) => {
    const { client } = scripted([answer], { sleep: () => new Promise(() => undefined) });
    expect(await client.sickness?.()).toBeUndefined();
  });

  test('an answer that takes long is that of the next question', async () => {
    let tell!: (answer: HttpAnswer) => void;
    const { client } = scripted([well], { send: () => new Promise((resolve) => (tell = resolve)) });
    expect(await client.sickness?.()).toBeUndefined();
    tell(sick);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await client.sickness?.()).toContain('unable');
  });
});

describe('patience', () => {
  const refused = (status: number, message: string): HttpAnswer => json(status, { error_code: status, message });

  test.each([
    ['a worker that is starting', STARTING],
    ['a rebalance', refused(409, 'Cannot complete request because of a conflicting operation (e.g. worker rebalance)')],
    ['a stale configuration', refused(409, 'Cannot complete request momentarily due to stale configuration')],
    ['a rebalance, as 500', refused(500, 'Request cannot be completed because a rebalance is expected')],
    ['a slow worker', refused(500, 'Request timed out. The worker is currently ensuring membership in the cluster')],
    ['a proxy', { status: 503, contentType: 'text/plain', text: 'upstream' }],
    ['nobody', new Error('connect ECONNREFUSED')],
  ])('%s', async (_name, answer) => {
    const { client, asked, pauses } = scripted([answer, answer, json(200, {})]);
    await client.pause('c');
    expect(asked.length).toBe(3);
    expect(pauses).toEqual([100, 200]);
  });

  test('refusals that stay are not asked again', async () => {
    for (const [status, message] of [
      [400, 'Connector configuration is invalid and contains the following 1 error(s):\nx'],
      [404, 'Connector nope not found'],
      [409, 'Connector jdbc-source already exists'],
      [500, 'Cannot invoke "java.util.Map.get(Object)" because "config" is null'],
    ] as const) {
      const { client, asked } = scripted([refused(status, message)]);
      await expect(client.info('c')).rejects.toThrow(new ConnectRequestError(status, message));
      expect(asked.length).toBe(1);
    }
  });

  test('it ends: with the last refusal, or as unreachable', async () => {
    const busy = scripted([refused(409, 'worker rebalance')], { attempts: 3 });
    await expect(busy.client.pause('c')).rejects.toThrow(new ConnectRequestError(409, 'worker rebalance'));
    expect(busy.asked.length).toBe(3);
    const gone = scripted([new Error('connect ECONNREFUSED')], {
      attempts: 2,
      urls: ['http://one:1', 'http://two:2/x/'],
    });
    await expect(gone.client.pause('c')).rejects.toThrow(
      new ConnectUnreachableError(
        'No Kafka Connect worker answers: http://one:1: connect ECONNREFUSED; http://two:2/x: connect ECONNREFUSED',
      ),
    );
    expect(gone.asked.map((r) => r.url)).toEqual([
      'http://one:1/connectors/c/pause',
      'http://two:2/x/connectors/c/pause',
      'http://one:1/connectors/c/pause',
      'http://two:2/x/connectors/c/pause',
    ]);
  });

  test('the worker that answered is asked first', async () => {
    const { client, asked } = scripted([new Error('down'), json(202, null), json(202, null)], {
      urls: ['http://one:1', 'http://two:2'],
    });
    await client.pause('a');
    await client.pause('b');
    expect(asked.map((r) => r.url.slice(0, 10))).toEqual(['http://one', 'http://two', 'http://two']);
  });

  test('a connector whose creation was not answered is ours when it is as we wanted it', async () => {
    const info = { name: 'c', config: { 'connector.class': 'X', a: '1', name: 'c' }, tasks: [], type: 'source' };
    const exists = refused(409, 'Connector c already exists');
    const lost = scripted([new Error('timed out'), exists, json(200, info)]);
    expect(await lost.client.create('c', { 'connector.class': 'X', a: '1' })).toEqual(info);
    const other = scripted([new Error('timed out'), exists, json(200, { ...info, config: { a: '2' } })]);
    await expect(other.client.create('c', { a: '1' })).rejects.toThrow('already exists');
    const first = scripted([exists]);
    await expect(first.client.create('c', { a: '1' })).rejects.toThrow('already exists');
  });

  test('a new connector without a status is UNASSIGNED', async () => {
    const { client } = scripted([
      refused(404, 'No status found for connector c'),
      json(200, { name: 'c', config: {}, tasks: [], type: 'sink' }),
    ]);
    expect(await client.status('c')).toEqual({
      name: 'c',
      connector: { state: 'UNASSIGNED', worker_id: '' },
      tasks: [],
      type: 'sink',
    });
  });
});

describe('who asks', () => {
  const header = async (options: Partial<RestConnectOptions>): Promise<Readonly<Record<string, string>>> => {
    const { client, asked } = scripted([json(200, [])], options);
    await client.plugins();
    return asked[0]!.headers;
  };
  test('credentials of the URL, of the file before them, headers', async () => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    expect((await header({}))['Authorization']).toBeUndefined();
    expect((await header({ urls: ['http://u:p%40s@one:1'] }))['Authorization']).toBe(basic('u:p@s'));
    const credentials = () => Promise.resolve({ user: 'a', password: 'b:c' });
    expect((await header({ urls: ['http://u:p@one:1'], credentials }))['Authorization']).toBe(basic('a:b:c'));
    expect((await header({ headers: { 'X-Team': 'blue' } }))['X-Team']).toBe('blue');
  });
  test('Connect’s port where none is given; secrets stay out of messages', async () => {
    const { client, asked } = scripted([new Error('no')], { urls: ['http://u:secret@connect/base/'], attempts: 1 });
    await expect(client.plugins()).rejects.toThrow(/answers: http:\/\/connect:8083\/base: no$/);
    expect(asked[0]!.url).toBe('http://connect:8083/base/connector-plugins?connectorsOnly=true');
    const refused = scripted([{ status: 401, contentType: 'text/plain', text: 'User cannot access the resource.' }]);
    await expect(refused.client.plugins()).rejects.toThrow(/refused the credentials \(HTTP status 401\)/);
  });
});

/** Responses of a real cluster: every request that the client makes must be among the recorded ones. */
describe('recorded exchanges', () => {
  interface Exchange {
    readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
    readonly response: {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: unknown;
    };
  }
  const folder = new URL('../../../test/data/connect-rest/', import.meta.url);
  const exchange = (name: string): Exchange =>
    JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Exchange;

  async function replay(name: string, call: (client: ConnectClient) => Promise<unknown>): Promise<unknown> {
    const { request, response } = exchange(name);
    const { client, asked } = scripted(
      [
        {
          status: response.status,
          contentType: response.headers['Content-Type'] ?? '',
          text:
            typeof response.body === 'string'
              ? response.body
              : response.body === null
                ? ''
                : JSON.stringify(response.body),
        },
      ],
      { attempts: 1 },
    );
    try {
      return await call(client);
    } finally {
      const { method, url, body } = asked[0]!;
      expect({
        method,
        path: url.slice('http://one:8083'.length),
        body: body === undefined ? null : JSON.parse(body),
      }).toEqual({
        method: request.method,
        path: request.path,
        body: request.body,
      });
    }
  }
  const bodyOf = (name: string): unknown => exchange(name).response.body;

  test('are all there', () => {
    expect(readdirSync(folder).length).toBeGreaterThan(15);
  });

  test('reading', async () => {
    expect(await replay('connectors-one-expanded', (c) => c.list())).toEqual(bodyOf('connectors-one-expanded'));
    expect(await replay('connector', (c) => c.info('jdbc-source'))).toEqual(bodyOf('connector'));
    expect(await replay('connector-config', (c) => c.config('jdbc-source'))).toEqual(bodyOf('connector-config'));
    expect(await replay('status-task-failed', (c) => c.status(nameIn('status-task-failed')))).toEqual(
      bodyOf('status-task-failed'),
    );
    expect(await replay('connector-topics', (c) => c.topics('jdbc-source'))).toEqual(['jdbc-users']);
    expect(await replay('unknown-connector-topics', (c) => c.topics(nameIn('unknown-connector-topics')))).toEqual([]);
    expect(await replay('connector-offsets-source', (c) => c.offsets(nameIn('connector-offsets-source')))).toEqual(
      (bodyOf('connector-offsets-source') as { offsets: unknown }).offsets,
    );
  });

  test('changing', async () => {
    const { request } = exchange('create-jdbc-source');
    const { name, config } = request.body as { name: string; config: Record<string, string> };
    expect(await replay('create-jdbc-source', (c) => c.create(name, config))).toEqual(bodyOf('create-jdbc-source'));
    for (const [recorded, call] of [
      ['pause', (c: ConnectClient, n: string) => c.pause(n)],
      ['resume', (c: ConnectClient, n: string) => c.resume(n)],
      ['stop', (c: ConnectClient, n: string) => c.stop(n)],
      ['delete', (c: ConnectClient, n: string) => c.delete(n)],
      ['restart-with-tasks', (c: ConnectClient, n: string) => c.restart(n, { includeTasks: true })],
      ['restart-task', (c: ConnectClient, n: string) => c.restartTask(n, 0)],
    ] as const)
      expect(await replay(recorded, (c) => call(c, nameIn(recorded)))).toBeUndefined();
    expect(await replay('offsets-reset', (c) => c.deleteOffsets('jdbc-source'))).toMatch(
      /have been reset successfully/,
    );
    const patch = exchange('config-patch').request.body as Record<string, string>;
    expect(await replay('config-patch', (c) => c.patchConfig('jdbc-source', patch))).toEqual(bodyOf('config-patch'));
  });

  test('refusals', async () => {
    const { body } = exchange('create-refused-name-exists').request;
    const { name, config } = body as { name: string; config: Record<string, string> };
    await expect(replay('create-refused-name-exists', (c) => c.create(name, config))).rejects.toThrow(
      new ConnectRequestError(409, 'Connector jdbc-source already exists'),
    );
    await expect(replay('unknown-connector-get', (c) => c.info(nameIn('unknown-connector-get')))).rejects.toThrow(
      new ConnectRequestError(404, `Connector ${nameIn('unknown-connector-get')} not found`),
    );
  });

  function nameIn(recorded: string): string {
    return exchange(recorded).request.path.split(/[/?]/)[2]!;
  }
});
