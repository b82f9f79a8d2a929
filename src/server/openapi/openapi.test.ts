import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import { ROUTES } from '../routes/table.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

let sluice: Sluice;
let api: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};
const ajv = new Ajv2020({ strict: false });

beforeAll(async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
    store: new MemoryStore(),
    env: nodeEnv(SILENT_LOGGER),
  });
  await sluice.engine.execute(`
    CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='AVRO', partitions=1);
    CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;
    INSERT INTO s VALUES ('a', 1);`);
  api = (await (await fetch(`${sluice.url}/openapi.json`)).json()) as typeof api;
  ajv.addSchema({ $id: 'https://sluice/api', components: api.components });
});

afterAll(async () => await sluice.close());

/** Sends a request and returns how the response deviates from its description; an empty list when it does not. */
async function check(path: string, method: string, url: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(sluice.url + url, { method, redirect: 'manual', ...init });
  const { responses } = api.paths[path]![method.toLowerCase()]!;
  const described = responses[answer.status] ?? responses['default']!;
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]!;
  const body = await answer.text();
  const content = described.content?.[type];
  if (content === undefined)
    return described.content === undefined && body === '' ? [] : `${answer.status} ${type} is not described`;
  if (!/json/.test(type) || type.includes('delimited')) return [];
  const inPlace = JSON.parse(
    JSON.stringify(content.schema).replaceAll('"#/components', '"https://sluice/api#/components'),
  ) as object;
  const validate = ajv.compile(inPlace);
  return validate(JSON.parse(body)) ? [] : validate.errors;
}

test('every route is described, once, and nothing else', () => {
  const described = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  expect(described.toSorted()).toEqual(ROUTES.map((r) => `${r.method} ${r.path}`).toSorted());
  const ids = Object.values(api.paths).flatMap((operations) => Object.values(operations).map((o) => o.operationId));
  expect(new Set(ids).size).toBe(ids.length);
});

test('every shape that is referred to is there', () => {
  const used = [...JSON.stringify(api).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((m) => m[1]!);
  for (const name of used) expect(Object.keys(api.components.schemas)).toContain(name);
});

test.each([
  ['/', '/'],
  ['/info', '/info'],
  ['/healthcheck', '/healthcheck'],
  ['/metrics', '/metrics'],
  ['/v1/metadata', '/v1/metadata'],
  ['/v1/metadata/id', '/v1/metadata/id'],
  ['/chc/ready', '/chc/ready'],
  ['/chc/live', '/chc/live'],
  ['/status', '/status'],
  ['/status/{type}/{entity}/{action}', '/status/stream/S/create'],
  ['/status/{type}/{entity}/{action}', '/status/stream/NONE/create'],
  ['/is_valid_property/{name}', '/is_valid_property/auto.offset.reset'],
  ['/is_valid_property/{name}', '/is_valid_property/nonsense'],
  ['/docs/errors', '/docs/errors'],
  ['/docs/errors/{code}', '/docs/errors/SYNTAX'],
  ['/lineage', '/lineage'],
  ['/lineage', '/lineage?of=nothing'],
  ['/topics/{topic}/records', '/topics/s/records?limit=5'],
  ['/topics/{topic}/records', '/topics/s/records?from=middle'],
  ['/schemas/{subject}', '/schemas/s-value'],
  ['/schemas/{subject}', '/schemas/none'],
  ['/queries/{query}/state', '/queries/none/state'],
  ['/clusterStatus', '/clusterStatus'],
])('the answer is as described: GET %s (%s)', async (path, url) => {
  expect(await check(path, 'GET', url)).toEqual([]);
});

test.each([
  ['/ksql', { ksql: 'SHOW STREAMS; SHOW LINEAGE;' }, undefined],
  ['/ksql', { ksql: 'SHOW STRAEMS;' }, undefined],
  ['/query', { ksql: 'SELECT * FROM t;' }, undefined],
  ['/query-stream', { sql: 'SELECT * FROM t;' }, undefined],
  ['/query-stream', { sql: 'SELECT * FROM t;' }, 'application/json'],
  ['/query-stream', { sql: 'SELECT * FROM t;' }, 'image/png'],
  ['/close-query', { queryId: 'none' }, undefined],
  ['/heartbeat', {}, undefined],
  ['/lag', {}, undefined],
])('the answer is as described: POST %s %j, Accept %s', async (path, body, accept) => {
  const headers = { 'content-type': 'application/json', ...(accept && { accept }) };
  expect(await check(path, 'POST', path, { body: JSON.stringify(body), headers })).toEqual([]);
});
