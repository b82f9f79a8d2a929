import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { differencesOf } from '../support/debezium/differences.ts';
import { recordingOf, type RawRecord, type Recording } from '../support/debezium/recording.ts';
import { END, END_TABLE, SCENARIOS, settingsOf, type Scenario } from '../support/debezium/scenarios.ts';
import { startPostgres, type Postgres } from '../support/postgres.ts';

/*
 * Compares what Debezium 3.6.3 wrote on a Kafka Connect worker (test/data/debezium-records) with what the connector of
 * the same class writes here, with the same settings and statements: record by record, with keys, values, schemas and
 * headers.
 */
const recorded = (scenario: Scenario, connector: string): Recording =>
  JSON.parse(
    readFileSync(new URL(`../data/debezium-records/${scenario.name}.${connector}.json`, import.meta.url), 'utf8'),
  ) as Recording;

/** Known differences, with the reason. The test fails for one that no longer exists. */
const DIFFERENT: readonly (readonly [line: RegExp, why: string])[] = [
  [
    /^types_\w+\.app\.wide#0\.value\.after\.c_date_old/,
    'a day before Christ is the same from a reading and from the stream',
  ],
  [/^odd_\w+\.app\.times#[01]\.value\.after\.d/, 'an infinite day is the same from a reading and from the stream'],
  [/^types_\w+\.app\.wide#2\.value\.after\.c_name/, 'a NAME has its value in the stream too'],
  [/^defaults_\w+\.app\.defaults#\d.*(\.ai:|\.order:)/, 'generated columns that are stored come with the stream too'],
  [
    /^nan_\w+\.app\.matrix#0\.value\.after/,
    'arrays of several dimensions are NULL; Debezium has the names of Java objects',
  ],
  [/^identity_skip\.app\.zz_end#0\.value\.source\.sequence/, 'a commit counts also where all its changes are left out'],
  [/^types_unknown\.app\.\w+#\d\.value\.after\.c_(line|box|circle):/, 'texts of shapes are those of the server'],
  [/^drift_plain\.app\.u:/, 'a new table is found at the next look, and its rows are read'],
];

/** A table whose snapshot is paused or ended as it starts: how much of it has been read by then depends on timing. */
const STOPPED = 'app.stopped';

let postgres: Postgres;
let harness: Harness;

beforeAll(async () => {
  postgres = await startPostgres({
    settings: { wal_level: 'logical', max_wal_senders: '60', max_replication_slots: '60', max_connections: '200' },
  });
  harness = await new Harness().start();
});
afterAll(async () => {
  await harness.close();
  await postgres.stop();
});

async function withClient<T>(database: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: postgres.url.replace(/\/postgres$/, `/${database}`) });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function play(scenario: Scenario): Promise<ReadonlyMap<string, Recording>> {
  await withClient('postgres', (client) => client.query(`CREATE DATABASE "${scenario.name}"`));
  const names = Object.keys(scenario.connectors).filter((c) => recorded(scenario, c).failure === undefined);
  await withClient(scenario.name, async (client) => {
    await client.query(scenario.setup);
    for (const connector of names) {
      const answer = await harness.rest('PUT', `/connectors/${scenario.name}_${connector}/config`, {
        ...settingsOf(scenario, connector),
        'database.hostname': postgres.host,
        'database.port': String(postgres.port),
        'database.user': postgres.user,
        'database.password': postgres.password,
      });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    }
    for (const connector of names) await eventually(() => isRead(scenario, connector));
    let signals = 0;
    for (const step of scenario.steps) {
      signals += step.match(/INSERT INTO app\.signal /g)?.length ?? 0;
      // The recorded scenario waits for a fixed time; here the test waits until the signals are processed.
      if (!step.includes('pg_sleep')) await client.query(step);
      else for (const connector of names) await eventually(() => isDone(scenario, connector, signals));
    }
    await client.query(END);
  });
  const found = new Map<string, Recording>();
  for (const connector of names) {
    const name = `${scenario.name}_${connector}`;
    const delimiter = scenario.connectors[connector]!['topic.delimiter'] ?? '.';
    await eventually(async () => (await harness.read([name, ...END_TABLE.split('.')].join(delimiter))).length > 0);
    const records: RawRecord[] = [];
    for (const { name: topic } of await harness.log.admin.listTopics())
      if ([`${name}${delimiter}`, heartbeats(name, delimiter), `${name}_notes`].some((t) => topic.startsWith(t)))
        for (const { key, value, headers } of await harness.read(topic))
          records.push({ topic, key: key?.toString() ?? null, value, headers });
    found.set(connector, recordingOf({ settings: scenario.connectors[connector]! }, records));
    await harness.rest('DELETE', `/connectors/${name}?terminate=true`);
  }
  return found;
}

/** Removes records whose number depends on time, and the watermarks that Debezium writes to the signal table. */
function lasting(recording: Recording): Recording {
  const isFirst = (topic: string, i: number): boolean => recording.records.findIndex((r) => r.topic === topic) === i;
  return {
    ...recording,
    records: recording.records.filter(
      ({ topic, value }, i) =>
        (!topic.startsWith('__debezium-heartbeat') || isFirst(topic, i)) &&
        !topic.endsWith(`.${STOPPED}`) &&
        !(JSON.stringify(value)?.includes(`"current_collection_in_progress":"${STOPPED}"`) ?? false) &&
        !JSON.stringify((value as { after?: unknown } | null)?.after ?? null).includes('"type":"snapshot-window-'),
    ),
  };
}

const heartbeats = (name: string, delimiter: string): string => `__debezium-heartbeat${delimiter}${name}`;

/** Whether the snapshot is complete: as many rows as the real connector read. */
async function isRead(scenario: Scenario, connector: string): Promise<boolean> {
  const name = `${scenario.name}_${connector}`;
  const { body: status } = await harness.rest('GET', `/connectors/${name}/status`);
  if ([status.connector, ...status.tasks].some((s) => s.state === 'FAILED')) expect.fail(JSON.stringify(status));
  const { body } = await harness.rest('GET', `/connectors/${name}/offsets`);
  const offsets = (body?.offsets ?? []) as { partition: Record<string, unknown>; offset: Record<string, unknown> }[];
  if (!offsets.some((o) => o.offset['lsn'] !== undefined)) return false;
  const isDone = (table: string): boolean =>
    offsets.some((o) => o.partition['table'] === table && o.offset['snapshot'] === 'done');
  // Tables are read in the order of their names, and this one is the last.
  if (scenario.connectors[connector]!['snapshot.mode'] === 'no_data') return true;
  return isDone(END_TABLE) || scenario.connectors[connector]!['snapshot.include.collection.list'] !== undefined;
}

/** Whether this many signals have arrived, and the requested snapshots are complete or paused. */
async function isDone(scenario: Scenario, connector: string, signals: number): Promise<boolean> {
  const name = `${scenario.name}_${connector}`;
  if ((await harness.read(`${name}.app.signal`)).length < signals) return false;
  const { body } = await harness.rest('GET', `/connectors/${name}/offsets`);
  const offsets = (body?.offsets ?? []) as { offset: { snapshot?: string; paused?: boolean } }[];
  return offsets.every(({ offset: { snapshot = 'done', paused } }) => snapshot === 'done' || paused === true);
}

test.each(SCENARIOS.map((s) => [s.name, s] as const))('%s', { timeout: 120_000 }, async (_, scenario) => {
  for (const [connector, found] of await play(scenario))
    expect
      .soft(
        differencesOf(lasting(recorded(scenario, connector)), lasting(found)).filter(
          (line) => !DIFFERENT.some(([known]) => known.test(line)),
        ),
        connector,
      )
      .toEqual([]);
});
