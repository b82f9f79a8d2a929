import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../connect/worker/testing/harness.ts';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { protectedTopicProblems } from './protected-topics.ts';
import { startSluice, type Sluice } from '../main/compose.ts';

let sluice: Sluice;

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'connect.allowed.paths': tmpdir(),
    },
  });
});

afterAll(async () => {
  await sluice.close();
});

const TOPICS = [
  'connect-configs',
  'connect-offsets',
  'connect-status',
  '_schemas',
  '_confluent-ksql-default__command_topic',
];

test('the topics are there, and hold what is not for all', async () => {
  const names = (await sluice.log.admin.listTopics()).map((t) => t.name);
  expect(names).toEqual(expect.arrayContaining(['_schemas', '_confluent-ksql-default__command_topic']));
  expect(names.some((name) => name.startsWith('connect-'))).toBe(true);
});

test.each(TOPICS)('no statement reads or writes %s', async (topic) => {
  const refused = { message: expect.stringContaining(`Topic '${topic}' is not for statements`) as string };
  const refuse = async (statement: string): Promise<void> => {
    await expect(sluice.engine.execute(statement)).rejects.toMatchObject({ error: refused });
  };
  await refuse(`CREATE STREAM c (v STRING) WITH (kafka_topic='${topic}', value_format='KAFKA', partitions=1);`);
  await refuse(
    `CREATE TABLE c (k STRING PRIMARY KEY, v STRING) WITH (kafka_topic='${topic}', value_format='KAFKA', partitions=1);`,
  );
  await refuse(
    `CREATE STREAM s (v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
     CREATE STREAM c WITH (kafka_topic='${topic}') AS SELECT * FROM s;`,
  );
});

test('PRINT shows none of them', async () => {
  await expect(sluice.engine.query("PRINT '_schemas' FROM BEGINNING LIMIT 1;")).rejects.toMatchObject({
    error: { message: expect.stringContaining('is not for statements') as string },
  });
});

test.each(TOPICS)('no connector reads or writes %s, by SQL or by Connect', async (topic) => {
  const told = expect.stringContaining('holds what this server keeps for itself') as string;
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'protected-')), 'out.txt');
  const configs = {
    sink: { 'connector.class': 'FileStreamSink', file, topics: `a,${topic}` },
    letters: { 'connector.class': 'FileStreamSink', file, topics: 'a', 'errors.deadletterqueue.topic.name': topic },
    source: { 'connector.class': 'FileStreamSource', file, topic },
    routed: {
      'connector.class': 'FileStreamSource',
      file,
      topic: 'harmless',
      transforms: 'r',
      'transforms.r.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.r.regex': 'harmless',
      'transforms.r.replacement': topic,
    },
  };
  for (const [name, config] of Object.entries(configs)) {
    const kind = name === 'sink' || name === 'letters' ? 'SINK' : 'SOURCE';
    const settings = Object.entries(config).map(([key, value]) => `'${key}'='${value}'`);
    await expect(
      sluice.engine.execute(`CREATE ${kind} CONNECTOR c WITH (${settings.join(', ')});`),
      name,
    ).rejects.toMatchObject({ error: { message: told } });
    const answer = await fetch(`${sluice.connectUrl}/connectors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'c', config }),
    });
    expect([answer.status, await answer.json()], name).toEqual([400, expect.objectContaining({ message: told })]);
  }
});

test('a sink over all topics leaves them out', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'protected-')), 'out.txt');
  await sluice.engine.execute(`
    CREATE STREAM mine (v STRING) WITH (kafka_topic='mine', value_format='JSON', partitions=1);
    CREATE SINK CONNECTOR everything WITH ('connector.class'='FileStreamSink', file='${file}', 'topics.regex'='.*',
      'value.converter'='org.apache.kafka.connect.storage.StringConverter', 'key.converter'='org.apache.kafka.connect.storage.StringConverter');
    INSERT INTO mine VALUES ('hello');`);
  await eventually(() => readFileSync(file, 'utf8').includes('hello'));
  expect(readFileSync(file, 'utf8').trim()).toBe('{"V":"hello"}');
});

test('settings for a Connect cluster, which does not know them', () => {
  const { config } = sluice.engine.services;
  expect(
    protectedTopicProblems({ topics: 'a, connect-configs', 'kafka.topic': '_schemas', topic: 'b' }, config),
  ).toEqual([
    'topics - Topic connect-configs holds what this server keeps for itself (ksql.protected.topics)',
    'kafka.topic - Topic _schemas holds what this server keeps for itself (ksql.protected.topics)',
  ]);
  for (const key of ['topics', 'topic', 'kafka.topic', 'errors.deadletterqueue.topic.name'])
    expect(protectedTopicProblems({ [key]: 'connect-offsets' }, config)).toEqual([
      `${key} - Topic connect-offsets holds what this server keeps for itself (ksql.protected.topics)`,
    ]);
  expect(protectedTopicProblems({ topics: 'a' }, config)).toEqual([]);
});
