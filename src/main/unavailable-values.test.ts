import { afterEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';
import { queryRows } from '../../test/support/query-rows.ts';

/** Debezium omits values that did not change: its placeholder must not become the value of a column. */

let sluice: Sluice;

afterEach(async () => {
  await sluice.close();
});

async function start(): Promise<void> {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.logging.processing.topic.auto.create': 'true',
      'ksql.logging.processing.stream.auto.create': 'true',
    },
  });
}

/** Writes texts as records of the topic, like another program. */
async function write(topic: string, texts: readonly string[]): Promise<void> {
  await sluice.engine.execute(
    `CREATE STREAM raw_${topic} (k INT KEY, v STRING) WITH (kafka_topic='${topic}', value_format='KAFKA', partitions=1);` +
      texts.map((text) => `INSERT INTO raw_${topic} VALUES (1, '${text.replaceAll("'", "''")}');`).join(''),
  );
}

async function rows(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}

const event = (op: string, name: string, text: string, tags: unknown = ['a']): string =>
  JSON.stringify({ before: null, after: { name, text, tags }, source: {}, op, ts_ms: 1 });
const PLACEHOLDER = '__debezium_unavailable_value';

test('a declared table keeps the value that it had', async () => {
  await start();
  await write('docs', [event('c', 'one', 'long text'), event('u', 'two', PLACEHOLDER, [PLACEHOLDER])]);
  await sluice.engine.execute(
    `SET 'auto.offset.reset' = 'earliest';
     CREATE TABLE docs (k INT PRIMARY KEY, name STRING, text STRING, tags ARRAY<STRING>)
       WITH (kafka_topic='docs', value_format='CONNECT_JSON');
     CREATE TABLE copy AS SELECT * FROM docs;`,
  );
  await sluice.caughtUp();
  expect(await rows('SELECT name, text, tags FROM copy WHERE k = 1;')).toEqual([['two', 'long text', ['a']]]);
});

test('where it is not known it is NULL, and that is said once', async () => {
  await start();
  await write('docs', [event('u', 'two', PLACEHOLDER), event('u', 'three', PLACEHOLDER)]);
  await sluice.engine.execute(
    `SET 'auto.offset.reset' = 'earliest';
     CREATE STREAM docs (k INT KEY, name STRING, text STRING) WITH (kafka_topic='docs', value_format='CONNECT_JSON');
     CREATE STREAM copy AS SELECT * FROM docs;`,
  );
  await sluice.caughtUp();
  expect(await rows('SELECT name, text FROM copy;')).toEqual([
    ['two', null],
    ['three', null],
  ]);
  const told = await rows('SELECT message->recordProcessingError->errorMessage FROM KSQL_PROCESSING_LOG;');
  expect(told.flat().filter((text) => String(text).startsWith('Column TEXT: the database did not send'))).toHaveLength(
    1,
  );
});

test.each(['AVRO', 'PROTOBUF', 'JSON_SR', 'JSON'])(
  'in %s it is NULL in a stream, also in a STRUCT, and said; a table that is kept has the value of before',
  async (format) => {
    await start();
    const columns = 'name STRING, text STRING, more STRUCT<title STRING, len INT>';
    await sluice.engine.execute(
      `SET 'auto.offset.reset' = 'earliest';
       CREATE STREAM docs (k INT KEY, ${columns}) WITH (kafka_topic='docs', value_format='${format}', partitions=1);
       CREATE TABLE kept (k INT PRIMARY KEY, ${columns}) WITH (kafka_topic='docs', value_format='${format}');
       CREATE STREAM copy WITH (value_format='JSON') AS SELECT k, name, text, more FROM docs;
       CREATE TABLE totals AS SELECT text + '/' + more->title AS texts, COUNT(*) AS n FROM kept GROUP BY text + '/' + more->title;
       INSERT INTO docs VALUES (1, 'one', 'long text', STRUCT(title := 'long title', len := 1));
       INSERT INTO docs VALUES (1, 'two', '${PLACEHOLDER}', STRUCT(title := '${PLACEHOLDER}', len := 2));`,
    );
    await sluice.caughtUp();
    expect(await rows('SELECT name, text, more->title, more->len FROM copy;')).toEqual([
      ['one', 'long text', 'long title', 1],
      ['two', null, null, 2],
    ]);
    expect(await rows('SELECT texts, n FROM totals;')).toEqual([['long text/long title', 1]]);
    const told = (await rows('SELECT message->recordProcessingError->errorMessage FROM KSQL_PROCESSING_LOG;')).flat();
    for (const name of ['TEXT', 'MORE->TITLE'])
      expect(told.filter((text) => String(text).startsWith(`Column ${name}: the database did not`))).toHaveLength(1);
  },
);
