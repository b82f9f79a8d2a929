import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourcePlugin } from '../../api/connector.ts';
import { Harness } from '../testing/harness.ts';

const key = (name: string, type: 'STRING' | 'PASSWORD') =>
  ({ name, type, default: null, importance: 'LOW', documentation: '' }) as const;
const secretive = (name: string): SourcePlugin => ({
  type: 'source',
  name,
  className: `test.${name}`,
  aliases: [],
  version: '1',
  doc: '',
  config: [key('connection.url', 'STRING'), key('connection.user', 'STRING'), key('connection.password', 'PASSWORD')],
  load: async () => ({
    createConnector: () => ({ start: async () => {}, taskConfigs: async () => [{}], stop: async () => {} }),
    createTask: () => {
      let ended: AbortSignal;
      return {
        start: async (_config, { signal }) => {
          ended = signal;
        },
        poll: () =>
          new Promise((resolve) => {
            if (ended.aborted) resolve([]);
            else ended.addEventListener('abort', () => resolve([]));
          }),
        stop: async () => {},
      };
    },
  }),
});

const STORED = {
  'connector.class': 'test.Secretive',
  'connection.url': 'postgresql://u:in-url@db:5432/shop',
  'connection.user': 'u',
  'connection.password': 'pw',
  'poll.interval.ms': '5',
  name: 'c',
};
const SHOWN = {
  ...STORED,
  'connection.url': 'postgresql://u:[hidden]@db:5432/shop',
  'connection.password': '[hidden]',
};

let harness: Harness;
beforeEach(async () => {
  harness = await new Harness({ connectors: [secretive('Secretive'), secretive('Other')] }).start();
  await harness.rest('POST', '/connectors', { name: 'c', config: STORED });
});
afterEach(() => harness.close());

const put = (config: object) => harness.rest('PUT', '/connectors/c/config', config);
const stored = (): unknown => harness.herder.config('c', 'shown');

describe('[hidden] that comes back', () => {
  test('is the stored value while class and place are the same: what was read can be written', async () => {
    expect((await harness.rest('GET', '/connectors/c/config')).body).toEqual(SHOWN);
    expect(await put(SHOWN)).toMatchObject({ status: 200, body: { config: SHOWN } });
    expect(stored()).toEqual(STORED);
    await put({ ...SHOWN, 'poll.interval.ms': '9' });
    expect(stored()).toEqual({ ...STORED, 'poll.interval.ms': '9' });
    // A new password with the old URL, and the reverse.
    await put({ ...SHOWN, 'connection.password': 'new' });
    expect(stored()).toEqual({ ...STORED, 'connection.password': 'new' });
  });

  test.each([
    ['another host', { 'connection.url': 'postgresql://u:[hidden]@evil:5432/shop' }, 'connection.url'],
    ['a URL without a password', { 'connection.url': 'postgresql://evil/shop' }, 'connection.password'],
    ['no URL', { 'connection.url': undefined }, 'connection.password'],
    ['another class', { 'connector.class': 'test.Other' }, 'connection.password'],
    ['a setting that names a place', { 'database.hostname': 'evil' }, 'connection.password'],
    ['a proxy', { 'proxy.url': 'http://evil' }, 'connection.password'],
  ])('is refused with %s, and nothing changes', async (_, change, named) => {
    const sent = { ...SHOWN, ...change };
    const changed = Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value ?? null]));
    for (const answer of [
      await put(sent),
      // PATCH keeps settings that are not in the request, so the password would be sent to the new address.
      await harness.rest('PATCH', '/connectors/c/config', changed),
      await harness.rest('PUT', `/connector-plugins/${sent['connector.class']}/config/validate`, sent),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(named) } });
      expect(answer.body.message).toContain('Send the value itself');
      expect(JSON.stringify(answer.body)).not.toContain('in-url');
    }
    expect(stored()).toEqual(STORED);
  });

  test('is refused where nothing is stored that it could stand for: a copy under another name, a setting more', async () => {
    const said = {
      status: 400,
      body: { message: expect.stringMatching(/configuration connection\.password.*none is/s) },
    };
    const copy = { ...SHOWN, name: 'copy' };
    expect(await harness.rest('POST', '/connectors', { name: 'copy', config: copy })).toMatchObject(said);
    expect(await harness.rest('PUT', '/connectors/copy/config', copy)).toMatchObject(said);
    expect(await put({ ...SHOWN, 'transforms.a.static.value': '[hidden]' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('none is') },
    });
    expect(stored()).toEqual(STORED);
  });

  test('a change of anything else by PATCH keeps what is stored', async () => {
    expect((await harness.rest('PATCH', '/connectors/c/config', { 'poll.interval.ms': '9' })).status).toBe(200);
    expect(stored()).toEqual({ ...STORED, 'poll.interval.ms': '9' });
    const moved = { 'connection.url': 'postgresql://u:x@other/shop', 'connection.password': 'y' };
    expect((await harness.rest('PATCH', '/connectors/c/config', moved)).status).toBe(200);
    expect(stored()).toEqual({ ...STORED, 'poll.interval.ms': '9', ...moved });
  });

  test('another place with the values themselves is fine', async () => {
    const moved = { ...STORED, 'connection.url': 'postgresql://u:x@other/shop', 'connection.password': 'y' };
    expect((await put(moved)).status).toBe(200);
    expect(stored()).toEqual(moved);
  });
});

describe('connect.rest.show.passwords', () => {
  test('shows them on that REST API alone', async () => {
    const shows = new Harness({ connectors: [secretive('Secretive')] });
    shows.passwords = 'shown';
    await shows.start();
    try {
      const config = { ...STORED };
      expect((await shows.rest('POST', '/connectors', { name: 'c', config })).body.config).toEqual(STORED);
      expect((await shows.rest('GET', '/connectors/c')).body.config).toEqual(STORED);
      expect((await shows.rest('GET', '/connectors/c/config')).body).toEqual(STORED);
      expect((await shows.rest('GET', '/connectors?expand=info')).body.c.info.config).toEqual(STORED);
      expect((await shows.rest('PUT', '/connectors/c/config', STORED)).body.config).toEqual(STORED);
      expect((await shows.rest('PATCH', '/connectors/c/config', { x: '1' })).body.config).toEqual({
        ...STORED,
        x: '1',
      });
      expect(shows.herder.config('c')['connection.password']).toBe('[hidden]');
    } finally {
      await shows.close();
    }
  });
});
