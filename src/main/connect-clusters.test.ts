import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/* CREATE CONNECT CLUSTER and … IN CLUSTER: the cluster is the worker of another server, over its REST API. */

let here: Sluice;
let there: Sluice;
let client: SluiceClient;
const folder = mkdtempSync(path.join(tmpdir(), 'connect-clusters-'));

beforeAll(async () => {
  const start = (connectListeners: string): Promise<Sluice> =>
    startSluice({
      properties: {
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': connectListeners,
        'connect.allowed.paths': folder,
      },
      store: new MemoryStore(),
      env: testEnv(),
    });
  here = await start('');
  there = await start('http://127.0.0.1:0');
  client = new SluiceClient({ url: here.url });
});
afterAll(async () => {
  await here.close();
  await there.close();
});

const one = async (sql: string): Promise<Record<string, unknown>> =>
  (await client.execute(sql))[0] as unknown as Record<string, unknown>;
const SINK = `WITH ('connector.class'='FileStreamSink', 'topics'='lines', 'file'='${path.join(folder, 'out')}', 'value.converter'='org.apache.kafka.connect.storage.StringConverter')`;

test('a connector lives in another cluster, by statements that name it', async () => {
  await there.engine.execute(
    "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1); INSERT INTO lines VALUES ('a');",
  );
  await client.execute(
    "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1);",
  );
  await client.execute("CREATE SECRET eu WITH (user='me', password='hush-hush');");
  const made = await one(
    `CREATE CONNECT CLUSTER eu WITH (url='${there.connectUrl!}', user='\${secret:eu:user}', password='\${secret:eu:password}');`,
  );
  expect(made).toMatchObject({ message: 'Created Connect cluster EU', warnings: [] });
  expect(await one('SHOW CONNECT CLUSTERS;')).toMatchObject({
    clusters: [
      { name: null, url: null, connectors: 0, problem: null },
      { name: 'EU', url: there.connectUrl, connectors: 0, problem: null },
    ],
  });
  expect(await one(`VALIDATE SINK CONNECTOR out ${SINK} IN CLUSTER eu;`)).toMatchObject({ isValid: true });
  await client.execute(`CREATE SINK CONNECTOR out ${SINK} IN CLUSTER eu;`);
  expect(await one('SHOW CONNECTORS;')).toMatchObject({ connectors: [] });
  await client.execute('ASSERT CONNECTOR out RUNNING TIMEOUT 10 SECONDS IN CLUSTER eu;');
  expect(await one('SHOW CONNECTORS IN CLUSTER eu;')).toMatchObject({ connectors: [{ name: 'OUT', type: 'sink' }] });
  await expect
    .poll(() => existsSync(path.join(folder, 'out')) && readFileSync(path.join(folder, 'out'), 'utf8'), {
      timeout: 10_000,
    })
    .toBe('a\n');
  await client.execute(
    'PAUSE CONNECTOR out IN CLUSTER eu; ASSERT CONNECTOR out PAUSED TIMEOUT 10 SECONDS IN CLUSTER eu;',
  );
  await expect(client.execute('PAUSE CONNECTOR out;')).rejects.toThrow('Connector OUT not found');
  await client.execute('DROP CONNECTOR out IN CLUSTER eu;');
  expect(await one('SHOW CONNECTORS IN CLUSTER eu;')).toMatchObject({ connectors: [] });
  await client.execute('DROP CONNECT CLUSTER eu; DROP CONNECT CLUSTER IF EXISTS eu;');
  await expect(client.execute('SHOW CONNECTORS IN CLUSTER eu;')).rejects.toThrow('Connect cluster EU does not exist');
});

test('what cannot be a cluster is refused, one that is away is told, and no answer has its password', async () => {
  for (const [sql, sentence] of [
    ["CREATE CONNECT CLUSTER x WITH (user='a');", 'needs the URL of a worker'],
    ["CREATE CONNECT CLUSTER x WITH (url='connect:8083');", '"connect:8083" is no http or https URL'],
    [
      "CREATE CONNECT CLUSTER x WITH (url='http://a:1', passwort='hush-hush');",
      'passwort is no setting of a Connect cluster',
    ],
  ] as const)
    await expect(client.execute(sql)).rejects.toThrow(sentence);
  const away = await one(
    "CREATE CONNECT CLUSTER away WITH (url='http://127.0.0.1:9', user='u', password='hush-hush');",
  );
  expect(JSON.stringify(away)).toContain('It does not answer');
  expect(JSON.stringify([away, await one('SHOW CONNECT CLUSTERS;')])).not.toContain('hush-hush');
  expect(await one('SHOW CONNECT CLUSTERS;')).toMatchObject({
    clusters: [
      { name: null },
      { name: 'AWAY', connectors: null, problem: expect.stringContaining('127.0.0.1:9') as string },
    ],
  });
  await expect(client.execute('SHOW CONNECTORS IN CLUSTER awya;')).rejects.toThrow(
    'Connect cluster AWYA does not exist',
  );
  await expect(client.execute("CREATE CONNECT CLUSTER away WITH (url='http://a:1');")).rejects.toThrow(
    'already exists',
  );
});
