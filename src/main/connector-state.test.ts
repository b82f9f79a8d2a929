import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';
import { queryRows } from '../../test/support/query-rows.ts';

/* CONNECTORS, CONNECTOR_TASKS and CONNECTOR_EVENTS: the state of connectors as tables and a stream. */

class KeptStore extends MemoryStore {
  override async close(): Promise<void> {
    await Promise.resolve();
  }
}

let sluice: Sluice;
let client: SluiceClient;
let store: KeptStore;
let folder: string;

async function start(): Promise<void> {
  sluice = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'connect.allowed.paths': tmpdir(),
      'ksql.streams.auto.offset.reset': 'earliest',
    },
    store,
    env: testEnv(),
  });
  client = new SluiceClient({ url: sluice.url });
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'connector-state-'));
  store = new KeptStore();
  await start();
});
afterEach(async () => {
  await sluice.close();
});

async function rows(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}

async function eventually(sql: string, expected: unknown): Promise<void> {
  await expect.poll(() => rows(sql), { interval: 20 }).toEqual(expected);
}

const file = (name: string): string => path.join(folder, name);
const source = (name: string): string =>
  `CREATE SOURCE CONNECTOR ${name} WITH ('connector.class'='FileStreamSourceConnector', 'file'='${file(name)}', 'topic'='${name}');`;

test('a table of connectors, a table of their tasks and a stream of what happens', async () => {
  writeFileSync(file('lines'), 'a\nb\n');
  await client.execute(source('lines'));
  await eventually('SELECT name, type, state, tasks, running, failed, topics FROM connectors;', [
    ['LINES', 'source', 'RUNNING', 1, 1, 0, ['lines']],
  ]);
  await eventually("SELECT state, cause FROM connector_tasks WHERE connector = 'LINES' AND task = 0;", [
    ['RUNNING', null],
  ]);
  await client.execute('PAUSE CONNECTOR lines;');
  await eventually("SELECT state FROM connectors WHERE name = 'LINES';", [['PAUSED']]);
  await client.execute('DROP CONNECTOR lines;');
  await eventually('SELECT * FROM connectors;', []);
  await eventually('SELECT * FROM connector_tasks;', []);
  const events = await rows('SELECT event, task, previous_state, state, topic FROM connector_events;');
  expect(events[0]).toEqual(['CREATED', null, null, null, null]);
  expect(events).toContainEqual(['STATE', 0, 'RUNNING', 'PAUSED', null]);
  expect(events).toContainEqual(['TOPIC', null, null, null, 'lines']);
  expect(events.at(-1)).toEqual(['DELETED', null, 'PAUSED', null, null]);
});

test('an alert is a query: it goes on over a restart, and what failed says why', async () => {
  await client.execute(
    "CREATE STREAM alerts AS SELECT connector, task, state, detail FROM connector_events WHERE event = 'STATE' AND state = 'FAILED' EMIT CHANGES;",
  );
  writeFileSync(file('lines'), '{"a":1}\nno json\n');
  await client.execute(
    `CREATE SOURCE CONNECTOR good WITH ('connector.class'='FileStreamSourceConnector', 'file'='${file('lines')}', 'topic'='lines');
     CREATE SINK CONNECTOR bad WITH ('connector.class'='FileStreamSinkConnector', 'topics'='lines', 'file'='${file('out')}', 'value.converter'='org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable'='false', 'transforms'='x', 'transforms.x.type'='org.apache.kafka.connect.transforms.ExtractField$Value', 'transforms.x.field'='a');`,
  );
  const failed = "SELECT connector, task FROM alerts WHERE connector = 'BAD' AND task IS NOT NULL;";
  await eventually(failed, [['BAD', 0]]);
  const [[cause, advice]] = (await rows("SELECT cause, advice FROM connectors WHERE name = 'BAD';")) as [string[]];
  expect(cause).toContain('RESTART CONNECTOR BAD;');
  expect(typeof advice === 'string' || advice === null).toBe(true);
  await eventually("SELECT state, failed FROM connectors WHERE name = 'BAD';", [['WARNING', 1]]);
  const lines = await rows("SELECT state, detail FROM connector_events WHERE event = 'LOG' AND connector = 'BAD';");
  expect(lines.length).toBeGreaterThan(0);

  await sluice.close();
  await start();
  await eventually('SELECT COUNT(*) FROM connectors GROUP BY 1;', [[2]]);
  await eventually(failed, [
    ['BAD', 0],
    ['BAD', 0],
  ]);
  await expect(rows("SELECT name FROM connector_events WHERE event = 'CREATED';")).rejects.toThrow('NAME');
  expect(await rows("SELECT connector FROM connector_events WHERE event = 'CREATED';")).toEqual([['GOOD'], ['BAD']]);
});

test('lag and rates are counted, and joins know the connector of an event', async () => {
  await client.execute(
    "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1);",
  );
  await client.execute(
    `CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSinkConnector', 'topics'='lines', 'file'='${file('out')}', 'value.converter'='org.apache.kafka.connect.storage.StringConverter');`,
  );
  await client.execute("INSERT INTO lines VALUES ('a'); INSERT INTO lines VALUES ('b');");
  await eventually("SELECT records FROM connector_tasks WHERE connector = 'OUT';", [[2]]);
  await eventually("SELECT lag FROM connectors WHERE name = 'OUT';", [[0]]);
  await client.execute("STOP CONNECTOR out; INSERT INTO lines VALUES ('c');");
  await eventually("SELECT state, lag FROM connectors WHERE name = 'OUT';", [['STOPPED', 1]]);
  await client.execute(
    'CREATE STREAM joined AS SELECT e.connector AS connector, e.state AS state, c.type AS type FROM connector_events e JOIN connectors c ON e.connector = c.name EMIT CHANGES;',
  );
  await client.execute('RESUME CONNECTOR out;');
  await expect.poll(() => rows("SELECT type FROM joined WHERE state = 'RUNNING';")).not.toEqual([]);
});

test('they are read, not written, listed nowhere, and give way to a source of the same name', async () => {
  for (const [sql, sentence] of [
    ['DROP TABLE connectors;', 'CONNECTORS is built in: the server writes it, statements read it.'],
    ['ALTER STREAM connector_events ADD COLUMN x INT;', 'CONNECTOR_EVENTS is built in'],
    ["INSERT INTO connector_events (connector, event) VALUES ('a', 'b');", 'read-only stream: CONNECTOR_EVENTS'],
    ['INSERT INTO connector_events SELECT * FROM connector_events;', 'read-only stream: CONNECTOR_EVENTS'],
  ] as const)
    await expect(client.execute(sql)).rejects.toThrow(sentence);
  expect(JSON.stringify(await client.execute('SHOW TABLES; SHOW STREAMS; SHOW TOPICS;'))).not.toContain('onnector');
  const described = JSON.stringify(await client.execute('DESCRIBE connectors EXTENDED;'));
  expect(described).toContain('CREATE SOURCE TABLE CONNECTORS (NAME STRING PRIMARY KEY');
  await client.execute('CREATE STREAM s AS SELECT * FROM connector_events EMIT CHANGES;');
  expect(JSON.stringify(await client.execute('SHOW LINEAGE OF s;'))).toContain('CONNECTOR_EVENTS');
  await client.execute(
    "CREATE STREAM connectors (a INT) WITH (kafka_topic='mine', value_format='JSON', partitions=1);",
  );
  expect(JSON.stringify(await client.execute('DESCRIBE connectors;'))).toContain('"A"');
  await client.execute('DROP STREAM connectors;');
  await eventually('SELECT * FROM connectors;', []);
});

test('whoever watches over REST is told of the same events, at once', async () => {
  writeFileSync(file('lines'), 'a\n');
  const stop = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const event of client.events(stop.signal)) {
      if (event.event !== 'connectorEvents' || 'problem' in event.data) continue;
      for (const { connector, event: kind, state } of event.data.events) seen.push(`${connector} ${kind} ${state}`);
    }
  })();
  await client.execute(source('lines'));
  await expect.poll(() => seen).toContain('LINES STATE RUNNING');
  appendFileSync(file('lines'), 'b\n');
  stop.abort();
  await watching.catch(() => undefined);
});
