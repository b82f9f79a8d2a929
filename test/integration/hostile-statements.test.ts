import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServerProcess, sleep } from '../support/server-process.ts';

/*
 * While any statement runs, a pull query on another table answers in under 50 ms. A server in a process of its own, on its defaults, is sent what
 * once kept it for seconds or for ever. Other programs of this machine hold it up as well, so what counts is the CPU time of its
 * thread for clients; and a case that was slow is asked again: a statement that stalls does so each time.
 */
const MOST_MS = 50;
const ATTEMPTS = 6;
/** Rows of each of two streams whose rows all meet. */
const JOINED = 1200;

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-hostile-'));
let server: ServerProcess;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  server = await ServerProcess.create(folder);
  await server.start();
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
    await sleep(50);
  }
});
afterAll(async () => {
  agent.destroy();
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Ms of CPU that the server's thread for clients has had; undefined where the system does not tell. */
function threadMs(): number | undefined {
  try {
    return Number(readFileSync(`/proc/${server.pid}/task/${server.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/**
 * One pull query; for how long the server kept it waiting, in ms: what its thread did in the meantime, where that is
 * known.
 */
function pull(): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const before = threadMs();
    const sent = request(`${server.url}/query-stream`, { method: 'POST', agent }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        const wall = performance.now() - started;
        const after = threadMs();
        resolve(before === undefined || after === undefined ? wall : Math.min(wall, after - before));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ sql: `SELECT * FROM t WHERE k='a';` }));
  });
}

interface Hostile {
  readonly path: '/ksql' | '/query-stream';
  readonly body: string;
  /** What its answer must have in it. */
  readonly answer: RegExp;
}

/**
 * Sends it, with pull queries beside it; the longest of them in ms. A query that gives no row is left after a while.
 */
async function run({ path, body, answer }: Hostile): Promise<number> {
  const abort = new AbortController();
  let longest = 0;
  let over = false;
  const pulls = (async () => {
    while (!over) {
      longest = Math.max(longest, await pull());
      await sleep(2);
    }
  })();
  const timer = setTimeout(() => abort.abort(), 30_000);
  try {
    const sent = await fetch(server.url + path, { method: 'POST', body, signal: abort.signal });
    expect((await sent.text()).slice(0, 5000)).toMatch(answer);
  } finally {
    clearTimeout(timer);
    over = true;
    await pulls;
  }
  return longest;
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

const CASES: Readonly<Record<string, () => Hostile>> = {
  'a backtracking pattern': () => push(`REGEXP_EXTRACT('(a+)+$', a)`, /\[null\]|aaa/),
  'one that a column holds': () => push(`REGEXP_SPLIT_TO_ARRAY(a, CONCAT('(a*)', '*c'))`, /aaa/),
  'one in INSERT': () =>
    ksql(`INSERT INTO h (k, a) VALUES ('x', REGEXP_REPLACE('${'a'.repeat(40)}', '(a|a)*c', 'x'));`, /^\[\]$/),
  'repetitions over a long text': () => push(`REGEXP_EXTRACT('a*a*a*a*b', LPAD('a', 20000, 'a'))`, /null|steps/),
  'LIKE with many %': () => push(`LPAD('a', 2000, 'a') LIKE '%a%a%a%a%a%a%a%a%b'`, /false/),
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

describe('a pull query answers beside', () => {
  test.each(Object.keys(CASES))(
    '%s',
    async (name) => {
      const hostile = CASES[name]!();
      const seen: number[] = [];
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        seen.push(Math.round(await run(hostile)));
        if (seen.at(-1)! < MOST_MS) return;
      }
      expect(Math.min(...seen), `longest pull query of each attempt: ${seen.join(', ')} ms`).toBeLessThan(MOST_MS);
    },
    120_000,
  );
});
