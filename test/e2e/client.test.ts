import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SluiceClient, type InsertAck } from '../../src/client/index.ts';
import { Http2Transport } from '../../src/host/http2-transport.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { testEnv } from '../support/env.ts';

let sluice: Sluice;
let http2: Http2Transport;

beforeAll(async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  http2 = new Http2Transport();
});
afterAll(async () => {
  http2.close();
  await sluice.close();
});

const EARLIEST = { properties: { 'auto.offset.reset': 'earliest' } };

describe.each(['fetch', 'http2'] as const)('a client over %s', (kind) => {
  const make = (): SluiceClient =>
    new SluiceClient({ url: sluice.url, ...(kind === 'http2' ? { transport: http2 } : {}) });

  test('statements, rows, status, health', async () => {
    const client = make();
    const s = `s_${kind}`;
    const [created] = await client.execute(
      `CREATE STREAM ${s} (id INT KEY, big BIGINT, d DECIMAL(30, 2)) WITH (kafka_topic='${s}', value_format='json', partitions=1);`,
    );
    expect(created).toMatchObject({ '@type': 'currentStatus', commandStatus: { status: 'SUCCESS' } });
    expect(await client.status(created!['commandId'] as string)).toMatchObject({ status: 'SUCCESS' });
    await client.insertInto(s, { id: 1, big: 9007199254740993n, d: '12345678901234567890.12' });
    const stream = await client.streamQuery(`SELECT * FROM ${s} EMIT CHANGES LIMIT 1;`, EARLIEST);
    expect(stream.columnTypes).toEqual(['INTEGER', 'BIGINT', 'DECIMAL(30, 2)']);
    for await (const [id, big, d] of stream)
      expect([id, big, String(d)]).toEqual([1, 9007199254740993n, '12345678901234567890.12']);
    expect((await client.info()).serverStatus).toBe('RUNNING');
    expect((await client.health()).isHealthy).toBe(true);
  });

  test('leaving the loop over a push query ends it on the server', async () => {
    const client = make();
    const s = `e_${kind}`;
    await client.execute(
      `CREATE STREAM ${s} (id INT KEY, v INT) WITH (kafka_topic='${s}', value_format='json', partitions=1);`,
    );
    await client.insertInto(s, { id: 1, v: 2 });
    const running = async (): Promise<string> => JSON.stringify(await client.execute('SHOW QUERIES;'));
    const stream = await client.streamQuery(`SELECT * FROM ${s} EMIT CHANGES;`, EARLIEST);
    for await (const row of stream) {
      expect(row).toEqual([1, 2]);
      expect(await running()).toContain(stream.queryId);
      break;
    }
    for (let i = 0; i < 800 && (await running()).includes(stream.queryId); i++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await running()).not.toContain(stream.queryId);
  });

  test('errors have a place and a hint', async () => {
    await expect(make().streamQuery('SELECT x FROM nosuch EMIT CHANGES;')).rejects.toMatchObject({
      errorCode: 40001,
      line: 1,
    });
  });
});

describe('a stream of inserts', () => {
  test('each row is acknowledged, in order; an error ends the stream', async () => {
    const client = new SluiceClient({ url: sluice.url, transport: http2 });
    await client.execute(
      "CREATE STREAM ins (id INT KEY, big BIGINT) WITH (kafka_topic='ins', value_format='json', partitions=1);",
    );
    async function* rows(): AsyncGenerator<Record<string, unknown>> {
      for (let id = 0; id < 500; id++) yield { id, big: id };
      await Promise.resolve();
    }
    const acks: InsertAck[] = [];
    for await (const ack of client.insertStream('ins', rows())) acks.push(ack);
    expect(acks).toEqual(Array.from({ length: 500 }, (_, seq) => ({ seq, status: 'ok' })));
    const ids: unknown[] = [];
    for await (const row of await client.streamQuery('SELECT id FROM ins EMIT CHANGES LIMIT 500;', EARLIEST))
      ids.push(row[0]);
    expect(ids).toEqual(Array.from({ length: 500 }, (_, i) => i));

    const bad: InsertAck[] = [];
    for await (const ack of client.insertStream('ins', [{ id: 1 }, { id: 'x' }, { id: 3 }])) bad.push(ack);
    expect(bad.map((a) => a.status)).toEqual(['ok', 'error']);
  });

  test('over fetch it is refused with what to do', async () => {
    const read = async (): Promise<void> => {
      for await (const _ of new SluiceClient({ url: sluice.url }).insertStream('ins', [{ id: 1 }]));
    };
    await expect(read()).rejects.toMatchObject({ code: 'NEEDS_HTTP2' });
  });
});
