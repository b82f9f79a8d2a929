import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import type { Sluice } from './compose.ts';

/* The life cycle of a connector, only by SQL, on the embedded worker. */

let sluice: Sluice;
let client: SluiceClient;
const folder = mkdtempSync(path.join(tmpdir(), 'connector-life-'));

beforeAll(async () => {
  ({ sluice, client } = await memoryServer({
    'connect.listeners': 'http://127.0.0.1:0',
    'connect.allowed.paths': tmpdir(),
  }));
  await client.execute(
    "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='JSON', partitions=2);",
  );
});
afterAll(async () => {
  await sluice.close();
});

const file = (name: string): string => path.join(folder, name);
const textOf = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
const one = async (sql: string): Promise<Record<string, unknown>> =>
  (await client.execute(sql))[0] as unknown as Record<string, unknown>;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come true');
}

const SINK = `WITH ('connector.class'='FileStreamSinkConnector', 'topics'='lines', 'file'='${file('out.txt')}')`;
const linesIn = (name: string): number => textOf(name).split('\n').length - 1;

test('a sink that is created stopped reads nothing until it is resumed', async () => {
  await client.execute("INSERT INTO lines VALUES ('a');");
  const made = await one(`CREATE SINK CONNECTOR out ${SINK} STOPPED;`);
  expect(made['warnings']).toMatchObject([{ message: expect.stringContaining('RESUME CONNECTOR OUT;') }]);
  await one('ASSERT CONNECTOR out STOPPED TIMEOUT 5 SECONDS;');
  await expect(client.execute('ASSERT CONNECTOR out RUNNING TIMEOUT 100 MILLISECONDS;')).rejects.toThrow(
    'Connector OUT is not RUNNING, but STOPPED',
  );
  expect(textOf('out.txt')).toBe('');
  await one('RESUME CONNECTOR out;');
  await one('ASSERT CONNECTOR out RUNNING TIMEOUT 5 SECONDS;');
  await until(() => linesIn('out.txt') === 1);
});

test('lines of a file that are JSON: the converter that lets them stand is told, and with it nothing is', async () => {
  const converter = "'value.converter'='org.apache.kafka.connect.storage.StringConverter'";
  const read = async (name: string, more: string): Promise<string> => {
    await one(
      `CREATE SOURCE CONNECTOR ${name} WITH ('connector.class'='FileStreamSource', file='${file('sold.jsonl')}', topic='${name}'${more});`,
    );
    const state = async (): Promise<string> => JSON.stringify(await client.execute(`DESCRIBE CONNECTOR ${name};`));
    // Once the file exists, it is no longer reported as missing.
    if (!existsSync(file('sold.jsonl'))) {
      expect(await state()).toContain('is not there: it is read as soon as it is');
      writeFileSync(file('sold.jsonl'), '{"id":1}\n{"id":2}\n');
    }
    await until(async () => !(await state()).includes('is not there'));
    await until(async () => (await client.print(`PRINT '${name}' FROM BEGINNING LIMIT 2;`).next()).done !== true);
    const made = await one(`CREATE STREAM ${name} (id INT) WITH (kafka_topic='${name}', value_format='JSON');`);
    return JSON.stringify(made['warnings']);
  };
  const quoted = await read('sold_quoted', '');
  expect(quoted).toContain(
    `SET ('value.converter'='org.apache.kafka.connect.storage.StringConverter'); has a text that is JSON stand as it is`,
  );
  expect(quoted).not.toContain('is declared INTEGER');
  expect(await read('sold_plain', `, ${converter}`)).toBe('[]');
  for (const name of ['sold_quoted', 'sold_plain']) await one(`DROP CONNECTOR ${name};`);
});

test('SHOW CREATE gives the statement, and the JSON, that make it once more', async () => {
  const shown = await one('SHOW CREATE CONNECTOR out;');
  const sql = String(shown['createStatement']);
  expect(sql).toMatch(/^CREATE SINK CONNECTOR OUT WITH \(.*'topics'='lines'/);
  expect(sql.endsWith(';')).toBe(true);
  const again = await one(sql.replace('CREATE SINK', 'CREATE OR REPLACE SINK'));
  const config = (again['info'] as { config: Record<string, string> }).config;
  const json = JSON.parse(String((await one('SHOW CREATE CONNECTOR out AS JSON;'))['createStatement'])) as {
    name: string;
    config: Record<string, string>;
  };
  expect(json.name).toBe('OUT');
  expect({ ...json.config, name: 'OUT' }).toEqual(config);
  await one('STOP CONNECTOR out;');
  await one('ASSERT CONNECTOR out STOPPED TIMEOUT 5 SECONDS;');
  const asleep = String((await one('SHOW CREATE CONNECTOR out;'))['createStatement']);
  expect(asleep).toMatch(/ STOPPED;$/);
  const copy = { ...json, name: 'copy', config: { ...json.config, file: file('copy.txt') } };
  await one(`CREATE CONNECTOR FROM '${JSON.stringify(copy)}';`);
  await until(() => linesIn('copy.txt') === 1);
  await one('DROP CONNECTOR `copy`;');
  await one('RESUME CONNECTOR out;');
});

describe('offsets', () => {
  test('are shown, set to a place, reset; the connector runs on', async () => {
    await client.execute("INSERT INTO lines VALUES ('b');");
    await until(() => linesIn('out.txt') === 2);
    const committed = async (): Promise<number> => {
      const { offsets } = (await one('SHOW CONNECTOR OFFSETS OF out;')) as {
        offsets: { offset: { kafka_offset: number } }[];
      };
      return offsets.reduce((sum, o) => sum + o.offset.kafka_offset, 0);
    };
    await until(async () => (await committed()) === 2);
    const end = (await one('ALTER CONNECTOR OFFSETS OF out SET END;')) as { offsets: unknown[] };
    expect(end.offsets).toHaveLength(2);
    await one('ASSERT CONNECTOR out RUNNING TIMEOUT 5 SECONDS;');
    expect(linesIn('out.txt')).toBe(2);
    await one('ALTER CONNECTOR OFFSETS OF out SET BEGINNING;');
    await until(() => linesIn('out.txt') === 4);
    await one('RESET CONNECTOR OFFSETS OF out;');
    await until(() => linesIn('out.txt') === 6);
    await one("ALTER CONNECTOR OFFSETS OF out SET TIMESTAMP '2100-01-01';");
    await client.execute("INSERT INTO lines VALUES ('c');");
    await until(() => linesIn('out.txt') === 7);
  });

  test.each([
    ["SET '{'", 'The offsets are not JSON'],
    ['SET \'[{"offset": 1}]\'', 'do not have the form'],
    ["SET TIMESTAMP 'soon'", "'soon' is no TIMESTAMP"],
    [
      `SET '[{"partition": {"kafka_topic": "lines", "kafka_partition": 7}, "offset": {"kafka_offset": 1}}]'`,
      'no partition 7',
    ],
    [
      `SET '[{"partition": {"kafka_topic": "lines", "kafka_partition": 0}, "offset": {"kafka_offset": "x"}}]'`,
      'kafka_offset',
    ],
  ])('%s is refused, and the connector runs on as before', async (text, problem) => {
    await expect(client.execute(`ALTER CONNECTOR OFFSETS OF out ${text};`)).rejects.toThrow(problem);
    await one('ASSERT CONNECTOR out RUNNING TIMEOUT 5 SECONDS;');
  });

  test('a source takes its own form', async () => {
    writeFileSync(file('in.txt'), 'x\ny\n');
    await one(
      `CREATE SOURCE CONNECTOR reader WITH ('connector.class'='FileStreamSourceConnector', 'file'='${file('in.txt')}', 'topic'='read') STOPPED;`,
    );
    expect(await one('SHOW STREAMS;')).not.toMatchObject({ streams: expect.arrayContaining([{ topic: 'read' }]) });
    await one('RESUME CONNECTOR reader;');
    const position = async (): Promise<unknown> => (await one('SHOW CONNECTOR OFFSETS OF reader;'))['offsets'];
    await until(async () => JSON.stringify(await position()).includes('"position":4'));
    await expect(client.execute('ALTER CONNECTOR OFFSETS OF reader SET END;')).rejects.toThrow('is a source');
    await one(
      `ALTER CONNECTOR OFFSETS OF reader SET '[{"partition": {"filename": "${file('in.txt')}"}, "offset": {"position": 2}}]';`,
    );
    await until(async () => JSON.stringify(await position()).includes('"position":4'));
  });
});

describe('dead letters', () => {
  interface Letter {
    readonly retried: boolean;
  }
  const letters = async (): Promise<readonly Letter[]> =>
    (await one('SHOW DEAD LETTERS OF picky;'))['deadLetters'] as readonly Letter[];

  test('are shown with where they came from and why, and sent again once', async () => {
    await client.execute(
      "CREATE TABLE words (id INT PRIMARY KEY, at STRING) WITH (kafka_topic='words', key_format='JSON', value_format='JSON', partitions=1);",
    );
    await expect(client.execute('SHOW DEAD LETTERS OF out;')).rejects.toThrow('keeps no dead letters');
    await one(`CREATE SINK CONNECTOR picky WITH ('connector.class'='FileStreamSinkConnector', 'topics'='words',
      'file'='${file('picky.txt')}', 'errors.tolerance'='all', 'errors.deadletterqueue.topic.name'='aside',
      'errors.deadletterqueue.context.headers.enable'='true', 'errors.deadletterqueue.topic.replication.factor'='1',
      'value.converter'='org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable'='false',
      'transforms'='t', 'transforms.t.type'='org.apache.kafka.connect.transforms.TimestampConverter$Value',
      'transforms.t.field'='AT', 'transforms.t.target.type'='unix', 'transforms.t.format'='yyyy-MM-dd');`);
    expect(await letters()).toEqual([]);
    await client.execute("INSERT INTO words VALUES (1, '2026-01-01'); INSERT INTO words VALUES (2, '01/02/2026');");
    await until(async () => (await letters()).length === 1);
    expect(await letters()).toMatchObject([
      {
        originalTopic: 'words',
        originalPartition: 0,
        originalOffset: 1,
        stage: 'TRANSFORMATION',
        key: '2',
        value: expect.stringContaining('01/02/2026'),
        retried: false,
      },
    ]);
    await one("ALTER CONNECTOR picky SET ('transforms.t.format'='MM/dd/yyyy');");
    await one('ASSERT CONNECTOR picky RUNNING TIMEOUT 5 SECONDS;');
    expect((await one('RETRY DEAD LETTERS OF picky;'))['message']).toBe('Sent 1 dead letter of PICKY again, to words');
    await until(() => linesIn('picky.txt') === 2);
    expect((await letters()).map((l) => l.retried)).toEqual([true]);
    expect((await one('RETRY DEAD LETTERS OF picky;'))['message']).toBe('No dead letters of PICKY to send again');
  });

  test('are chosen by a condition: shown, and sent again, each once in whatever order', async () => {
    await client.execute(
      "INSERT INTO words VALUES (3, '1-2-26'); INSERT INTO words VALUES (4, '3-4-26'); INSERT INTO words VALUES (5, '5-6-26');",
    );
    await until(async () => (await letters()).length === 4);
    const offsets = async (where: string): Promise<unknown[]> =>
      ((await one(`SHOW DEAD LETTERS OF picky WHERE ${where};`))['deadLetters'] as { originalOffset: number }[]).map(
        (l) => l.originalOffset,
      );
    expect(await offsets('NOT retried')).toEqual([3, 4, 5]);
    expect(await offsets("stage = 'TRANSFORMATION' AND value LIKE '%3-4-26%'")).toEqual([4]);
    expect(await offsets("key IN ('3', '5') AND original_topic = 'words' LIMIT 1")).toEqual([5]);
    for (const [where, sentence] of [
      ['valeu = 1', 'Dead letters have no column VALEU'],
      ['UCASE(value)', 'WHERE takes a condition'],
      ['', 'Syntax'],
    ] as const)
      await expect(client.execute(`RETRY DEAD LETTERS OF picky WHERE ${where};`)).rejects.toThrow(sentence);
    expect((await one("RETRY DEAD LETTERS OF picky WHERE key = '9';"))['message']).toBe(
      'No dead letters of PICKY to send again: WHERE chooses none of 3',
    );
    await one("ALTER CONNECTOR picky SET ('transforms.t.format'='M-d-yy');");
    await one('ASSERT CONNECTOR picky RUNNING TIMEOUT 5 SECONDS;');
    const retried = await one("RETRY DEAD LETTERS OF picky WHERE value LIKE '%3-4-26%';");
    expect(retried).toMatchObject({
      message: 'Sent 1 dead letter of PICKY again, to words',
      warnings: [
        { message: expect.stringContaining('becomes a dead letter again') },
        { message: '2 that WHERE does not choose stay' },
      ],
    });
    await until(() => linesIn('picky.txt') === 3);
    expect(await offsets('NOT retried')).toEqual([3, 5]);
    expect((await one("RETRY DEAD LETTERS OF picky WHERE value LIKE '%3-4-26%';"))['message']).toMatch(/^No dead/);
    expect((await one('RETRY DEAD LETTERS OF picky;'))['message']).toBe('Sent 2 dead letters of PICKY again, to words');
    await until(() => linesIn('picky.txt') === 5);
    expect(await offsets('NOT retried')).toEqual([]);
  });

  test('go back to no topic that others read as well', async () => {
    await client.execute(
      "CREATE STREAM events (at STRING) WITH (kafka_topic='words', value_format='JSON'); CREATE STREAM copies AS SELECT * FROM events;",
    );
    await expect(client.execute('RETRY DEAD LETTERS OF picky;')).rejects.toThrow(/CSAS_COPIES_\d+ reads EVENTS/);
  });
});

test('DROP … TERMINATE CASCADE ends what hangs on a connector, and says what', async () => {
  const made = await one(
    "CREATE SOURCE CONNECTOR chain WITH (connector='datagen', data='pageviews', topic='chain', rate=50);",
  );
  expect(made['declaredSources']).toMatchObject([{ name: 'CHAIN_CHAIN' }]);
  await client.execute(
    'CREATE STREAM upper AS SELECT *, UCASE(pageid) AS v FROM chain_chain; CREATE TABLE counted AS SELECT v, COUNT(*) AS n FROM upper GROUP BY v;',
  );
  await expect(client.execute('DROP CONNECTOR chain TERMINATE;')).rejects.toThrow(/CSAS_UPPER_\d+/);
  const answer = await one('DROP CONNECTOR chain TERMINATE DELETE TOPICS CASCADE;');
  expect((answer['warnings'] as { message: string }[])[0]?.message).toBe(
    'What hung on it: DROP TABLE COUNTED; DROP STREAM UPPER; DROP STREAM CHAIN_CHAIN;',
  );
  const left = JSON.stringify(await client.execute('SHOW STREAMS; SHOW TABLES; SHOW QUERIES; SHOW CONNECTORS;'));
  expect(left).not.toMatch(/UPPER|COUNTED|CHAIN/);
});

test('RESTART … ONLY FAILED leaves alone what runs', async () => {
  expect((await one('RESTART CONNECTOR out ONLY FAILED;'))['message']).toBe(
    'Nothing to restart: nothing of connector OUT has failed',
  );
  expect((await one('RESTART CONNECTOR out TASK 0 ONLY FAILED;'))['message']).toBe(
    'Nothing to restart: task 0 of connector OUT has not failed',
  );
  expect((await one('RESTART CONNECTOR out;'))['message']).toBe('Restarted connector OUT');
});

test('ALTER CONNECTOR … RESET gives settings their defaults', async () => {
  await one("ALTER CONNECTOR out SET ('errors.tolerance'='all');");
  await expect(client.execute("ALTER CONNECTOR out RESET ('errors.tolerence');")).rejects.toThrow(
    /not set for connector OUT.*errors\.tolerance/,
  );
  await one("ALTER CONNECTOR out SET ('errors.log.enable'='true') RESET ('errors.tolerance');");
  expect((await one('DESCRIBE CONNECTOR out;'))['config']).toMatchObject({ 'errors.log.enable': 'true' });
  await one("ALTER CONNECTOR out RESET ('errors.log.enable');");
  expect((await one('DESCRIBE CONNECTOR out;'))['config']).not.toHaveProperty('errors.tolerance');
  // A setting that has no default and is required cannot be reset.
  await expect(client.execute('ALTER CONNECTOR out RESET (file);')).rejects.toThrow('file is missing');
});

test.each([
  ["CREATE CONNECTOR FROM '{';", 'is not JSON'],
  [`CREATE CONNECTOR FROM '{"config": {"connector.class": "x"}}';`, 'has no name'],
  [`CREATE CONNECTOR c FROM '{"config": {"a": {"b": 1}}}';`, '"a" is no text'],
  [`CREATE CONNECTOR c FROM '{"config": {"a": "b"}, "initial_state": "ASLEEP"}';`, 'RUNNING, PAUSED or STOPPED'],
  ['CREATE CONNECTOR c WITH (a=b);', "'FROM'"],
  ["ALTER CONNECTOR out SET (file='x') RESET (file);", "Property 'file' is set and reset in one statement."],
  ['ASSERT CONNECTOR nobody TIMEOUT 1 MILLISECOND;', 'Connector NOBODY does not exist'],
  ['ASSERT NOT EXISTS CONNECTOR out TIMEOUT 1 MILLISECOND;', 'Connector OUT exists'],
  ['SHOW CONNECTOR OFFSETS OF uot;', 'not found'],
])('%s is refused', async (sql, problem) => {
  await expect(client.execute(sql)).rejects.toThrow(problem);
});

test('a sink that fails at once is told with the answer of CREATE, with what to try', async () => {
  const made = await one(`CREATE SINK CONNECTOR nowhere ${SINK.replace('out.txt', 'none/out.txt')};`);
  expect((made['warnings'] as { message: string }[])[0]?.message).toMatch(
    /^NOWHERE was created, and has failed: Couldn't find or create file .* make it, and RESTART CONNECTOR NOWHERE;/,
  );
  await one('DROP CONNECTOR nowhere;');
});

test('a sink over a topic that does not exist runs, and says so', async () => {
  await one(
    `CREATE SINK CONNECTOR slip ${SINK.replace("'topics'='lines'", "'topics'='lnes'").replace('out.txt', 'slip.txt')};`,
  );
  const sentence = 'Topic lnes does not exist: it is read when it comes. Did you mean lines?';
  expect((await one('SHOW CONNECTORS;'))['warnings']).toContainEqual({ message: `SLIP: ${sentence}` });
  expect((await one('DESCRIBE CONNECTOR slip;'))['warnings']).toContainEqual({ message: sentence });
  await one('DROP CONNECTOR slip;');
});

test('one request: what a connector brings is there for what follows it, and what is wrong before it stops all', async () => {
  const results = await client.execute(
    `CREATE SOURCE CONNECTOR crowd WITH (connector='datagen', data='users', topic='people', rate=20);
     CREATE TABLE people (userid VARCHAR PRIMARY KEY, regionid VARCHAR) WITH (kafka_topic='people', value_format='JSON');
     CREATE TABLE by_region AS SELECT regionid, COUNT(*) AS n FROM people GROUP BY regionid;
     SHOW TABLES;`,
  );
  expect(results).toHaveLength(4);
  await expect(
    client.execute(
      `CREATE STREAM wrong AS SELECT nosuch FROM lines;
       CREATE SOURCE CONNECTOR never WITH (connector='datagen', data='users', topic='never', rate=20);`,
    ),
  ).rejects.toThrow(/NOSUCH/);
  await expect(one('DESCRIBE CONNECTOR never;')).rejects.toThrow(/never/i);
  const failed = await client
    .execute(
      `CREATE SOURCE CONNECTOR stands WITH (connector='datagen', data='users', topic='stands', rate=20);
       CREATE STREAM wrong AS SELECT nosuch FROM stands_stands;`,
    )
    .catch((error: unknown) => error as Error);
  expect(String(failed)).toMatch(/NOSUCH/);
  expect(await one('DESCRIBE CONNECTOR stands;')).toMatchObject({ status: { name: 'STANDS' } });
  await client.execute(
    `DROP CONNECTOR stands TERMINATE DELETE TOPICS CASCADE; CREATE STREAM stands_stands AS SELECT * FROM lines;
     DROP TABLE by_region; DROP TABLE people; DROP CONNECTOR crowd TERMINATE DELETE TOPICS CASCADE;`,
  );
});

test('sources of different formats go through one sink: its converter knows the format of each topic', async () => {
  await client.execute(`CREATE TABLE plain (id INT PRIMARY KEY, v STRING) WITH (kafka_topic='plain', partitions=1, value_format='JSON');
    CREATE TABLE pairs (a INT PRIMARY KEY, b STRING PRIMARY KEY, w BIGINT) WITH (kafka_topic='pairs', partitions=1, key_format='JSON', value_format='DELIMITED');
    INSERT INTO plain VALUES (1, 'x'); INSERT INTO pairs VALUES (2, 'y', 3);`);
  await one(
    `CREATE SINK CONNECTOR mixed WITH ('connector.class'='FileStreamSink', 'file'='${file('mixed.txt')}', sources='plain,pairs');`,
  );
  await until(() => linesIn('mixed.txt') === 2);
  expect(textOf('mixed.txt').split('\n').toSorted()).toEqual(['', '{"a":2,"b":"y","w":3}', '{"id":1,"v":"x"}']);
  // An explicit converter reads all topics in the same way.
  await expect(
    client.execute(
      `CREATE SINK CONNECTOR alike WITH ('connector.class'='FileStreamSink', 'file'='${file('alike.txt')}', sources='plain,pairs', 'value.converter'='org.apache.kafka.connect.json.JsonConverter');`,
    ),
  ).rejects.toThrow('PAIRS and PLAIN have different formats');
});

test('a sink that is created paused waits; replaced, it goes on in its new place where it was', async () => {
  const to = (name: string): string => SINK.replace('out.txt', name).replace("'lines'", "'waits'");
  await client.execute(
    "CREATE STREAM waits (line STRING) WITH (kafka_topic='waits', value_format='JSON', partitions=1); INSERT INTO waits VALUES ('a');",
  );
  await one(`CREATE SINK CONNECTOR waiting ${to('waiting.txt')} PAUSED;`);
  await one('ASSERT CONNECTOR waiting PAUSED TIMEOUT 5 SECONDS;');
  expect(await one('SHOW SINK CONNECTORS EXTENDED;')).toMatchObject({
    connectors: expect.arrayContaining([expect.objectContaining({ name: 'WAITING', state: 'PAUSED' })]) as unknown,
  });
  expect(textOf('waiting.txt')).toBe('');
  await one('RESUME CONNECTOR waiting;');
  const offsets = async (): Promise<number> =>
    ((await one('SHOW CONNECTOR OFFSETS OF waiting;'))['offsets'] as { offset: { kafka_offset: number } }[]).reduce(
      (sum, { offset }) => sum + offset.kafka_offset,
      0,
    );
  await until(async () => linesIn('waiting.txt') === 1 && (await offsets()) === 1);
  await one(`CREATE OR REPLACE SINK CONNECTOR waiting ${to('replaced.txt')};`);
  await client.execute("INSERT INTO waits VALUES ('z');");
  await until(() => linesIn('replaced.txt') === 1);
  expect(textOf('waiting.txt').split('\n')).toHaveLength(2);
  await one('DROP CONNECTOR waiting TERMINATE;');
});

test('what a connector remarks is one line of its logs and one warning of its creation', async () => {
  const made = await one(
    `CREATE SINK CONNECTOR remarks ${SINK.replace('out.txt', 'remarks.txt').replace(')', ", 'producer.override.linger.ms'='5')")};`,
  );
  const about = (texts: readonly unknown[]): number =>
    texts.filter((text) => String(text).includes('linger.ms')).length;
  expect(about((made['warnings'] as { message: string }[]).map((w) => w.message))).toBe(1);
  const events = async (): Promise<readonly { event: string; detail: string | null }[]> =>
    (await one('SHOW LOGS OF remarks;'))['lines'] as { event: string; detail: string | null }[];
  await until(async () => (await events()).some((line) => line.event === 'REMARK'));
  expect(about((await events()).map((line) => JSON.stringify(line)))).toBe(1);
  await one('DROP CONNECTOR remarks TERMINATE;');
});
