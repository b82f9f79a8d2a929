import { describe, expect, test } from 'vitest';
import { formatSchema } from '../types/schema.ts';
import { allSteps } from './steps/walk.ts';
import { faultsOf } from './testing/check-plan.ts';
import { PlanWorld } from './testing/world.ts';

const SOURCES = `
  CREATE STREAM s (id INT KEY, name STRING, v BIGINT, arr ARRAY<INT>, st STRUCT<a INT, b STRING>) WITH (kafka_topic='s', value_format='JSON');
  CREATE STREAM s2 (id INT KEY, name STRING, w DOUBLE) WITH (kafka_topic='s2', value_format='JSON');
  CREATE STREAM s3 (a INT KEY, b INT KEY, c INT) WITH (kafka_topic='s3', format='JSON');
  CREATE TABLE t (id INT PRIMARY KEY, region STRING, fk BIGINT) WITH (kafka_topic='t', value_format='JSON');
  CREATE TABLE u (uid BIGINT PRIMARY KEY, label STRING) WITH (kafka_topic='u', value_format='JSON');
`;

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(SOURCES);
  return made;
}

describe('planStatement, schemas of results', () => {
  const cases: [string, string][] = [
    [
      'STREAM x AS SELECT * FROM s',
      '`ID` INTEGER KEY, `NAME` STRING, `V` BIGINT, `ARR` ARRAY<INTEGER>, `ST` STRUCT<`A` INTEGER, `B` STRING>',
    ],
    ['STREAM x AS SELECT id AS k, v + 1, st->b FROM s', '`K` INTEGER KEY, `KSQL_COL_0` BIGINT, `B` STRING'],
    ['STREAM x AS SELECT id, st->*, name FROM s', '`ID` INTEGER KEY, `A` INTEGER, `B` STRING, `NAME` STRING'],
    ['STREAM x AS SELECT id, name, v FROM s PARTITION BY name', '`NAME` STRING KEY, `ID` INTEGER, `V` BIGINT'],
    ['STREAM x AS SELECT UCASE(name) AS n, v FROM s PARTITION BY UCASE(name)', '`N` STRING KEY, `V` BIGINT'],
    ['STREAM x AS SELECT v FROM s PARTITION BY NULL', '`V` BIGINT'],
    ['TABLE x AS SELECT name, COUNT(*) AS n FROM s GROUP BY name', '`NAME` STRING KEY, `N` BIGINT'],
    ['TABLE x AS SELECT v, name, SUM(v) FROM s GROUP BY name, v', ''],
    [
      "TABLE x WITH (key_format='JSON') AS SELECT v, name, SUM(v) FROM s GROUP BY name, v",
      '`NAME` STRING KEY, `V` BIGINT KEY, `KSQL_COL_0` BIGINT',
    ],
    [
      'TABLE x AS SELECT name, WINDOWSTART AS ws, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY name',
      '`NAME` STRING KEY, `WS` BIGINT, `N` BIGINT',
    ],
    ['STREAM x AS SELECT id, EXPLODE(arr) AS one, v FROM s', '`ID` INTEGER KEY, `ONE` INTEGER, `V` BIGINT'],
    [
      'STREAM x AS SELECT s.id, s.name, region FROM s LEFT JOIN t ON s.id = t.id',
      '`S_ID` INTEGER KEY, `NAME` STRING, `REGION` STRING',
    ],
    [
      'STREAM x AS SELECT * FROM s2 a JOIN s3 b WITHIN 1 HOUR ON a.id = b.c',
      '`A_ID` INTEGER KEY, `A_NAME` STRING, `A_W` DOUBLE, `B_A` INTEGER, `B_B` INTEGER, `B_C` INTEGER',
    ],
    [
      'STREAM x AS SELECT ROWKEY AS k, w FROM s2 JOIN s WITHIN 1 HOUR ON ABS(s2.id) = ABS(s.id)',
      '`K` INTEGER KEY, `W` DOUBLE',
    ],
    [
      'TABLE x AS SELECT * FROM t JOIN u ON t.fk = u.uid',
      '`T_ID` INTEGER KEY, `T_REGION` STRING, `T_FK` BIGINT, `U_UID` BIGINT, `U_LABEL` STRING',
    ],
    [
      'TABLE x AS SELECT region, COUNT(*) AS n FROM t GROUP BY region HAVING COUNT(*) > 1',
      '`REGION` STRING KEY, `N` BIGINT',
    ],
  ];
  for (const [statement, schema] of cases) {
    if (schema === '') continue;
    test(statement, () => {
      const w = world();
      const { root } = w.query(`CREATE ${statement};`);
      expect(formatSchema(w.catalog.source('X')!.schema)).toBe(schema);
      expect(faultsOf(root)).toEqual([]);
    });
  }
});

describe('planStatement, tables with read times', () => {
  const declared =
    "CREATE TABLE m (k STRING PRIMARY KEY, v INT, at BIGINT) WITH (kafka_topic='m', value_format='JSON', partitions=1";
  const readTimes = (w: PlanWorld, text: string): (boolean | undefined)[] => {
    const root = w.query(text).root;
    return allSteps(root).flatMap((step) => ('hasReadTimes' in step ? [step.hasReadTimes === true] : []));
  };
  const stream = "CREATE STREAM st (k STRING KEY, x INT) WITH (kafka_topic='st', value_format='JSON', partitions=1);";

  test('what a connector declared, and tables derived from it; not what has event times', () => {
    const w = new PlanWorld();
    w.run(stream);
    w.run(`${declared}, sourced_by_connector='c');`);
    expect(readTimes(w, 'CREATE STREAM j AS SELECT st.k, x, v FROM st LEFT JOIN m ON st.k = m.k;')).toEqual([
      false,
      true,
    ]);
    expect(readTimes(w, 'CREATE TABLE d AS SELECT * FROM m WHERE v > 1;')).toEqual([true]);
    expect(readTimes(w, 'CREATE STREAM j2 AS SELECT st.k, x, v FROM st JOIN d ON st.k = d.k;')).toEqual([false, true]);
    expect(readTimes(w, 'CREATE TABLE g AS SELECT st_k, COUNT(*) AS n FROM j GROUP BY st_k;')).toEqual([false]);
    expect(readTimes(w, 'CREATE STREAM j3 AS SELECT st.k, x, n FROM st JOIN g ON st.k = g.st_k;')).toEqual([
      false,
      false,
    ]);
  });

  test('a table declared by hand over the same topic as well', () => {
    const w = new PlanWorld();
    w.run(stream);
    w.run(`${declared}, sourced_by_connector='c');`);
    w.run(`${declared.replace('TABLE m', 'TABLE own')});`);
    w.run(`${declared.replace('TABLE m', 'TABLE other').replace("='m'", "='elsewhere'")});`);
    expect(readTimes(w, 'CREATE STREAM j AS SELECT st.k, x, v FROM st JOIN own ON st.k = own.k;')).toEqual([
      false,
      true,
    ]);
    expect(readTimes(w, 'CREATE STREAM j2 AS SELECT st.k, x, v FROM st JOIN other ON st.k = other.k;')).toEqual([
      false,
      false,
    ]);
  });

  test('a timestamp column counts', () => {
    const w = new PlanWorld();
    w.run(`${declared}, sourced_by_connector='c', timestamp='at');`);
    expect(readTimes(w, 'CREATE TABLE d AS SELECT * FROM m;')).toEqual([false]);
  });
});

describe('planStatement, refusals', () => {
  const cases: [string, string][] = [
    ['CREATE STREAM x AS SELECT nope FROM s;', "SELECT column 'NOPE' cannot be resolved."],
    ['CREATE STREAM x AS SELECT id, name FROM nowhere;', 'NOWHERE does not exist.'],
    ['CREATE STREAM x AS SELECT name FROM s;', 'must include the key column ID in its projection (eg, SELECT ID...)'],
    ['CREATE STREAM x AS SELECT id, id AS id2, name FROM s;', '(`ID`) more than once, aliased as: ID and ID2.'],
    ['CREATE STREAM x AS SELECT id FROM s;', 'The projection contains no value columns.'],
    ['CREATE STREAM x AS SELECT id, v AS rowtime FROM s;', '`ROWTIME` is a reserved column name.'],
    [
      'CREATE STREAM x AS SELECT id, v FROM s LIMIT 3;',
      "CREATE STREAM AS SELECT statements don't support LIMIT clause.",
    ],
    ['CREATE TABLE x AS SELECT id, v FROM s;', 'Your SELECT query produces a STREAM'],
    [
      'CREATE TABLE x AS SELECT name, v, COUNT(*) FROM s GROUP BY name;',
      'Non-aggregate SELECT expression(s) not part of GROUP BY: V',
    ],
    [
      'CREATE TABLE x AS SELECT v, name, SUM(v) FROM s GROUP BY name, v;',
      "The 'KAFKA' format only supports a single field.",
    ],
    [
      'CREATE TABLE x AS SELECT region, MAX(fk) FROM t GROUP BY region;',
      'The aggregation function MAX cannot be applied to a table source',
    ],
    [
      'CREATE STREAM x AS SELECT * FROM s JOIN s2 ON s.id = s2.id;',
      'Stream-Stream joins must have a WITHIN clause specified.',
    ],
    ['CREATE STREAM x AS SELECT * FROM s JOIN t WITHIN 1 HOUR ON s.id = t.id;', 'Please drop the window definition'],
    ['CREATE STREAM x AS SELECT * FROM s JOIN t ON s.v = t.id;', "types don't match. Got S.V{BIGINT} = T.ID{INTEGER}."],
    ['CREATE STREAM x AS SELECT id FROM s JOIN t ON s.id = t.id;', "Column 'ID' is ambiguous. Could be S.ID or T.ID."],
    [
      "CREATE STREAM s (id INT KEY) WITH (kafka_topic='z', value_format='JSON');",
      'A stream with the same name already exists',
    ],
    [
      "CREATE STREAM z (id INT KEY, v INT) WITH (kafka_topic='missing', value_format='JSON');",
      "Topic 'missing' does not exist.",
    ],
    [
      "CREATE STREAM z (id INT KEY, v INT) WITH (kafka_topic='z', value_format='JSON', valu_format='JSON');",
      'Invalid config variable(s) in the WITH clause: VALU_FORMAT',
    ],
    [
      "CREATE STREAM z (id INT KEY, v FOO) WITH (kafka_topic='z', value_format='JSON');",
      'Cannot resolve unknown type: FOO',
    ],
    ['INSERT INTO t SELECT * FROM s;', 'INSERT INTO can only be used to insert into a stream. T is a table.'],
    ['INSERT INTO s2 SELECT id, name FROM s;', 'Incompatible schema between results and sink'],
    ['DROP STREAM t;', 'Incompatible data source type is TABLE, but statement was DROP STREAM'],
    ['ALTER STREAM s ADD COLUMN v INT;', 'A column with the same name already exists.'],
  ];
  for (const [statement, sentence] of cases) {
    test(statement, () => {
      const w = world();
      const before = w.catalog;
      const error = w.refusal(() => w.run(statement));
      expect(error.message).toContain(sentence);
      expect(error.statement).toBeDefined();
      expect(w.catalog).toBe(before);
    });
  }
});

describe('planStatement, limits of windows', () => {
  test.each([
    ['HOPPING (SIZE 5 SECONDS, ADVANCE BY 10 SECONDS)', 'Window advancement interval should be more than zero'],
    ['HOPPING (SIZE 10000 DAYS, ADVANCE BY 1 MILLISECOND)', 'Each record would belong to 864000000000 windows'],
    ['HOPPING (SIZE 10001 SECONDS, ADVANCE BY 1 SECOND)', '10000 are the most (ksql.window.max.per.record)'],
    ['TUMBLING (SIZE 0 SECONDS)', 'Window size (sizeMs) must be larger than zero.'],
    ['SESSION (0 SECONDS)', 'Gap time (inactivityGapMs) cannot be zero or negative.'],
    ['TUMBLING (SIZE 9 SECONDS, RETENTION 5 SECONDS)', 'Got size=[9000], grace=[0], retention=[5000]'],
  ])('%s is refused', (window, message) => {
    const w = world();
    const text = `CREATE TABLE x AS SELECT id, COUNT(*) FROM s WINDOW ${window} GROUP BY id;`;
    expect(w.refusal(() => w.run(text)).message).toContain(message);
  });
});

test('the keys of a foreign key join are registered as those of repartitions are', () => {
  const w = world();
  w.run(`CREATE TABLE a (k INT PRIMARY KEY, v INT) WITH (kafka_topic='a', format='AVRO');`);
  const plan = w.run(`CREATE TABLE x AS SELECT t.id, a.v FROM t JOIN a ON CAST(t.region AS INT) = a.k;`);
  expect(plan.schemas.map((s) => s.subject)).toContain(
    '_confluent-ksql-default_query_CTAS_X_0-Join-subscription-registration-topic-key',
  );
});

describe('planStatement, DDL', () => {
  test('columns come from the registry when the statement has none', () => {
    const w = new PlanWorld().schema('a-value', 7, {
      schemaType: 'AVRO',
      schema: '{"type":"record","name":"r","fields":[{"name":"F0","type":"int"}]}',
    });
    w.run(`CREATE STREAM a (k STRING KEY) WITH (kafka_topic='a', value_format='AVRO');`);
    expect(formatSchema(w.catalog.source('A')!.schema)).toBe('`K` STRING KEY, `F0` INTEGER');
    expect(w.refusal(() => w.run(`CREATE STREAM b WITH (kafka_topic='b', value_format='AVRO');`)).message).toContain(
      "Schema for message values on topic 'b' does not exist in the Schema Registry.",
    );
  });

  test('IF NOT EXISTS and IF EXISTS change nothing and say so', () => {
    const w = world();
    const plan = w.run(
      `CREATE STREAM IF NOT EXISTS s (id INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON');`,
    );
    expect(plan.skipped).toBe(true);
    expect(plan.ddl).toBeUndefined();
    expect(plan.warnings).toHaveLength(1);
    expect(w.run('DROP TABLE IF EXISTS nothing;').skipped).toBe(true);
  });

  test('a missing topic is created with the counts that the statement gives', () => {
    const w = new PlanWorld();
    const plan = w.run(
      `CREATE TABLE a (k INT PRIMARY KEY, v INT) WITH (kafka_topic='missing-a', value_format='JSON', partitions=3);`,
    );
    expect(plan.topics).toEqual([
      { name: 'missing-a', partitions: 3, replicas: 1, configs: { 'cleanup.policy': 'compact' }, exists: false },
    ]);
  });

  test('CREATE OR REPLACE may add value columns and nothing else', () => {
    const w = world();
    w.run(`CREATE STREAM x AS SELECT id, v FROM s;`);
    const plan = w.run(`CREATE OR REPLACE STREAM x AS SELECT id, v, name FROM s;`);
    expect(plan.query).toMatchObject({ replaces: true, plan: { queryId: 'CSAS_X_0' } });
    expect(w.refusal(() => w.run(`CREATE OR REPLACE STREAM x AS SELECT id, name FROM s;`)).message).toContain(
      '(The following columns are changed, missing or reordered: [`V` BIGINT, `NAME` STRING])',
    );
  });

  test('CREATE OR REPLACE of a join says how to begin anew without rows that come twice', () => {
    const w = world();
    w.run(
      `CREATE TABLE named (id INT PRIMARY KEY, note STRING) WITH (kafka_topic='n', value_format='JSON', partitions=4);`,
    );
    w.run(`CREATE STREAM x AS SELECT s.id, s.v FROM s JOIN named n ON s.id = n.id;`);
    const refused = w.refusal(() =>
      w.run(`CREATE OR REPLACE STREAM x AS SELECT s.id, s.v, n.note FROM s JOIN named n ON s.id = n.id;`),
    );
    expect(refused.hint).toMatch(
      /DELETE TOPIC.*Without DELETE TOPIC the topic keeps its rows, and they come once more/,
    );
  });

  test('CREATE OR REPLACE of what is no result may make types wider, so that records of before are read as well', () => {
    const w = world();
    const create = (columns: string, format = 'JSON'): string =>
      `CREATE OR REPLACE STREAM x (k INT KEY, ${columns}) WITH (kafka_topic='s', value_format='${format}');`;
    w.run(create('a INT, b DECIMAL(4, 2), c BIGINT'));
    w.run(create('a BIGINT, b DECIMAL(10, 4), c STRING, d INT'));
    for (const narrower of [
      'a INT, b DECIMAL(10, 4)',
      'a BIGINT, b DECIMAL(9, 4)',
      'a BIGINT, b DECIMAL(10, 5)',
      'a DATE, b DECIMAL(10, 4)',
    ])
      expect(w.refusal(() => w.run(create(`${narrower}, c STRING, d INT`))).hint).toContain('types may become wider');
    // The values have four bytes and eight bytes.
    w.run(`CREATE STREAM y (a INT) WITH (kafka_topic='s', value_format='KAFKA');`);
    w.refusal(() => w.run(`CREATE OR REPLACE STREAM y (a BIGINT) WITH (kafka_topic='s', value_format='KAFKA');`));
  });

  test('DROP refuses while others read, and ends the query that made the source', () => {
    const w = world();
    w.run(`CREATE STREAM x AS SELECT id, v FROM s;`);
    expect(w.refusal(() => w.run('DROP STREAM s;')).message).toContain(
      'The following streams and/or tables read from this source: [X].',
    );
    expect(w.run('DROP STREAM x;').terminates).toEqual(['CSAS_X_0']);
    expect(w.catalog.queries.size).toBe(0);
    w.run('DROP STREAM s;');
  });
});

describe('settings of older releases', () => {
  test('ksql.sink.partitions and ksql.sink.replicas: before the topic that is read, behind WITH', () => {
    const w = world();
    const made = (text: string): unknown => w.run(text).topics[0];
    w.config.set('ksql.sink.partitions', '7').set('ksql.sink.replicas', '3');
    const named = (name: string, more = ''): string =>
      `CREATE STREAM ${name} WITH (kafka_topic='missing-${name}'${more}) AS SELECT * FROM s;`;
    expect(made(named('c'))).toMatchObject({ partitions: 7, replicas: 3, exists: false });
    expect(made(named('d', ', partitions=2, replicas=1'))).toMatchObject({ partitions: 2, replicas: 1 });
    w.config.set('ksql.sink.partitions', '0');
    expect(w.refusal(() => w.run(named('e'))).message).toContain(
      'Invalid value 0 for configuration ksql.sink.partitions',
    );
  });

  test('ksql.windowed.session.key.legacy matters to sessions alone', () => {
    const w = world();
    w.config.set('ksql.windowed.session.key.legacy', 'true');
    w.run('CREATE TABLE fixed AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY id;');
    const sessions = 'CREATE TABLE visits AS SELECT id, COUNT(*) AS n FROM s WINDOW SESSION (1 HOUR) GROUP BY id;';
    expect(w.refusal(() => w.run(sessions)).message).toContain('Keys of session windows hold start and end');
    w.config.set('ksql.windowed.session.key.legacy', 'false');
    w.run(sessions);
  });
});

test('statements that a refusal gives are written as they are typed', () => {
  const w = new PlanWorld();
  w.run(
    "CREATE STREAM `my-stream` (`a b` STRING KEY, x INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);",
  );
  w.query('CREATE STREAM `odd-out` AS SELECT * FROM `my-stream`;');
  const hint = (text: string): string | undefined => {
    try {
      w.run(text);
      return undefined;
    } catch (error) {
      return (error as { hint?: string }).hint;
    }
  };
  expect(hint('DROP STREAM `my-stream`;')).toBe('DROP STREAM `odd-out`;');
  expect(hint('DROP TABLE `my-stream`;')).toBe('DROP STREAM `my-stream`;');
  expect(hint('ALTER TABLE `my-stream` ADD COLUMN y INT;')).toBe('ALTER STREAM `my-stream` …');
});
