import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import { ScriptFailure } from '../script.ts';
import { Session } from '../session.ts';
import { queryRows, startedQuery } from '../../../test/support/query-rows.ts';

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

async function ask(sql: string, properties: Record<string, string> = {}): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql, new Session(properties));
}

async function refusal(sql: string, properties: Record<string, string> = {}): Promise<ScriptFailure['error']> {
  const error = await ask(sql, properties).then(
    (rows) => rows,
    (e: unknown) => e,
  );
  if (error instanceof ScriptFailure) return error.error;
  return error as ScriptFailure['error'];
}

const USERS = `
  CREATE TABLE users (id INT PRIMARY KEY, name STRING, city STRING, age INT) WITH (kafka_topic='users', value_format='JSON', partitions=3);
  INSERT INTO users VALUES (1, 'Ann', 'Rome', 30);
  INSERT INTO users VALUES (2, 'Bob', 'Oslo', 41);
  INSERT INTO users VALUES (3, 'Cid', 'Rome', 22);
  INSERT INTO users VALUES (4, 'Dan', 'Bern', 17);
  INSERT INTO users VALUES (5, 'Eva', NULL, 17);
  INSERT INTO users VALUES (4, 'Dan', 'Rome', NULL);
  INSERT INTO users (id) VALUES (2);`;
const ORDERS = `
  CREATE STREAM orders (user_id INT KEY, item STRING, price DOUBLE) WITH (kafka_topic='orders', value_format='JSON', partitions=2);
  INSERT INTO orders VALUES (1, 'pen', 2.5);
  INSERT INTO orders VALUES (1, 'ink', 4.0);
  INSERT INTO orders VALUES (3, 'pen', 2.5);
  INSERT INTO orders VALUES (9, 'cup', 8.0);`;

describe('a table that only its topic has', () => {
  beforeEach(async () => {
    await sluice.engine.execute(USERS);
  });

  const cases: [string, unknown[][]][] = [
    [
      'SELECT * FROM users ORDER BY id;',
      [
        [1, 'Ann', 'Rome', 30],
        [2, null, null, null],
        [3, 'Cid', 'Rome', 22],
        [4, 'Dan', 'Rome', null],
        [5, 'Eva', null, 17],
      ],
    ],
    ['SELECT name FROM users WHERE age > 20 ORDER BY name DESC;', [['Cid'], ['Ann']]],
    ['SELECT name, age + 1 AS next FROM users WHERE id = 3;', [['Cid', 23]]],
    ['SELECT COUNT(*) FROM users;', [[5]]],
    ['SELECT COUNT(*) AS n, COUNT(age) AS ages, SUM(age) AS total FROM users WHERE id > 99;', [[0, 0, 0]]],
    [
      'SELECT city, COUNT(*) AS n FROM users GROUP BY city ORDER BY n DESC, city;',
      [
        ['Rome', 3],
        [null, 2],
      ],
    ],
    ['SELECT city FROM users GROUP BY city HAVING COUNT(*) > 2;', [['Rome']]],
    ['SELECT city, AVG(age) FROM users GROUP BY city ORDER BY 2 NULLS FIRST LIMIT 1;', [[null, 17]]],
    ['SELECT DISTINCT city FROM users ORDER BY city;', [['Rome'], [null]]],
    ['SELECT id FROM users ORDER BY age, id DESC;', [[5], [3], [1], [4], [2]]],
    ['SELECT id FROM users ORDER BY age DESC NULLS LAST, id LIMIT 2;', [[1], [3]]],
    ['SELECT * FROM users LIMIT 0;', []],
    ["SELECT UCASE(name) AS u FROM users WHERE city LIKE 'R%' ORDER BY u LIMIT 2;", [['ANN'], ['CID']]],
    [
      'SELECT id, ROWPARTITION >= 0 AS p, ROWOFFSET >= 0 AS o, ROWTIME > 0 AS t FROM users WHERE id = 1;',
      [[1, true, true, true]],
    ],
    ['SELECT MAX(age) - MIN(age) AS span FROM users;', [[13]]],
    ['SELECT COUNT(*) FROM users GROUP BY (age > 20) ORDER BY COUNT(*) DESC;', [[3], [2]]],
  ];
  for (const [sql, rows] of cases) {
    test(sql, async () => {
      expect(await ask(sql)).toEqual(rows);
    });
  }

  test('a row that was deleted is gone', async () => {
    await sluice.engine.execute(
      `SET 'auto.offset.reset'='earliest'; CREATE TABLE copy AS SELECT * FROM users WHERE age > 20;`,
    );
    await sluice.caughtUp();
    expect(await ask('SELECT COUNT(*) FROM copy;')).toEqual([[2]]);
    await sluice.engine.execute(`INSERT INTO users VALUES (1, 'Ann', 'Rome', 3);`);
    await sluice.caughtUp();
    expect(await ask('SELECT name FROM copy ORDER BY name;')).toEqual([['Cid']]);
    expect(await ask('SELECT name, ROWPARTITION >= 0 FROM copy;')).toEqual([['Cid', true]]);
  });
});

describe('streams and joins', () => {
  beforeEach(async () => {
    await sluice.engine.execute(USERS + ORDERS);
  });

  const cases: [string, unknown[][]][] = [
    [
      'SELECT item, COUNT(*) AS n, SUM(price) AS total FROM orders GROUP BY item ORDER BY total;',
      [
        ['ink', 1, 4],
        ['pen', 2, 5],
        ['cup', 1, 8],
      ],
    ],
    ['SELECT COUNT(*) FROM orders WHERE price > 3;', [[2]]],
    ['SELECT DISTINCT item FROM orders ORDER BY item LIMIT 2;', [['cup'], ['ink']]],
    [
      'SELECT u.name, o.item FROM orders o JOIN users u ON o.user_id = u.id ORDER BY u.name, o.item;',
      [
        ['Ann', 'ink'],
        ['Ann', 'pen'],
        ['Cid', 'pen'],
      ],
    ],
    [
      'SELECT o.item, u.name FROM orders o LEFT JOIN users u ON o.user_id = u.id WHERE o.price > 3 ORDER BY o.item;',
      [
        ['cup', null],
        ['ink', 'Ann'],
      ],
    ],
    [
      'SELECT u.id, COUNT(o.item) AS n FROM orders o RIGHT JOIN users u ON o.user_id = u.id GROUP BY u.id ORDER BY n DESC, u.id LIMIT 3;',
      [
        [1, 2],
        [3, 1],
        [2, 0],
      ],
    ],
    ['SELECT COUNT(*) FROM orders o FULL OUTER JOIN users u ON o.user_id = u.id;', [[7]]],
    ['SELECT COUNT(*) FROM orders o FULL OUTER JOIN users u ON o.user_id = u.id WHERE u.id IS NULL;', [[1]]],
    ['SELECT COUNT(*) FROM orders o JOIN users u ON o.user_id = u.id AND o.price > u.id;', [[2]]],
  ];
  for (const [sql, rows] of cases) {
    test(sql, async () => {
      expect(await ask(sql)).toEqual(rows);
    });
  }

  test('tables join by any column, kept ones and others', async () => {
    await sluice.engine.execute(`
      CREATE TABLE cities (name STRING PRIMARY KEY, country STRING) WITH (kafka_topic='cities', value_format='JSON', partitions=1);
      INSERT INTO cities VALUES ('Rome', 'IT');
      SET 'auto.offset.reset'='earliest';
      CREATE TABLE spent AS SELECT user_id, SUM(price) AS total FROM orders GROUP BY user_id;`);
    await sluice.caughtUp();
    expect(
      await ask(
        `SELECT c.country, u.name, s.total FROM users u JOIN cities c ON u.city = c.name JOIN spent s ON s.user_id = u.id
         WHERE s.total > 1 ORDER BY u.name;`,
      ),
    ).toEqual([
      ['IT', 'Ann', 6.5],
      ['IT', 'Cid', 2.5],
    ]);
    expect(await ask('SELECT COUNT(*), SUM(total) FROM spent WHERE total > 2.5;')).toEqual([[2, 14.5]]);
    expect(await ask('SELECT total FROM spent ORDER BY total DESC LIMIT 1;')).toEqual([[8]]);
  });

  test('windowed tables have their bounds, whether a query keeps them or a topic', async () => {
    await sluice.engine.execute(`
      SET 'auto.offset.reset'='earliest';
      CREATE TABLE w AS SELECT user_id, COUNT(*) AS n FROM orders WINDOW TUMBLING (SIZE 1 DAYS) GROUP BY user_id;
      CREATE TABLE w2 (user_id INT PRIMARY KEY, n BIGINT) WITH (kafka_topic='W', value_format='JSON', window_type='TUMBLING', window_size='1 DAYS');`);
    await sluice.caughtUp();
    for (const table of ['w', 'w2']) {
      expect(
        await ask(`SELECT user_id, n, (WINDOWEND - WINDOWSTART) / 3600000 AS hours FROM ${table} ORDER BY user_id;`),
      ).toEqual([
        [1, 2, 24],
        [3, 1, 24],
        [9, 1, 24],
      ]);
      expect(await ask(`SELECT SUM(n) FROM ${table} WHERE WINDOWSTART > 0;`)).toEqual([[4]]);
    }
  });
});

describe('refusals', () => {
  beforeEach(async () => {
    await sluice.engine.execute(USERS + ORDERS);
  });

  test('what must be held has a bound; what streams through has none', async () => {
    const small = { 'ksql.query.pull.max.memory': '300' };
    const error = await refusal('SELECT * FROM users;', small);
    expect(error).toMatchObject({ code: 'PULL_TOO_LARGE' });
    expect(error.hint).toContain('CREATE TABLE QUERYABLE_USERS AS SELECT * FROM USERS;');
    expect(await refusal('SELECT item, COUNT(*) FROM orders GROUP BY item;', small)).toMatchObject({
      code: 'PULL_TOO_LARGE',
      hint: expect.stringContaining('CREATE TABLE ANSWERS AS SELECT ITEM, COUNT(*) FROM ORDERS GROUP BY ITEM;'),
    });
    expect(await ask('SELECT COUNT(*) FROM orders;', small)).toEqual([[4]]);
    expect(await ask('SELECT item FROM orders ORDER BY item LIMIT 1;', small)).toEqual([['cup']]);
  });

  const ksqldb: [string, string][] = [
    ['SELECT * FROM users;', "The `USERS` table isn't queryable."],
    ['SELECT item, COUNT(*) FROM orders GROUP BY item;', "Pull queries don't support GROUP BY clauses."],
    ['SELECT DISTINCT item FROM orders;', '"DISTINCT" is a reserved keyword'],
    ['SELECT item FROM orders ORDER BY item;', "Syntax error at or near 'BY'"],
    ['SELECT u.name FROM orders o JOIN users u ON o.user_id = u.id;', "Pull queries don't support JOIN clauses."],
  ];
  for (const [sql, sentence] of ksqldb) {
    test(`ksql.dialect=ksqldb: ${sql}`, async () => {
      expect((await refusal(sql, { 'ksql.dialect': 'ksqldb' })).message).toContain(sentence);
    });
  }

  const always: [string, string][] = [
    ['SELECT name, COUNT(*) FROM users;', 'Non-aggregate SELECT expression(s) not part of GROUP BY: NAME'],
    [
      'SELECT city FROM users GROUP BY city ORDER BY age;',
      'Non-aggregate ORDER BY expression not part of GROUP BY: AGE',
    ],
    ['SELECT DISTINCT city FROM users ORDER BY age;', 'what ORDER BY names must be in the select list'],
    ['SELECT city FROM users ORDER BY 2;', 'ORDER BY position 2 is not in the select list.'],
    ['SELECT city FROM users WHERE COUNT(*) > 1;', 'WHERE cannot hold the aggregate function COUNT.'],
    ['SELECT city FROM users ORDER BY nope;', "ORDER BY column 'NOPE' cannot be resolved."],
    ['SELECT * FROM users ORDER BY id EMIT CHANGES;', 'ORDER BY is for queries that end'],
    ['SELECT DISTINCT city FROM users EMIT CHANGES;', 'SELECT DISTINCT is for queries that end'],
    ['SELECT o.item FROM orders o JOIN users u ON o.user_id > u.id;', 'it must hold an equality'],
  ];
  for (const [sql, sentence] of always) {
    test(sql, async () => {
      expect((await refusal(sql)).message).toContain(sentence);
    });
  }
});

describe('EXPLAIN', () => {
  async function plan(sql: string): Promise<string> {
    const [result] = await sluice.engine.execute(`EXPLAIN ${sql}`);
    const { description } = result as unknown as { description: { executionPlan: string; queryType: string } };
    expect(description.queryType).toBe('PULL');
    return description.executionPlan;
  }

  test('says how a query is answered, and what it reads', async () => {
    await sluice.engine.execute(USERS + ORDERS);
    await sluice.engine.execute(
      'CREATE TABLE spent AS SELECT user_id, SUM(price) AS total FROM orders GROUP BY user_id;',
    );
    expect(await plan('SELECT total FROM spent WHERE user_id = 5;')).toBe(
      [
        ' > [ PROJECT ] | Select: TOTAL',
        '    > [ KEY LOOKUP ] | Table: `SPENT`, kept by CTAS_SPENT_0 | Key: 5 | Rows read: at most 1 | Where: (USER_ID = 5)',
      ].join('\n'),
    );
    expect(await plan('SELECT * FROM spent WHERE user_id > 5;')).toContain('[ RANGE ]');
    expect(await plan('SELECT * FROM spent LIMIT 3;')).toContain(
      '[ SCAN ] | Table: `SPENT`, kept by CTAS_SPENT_0 | Rows read: all',
    );
    expect(
      await plan(
        'SELECT u.city, COUNT(*) AS n FROM orders o JOIN users u ON o.user_id = u.id WHERE o.price > 3 GROUP BY u.city ORDER BY n DESC LIMIT 2;',
      ),
    ).toBe(
      [
        ' > [ LIMIT ] | 2',
        '    > [ SORT ] | By: COUNT(*) DESC NULLS FIRST | Holds: at most 2 rows',
        '       > [ PROJECT ] | Select: U_CITY, COUNT(*)',
        '          > [ AGGREGATE ] | By: U_CITY | Functions: COUNT() | Holds: each group',
        '             > [ JOIN ] | INNER | On: O_USER_ID = U_ID',
        '                > [ TOPIC READ ] | Stream: `ORDERS` | Topic: orders | Records read: 4, of 2 partitions | Where: (PRICE > 3)',
        '                > [ TOPIC READ ] | Table: `USERS` | Topic: users | Records read: 7, of 3 partitions | Holds: all rows read',
      ].join('\n'),
    );
  });
});

describe('a plain SELECT on a stream', () => {
  beforeEach(async () => {
    await sluice.engine.execute(ORDERS);
  });

  test('ends where the topic ended when it began, also while it is written without pause', async () => {
    const late = "INSERT INTO orders VALUES (7, 'late', 1.0);";
    const handle = await startedQuery(sluice.engine, 'SELECT item FROM orders;');
    await sluice.engine.execute(late);
    let isOver = false;
    const writer = (async () => {
      while (!isOver) await sluice.engine.execute(late);
    })();
    try {
      const items: unknown[] = [];
      const rows = handle.rows();
      let next = await rows.next();
      for (; next.done !== true; next = await rows.next()) items.push(...next.value.map((row) => row.values[0]));
      expect(next.value).toBe('COMPLETED');
      expect(items.map(String).sort()).toEqual(['cup', 'ink', 'pen', 'pen']);
      for (let i = 0; i < 5; i++) await ask('SELECT item FROM orders WHERE price > 0;');
    } finally {
      isOver = true;
      await writer;
    }
  });

  test('ends at its limit, and says so', async () => {
    for (const [limit, count, end] of [
      [0, 0, 'LIMIT'],
      [3, 3, 'LIMIT'],
      [9, 4, 'COMPLETED'],
    ] as const) {
      const handle = await startedQuery(sluice.engine, `SELECT item FROM orders LIMIT ${limit};`);
      const rows = handle.rows();
      let seen = 0;
      let next = await rows.next();
      for (; next.done !== true; next = await rows.next()) seen += next.value.length;
      expect([seen, next.value]).toEqual([count, end]);
    }
  });
});

test('sessions of EMIT FINAL are seen by a pull query as long as the running query keeps them: until they have closed', async () => {
  const properties = { 'auto.offset.reset': 'earliest' };
  await sluice.engine.execute(
    `CREATE STREAM clicks (u STRING KEY, v INT) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);
     CREATE TABLE visits AS SELECT u, COUNT(*) AS n FROM clicks WINDOW SESSION (10 SECONDS) GROUP BY u EMIT FINAL;
     INSERT INTO clicks (ROWTIME, u, v) VALUES (1000, 'a', 1);
     INSERT INTO clicks (ROWTIME, u, v) VALUES (2000, 'a', 2);
     INSERT INTO clicks (ROWTIME, u, v) VALUES (9000, 'b', 1);`,
    new Session(properties),
  );
  const sessions = async (): Promise<string> =>
    JSON.stringify(await ask('SELECT u, n, WINDOWSTART, WINDOWEND FROM visits ORDER BY u;'));
  await expect.poll(sessions).toBe('[["a",2,1000,2000],["b",1,9000,9000]]');
  await sluice.engine.execute("INSERT INTO clicks (ROWTIME, u, v) VALUES (15000, 'c', 1);", new Session(properties));
  await expect.poll(sessions).toBe('[["b",1,9000,9000],["c",1,15000,15000]]');
});
