import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { KEYS } from '../config/keys.ts';
import { Session } from '../engine/session.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

let sluice: Sluice;

beforeEach(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
  });
});
afterEach(() => sluice.close());

describe('what says who may reach what', () => {
  test.each([
    'ksql.protected.topics',
    'authentication.method',
    'authentication.role.any',
    'listeners',
    'connect.allowed.paths',
    'connect.rest.show.passwords',
    'access.control.allow.origin',
    'ksql.properties.overrides.denylist',
    'ssl.truststore.location',
    'ksql.schema.registry.ssl.keystore.location',
    'sasl.jaas.config',
    'secrets.key.file',
    'vault.address',
  ])('is changed by no statement: %s', async (name) => {
    await expect(sluice.engine.execute(`ALTER SYSTEM '${name}'='';`)).rejects.toThrow(`No statement changes ${name}`);
  });

  test('is no session’s: what keeps passwords from SQL stays', async () => {
    const session = new Session({ 'ksql.protected.topics': '', 'ksql.row.max.steps': '999999999' });
    expect(session.config(sluice.engine.config).get(KEYS.protectedTopics)).not.toEqual([]);
    // Limits of the server cannot be changed by a session either.
    expect(session.config(sluice.engine.config).get(KEYS.rowMaxSteps)).toBe(1_000_000);
    await expect(sluice.engine.query("PRINT 'connect-configs' FROM BEGINNING;", session)).rejects.toThrow(
      /is not for statements/,
    );
  });
});

describe('topics that the server writes', () => {
  test('are written, made and deleted by no statement', async () => {
    const own = '_confluent-ksql-default__connectors';
    const run = (sql: string): Promise<unknown> => sluice.engine.execute(sql);
    await run(`CREATE STREAM s (k STRING KEY, v STRING) WITH (kafka_topic='s', value_format='KAFKA', partitions=1);`);
    for (const sql of [
      `CREATE STREAM t WITH (kafka_topic='${own}') AS SELECT * FROM s EMIT CHANGES;`,
      `CREATE STREAM t (v STRING) WITH (kafka_topic='_confluent-ksql-default_mine', value_format='KAFKA', partitions=1);`,
      `CREATE STREAM t (v STRING) WITH (kafka_topic='_confluent-mine', value_format='KAFKA', partitions=1);`,
    ])
      await expect(run(sql)).rejects.toThrow(/Cannot write to read-only topic/);
    await run(`CREATE STREAM over (k STRING KEY, v STRING) WITH (kafka_topic='${own}', value_format='KAFKA');`);
    for (const sql of ['INSERT INTO over SELECT * FROM s EMIT CHANGES;', 'DROP STREAM over DELETE TOPIC;'])
      await expect(run(sql)).rejects.toThrow(/Cannot write to read-only topic/);
    await run('DROP STREAM over;');
  });
});

test('who waits in an ASSERT keeps nobody waiting', async () => {
  const asserted = sluice.engine
    .execute('ASSERT TOPIC wanted TIMEOUT 60 SECONDS;')
    .then(([answer]) => answer?.kind as string);
  // The topic is created while the assertion waits for it, which would be impossible if the assertion blocked other
  // statements.
  await sluice.engine.execute(
    "CREATE STREAM s (a INT) WITH (kafka_topic='wanted', value_format='JSON', partitions=1); DROP STREAM s;",
  );
  expect(await asserted).toBe('assert_topic');
});
