import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
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
    .poll(() => existsSync(path.join(folder, 'out')) && readFileSync(path.join(folder, 'out'), 'utf8'))
    .toBe('a\n');
  await client.execute(
    'PAUSE CONNECTOR out IN CLUSTER eu; ASSERT CONNECTOR out PAUSED TIMEOUT 10 SECONDS IN CLUSTER eu;',
  );
  await expect(client.execute('PAUSE CONNECTOR out;')).rejects.toThrow('Connector OUT not found');
  await client.execute('DROP CONNECTOR out IN CLUSTER eu;');
  expect(await one('SHOW CONNECTORS IN CLUSTER eu;')).toMatchObject({ connectors: [] });
  await client.execute('DROP CONNECT CLUSTER eu; DROP CONNECT CLUSTER IF EXISTS eu; DROP SECRET eu;');
  await expect(client.execute('SHOW CONNECTORS IN CLUSTER eu;')).rejects.toThrow('Connect cluster EU does not exist');
});

test(
  'what runs in clusters is told as it changes, and one that is away holds nothing up',
  { timeout: 180_000 },
  async () => {
    await client.execute(
      `CREATE CONNECT CLUSTER eu WITH (url='${there.connectUrl!}'); CREATE CONNECT CLUSTER away WITH (url='http://127.0.0.1:1');`,
    );
    await client.execute(`CREATE SINK CONNECTOR told ${SINK} IN CLUSTER eu;`);
    const states: (string | null)[] = [];
    for await (const event of client.events()) {
      if (event.event !== 'connectors' || 'problem' in event.data) continue;
      const { connectors, unreachable } = event.data;
      const state = connectors.find((c) => c.name === 'TOLD' && c.cluster === 'EU')?.state;
      if (state == null || state === states.at(-1)) continue;
      states.push(state);
      if (state.startsWith('PAUSED')) {
        expect(unreachable).toEqual([{ cluster: 'AWAY', problem: expect.stringContaining('127.0.0.1:1') }]);
        break;
      }
      if (state.startsWith('RUNNING')) await client.execute('PAUSE CONNECTOR told IN CLUSTER eu;');
    }
    expect(states.at(-1)).toMatch(/^PAUSED/);
    await client.execute('DROP CONNECTOR told IN CLUSTER eu; DROP CONNECT CLUSTER eu; DROP CONNECT CLUSTER away;');
  },
);

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

test('references are looked up here where that is configured, shown as references, and follow the secret', async () => {
  const toFile = (name: string, place: string): string =>
    `CREATE SINK CONNECTOR ${name} WITH ('connector.class'='FileStreamSink', 'topics'='lines', 'file'='${place}', 'value.converter'='org.apache.kafka.connect.storage.StringConverter')`;
  const text = (name: string): string =>
    existsSync(path.join(folder, name)) ? readFileSync(path.join(folder, name), 'utf8') : '';
  const login = `url='${there.connectUrl!}', user='\${secret:place:user}', password='x'`;
  await client.execute(`CREATE SECRET place WITH (folder='${folder}/first', user='me');
    CREATE CONNECT CLUSTER through WITH (url='${there.connectUrl!}');
    CREATE CONNECT CLUSTER looked WITH (${login}, resolve.secrets='secret');`);
  mkdirSync(path.join(folder, 'first'));
  mkdirSync(path.join(folder, 'second'));
  // As written: the other server does not have this secret.
  await expect(client.execute(`${toFile('a', '${secret:place:folder}-a')} IN CLUSTER through;`)).rejects.toThrow(
    '${secret:place:folder} cannot be looked up: there is no secret place',
  );
  const made = await one(`${toFile('b', '${secret:place:folder}/b')} IN CLUSTER looked;`);
  expect(made).toMatchObject({
    info: { config: { file: '${secret:place:folder}/b' } },
    warnings: expect.arrayContaining([
      {
        message: expect.stringMatching(/lies in clear in the Connect cluster's configuration topic.*: file$/) as string,
      },
    ]) as unknown,
  });
  await expect.poll(() => text('first/b')).toBe('a\n');
  const kept = (await (await fetch(`${there.connectUrl!}/connectors/B/config`)).json()) as Record<string, string>;
  expect(kept).toMatchObject({ file: `${folder}/first/b` });
  expect(JSON.stringify(kept)).not.toContain('${');
  expect(await one('SHOW SECRETS;')).toMatchObject({
    secrets: [{ name: 'PLACE', usedBy: ['B IN CLUSTER LOOKED', 'CONNECT CLUSTER LOOKED'] }],
  });
  await expect(client.execute('DROP SECRET place;')).rejects.toThrow('it is used by B IN CLUSTER LOOKED');
  expect(await one("ALTER SECRET place SET (user='you');")).toMatchObject({
    warnings: [{ message: 'Take the new values up when they start: B IN CLUSTER LOOKED, CONNECT CLUSTER LOOKED' }],
  });
  expect(await one(`ALTER SECRET place SET (folder='${folder}/second');`)).toMatchObject({
    warnings: [{ message: 'Began anew with the new values: B IN CLUSTER LOOKED' }, {}],
  });
  await there.engine.execute("INSERT INTO lines VALUES ('b');");
  await expect.poll(() => text('second/b')).toBe('b\n');
  // Other settings can be changed without affecting the reference.
  await client.execute("ALTER CONNECTOR b SET ('errors.log.enable'='true') IN CLUSTER looked;");
  expect(JSON.stringify(await one('SHOW CREATE CONNECTOR b IN CLUSTER looked;'))).toContain('${secret:place:folder}/b');
  const described = JSON.stringify(await one('DESCRIBE CONNECTOR b IN CLUSTER looked;'));
  expect(described).toContain('"file":"${secret:place:folder}/b"');
  expect(described).toContain('"errors.log.enable":"true"');
  // Errors of the other server repeat the values that it received.
  const refused = await client.execute("ALTER SECRET place SET (folder='/nowhere/hush');").then(
    () => '',
    (error: unknown) => String(error),
  );
  expect(refused).toContain('b is not below the folders');
  expect(refused).not.toContain('hush');
  await client.execute(`ALTER SECRET place SET (folder='${folder}/first');
    ALTER CONNECTOR b SET ('file'='${folder}/first/b') IN CLUSTER looked;`);
  expect(await one('SHOW SECRETS;')).toMatchObject({ secrets: [{ usedBy: ['CONNECT CLUSTER LOOKED'] }] });
  await client.execute('DROP CONNECTOR b IN CLUSTER looked; DROP CONNECT CLUSTER looked; DROP SECRET place;');
  await expect(
    client.execute("CREATE CONNECT CLUSTER bad WITH (url='http://a:1', resolve.secrets='vualt');"),
  ).rejects.toThrow('resolve.secrets has no provider vualt');
});

test('one request makes secret, cluster and connector', async () => {
  const results = await client.execute(
    `CREATE SECRET us WITH (user='me', password='hush-hush');
     CREATE CONNECT CLUSTER us WITH (url='${there.connectUrl!}', user='\${secret:us:user}', password='\${secret:us:password}');
     CREATE SINK CONNECTOR twice ${SINK} IN CLUSTER us;
     DROP CONNECTOR twice IN CLUSTER us;
     DROP CONNECT CLUSTER us;`,
  );
  expect(results).toHaveLength(5);
  await expect(client.execute(`CREATE SINK CONNECTOR twice ${SINK} IN CLUSTER us;`)).rejects.toThrow(/US/);
});
