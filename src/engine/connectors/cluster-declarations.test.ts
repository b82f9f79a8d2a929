import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { ConnectRequestError, type ConnectClient, type ConnectorConfig, type State } from '../../connect/client/api.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import { clusterDeclarations } from './cluster-declarations.ts';
import { declareSources } from './declare-sources.ts';

let sluice: Sluice;
beforeEach(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
});
afterEach(async () => {
  await sluice.close();
});

/** Writes to the log what a Java connector wrote to its topic. */
async function replay(name: string, topic = name): Promise<void> {
  await sluice.log.admin.createTopic({ name: topic, partitions: 2, replicas: 1 });
  const writer = await sluice.log.createWriter({});
  const batch = new BatchBuilder();
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  for (const line of readFileSync(new URL(`../../../test/data/connect-records/${name}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((l) => l !== '')) {
    const { key, value } = JSON.parse(line) as { key: string | null; value: string | null };
    batch.add(1, bytes(key), bytes(value));
  }
  writer.append(topic, 1, batch.finish(), true);
  await writer.commit();
  await writer.close();
}

/** A client of a cluster with one connector. */
function cluster(
  config: ConnectorConfig,
  topics: (() => readonly string[]) | Error,
  state: State = 'RUNNING',
): ConnectClient {
  return {
    config: () => Promise.resolve(config),
    topics: () => (topics instanceof Error ? Promise.reject(topics) : Promise.resolve(topics())),
    status: (name: string) =>
      Promise.resolve({
        name,
        type: 'source',
        connector: { state: 'RUNNING', worker_id: 'w' },
        tasks: [{ id: 0, state, worker_id: 'w' }],
      }),
  } as unknown as ConnectClient;
}

async function declared(
  config: ConnectorConfig,
  topics: readonly string[],
  connector = 'C',
): Promise<(string | null)[]> {
  const all = await declareSources(
    cluster(config, () => topics),
    connector,
    5000,
    sluice.engine.services,
  );
  return all.map((d) => d.statement?.replace(/\(.* WITH /s, '(...) WITH ') ?? null);
}

const JDBC = { 'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector', 'topic.prefix': 'jdbc-' };

describe('kinds and names', () => {
  test('JDBC: a stream without keys, a table with them; named by what is behind the prefix', async () => {
    await replay('jdbc-users');
    expect(await declared(JDBC, ['jdbc-users'])).toEqual([
      "CREATE STREAM IF NOT EXISTS C_USERS (...) WITH (KAFKA_TOPIC='jdbc-users', VALUE_FORMAT='JSON', PARTITIONS=2, SOURCED_BY_CONNECTOR='C');",
    ]);
    await replay('keyed-users', 'jdbc-keyed');
    expect(await declared({ ...JDBC, 'sql.name.prefix': 'crm_' }, ['jdbc-keyed'])).toEqual([
      "CREATE TABLE IF NOT EXISTS CRM_KEYED (...) WITH (KAFKA_TOPIC='jdbc-keyed', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=2, SOURCED_BY_CONNECTOR='C');",
    ]);
  });

  test('events of other connectors are streams, keyed or not', async () => {
    await replay('pageviews');
    expect(
      await declared(
        { 'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector' },
        ['pageviews'],
        'gen',
      ),
    ).toEqual([
      "CREATE STREAM IF NOT EXISTS GEN_PAGEVIEWS (...) WITH (KAFKA_TOPIC='pageviews', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=2, SOURCED_BY_CONNECTOR='gen');",
    ]);
  });

  test('Debezium: topics of its own are no tables; a name that is taken is left alone', async () => {
    await replay('dbz.public.users');
    await replay('jdbc-users', '__debezium-heartbeat.dbz');
    await sluice.engine.execute(
      "CREATE STREAM pg_users (a INT) WITH (KAFKA_TOPIC='other', VALUE_FORMAT='JSON', PARTITIONS=1);",
    );
    const config = { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'topic.prefix': 'dbz' };
    const all = await declareSources(
      cluster(config, () => ['dbz.public.users', '__debezium-heartbeat.dbz']),
      'PG',
      5000,
      sluice.engine.services,
    );
    expect(all).toMatchObject([
      { name: 'PG_USERS', statement: null, note: expect.stringContaining('is taken by a stream over topic other') },
    ]);
  });
});

describe('waiting', () => {
  const run = async (client: ConnectClient, waitMs: number): Promise<string[]> =>
    (await clusterDeclarations(client, 'C', waitMs, sluice.engine.services)).map((d) => d.topic);
  /** Longer than the test's time limit. */
  const LONG_MS = 600_000;

  test('for the first records, which come after the topics', async () => {
    let asked = 0;
    const client = cluster(JDBC, () => (asked++ < 2 ? [] : ['jdbc-users']));
    setTimeout(() => void replay('jdbc-users'), 700);
    expect(await run(client, LONG_MS)).toEqual(['jdbc-users']);
  });

  test('not for tasks that have failed, not for ever, and not where it is switched off', async () => {
    const none = (): string[] => [];
    expect(await run(cluster(JDBC, none, 'FAILED'), LONG_MS)).toEqual([]);
    expect(await run(cluster(JDBC, none), 500)).toEqual([]);
    expect(await run(cluster({ ...JDBC, 'sql.declare': 'false' }, none), LONG_MS)).toEqual([]);
  });

  test('a cluster that keeps no account of topics: those with the prefix', async () => {
    await replay('jdbc-users');
    const disabled = new ConnectRequestError(403, 'Topic tracking is disabled.');
    expect(await run(cluster(JDBC, disabled), LONG_MS)).toEqual(['jdbc-users']);
  });

  test('a cluster that fails meanwhile: the connector is made all the same', async () => {
    expect(await run(cluster(JDBC, new ConnectRequestError(500, 'boom')), 5000)).toEqual([]);
  });
});
