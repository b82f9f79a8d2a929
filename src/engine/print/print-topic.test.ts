import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import { FormatGuess } from './guess-format.ts';

let sluice: Sluice;

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
});

afterAll(async () => {
  await sluice.close();
});

async function print(topic: string, limit: number): Promise<string[]> {
  const handle = await sluice.engine.query(`PRINT '${topic}' FROM BEGINNING LIMIT ${limit};`);
  if (handle.kind !== 'PRINT') throw new Error('no lines');
  const lines: string[] = [];
  for await (const line of handle.lines()) lines.push(line.replace(/^rowtime: .*? Z, /, ''));
  return lines;
}

test.each([
  ['AVRO', '{"ID": 1, "F": 1.5, "D": 12.30, "A": ["x", null], "S": {"Q": 9007199254740993}}'],
  // A repeated field cannot contain null, and a decimal is a message of its own.
  [
    'PROTOBUF',
    '{"ID": 1, "F": 1.5, "D": {"value": "BM4=", "precision": 4, "scale": 2}, "A": ["x", "y"], "S": {"Q": 9007199254740993}}',
  ],
  ['JSON_SR', '{"ID":1,"F":1.5,"D":12.30,"A":["x",null],"S":{"Q":9007199254740993}}'],
])('%s is read through the registry', async (format, value) => {
  const name = `v_${format.toLowerCase()}`;
  await sluice.engine.execute(
    `CREATE STREAM ${name} (k STRING KEY, id INT, f DOUBLE, d DECIMAL(4,2), a ARRAY<STRING>, s STRUCT<q BIGINT>)
       WITH (kafka_topic='${name}', format='${format}', partitions=1);
     INSERT INTO ${name} VALUES ('k1', 1, 1.5, 12.30, ARRAY['x', ${format === 'PROTOBUF' ? "'y'" : 'NULL'}], STRUCT(q := 9007199254740993));`,
  );
  const key = { AVRO: 'k1', PROTOBUF: '{"K": "k1"}', JSON_SR: '"k1"' }[format]!;
  expect(await print(name, 1)).toEqual([
    `Key format: ${format}`,
    `Value format: ${format}`,
    `key: ${key}, value: ${value}, partition: 0`,
  ]);
});

test('LIMIT 0 ends at once, whether there are records or not', async () => {
  await sluice.engine.execute(
    "CREATE STREAM none (u STRING KEY) WITH (kafka_topic='none', value_format='JSON', partitions=1);" +
      "CREATE STREAM one (u STRING KEY) WITH (kafka_topic='one', value_format='JSON', partitions=1);" +
      "INSERT INTO one VALUES ('a');",
  );
  expect(await print('none', 0)).toEqual([]);
  expect(await print('one', 0)).toEqual([]);
});

test('keys of windows show the window', async () => {
  await sluice.engine.execute(
    `CREATE STREAM clicks (u STRING KEY, n INT) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);
     CREATE TABLE per_session AS SELECT u, COUNT(*) AS c FROM clicks WINDOW SESSION (10 SECONDS) GROUP BY u;
     CREATE TABLE per_hour WITH (key_format='AVRO') AS SELECT n, COUNT(*) AS c FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY n;
     INSERT INTO clicks (rowtime, u, n) VALUES (1700000000000, 'ann', 7);`,
  );
  expect(await print('PER_SESSION', 1)).toEqual([
    'Key format: SESSION(KAFKA_STRING)',
    'Value format: JSON or KAFKA_STRING',
    'key: [ann@1700000000000/1700000000000], value: {"C":1}, partition: 0',
  ]);
  expect(await print('PER_HOUR', 1)).toEqual([
    'Key format: HOPPING(AVRO) or TUMBLING(AVRO)',
    'Value format: JSON or KAFKA_STRING',
    'key: [7@1699999200000/-], value: {"C":1}, partition: 0',
  ]);
});

test('all that was fetched is looked at before a format is told', async () => {
  await sluice.engine.execute(
    `CREATE STREAM films (title STRING KEY, n INT) WITH (kafka_topic='films', key_format='KAFKA', value_format='JSON', partitions=1);
     INSERT INTO films VALUES ('Die Hard', 1);
     INSERT INTO films VALUES ('Heat', 1);`,
  );
  expect(await print('films', 2)).toEqual([
    'Key format: KAFKA_STRING',
    'Value format: JSON or KAFKA_STRING',
    'key: Die Hard, value: {"N":1}, partition: 0',
    'key: Heat, value: {"N":1}, partition: 0',
  ]);
});

test('a record that is none of the registry spoils nothing for the others', () => {
  const guess = new FormatGuess('Value');
  guess.learn(3, { schemaType: 'AVRO', schema: '"long"' });
  guess.learn(4, undefined);
  const good = Buffer.from([0, 0, 0, 0, 3, 14]);
  const unknown = Buffer.from([0, 0, 0, 0, 4, 14]);
  for (const bytes of [good, good, unknown]) guess.observe(bytes);
  expect(guess.announcement()).toBe('Value format: AVRO');
  expect([good, unknown].map((bytes) => guess.render(bytes))).toEqual(['7', '00000000040e']);
});

/** The announced format, and the displayed form of each record. */
function shown(side: 'Key' | 'Value', records: readonly (Uint8Array | string)[]): string[] {
  const guess = new FormatGuess(side);
  const all = records.map((record) => (typeof record === 'string' ? Buffer.from(record) : record));
  for (const bytes of all) guess.observe(bytes);
  return [guess.announcement()!, ...all.map((bytes) => guess.render(bytes))];
}

const big = (n: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(n);
  return bytes;
};

test('one record that is no text is hex alone: the others are shown as before', () => {
  expect(shown('Value', ['{"a":1}', 'plain', Buffer.from([7, 27, 91]), Buffer.from([0xff, 0xfe]), '{"b":2}'])).toEqual([
    'Value format: MIXED',
    '{"a":1}',
    'plain',
    '071b5b',
    'fffe',
    '{"b":2}',
  ]);
});

test('records of several formats are each shown by their own', () => {
  const window = Buffer.concat([Buffer.from('ann'), big(1_700_000_000_000n), big(1_700_000_000_000n)]);
  expect(shown('Key', ['eightlet', big(5n), Buffer.from([0, 0, 0, 7]), window, 'ninelette'])).toEqual([
    'Key format: MIXED',
    'eightlet',
    '5',
    '7',
    '[ann@1700000000000/1700000000000]',
    'ninelette',
  ]);
  expect(shown('Value', [Buffer.from([1, 2, 3]), Buffer.from([0xff])])).toEqual([
    'Value format: UNRECOGNISED_BYTES',
    '010203',
    'ff',
  ]);
});

test('a record of the registry is read among many of another format, where its header is no chance', () => {
  const guess = new FormatGuess('Value');
  guess.learn(3, { schemaType: 'AVRO', schema: '"long"' });
  const records = [Buffer.from([0, 0, 0, 0, 3, 14]), Buffer.from('{"a":1}'), Buffer.from('{"a":2}')];
  for (const bytes of records) guess.observe(bytes);
  expect(guess.announcement()).toBe('Value format: AVRO or JSON or KAFKA_STRING');
  expect(records.map((bytes) => guess.render(bytes))).toEqual(['7', '{"a":1}', '{"a":2}']);
});

test('numbers stay numbers where one begins as a record of the registry does', () => {
  const guess = new FormatGuess('Key');
  guess.learn(1, { schemaType: 'AVRO', schema: '{"type":"fixed","name":"f","size":3}' });
  const records = [big(1n << 24n), big(5n), big(-1n)];
  for (const bytes of records) guess.observe(bytes);
  expect(guess.announcement()).toBe('Key format: KAFKA_BIGINT or KAFKA_DOUBLE');
  expect(records.map((bytes) => guess.render(bytes))).toEqual(['16777216', '5', '-1']);
});
