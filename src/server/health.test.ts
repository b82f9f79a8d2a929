import { afterEach, beforeEach, expect, test } from 'vitest';
import { processMemory } from '../base/budget/memory.ts';
import { SILENT_LOGGER } from '../base/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';

let sluice: Sluice;

beforeEach(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.healthcheck.interval.ms': '-1',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
});

afterEach(async () => {
  await sluice.close();
});

interface Health {
  readonly status: number;
  readonly details: Readonly<Record<string, { readonly isHealthy: boolean; readonly message?: string }>>;
}

async function health(): Promise<Health> {
  const answer = await fetch(`${sluice.url}/healthcheck`);
  const { details } = (await answer.json()) as Health;
  return { status: answer.status, details };
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 6000; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen');
}

test('a query that cannot write is in ERROR, unhealthy, and falls behind', async () => {
  await sluice.engine.execute(
    `CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);
     CREATE STREAM t AS SELECT * FROM s;
     INSERT INTO s VALUES ('a', 1);`,
  );
  await sluice.caughtUp();
  expect((await health()).status).toBe(200);
  await sluice.log.admin.deleteTopic('T');
  await sluice.engine.execute("INSERT INTO s VALUES ('a', 2); INSERT INTO s VALUES ('a', 3);");
  const { details } = await until(async () => {
    const now = await health();
    return now.status === 503 ? now : undefined;
  });
  const [id] = [...sluice.engine.catalog.queries.keys()];
  expect(details['queries']).toMatchObject({ isHealthy: false, message: expect.stringContaining(`${id}: `) as string });
  expect(details['commandRunner']).toEqual({ isHealthy: true });
  // The client returns a response and does not throw.
  expect(await new SluiceClient({ url: sluice.url }).health()).toMatchObject({ isHealthy: false, details });
  const [shown] = await sluice.engine.execute('SHOW QUERIES;');
  expect(shown).toMatchObject({ queries: [{ state: 'ERROR:1' }] });
  await sluice.engine.execute("INSERT INTO s VALUES ('a', 4);");
  const lag = await until(async () => {
    const runtime = sluice.engine.services.queries.status(id!)!;
    const behind = runtime.positions.reduce((sum, p) => sum + p.endOffset - p.offset, 0);
    return await Promise.resolve(behind >= 3 ? runtime : undefined);
  });
  expect(lag.status).toBe('ERROR');
  expect(lag.positions).toEqual([{ topic: 's', partition: 0, offset: 1, endOffset: 4 }]);
});

test('a command topic that is gone is unhealthy', async () => {
  await sluice.engine.execute("CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);");
  await sluice.log.admin.deleteTopic('_confluent-ksql-default__command_topic');
  const { status, details } = await health();
  expect(status).toBe(503);
  expect(details['commandRunner']?.message).toMatch(/command topic .* (is gone|cannot be read)/);
});

test('SHOW HEALTH says the same, with the way back; warnings are told by /healthcheck, and make nobody unhealthy', async () => {
  const [well] = await new SluiceClient({ url: sluice.url }).execute('SHOW HEALTH;');
  expect(well).toMatchObject({ '@type': 'health', isHealthy: true });
  const names = (well as unknown as { parts: { name: string }[] }).parts.map((part) => part.name);
  expect(names).toEqual([
    'metastore',
    'commandRunner',
    'queries',
    'kafka',
    'openFiles',
    'connections',
    'memory',
    'clock',
  ]);
  expect(Object.keys((await health()).details)).toEqual(names);
  expect(() => processMemory.take(2 * processMemory.limit, 'rows')).toThrow();
  const { status, details } = await health();
  expect(status).toBe(200);
  expect(details['memory']).toEqual({ isHealthy: true, message: expect.stringContaining('refused') as string });
  const [warned] = await new SluiceClient({ url: sluice.url }).execute('SHOW HEALTH;');
  expect(warned).toMatchObject({
    isHealthy: true,
    parts: expect.arrayContaining([
      expect.objectContaining({ name: 'memory', state: 'WARNING', hint: expect.stringContaining('SHOW QUERIES') }),
    ]),
  });
});
