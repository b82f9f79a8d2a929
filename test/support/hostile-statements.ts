/** A short or long statement that would block a server for seconds or forever. */
export interface Hostile {
  readonly path: '/ksql' | '/query-stream';
  readonly body: string;
  /** A pattern that the response must match. */
  readonly answer: RegExp;
}

const many = (n: number, f: (i: number) => string, between = ','): string =>
  Array.from({ length: n }, (_, i) => f(i)).join(between);
const ksql = (text: string, answer: RegExp, rest: object = {}): Hostile => ({
  path: '/ksql',
  body: JSON.stringify({ ksql: text, ...rest }),
  answer,
});
const push = (expression: string, answer: RegExp): Hostile => ({
  path: '/query-stream',
  body: JSON.stringify({
    sql: `SELECT ${expression} AS r FROM h EMIT CHANGES LIMIT 1;`,
    properties: { 'auto.offset.reset': 'earliest' },
  }),
  answer,
});
const pullOf = (sql: string, answer: RegExp): Hostile => ({
  path: '/query-stream',
  body: JSON.stringify({ sql, properties: { 'auto.offset.reset': 'earliest' } }),
  answer,
});
const STEPS = /ksql\.row\.max\.steps/;
const TOKENS = /20000 words and signs \(ksql\.statement\.max\.tokens\)/;

/** Functions that create the statements, by a description. */
export const HOSTILE_STATEMENTS: Readonly<Record<string, () => Hostile>> = {
  'a backtracking pattern': () => push(`REGEXP_EXTRACT('(a+)+$', a)`, /\[null\]|aaa/),
  'one that a column holds': () => push(`REGEXP_SPLIT_TO_ARRAY(a, CONCAT('(a*)', '*c'))`, /aaa/),
  'one in INSERT': () =>
    ksql(`INSERT INTO h (k, a) VALUES ('x', REGEXP_REPLACE('${'a'.repeat(40)}', '(a|a)*c', 'x'));`, /^\[\]$/),
  'repetitions over a long text': () => push(`REGEXP_EXTRACT('a*a*a*a*b', LPAD('a', 20000, 'a'))`, /null|steps/),
  'LIKE with many %': () => push(`LPAD('a', 2000, 'a') LIKE '%a%a%a%a%a%a%a%a%b'`, /false/),
  'windows without number': () =>
    pullOf(
      'SELECT COUNT(*) FROM h WINDOW HOPPING (SIZE 10000 DAYS, ADVANCE BY 1 MILLISECOND) GROUP BY k EMIT CHANGES LIMIT 1;',
      /ksql\.window\.max\.per\.record/,
    ),
  'LPAD to half a gigabyte': () => push(`LPAD('a', 500000000, 'b')`, STEPS),
  'the same in INSERT': () => ksql(`INSERT INTO h (k, a) VALUES ('x', LPAD('a', 500000000, 'b'));`, STEPS),
  'a series of ten million': () => push(`EXPLODE(GENERATE_SERIES(1, 10000000))`, STEPS),
  'an array that doubles': () => push('REDUCE(GENERATE_SERIES(1, 40), arr, (s, x) => ARRAY_CONCAT(s, s))', STEPS),
  'lambdas in one another': () =>
    push(
      'REDUCE(GENERATE_SERIES(1, 9999), 0, (s, x) => s + REDUCE(GENERATE_SERIES(x, 9999), 0, (p, q) => p + q))',
      STEPS,
    ),
  ENTRIES: () =>
    push(
      `ENTRIES(AS_MAP(TRANSFORM(GENERATE_SERIES(1, 100000), x => CAST(x AS STRING)), GENERATE_SERIES(1, 100000)), true)`,
      STEPS,
    ),
  'SPLIT of five megabytes': () => push(`SPLIT(LPAD(a, 5000000, ','), ',')`, STEPS),
  'JSON_ITEMS of two': () => push(`JSON_ITEMS(CONCAT('[', LPAD('1', 2000001, '1,'), ']'))`, STEPS),
  TO_JSON_STRING: () => push('TO_JSON_STRING(GENERATE_SERIES(1, 400000))', STEPS),
  'CASE of 2,000 branches': () => push(`CASE ${many(2000, (i) => `WHEN a = '${i}' THEN ${i}`, ' ')} END`, /null/),
  'CASE of 5,000': () => push(`CASE ${many(5000, (i) => `WHEN a = '${i}' THEN ${i}`, ' ')} END`, TOKENS),
  'IN of 100,000': () => push(`a IN (${many(100_000, (i) => `'${i}'`)})`, TOKENS),
  'ARRAY of 200,000': () =>
    ksql(`INSERT INTO h (k, arr) VALUES ('x', ARRAY[${many(200_000, (i) => `${i}`)}]);`, TOKENS),
  '2,000 columns': () =>
    ksql(
      `CREATE OR REPLACE STREAM w (${many(2000, (i) => `c${i} INT`)}) WITH (kafka_topic='w', partitions=1, value_format='JSON');`,
      /currentStatus/,
    ),
  'all of them selected': () => ({
    path: '/query-stream',
    body: JSON.stringify({ sql: `SELECT * FROM w EMIT CHANGES LIMIT 0;` }),
    answer: /"C100"/,
  }),
  '20,000 columns': () =>
    ksql(`CREATE STREAM x (${many(20_000, (i) => `c${i} INT`)}) WITH (kafka_topic='x', value_format='JSON');`, TOKENS),
  'a literal of a megabyte': () => push(`1.${'1'.repeat(1_000_000)}`, /1000 digits at most/),
  'an integer of a megabyte': () => push('1'.repeat(1_000_000), /1000 digits at most/),
  'an exponent': () => push(`CAST('1e999999999' AS DECIMAL(10, 2))`, /null|10000 digits/),
  '500 CREATE STREAM': () =>
    ksql(
      many(
        500,
        (i) =>
          `CREATE STREAM IF NOT EXISTS c${i} (v INT) WITH (kafka_topic='c${i}', partitions=1, value_format='JSON');`,
        '',
      ),
      /currentStatus|already exists/,
    ),
  '20,000 INSERTs': () =>
    ksql(
      many(20_000, () => `INSERT INTO h (k, a) VALUES ('x', 'y');`, ''),
      /^\[\]$/,
    ),
  '100,000 statements': () =>
    ksql(`SET 'auto.offset.reset'='earliest';`.repeat(100_000), /50000 statements \(ksql\.request\.max\.statements\)/),
  'thousands of lists': () => ksql('SHOW STREAMS;'.repeat(20_000), /50000 entries/),
  '10 MB of semicolons': () => ksql(';'.repeat(10_000_000), /ksql\.request\.max\.bytes/),
  '4 MB of them': () => ksql(';'.repeat(4_000_000), /^\[\]$/),
  '100,000 variables': () =>
    ksql('SHOW TYPES;', /1000 variables or properties \(ksql\.session\.max\.entries\)/, {
      sessionVariables: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`v${i}`, 'x'])),
    }),
  '100,000 properties': () =>
    ksql('SHOW TYPES;', /1000 variables or properties \(ksql\.session\.max\.entries\)/, {
      streamsProperties: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`v${i}`, 'x'])),
    }),
  'a DEFINE that doubles': () =>
    ksql(
      `DEFINE a0='aaaaaaaaaaaaaaaa';${many(40, (i) => `DEFINE a${i + 1}='\${a${i}}\${a${i}}';`, '')}SHOW TYPES;`,
      /ksql\.statement\.max\.characters/,
    ),
  'a join of all with all': () => pullOf('SELECT COUNT(*) AS n FROM j1 a JOIN j2 b ON a.g = b.g;', /1440000/),
  'its rows sorted': () => pullOf('SELECT a.v FROM j1 a JOIN j2 b ON a.g = b.g WHERE b.v < 80 ORDER BY a.v;', /\[0\]/),
  'too many of them': () =>
    pullOf(
      'SELECT a.g, a.v, b.g, b.v, a.v + b.v AS w FROM j1 a JOIN j2 b ON a.g = b.g ORDER BY a.v;',
      /ksql\.query\.pull\.max\.memory/,
    ),
  'its rows in groups': () =>
    pullOf(
      'SELECT a.v, b.v, COUNT(*) FROM j1 a JOIN j2 b ON a.g = b.g WHERE b.v < 80 GROUP BY a.v, b.v;',
      /\[\d+,\d+,1\]/,
    ),
  'a long text that is no SQL': () => push(`'${'x'.repeat(2_000_000)}' + + FROM`, /Syntax Error|characters/),
};

/** The number of rows in each of two streams whose rows all join with each other. */
const JOINED = 1200;

/**
 * Creates what the hostile statements refer to: streams, and the table `t` with the key `a` for concurrent pull
 * queries.
 */
export async function prepareHostile(server: {
  readonly url: string;
  execute(ksql: string, properties?: Readonly<Record<string, string>>): Promise<unknown>;
  rows(sql: string): Promise<readonly unknown[]>;
}): Promise<void> {
  await server.execute(
    `CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', partitions=1, value_format='JSON');
     CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;
     CREATE STREAM h (k STRING KEY, a STRING, arr ARRAY<INT>) WITH (kafka_topic='h', partitions=1, value_format='JSON');
     CREATE STREAM j1 (g INT, v INT) WITH (kafka_topic='j1', partitions=1, value_format='JSON');
     CREATE STREAM j2 (g INT, v INT) WITH (kafka_topic='j2', partitions=1, value_format='JSON');
     INSERT INTO s VALUES ('a', 1);
     INSERT INTO h VALUES ('k', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', ARRAY[1,2,3]);`,
    { 'auto.offset.reset': 'earliest' },
  );
  for (const target of ['J1', 'J2']) {
    const rows = Array.from({ length: JOINED }, (_, v) => `{"G":1,"V":${(v * 7919) % JOINED}}`).join('\n');
    const body = `{"target":"${target}"}\n${rows}\n`;
    await (await fetch(`${server.url}/inserts-stream`, { method: 'POST', body })).text();
  }
  for (let i = 0; (await server.rows(`SELECT * FROM t WHERE k='a';`)).length === 0; i++) {
    if (i > 400) throw new Error('the table stays empty');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
