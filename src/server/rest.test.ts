import { connect, type ClientHttp2Session } from 'node:http2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';
import { waitFor } from '../../test/support/wait-for.ts';

let sluice: Sluice;
let h2: ClientHttp2Session;

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
  h2 = connect(sluice.url);
});

afterAll(async () => {
  h2?.close();
  await sluice?.close();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly json: any;
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(sluice.url + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });
  const text = await answer.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text, json };
}

/** Sends a request on the HTTP/2 connection: prior knowledge, cleartext, on the same port. */
async function postHttp2(
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const stream = h2.request({ ':method': 'POST', ':path': path, ...headers });
  stream.end(body);
  let status = 0;
  stream.on('response', (h) => (status = Number(h[':status'])));
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += chunk as string;
  return { status, text };
}

const ksql = (text: string): Promise<Answer> => post('/ksql', { ksql: text });

describe('/ksql', () => {
  test('a statement gives its entity with warnings and a command status', async () => {
    const { status, type, json } = await ksql(
      `CREATE STREAM a (id INT KEY, v STRING) WITH (kafka_topic='a', value_format='JSON', partitions=1);`,
    );
    expect(status).toBe(200);
    expect(type).toBe('application/json');
    expect(json[0]).toMatchObject({
      '@type': 'currentStatus',
      commandId: 'stream/`A`/create',
      commandStatus: { status: 'SUCCESS', message: 'Stream created', queryId: null },
      warnings: [],
    });
    const outcome = await fetch(`${sluice.url}/status/stream/${encodeURIComponent('`A`')}/create`);
    expect(await outcome.json()).toEqual({ status: 'SUCCESS', message: 'Stream created', queryId: null });
  });

  test('a script with one invalid statement changes nothing', async () => {
    const { status, json } = await ksql(
      `CREATE STREAM half (id INT KEY) WITH (kafka_topic='half', value_format='JSON', partitions=1); CREATE STREAM half2 AS SELECT nope FROM half;`,
    );
    expect(status).toBe(400);
    expect(json).toMatchObject({ '@type': 'statement_error', error_code: 40001, entities: [] });
    expect((await ksql('SHOW STREAMS;')).json[0].streams.map((s: any) => s.name)).not.toContain('HALF');
  });

  test('a syntax error tells line, column and what was expected', async () => {
    const { status, json } = await ksql('CREATE STREEM x;');
    expect(status).toBe(400);
    expect(json).toMatchObject({ '@type': 'statement_error', error_code: 40001, line: 1, column: 7 });
    expect(json.hint).toContain('STREAM');
  });

  test('SELECT is refused with 40002', async () => {
    const { status, json } = await ksql('SELECT * FROM a EMIT CHANGES;');
    expect(status).toBe(400);
    expect(json.error_code).toBe(40002);
    expect(json.message).toContain("should be issued to the websocket endpoint '/query'");
  });

  test('bad JSON, an empty text, an unknown property', async () => {
    expect((await post('/ksql', '{')).json).toMatchObject({ '@type': 'generic_error', error_code: 40000 });
    expect((await post('/ksql', {})).json).toMatchObject({
      error_code: 40000,
      message: '"ksql" field must be populated',
    });
    expect(
      (await post('/ksql', { ksql: 'SHOW STREAMS;', streamsProperties: { 'auto.offset.rest': 'earliest' } })).status,
    ).toBe(400);
  });

  test('a statement in the field of the other path is told as such', async () => {
    for (const [path, field, other] of [
      ['/ksql', 'ksql', 'sql'],
      ['/query-stream', 'sql', 'ksql'],
    ] as const) {
      const { status, json } = await post(path, { [other]: 'SHOW STREAMS;' });
      expect(status).toBe(400);
      expect(json).toMatchObject({
        message: `"${field}" field must be populated`,
        hint: `The statement stands in "${other}", which is the field of another path: here it is "${field}".`,
      });
      expect((await post(path, {})).json.hint).toMatch(new RegExp(`^The body is \\{"${field}": ".*;"\\}\\.$`));
    }
  });

  test('variables are replaced, and those of the request too', async () => {
    const answer = await post('/ksql', {
      ksql: "DEFINE topic = 'vars'; CREATE STREAM ${name} (v INT) WITH (kafka_topic='${topic}', value_format='JSON', partitions=1); DROP STREAM ${name};",
      sessionVariables: { name: 'vars' },
    });
    expect(answer.json.map((e: any) => e.commandStatus.message)).toEqual([
      'Stream created',
      'Source `VARS` (topic: vars) was dropped.',
    ]);
  });

  test('INSERT VALUES is masked in errors and adds no entity', async () => {
    expect((await ksql("INSERT INTO a VALUES (1, 'secret');")).json).toEqual([]);
    const { json } = await ksql("INSERT INTO a VALUES ('x', 'secret');");
    expect(json.message).toContain('INTEGER');
    expect(JSON.stringify(json)).not.toContain('secret');
  });
});

describe('queries', () => {
  beforeAll(async () => {
    await ksql(`CREATE STREAM q (id INT KEY, big BIGINT, d DECIMAL(6,2)) WITH (kafka_topic='q', value_format='JSON', partitions=1);
      CREATE TABLE sums AS SELECT id, SUM(big) AS total FROM q GROUP BY id EMIT CHANGES;
      INSERT INTO q VALUES (1, 9223372036854775800, 1.50); INSERT INTO q VALUES (1, 7, 2.00); INSERT INTO q VALUES (2, 5, 3.25);`);
    await sluice.caughtUp();
  });

  test('/query-stream: metadata line, then rows; 64-bit integers and decimals are exact', async () => {
    const { text, type } = await post('/query-stream', { sql: 'SELECT * FROM q EMIT CHANGES LIMIT 2;' });
    expect(type).toBe('application/vnd.ksqlapi.delimited.v1');
    const [head, ...rows] = text.trimEnd().split('\n');
    expect(JSON.parse(head!)).toMatchObject({
      columnNames: ['ID', 'BIG', 'D'],
      columnTypes: ['INTEGER', 'BIGINT', 'DECIMAL(6, 2)'],
    });
    expect(rows).toEqual(['[1,9223372036854775800,1.50]', '[1,7,2.00]']);
  });

  test('/query-stream as one JSON array, and 406 for what nobody makes', async () => {
    const { json } = await post(
      '/query-stream',
      { sql: 'SELECT id FROM q EMIT CHANGES LIMIT 1;' },
      { accept: 'application/json, text/plain, */*' },
    );
    expect(json[1]).toEqual([1]);
    expect(
      (await post('/query-stream', { sql: 'SELECT id FROM q EMIT CHANGES LIMIT 1;' }, { accept: 'text/html' })).status,
    ).toBe(406);
  });

  test('/query: header, rows and final message', async () => {
    const { json } = await post('/query', { ksql: 'SELECT id FROM q EMIT CHANGES LIMIT 1;' });
    expect(json[0].header.schema).toBe('`ID` INTEGER');
    expect(json.slice(1)).toEqual([{ row: { columns: [1] } }, { finalMessage: 'Limit Reached' }]);
  });

  test('records that cannot be read are told, not only logged', async () => {
    await ksql(`CREATE STREAM texts (v STRING) WITH (kafka_topic='bad', value_format='KAFKA', partitions=1);
      CREATE STREAM bad (id INT) WITH (kafka_topic='bad', value_format='JSON');
      INSERT INTO texts VALUES ('nonsense'); INSERT INTO texts VALUES ('{"id": 1}'); INSERT INTO texts VALUES ('more');`);
    const reason =
      /^Query Completed\. 2 records of topic bad could not be read: .+ PRINT 'bad' FROM BEGINNING LIMIT 3; shows/;
    const { json } = await post('/query', { ksql: 'SELECT * FROM bad;' });
    expect(json.slice(1, -1)).toEqual([{ row: { columns: [1] } }]);
    expect(json.at(-1).finalMessage).toMatch(reason);
    const asked = await post('/query-stream', { sql: 'SELECT * FROM bad;', notices: true });
    expect(JSON.parse(asked.text.trimEnd().split('\n').at(-1)!).notice).toMatch(/^2 records of topic bad/);
    const plain = await post('/query-stream', { sql: 'SELECT * FROM bad;' });
    expect(plain.text.trimEnd().split('\n').slice(1)).toEqual(['[1]']);
    // Non-streaming responses that contain rows report it as well, and report nothing when all records could be read.
    await ksql(`CREATE TABLE worse (k STRING PRIMARY KEY, id INT) WITH (kafka_topic='bad', value_format='JSON');`);
    for (const sql of [
      'SELECT COUNT(*) AS n FROM bad;',
      'SELECT id, id AS i FROM bad ORDER BY id;',
      'SELECT * FROM worse;',
    ]) {
      const { json: answer } = await post('/query', { ksql: sql });
      expect(answer.at(-1).finalMessage, sql).toMatch(reason);
      const { text } = await post('/query-stream', { sql, notices: true });
      expect(JSON.parse(text.trimEnd().split('\n').at(-1)!).notice, sql).toMatch(/^2 records of topic bad/);
    }
    const fine = await post('/query', { ksql: 'SELECT COUNT(*) AS n FROM texts;' });
    expect(fine.json.slice(1)).toEqual([{ row: { columns: [3] } }]);
  });

  test('a value of no bytes is a record that cannot be read: at CREATE, of a query, and no deleted row', async () => {
    await ksql(`CREATE STREAM blanks (k STRING KEY, v STRING) WITH (kafka_topic='blanks', value_format='KAFKA', partitions=1);
      INSERT INTO blanks VALUES ('a', '{"n": 1}'); INSERT INTO blanks VALUES ('a', '');`);
    const empty = /Invalid JSON at byte 0: it is empty \(0 bytes\)/;
    const made = await ksql(
      `CREATE TABLE kept_row (k STRING PRIMARY KEY, n INT) WITH (kafka_topic='blanks', value_format='JSON');`,
    );
    expect(JSON.stringify(made.json)).toMatch(empty);
    const { json } = await post('/query', { ksql: 'SELECT * FROM kept_row;' });
    expect(json.slice(1, -1)).toEqual([{ row: { columns: ['a', 1] } }]);
    expect(json.at(-1).finalMessage).toMatch(/^Query Completed\. 1 record of topic blanks could not be read: /);
    expect(json.at(-1).finalMessage).toMatch(empty);
  });

  test('the reader of rows is told of expressions that failed', async () => {
    await ksql(`CREATE STREAM ratios (id INT, x INT, y INT) WITH (kafka_topic='ratios', value_format='JSON', partitions=1);
      INSERT INTO ratios VALUES (1, 4, 0); INSERT INTO ratios VALUES (2, 4, 2); INSERT INTO ratios VALUES (3, 7, 0);
      SET 'auto.offset.reset'='earliest';
      CREATE TABLE kept AS SELECT id, LATEST_BY_OFFSET(x) AS x, LATEST_BY_OFFSET(y) AS y FROM ratios GROUP BY id;`);
    await waitFor(async () => expect((await post('/query', { ksql: 'SELECT * FROM kept;' })).json).toHaveLength(4));
    const two = /^2 expressions failed: .*\/ by zero\. .*CASE WHEN divisor <> 0/;
    const one = /^1 expression failed: .*\/ by zero\./;
    const earliest = { 'auto.offset.reset': 'earliest' };
    for (const [sql, wanted, rows] of [
      ['SELECT x / y AS d FROM ratios;', two, ['[null]', '[2]', '[null]']],
      ['SELECT id FROM ratios WHERE x / y > 0;', two, ['[2]']],
      ['SELECT SUM(x / y) AS d FROM ratios;', two, ['[2]']],
      ['SELECT x % y AS d FROM kept;', two, undefined],
      ['SELECT id, x / y AS d FROM kept WHERE id = 1;', one, ['[1,null]']],
      // With the cached plan, whose first execution had an error of its own.
      ['SELECT id, x / y AS d FROM kept WHERE id = 3;', one, ['[3,null]']],
      ['SELECT x / y AS d FROM ratios EMIT CHANGES LIMIT 3;', two, ['[null]', '[2]', '[null]']],
    ] as const) {
      const { text } = await post('/query-stream', { sql, notices: true, properties: earliest });
      const lines = text.trimEnd().split('\n').slice(1);
      expect((JSON.parse(lines.at(-1)!) as { notice: string }).notice, sql).toMatch(wanted);
      if (rows !== undefined) expect(lines.slice(0, -1), sql).toEqual(rows);
    }
    const { text } = await post('/query-stream', {
      sql: 'SELECT id, x / y AS d FROM kept WHERE id = 2;',
      notices: true,
    });
    expect(text.trimEnd().split('\n').slice(1)).toEqual(['[2,2]']);
    const { json } = await post('/ksql', { ksql: 'INSERT INTO ratios VALUES (1, 1 / 0, 2);' });
    expect(json).toMatchObject({ message: 'The value of column `X` fails: / by zero', line: 1, column: 30 });
    const { json: made } = await post('/ksql', { ksql: 'CREATE STREAM never AS SELECT x / 0 AS d FROM ratios;' });
    expect(JSON.stringify(made)).toContain('(X / 0) divides by zero');
  });

  test('a running query tells of them while it runs', async () => {
    const client = new SluiceClient({ url: sluice.url });
    const own = new AbortController();
    const stream = await client.streamQuery('SELECT id FROM bad EMIT CHANGES;', { signal: own.signal });
    const told = await new Promise<string>((resolve) => {
      stream.onNotice = resolve;
      void (async () => {
        for await (const _ of stream);
      })();
    });
    own.abort();
    expect(told).toMatch(/^2 records of topic bad could not be read/);
  });

  test('each error code has a page, which an answer names', async () => {
    const { json } = await post('/ksql', { ksql: 'SELEC 1;' });
    expect(json.docs).toBe('/docs/errors/SYNTAX');
    const page = await fetch(sluice.url + json.docs);
    expect(page.headers.get('content-type')).toContain('text/markdown');
    expect(await page.text()).toContain('## What to do');
    const html = await fetch(sluice.url + json.docs, { headers: { accept: 'text/html,*/*' } });
    expect(await html.text()).toMatch(/<h1>SYNTAX<\/h1>[\s\S]*<pre>SELECT id, FROM/);
    expect(await (await fetch(`${sluice.url}/docs/errors`)).text()).toContain('[NOT_FOUND](/docs/errors/NOT_FOUND)');
    const none = await fetch(`${sluice.url}/docs/errors/SYNTX`);
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ hint: 'Did you mean SYNTAX?' });
  });

  test('a pull query by key reads the committed state; sums beyond 2^53 stay exact', async () => {
    const { text } = await post('/query-stream', { sql: 'SELECT id, total FROM sums WHERE id = 1;' });
    expect(text.trimEnd().split('\n')[1]).toBe('[1,9223372036854775807]');
  });

  test('HTTP/2 by prior knowledge answers on the same port', async () => {
    const { status, text } = await postHttp2(
      '/query-stream',
      JSON.stringify({ sql: 'SELECT id, total FROM sums WHERE id = 2;' }),
    );
    expect(status).toBe(200);
    expect(text.trimEnd().split('\n')[1]).toBe('[2,5]');
  });

  test('/close-query ends a push query, which says so', async () => {
    const stream = h2.request({ ':method': 'POST', ':path': '/query' });
    stream.end(JSON.stringify({ ksql: 'SELECT * FROM q EMIT CHANGES;' }));
    stream.setEncoding('utf8');
    let text = '';
    for await (const chunk of stream) {
      const before = text;
      text += chunk as string;
      const id = /"queryId":"([^"]+)"/.exec(text)?.[1];
      if (id !== undefined && !before.includes('"queryId"'))
        expect((await post('/close-query', { queryId: id })).status).toBe(200);
    }
    expect(text).toContain('Query Completed');
    expect((await post('/close-query', { queryId: 'nope' })).json.message).toBe('No query with id nope');
  });
});

describe('/inserts-stream', () => {
  test('acknowledges each row in order and stops at the first bad one', async () => {
    await ksql(
      `CREATE STREAM ins (id INT KEY, v DECIMAL(4,2)) WITH (kafka_topic='ins', value_format='JSON', partitions=1);`,
    );
    const { status, text } = await postHttp2(
      '/inserts-stream',
      '{"target":"ins"}\n{"id":1,"v":1.25}\n{"ID":2}\n{"v":3}\n{"id":4}\n',
    );
    expect(status).toBe(200);
    const acks = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(acks.slice(0, 2)).toEqual([
      { seq: 0, status: 'ok' },
      { seq: 1, status: 'ok' },
    ]);
    expect(acks[2]).toMatchObject({
      seq: 2,
      status: 'error',
      error_code: 40000,
      message: 'Key field must be specified: ID',
    });
    expect(acks).toHaveLength(3);
  });

  test.each([
    ['{"id":1,"nmae":"x"}', 'Field nmae is no column of PEOPLE', 'Did you mean NAME?', 8],
    ['{"id":1,"colour":"x"}', 'Field colour is no column of PEOPLE', 'The columns of PEOPLE are', 8],
    ['{"id":1,"name":"x" "at":1}', 'Invalid JSON in inserts stream', "Unexpected '\"'", 19],
    ['{"id":1,"name":"x"', 'Invalid JSON in inserts stream', 'Unexpected the end', 18],
    ['[1]', 'Invalid JSON in inserts stream', 'this is array', 0],
    ['{"id":"one"}', "Can't coerce a field of type string into type INTEGER", 'ID is INTEGER, which "one" is not', 1],
    ['{"name":"x"}', 'Key field must be specified: ID', '"ID"', 0],
    ['{"id":1,"rowoffset":1}', 'Inserting into column ROWOFFSET is not allowed', 'Leave ROWOFFSET out', 8],
    ['{"id":1,"name":"x"}', 'Timestamp column AT is null', 'WITH (TIMESTAMP=…)', undefined],
    ['{"id":1,"at":"2024-01-01T00:00:00","home":{"zpi":1}}', 'Field zpi is no field of HOME', 'Did you mean ZIP?', 43],
  ])('%s is refused with its place', async (row, message, hint, column) => {
    await ksql(
      `CREATE STREAM IF NOT EXISTS people (id INT KEY, name STRING, at TIMESTAMP, home STRUCT<zip INT>)
       WITH (kafka_topic='people', value_format='JSON', partitions=1, timestamp='at');`,
    );
    const good = '{"id":1,"name":"x","at":"2024-01-01T00:00:00","home":{"zip":1}}';
    const { text } = await postHttp2('/inserts-stream', `{"target":"people"}\n\n${good}\n${row}\n${good}\n`);
    const acks = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line.replaceAll('`', '')) as Record<string, unknown>);
    expect(acks).toHaveLength(2);
    expect(acks[1]).toMatchObject({ seq: 1, status: 'error', ...(column === undefined ? {} : { line: 4, column }) });
    expect(acks[1]!['message']).toContain(message);
    expect(acks[1]!['hint']).toContain(hint);
  });

  test('ROWTIME is the time of the record, as with INSERT VALUES', async () => {
    await ksql(
      `CREATE STREAM timed (id INT KEY, v INT) WITH (kafka_topic='timed', value_format='JSON', partitions=1);`,
    );
    await postHttp2('/inserts-stream', '{"target":"timed"}\n{"id":1,"v":2,"ROWTIME":5000}\n');
    const response = await post('/query-stream', { sql: 'SELECT ROWTIME AS t FROM timed;' });
    expect(JSON.stringify(response)).toContain('5000');
  });

  test('INSERT VALUES says that a row without a time is read by nobody', async () => {
    await ksql(
      `CREATE STREAM dated (id INT KEY, at STRING)
       WITH (kafka_topic='dated', value_format='JSON', partitions=1, timestamp='at', timestamp_format='yyyy-MM-dd HH:mm:ss');`,
    );
    const refused = async (sql: string): Promise<string> => {
      const { status, json } = await post('/ksql', { ksql: sql });
      expect(status).toBe(400);
      return JSON.stringify(json);
    };
    expect(await refused(`INSERT INTO dated (id) VALUES (1);`)).toContain('Timestamp column AT is null');
    expect(await refused(`INSERT INTO dated VALUES (1, 'soon');`)).toContain('a text such as yyyy-MM-dd HH:mm:ss');
    await ksql(`INSERT INTO dated VALUES (1, '2024-01-01 00:00:00');`);
    await ksql(
      `CREATE STREAM homes (id INT, home ARRAY<STRUCT<zip INT>>) WITH (kafka_topic='homes', value_format='JSON', partitions=1);`,
    );
    const { json } = await post('/ksql', { ksql: 'INSERT INTO homes VALUES (1, ARRAY[STRUCT(zpi := 1)]);' });
    expect(JSON.stringify(json)).toMatch(/warning_entity.*Field ZPI was left out.*Did you mean ZIP/);
    await ksql('CREATE TABLE by_id AS SELECT id, COUNT(*) AS n FROM dated GROUP BY id;');
    const beside = await post('/ksql', { ksql: 'INSERT INTO by_id VALUES (1, 2);' });
    expect(JSON.stringify(beside.json)).toMatch(/warning_entity.*Query CTAS_BY_ID_\d+ keeps table BY_ID/);
  });

  test('needs a target that exists', async () => {
    const { status, text } = await postHttp2('/inserts-stream', '{"target":"nope"}\n');
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error_code: 40001 });
  });
});

test.each(['/ksql', '/query', '/query-stream', '/inserts-stream', '/close-query'])(
  'a compressed body of %s is refused with words, and not decompressed',
  async (path) => {
    const { status, json } = await post(path, { ksql: 'SHOW STREAMS;' }, { 'content-encoding': 'gzip' });
    expect([status, json]).toEqual([
      400,
      expect.objectContaining({ message: expect.stringContaining('A body in gzip is not taken') as unknown }),
    ]);
  },
);

describe('the rest', () => {
  test('/ redirects, /info, /healthcheck, unknown paths and methods', async () => {
    expect((await fetch(sluice.url, { redirect: 'manual' })).status).toBe(307);
    expect(await (await fetch(`${sluice.url}/info`)).json()).toMatchObject({
      KsqlServerInfo: { serverStatus: 'RUNNING' },
    });
    expect(await (await fetch(`${sluice.url}/healthcheck`)).json()).toMatchObject({ isHealthy: true });
    const unknown = await fetch(`${sluice.url}/nope`);
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      'Not Found. POST /ksql takes statements, POST /query-stream queries; GET /openapi.json describes all paths.',
    ]);
    expect(await (await fetch(`${sluice.url}/streams`)).text()).toBe(
      'Not Found. POST /ksql with {"ksql": "SHOW STREAMS;"} tells.',
    );
    const form = await post('/query-stream', { sql: 'SELECT 1 FROM s;' }, { accept: 'text/html' });
    expect([form.status, (form.json as { hint: string }).hint]).toEqual([
      406,
      expect.stringContaining('application/vnd.ksqlapi.delimited.v1'),
    ]);
    const connect = await fetch(`${sluice.url}/connectors`, { method: 'POST', body: '{}' });
    expect([connect.status, await connect.text()]).toEqual([
      404,
      expect.stringContaining("Kafka Connect's REST API is at "),
    ]);
    const other = await fetch(`${sluice.url}/ksql`);
    expect([other.status, other.headers.get('allow'), await other.text()]).toEqual([
      405,
      'POST',
      'Method Not Allowed: POST /ksql',
    ]);
    for (const path of ['/querystream', '/v1/query-stream'])
      expect(await (await fetch(`${sluice.url}${path}`)).text()).toBe('Not Found. Did you mean POST /query-stream?');
    expect(await (await fetch(`${sluice.url}/is_valid_property/auto.offset.reset`)).text()).toBe('true');
  });

  test('a parameter that a route of our own does not read is refused, ksqlDB’s routes take any', async () => {
    const refused = await fetch(`${sluice.url}/topics/visits/records?frm=beginning`);
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { message: 'GET /topics/:topic/records has no parameter frm', hint: 'Did you mean from?' },
    ]);
    const takesNone = await fetch(`${sluice.url}/docs/errors?x=1`);
    expect([takesNone.status, await takesNone.json()]).toMatchObject([400, { hint: 'It takes none.' }]);
    expect((await fetch(`${sluice.url}/info?x=1`)).status).toBe(200);
  });

  test('/metrics speaks Prometheus', async () => {
    const text = await (await fetch(`${sluice.url}/metrics`)).text();
    const lines = text.split('\n');
    const value = (pattern: RegExp): number =>
      Number(
        lines
          .find((l) => pattern.test(l))
          ?.split(' ')
          .at(-1),
      );
    expect(text).toContain('# TYPE sluice_query_records_consumed_total counter');
    expect(text).toContain('# TYPE sluice_query_commit_seconds histogram');
    const read = value(/^sluice_query_records_consumed_total\{query="CTAS_SUMS/);
    expect(read).toBeGreaterThan(0);
    // There is a task for each partition in both sub-topologies; together, they have read all records of the query.
    const tasks = lines.filter((l) =>
      /^sluice_task_records_consumed_total\{query="CTAS_SUMS[^"]*",task="\d+_\d+"\}/.test(l),
    );
    expect(tasks.reduce((sum, l) => sum + Number(l.split(' ').at(-1)), 0)).toBe(read);
    const commits = value(/^sluice_query_commits_total\{query="CTAS_SUMS/);
    expect(value(/^sluice_query_commit_seconds_bucket\{query="CTAS_SUMS[^"]*",le="\+Inf"\}/)).toBe(commits);
    expect(value(/^sluice_query_commit_seconds_count\{query="CTAS_SUMS/)).toBe(commits);
    expect(value(/^sluice_query_latency_seconds_count\{query="CTAS_SUMS/)).toBeGreaterThan(0);
    expect(value(/^sluice_partition_lag_records\{query="CTAS_SUMS/)).toBe(0);
    expect(value(/^sluice_store_bytes\{store="log"\}/)).toBeGreaterThan(0);
  });

  test('PRINT shows what a topic holds', async () => {
    const { text } = await post('/query-stream', { sql: "PRINT 'ins' FROM BEGINNING LIMIT 1;" });
    expect(text).toContain('Key format: KAFKA_INT');
    expect(text).toContain('key: 1, value: {"V":1.25}, partition: 0');
  });

  test('PRINT takes a name in another case where one topic is meant, and does not choose among two', async () => {
    await ksql(
      `CREATE STREAM case_a (v INT) WITH (kafka_topic='cases', value_format='JSON', partitions=1); INSERT INTO case_a VALUES (1);`,
    );
    const { text } = await post('/query-stream', { sql: 'PRINT CASES FROM BEGINNING LIMIT 1;' });
    expect(text).toContain('value: {"V":1}');
    const second = await ksql(
      `CREATE STREAM case_b (v INT) WITH (kafka_topic='Cases', value_format='JSON', partitions=1);`,
    );
    expect(JSON.stringify(second.json)).toContain('Topic Cases is made, beside topic cases that is there');
    const { status, json } = await post('/query-stream', { sql: 'PRINT CASES FROM BEGINNING LIMIT 1;' });
    expect(status).toBe(400);
    expect(json.hint).toMatch(/differ in case alone: PRINT '[Cc]ases'; or PRINT '[Cc]ases';/);
  });

  test('/healthcheck answers 503 when it is not well', async () => {
    const ill = await startSluice({
      env: nodeEnv(SILENT_LOGGER),
      store: new MemoryStore(),
      properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
    });
    try {
      await ill.engine.close();
      const answer = await fetch(`${ill.url}/healthcheck`);
      expect([answer.status, await answer.json()]).toMatchObject([
        503,
        expect.objectContaining({
          isHealthy: false,
          details: expect.objectContaining({
            commandRunner: { isHealthy: false, message: 'The server is shutting down' },
          }),
        }),
      ]);
    } finally {
      await ill.close();
    }
  });
});
