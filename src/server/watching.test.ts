import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { renderEntity } from '../cli/render/entities.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';
import type { Lineage } from '../wire/lineage.ts';
import type { ServerEvent } from '../wire/events.ts';
import type { TopicRecordsRequest } from '../wire/topic-records.ts';

/** The folder does not exist. */
const OUT = join(tmpdir(), 'sluice-nowhere/out.json');

let sluice: Sluice;
let client: SluiceClient;

beforeAll(async () => {
  sluice = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'connect.allowed.paths': tmpdir(),
      'ksql.streams.auto.offset.reset': 'earliest',
    },
    store: new MemoryStore(),
    env: nodeEnv(SILENT_LOGGER),
  });
  client = new SluiceClient({ url: sluice.url });
  await client.execute(
    "CREATE SOURCE CONNECTOR clicks WITH (connector='datagen', data='pageviews', topic='views', rate=50);",
  );
  await client.execute(`
    CREATE STREAM views (viewtime BIGINT KEY, userid STRING, pageid STRING) WITH (kafka_topic='views', value_format='JSON');
    CREATE TABLE counts AS SELECT pageid, COUNT(*) AS n FROM views GROUP BY pageid;
    CREATE TABLE big AS SELECT * FROM counts WHERE n > 1;
    CREATE STREAM alone (k INT KEY, v STRING) WITH (kafka_topic='alone', value_format='JSON', partitions=3);
    INSERT INTO alone (ROWTIME, k, v) VALUES (1001, 1, 'one');
    INSERT INTO alone (ROWTIME, k, v) VALUES (1002, 2, 'two');
    INSERT INTO alone (ROWTIME, k, v) VALUES (1003, 3, 'three');
    CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSink', 'file'='${OUT}', 'sources'='big');`);
});

afterAll(async () => await sluice.close());

const edges = (lineage: Lineage): string[] => lineage.edges.map((e) => `${e.from} > ${e.to}`);

test('lineage goes from what is outside to what is outside', async () => {
  const all = edges(await client.lineage());
  const query = (name: string): string =>
    [...sluice.engine.catalog.queries.keys()].find((id) => id.includes(`_${name}_`))!;
  for (const edge of [
    'external:made-up data > connector:CLICKS',
    'connector:CLICKS > topic:views',
    'topic:views > source:VIEWS',
    `source:VIEWS > query:${query('COUNTS')}`,
    `query:${query('COUNTS')} > source:COUNTS`,
    `query:${query('BIG')} > source:BIG`,
    'source:BIG > topic:BIG',
    'topic:BIG > connector:OUT',
    `connector:OUT > external:${OUT}`,
  ])
    expect(all).toContain(edge);
});

test('lineage of one thing has what leads to it and where it leads, and nothing beside', async () => {
  const names = (await client.lineage('counts')).nodes.map((n) => n.name);
  expect(names).toEqual(expect.arrayContaining(['made-up data', 'views', 'VIEWS', 'COUNTS', 'BIG', 'OUT']));
  // Another stream over its source topic is not part of the lineage.
  expect(names).not.toContain('CLICKS_VIEWS');
  expect(names).not.toContain('ALONE');
  await expect(client.lineage('cuonts')).rejects.toMatchObject({ status: 404, hint: 'Did you mean COUNTS?' });
});

test('SHOW LINEAGE says the same', async () => {
  const [all] = await client.execute('SHOW LINEAGE;');
  expect(all).toMatchObject({ '@type': 'lineage', edges: (await client.lineage()).edges });
  const [one] = await client.execute('SHOW LINEAGE OF counts;');
  expect(one).toMatchObject({ nodes: (await client.lineage('counts')).nodes });
  const text = renderEntity(one!, 100, { setProperties: new Set() });
  expect(text).toMatch(/external +│ made-up data +│ connector +│ CLICKS +│ *\n connector +│ CLICKS +│ topic +│ views/);
  expect(text).not.toContain('ALONE');
});

test('events tell what there is, then what changes', async () => {
  const stop = new AbortController();
  const seen: ServerEvent[] = [];
  let created = false;
  for await (const event of client.events(stop.signal)) {
    seen.push(event);
    const kinds = new Set(seen.map((e) => e.event));
    if (!created && kinds.size === 6) {
      created = true;
      await client.execute("CREATE STREAM late (v INT) WITH (kafka_topic='late', value_format='JSON', partitions=1);");
    }
    const isRead = (e: ServerEvent): boolean =>
      e.event === 'metrics' && 'connectors' in e.data && (e.data.connectors['CLICKS']?.recordsPerSecond ?? 0) > 0;
    if (seen.some((e) => JSON.stringify(e).includes('"LATE"')) && seen.some(isRead)) break;
    if (seen.length > 60) stop.abort();
  }
  expect(seen.find((e) => e.event === 'connectors')?.data).toMatchObject({
    connectors: expect.arrayContaining([expect.objectContaining({ name: 'CLICKS', type: 'source' })]),
  });
  expect(seen.filter((e) => JSON.stringify(e).includes('"LATE"')).map((e) => e.event)).toEqual(['sources']);
});

test('metrics of a query have what each operator passes on, and its tasks', async () => {
  await client.execute(
    `CREATE STREAM clicks_of_some AS SELECT * FROM views WHERE CAST(SUBSTRING(pageid, 6) AS INT) > 50;
     CREATE TABLE counts_of_some AS SELECT pageid, COUNT(*) AS n FROM clicks_of_some GROUP BY pageid;`,
  );
  const stop = new AbortController();
  type Rates = Extract<ServerEvent, { event: 'metrics' }>['data'] & { readonly problem?: undefined };
  let filter: Rates['queries'][string] | undefined;
  let aggregate: Rates['queries'][string] | undefined;
  for await (const event of client.events(stop.signal)) {
    if (event.event !== 'metrics' || 'problem' in event.data) continue;
    for (const [id, rates] of Object.entries(event.data.queries)) {
      if (id.startsWith('CSAS_CLICKS_OF_SOME') && (rates.operators['WhereFilter'] ?? 0) > 0) filter = rates;
      if (id.startsWith('CTAS_COUNTS_OF_SOME') && (rates.operators['Aggregate/Aggregate'] ?? 0) > 0) aggregate = rates;
    }
    if (filter !== undefined && aggregate !== undefined) break;
  }
  // About half of the pages: the filter emits fewer rows than it reads.
  expect(filter!.operators['WhereFilter']).toBeLessThanOrEqual(filter!.readPerSecond);
  expect(filter!.tasks.map(({ id, thread }) => [id, thread])).toEqual([['0_0', null]]);
  expect(aggregate!.tasks.map((t) => t.id)).toContain('0_0');
  // And where it is in each partition that it reads.
  for (const { positions, lag } of Object.values(filter!.topics)) {
    expect(positions).toEqual([{ partition: 0, next: expect.any(Number), end: expect.any(Number) }]);
    expect(positions[0]!.next).toBeGreaterThan(0);
    expect(lag).toBe(positions[0]!.end - positions[0]!.next);
  }
});

test('the size of a state is counted by store and task; a query that keeps nothing has none', async () => {
  await client.execute(`
    CREATE STREAM visits (who STRING, page STRING) WITH (kafka_topic='visits', value_format='JSON', partitions=2);
    CREATE TABLE visits_by_page AS SELECT page, COUNT(*) AS n FROM visits GROUP BY page;
    CREATE TABLE visits_by_minute AS SELECT page, COUNT(*) AS n FROM visits WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY page;
    CREATE STREAM visits_of_ann AS SELECT * FROM visits WHERE who = 'ann';`);
  // More rows than are counted in one step.
  await client.execute(
    Array.from({ length: 700 }, (_, i) => `INSERT INTO visits VALUES ('ann', 'page ${i % 601}');`).join('\n'),
  );
  await sluice.caughtUp();
  const id = (name: string): string => [...sluice.engine.catalog.queries.keys()].find((q) => q.startsWith(name))!;
  const pages = await client.queryState(id('CTAS_VISITS_BY_PAGE'));
  expect(pages).toMatchObject({ queryId: id('CTAS_VISITS_BY_PAGE'), rows: 601, complete: true });
  expect(pages.stores).toHaveLength(1);
  const [store] = pages.stores;
  expect(store).toMatchObject({ rows: 601, bytes: pages.bytes });
  // After the repartition: the tasks are those of the second sub-topology.
  expect(store!.tasks.map((t) => t.id)).toEqual(['1_0', '1_1']);
  expect(store!.tasks.reduce((sum, t) => sum + t.rows, 0)).toBe(601);
  // A key of about eight bytes, a time, a count.
  expect(pages.bytes / 601).toBeGreaterThan(20);
  expect(pages.bytes / 601).toBeLessThan(80);
  // An index by time adds bytes but no rows.
  const windows = await client.queryState(id('CTAS_VISITS_BY_MINUTE'));
  expect(windows.rows).toBeGreaterThanOrEqual(601);
  expect(windows.bytes / windows.rows).toBeGreaterThan(pages.bytes / 601 + 8);
  // Names are not case-sensitive, as in SQL.
  expect(await client.queryState(id('CSAS_VISITS_OF_ANN').toLowerCase())).toMatchObject({
    rows: 0,
    bytes: 0,
    stores: [],
  });
  // The same response is cached for some seconds.
  await client.execute("INSERT INTO visits VALUES ('ann', 'a new page');");
  await expect.poll(async () => (await client.queryState(pages.queryId)).rows).toBe(602);
  await expect(client.queryState('CTAS_VISITS_BY_PAG')).rejects.toMatchObject({ status: 404 });
});

test.each([
  ['the last ones', {}, ['one', 'two', 'three']],
  ['two of them', { limit: 1 }, ['three']],
  ['from the beginning', { from: 'beginning', limit: 2 } as const, ['one', 'two']],
  ['with a text in them', { contains: 'TWO' }, ['two']],
  ['after the end', { timestamp: 99_999_999_999_999 }, []],
  ['from an offset on', { offset: 1 }, []],
])('records of a topic: %s', async (_, request, wanted) => {
  const found = await client.topicRecords('alone', request);
  expect(found.records.map((r) => (JSON.parse(r.value!) as { V: string }).V)).toEqual(wanted);
  expect(found.partitions).toHaveLength(3);
  expect(found.complete).toBe(true);
});

test('a record says which registered schema its key and value name', async () => {
  await client.execute(
    `CREATE STREAM registered (k STRING KEY, v INT) WITH (kafka_topic='registered', value_format='AVRO', partitions=1);
     INSERT INTO registered VALUES ('a', 1);`,
  );
  const [version] = await client.schemas('registered-value');
  for (const as of [{}, { as: 'registered' }]) {
    const [record] = (await client.topicRecords('registered', as)).records;
    expect(record).toMatchObject({ key: 'a', valueSchemaId: version!.id });
    expect(record).not.toHaveProperty('keySchemaId');
  }
});

test('a sink tells how many records it has not taken yet, a source nothing', async () => {
  const stop = new AbortController();
  for await (const event of client.events(stop.signal)) {
    if (event.event !== 'metrics' || 'problem' in event.data) continue;
    expect(event.data.connectors['CLICKS']?.lag ?? null).toBeNull();
    // The sink accepts nothing, because its folder does not exist.
    if ((event.data.connectors['OUT']?.lag ?? 0) > 0) break;
  }
});

test('records are read as what is declared over their topic, found by key, and told where they cannot be', async () => {
  await client.execute(
    `CREATE STREAM raw (v STRING) WITH (kafka_topic='declared', value_format='KAFKA', partitions=1);
     CREATE STREAM delimited (id INT KEY, name STRING, price DECIMAL(6, 2)) WITH (kafka_topic='declared', key_format='KAFKA', value_format='DELIMITED');
     INSERT INTO delimited VALUES (1634887002, 'tea', 1.50); INSERT INTO delimited VALUES (2, 'milk', 2);
     INSERT INTO raw VALUES ('no row');
     CREATE TABLE by_minute AS SELECT id, COUNT(*) AS n FROM delimited WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY id;`,
  );
  const read = async (request: TopicRecordsRequest) =>
    await client.topicRecords('declared', { ...request, as: 'delimited' });
  const all = await read({});
  expect([all.keyFormat, all.valueFormat]).toEqual(['KAFKA', 'DELIMITED']);
  // Four bytes that could be letters are shown as a number when they are declared as one.
  expect(all.records.map((r) => [r.key, r.value])).toEqual([
    ['1634887002', '{"NAME":"tea","PRICE":1.50}'],
    ['2', '{"NAME":"milk","PRICE":2.00}'],
    [null, 'no row'],
  ]);
  expect(all.records.map((r) => r.problem === undefined)).toEqual([true, true, false]);
  expect(all.records[2]!.problem).toMatch(/^The value: /);
  expect((await client.topicRecords('declared', {})).records[0]!.key).toBe('areZ');
  expect((await read({ key: '2' })).records.map((r) => r.value)).toEqual(['{"NAME":"milk","PRICE":2.00}']);
  expect((await read({ key: '2', from: 'beginning', contains: 'tea' })).records).toEqual([]);
  await expect(client.topicRecords('declared', { as: 'none' })).rejects.toThrow('There is no stream or table none');
  await expect(client.topicRecords('declared', { as: 'by_minute' })).rejects.toThrow(
    'is declared over topic BY_MINUTE',
  );
});

test('large records do not fill the memory: the last ones that have room are shown', async () => {
  await client.execute(
    "CREATE STREAM large (v STRING) WITH (kafka_topic='large', value_format='KAFKA', partitions=1);",
  );
  for (let i = 0; i < 30; i++) await client.execute(`INSERT INTO large VALUES ('${i} ${'x'.repeat(700_000)}');`);
  // With slow reading, the response contains what was read within some seconds.
  const last = async (): Promise<string> => {
    const { records } = await client.topicRecords('large');
    expect(records.length).toBeLessThan(25);
    return records.at(-1)!.value!.slice(0, 4);
  };
  await expect.poll(last).toBe('29 x');
  const first = await client.topicRecords('large', { from: 'beginning' });
  expect(first.complete).toBe(false);
  expect(first.records[0]!.value).toMatch(/^0 x/);
});

test('what cannot be browsed is refused with a hint', async () => {
  await expect(client.topicRecords('alnoe')).rejects.toMatchObject({ status: 404, hint: 'Did you mean alone?' });
  await expect(client.topicRecords('alone', { partition: 3 })).rejects.toThrow('they are 0 to 2');
  await expect(client.topicRecords('alone', { offset: -1 })).rejects.toThrow('offset is a whole number');
  await expect(client.topicRecords('_confluent-ksql-default__command_topic')).rejects.toThrow('is not for statements');
});
