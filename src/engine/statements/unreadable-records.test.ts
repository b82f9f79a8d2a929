import { queryRows } from '../../../test/support/query-rows.ts';
import { Session } from '../session.ts';
import { afterEach, expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';

let sluice: Sluice;
afterEach(async () => {
  await sluice.close();
});

test('a format that does not read the records of the topic is told at once, with the one that it looks like', async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  const { engine } = sluice;
  await engine.execute(`CREATE STREAM s (k INT KEY, v STRING) WITH (kafka_topic='t', value_format='JSON', partitions=1);
    INSERT INTO s VALUES (1, 'a'); INSERT INTO s VALUES (2, 'b');`);
  const warnings = async (sql: string): Promise<string> =>
    (await engine.execute(sql)).flatMap((r) => r.warnings).join('\n');
  expect(await warnings(`CREATE STREAM a (k INT KEY, v STRING) WITH (kafka_topic='t', value_format='AVRO');`)).toMatch(
    /2 of the first 2 records of topic t cannot be read: the value is not AVRO, .*VALUE_FORMAT='JSON'\.$/,
  );
  expect(
    await warnings(`CREATE STREAM b (k BIGINT KEY, v STRING) WITH (kafka_topic='t', value_format='JSON');`),
  ).toMatch(/the key does not fit the declared columns, .*It holds numbers of 4 bytes: declare INT\.$/);
  expect(await warnings(`CREATE STREAM x (k STRING KEY, v STRING) WITH (kafka_topic='t', value_format='JSON');`)).toBe(
    'The keys of the first 2 records of topic t are 4 bytes each that are no text: as STRING they are unreadable characters. Declare K as INT.',
  );
  expect(await warnings(`CREATE STREAM c (k INT KEY, v STRING) WITH (kafka_topic='t', value_format='JSON');`)).toBe('');
});

test('columns that do not fit the records of the topic are told as such, and names that only nearly fit', async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  const { engine } = sluice;
  await engine.execute(`CREATE STREAM s (k INT KEY, item STRING, n INT)
      WITH (kafka_topic='t', value_format='JSON', partitions=1);
    INSERT INTO s VALUES (1, 'shoe', 1); INSERT INTO s VALUES (2, 'hat', 2);`);
  const warnings = async (name: string, columns: string): Promise<string> =>
    (await engine.execute(`CREATE STREAM ${name} (${columns}) WITH (kafka_topic='t', value_format='JSON');`))
      .flatMap((r) => r.warnings)
      .join('\n');
  expect(await warnings('a', 'k INT KEY, item INT')).toMatch(
    /^2 of the first 2 records .*: the value does not fit the declared columns, .*\$\.ITEM\. Declare the column with the type/,
  );
  expect(await warnings('b', 'k INT KEY, itm STRING, n INT')).toBe(
    'No field ITM is in the first 2 records of topic t: the column is NULL. Did you mean ITEM?',
  );
  expect(await warnings('c', 'k INT KEY, `item` STRING')).toBe('');
  expect(await warnings('d', 'k INT KEY, item STRING, quite_other STRING')).toBe(
    'No field QUITE_OTHER is in the first 2 records of topic t: the column is NULL. Their fields are ITEM, N.',
  );
  await engine.execute(`CREATE STREAM f (k INT KEY, v DOUBLE) WITH (kafka_topic='f', value_format='JSON', partitions=1);
    INSERT INTO f VALUES (1, 1.5); INSERT INTO f VALUES (2, 2.0);`);
  const whole = await engine.execute(
    `CREATE STREAM w (k INT KEY, v INT) WITH (kafka_topic='f', value_format='JSON'); DESCRIBE w EXTENDED;`,
  );
  expect(whole.map((r) => r.warnings)).toEqual(
    Array.from({ length: 2 }, () => [
      'Column V is INTEGER, and 1 of the first 2 records of topic f have a fraction there, as 1.5: it is cut off. DOUBLE or DECIMAL keeps it.',
    ]),
  );
  const told = async (name: string, columns: string, record: string, more = ''): Promise<string> => {
    const [, , made] =
      await engine.execute(`CREATE STREAM raw_${name} (v STRING) WITH (kafka_topic='${name}', value_format='KAFKA', partitions=1);
      INSERT INTO raw_${name} VALUES ('${record}');
      CREATE STREAM ${name} (${columns}) WITH (kafka_topic='${name}', value_format='JSON'${more});`);
    return made?.warnings.join('\n') ?? '';
  };
  expect(await told('at_seconds', 'at TIMESTAMP', '{"at":1700000000}')).toContain('FROM_UNIXTIME(AT * 1000)');
  expect(await told('at_ms', 'at TIMESTAMP', '{"at":1700000000000}')).toBe('');
  expect(await told('timed_seconds', 'at BIGINT', '{"at":1700000000}', ", timestamp='at'")).toMatch(
    /^TIMESTAMP='AT' reads AT in ms since 1970, .* AS SELECT \*, AT \* 1000 AS at_ms FROM stream;$/,
  );
  expect(await told('untimed', 'at BIGINT', '{"at":1700000000}')).toBe('');
  expect(await told('connect', 'id INT', '{"schema":{},"payload":{"id":1}}')).toContain("VALUE_FORMAT='CONNECT_JSON'");
  expect(await told('changes', 'id INT', '{"before":null,"after":{"id":1},"op":"c"}')).toContain('AFTER STRUCT<');
  expect(await told('cut', 'id INT', '{"id":1')).toMatch(/Invalid JSON.* PRINT 'cut' FROM BEGINNING LIMIT 3; shows/);
  // Records that are not JSON do not fail a statement that reads none of their fields.
  await engine.execute(`CREATE STREAM raw (k INT KEY, v STRING)
      WITH (kafka_topic='raw', value_format='KAFKA', partitions=1);
    INSERT INTO raw VALUES (1, '{"item": ');`);
  const declared = await engine.execute(
    `CREATE STREAM keys (k INT KEY) WITH (kafka_topic='raw', value_format='JSON');`,
  );
  expect(declared.flatMap((r) => r.warnings)).toEqual([]);
});

test('lines of columns with commas are told as such, also where the first column is JSON', async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  const { engine } = sluice;
  await engine.execute(`CREATE STREAM s (id INT, name STRING) WITH (kafka_topic='t', value_format='DELIMITED', partitions=1);
    INSERT INTO s VALUES (1, 'ann'); INSERT INTO s VALUES (2, 'bob');`);
  const [result] = await engine.execute(
    `CREATE STREAM j (id INT, name STRING) WITH (kafka_topic='t', value_format='JSON');`,
  );
  expect(result?.warnings).toEqual([
    expect.stringMatching(
      /the value is not JSON, .*It looks like 2 columns with commas between them: VALUE_FORMAT='DELIMITED'\.$/,
    ),
  ]);
});

test('a table over records without a key is told that it has no rows, and how they become rows', async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  const { engine } = sluice;
  await engine.execute(`CREATE STREAM visits (user_id INT, page STRING) WITH (kafka_topic='visits', value_format='JSON', partitions=1);
    INSERT INTO visits VALUES (1, 'a'); INSERT INTO visits VALUES (1, 'b');`);
  const declared = (name: string, key: string): string =>
    `CREATE TABLE ${name} (${key} INT PRIMARY KEY, page STRING) WITH (kafka_topic='visits', value_format='JSON');`;
  const [made] = await engine.execute(declared('visitors', 'user_id'));
  const note = made?.warnings.join('\n') ?? '';
  expect(note).toMatch(
    /^None of the first 2 records of topic visits has a key, .*the table has no rows\. USER_ID is a/,
  );
  // The proposed statement makes the rows appear.
  await engine.execute(/DROP TABLE.*;$/.exec(note)![0]);
  await expect.poll(() => queryRows(engine, 'SELECT * FROM visitors;', new Session({}))).toEqual([[1, 'b']]);
  expect((await engine.execute(declared('others', 'id')))[0]?.warnings.join()).toMatch(
    /A stream over the topic has them/,
  );
  // If only some records lack a key, the declaration does not report them, as in ksqlDB.
  await engine.execute(`CREATE STREAM keyed (user_id INT KEY, page STRING) WITH (kafka_topic='visits', value_format='JSON');
    INSERT INTO keyed VALUES (2, 'c');`);
  expect((await engine.execute(declared('some', 'user_id')))[0]?.warnings).toEqual([]);
});
