import type { Sluice } from '../../src/main/compose.ts';

/**
 * A data folder that contains each kind of persistent data of a server, and what clients see of it. It is filled by one
 * version and examined by later ones. It uses only REST, so that an older version can run it
 * (test/data/data-folders/README.md).
 */

/** The environment variable that holds the file of the sink connector; the connector's settings reference it. */
export const SINK_FILE = 'FOLDER_SINK_FILE';

const SOURCES = `
CREATE STREAM orders (id INT KEY, user_id STRING, amount DECIMAL(8,2), note STRING, at TIMESTAMP)
  WITH (kafka_topic='orders', value_format='JSON', partitions=2, timestamp='at');
CREATE STREAM paid (id INT KEY, how STRING, at TIMESTAMP)
  WITH (kafka_topic='paid', value_format='AVRO', partitions=2, timestamp='at');
CREATE TABLE users (id STRING PRIMARY KEY, name STRING, tags ARRAY<STRING>, home STRUCT<city STRING, zip INT>)
  WITH (kafka_topic='users', value_format='JSON_SR', partitions=2);
CREATE STREAM clicks (user_id STRING KEY, page STRING, at BIGINT)
  WITH (kafka_topic='clicks', value_format='JSON', partitions=1, timestamp='at');
CREATE STREAM proto (k BIGINT KEY, a INT, m MAP<STRING, INT>)
  WITH (kafka_topic='proto', value_format='PROTOBUF', partitions=1);
CREATE TYPE address AS STRUCT<city STRING, zip INT>;`;

const QUERIES = `
CREATE TABLE per_user AS SELECT user_id, COUNT(*) AS n, SUM(amount) AS total, COLLECT_LIST(id) AS ids
  FROM orders GROUP BY user_id EMIT CHANGES;
CREATE TABLE per_minute AS SELECT user_id, COUNT(*) AS n, AVG(amount) AS mean
  FROM orders WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY user_id EMIT CHANGES;
CREATE TABLE hops AS SELECT user_id, COUNT(*) AS n
  FROM orders WINDOW HOPPING (SIZE 2 MINUTES, ADVANCE BY 1 MINUTE) GROUP BY user_id EMIT CHANGES;
CREATE TABLE visits AS SELECT user_id, COUNT(*) AS n, LATEST_BY_OFFSET(page) AS last
  FROM clicks WINDOW SESSION (40 SECONDS) GROUP BY user_id EMIT CHANGES;
CREATE TABLE closed AS SELECT user_id, COUNT(*) AS n
  FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 0 SECONDS) GROUP BY user_id EMIT FINAL;
CREATE STREAM enriched AS SELECT o.id AS id, o.user_id AS user_id, u.name AS name, u.home->city AS city, o.amount AS amount
  FROM orders o LEFT JOIN users u ON o.user_id = u.id PARTITION BY o.id EMIT CHANGES;
CREATE STREAM payments AS SELECT o.id AS id, o.amount AS amount, p.how AS how
  FROM orders o LEFT JOIN paid p WITHIN 1 MINUTE GRACE PERIOD 10 SECONDS ON o.id = p.id EMIT CHANGES;
CREATE TABLE joined AS SELECT u.id AS id, u.name AS name, p.total AS total
  FROM users u LEFT JOIN per_user p ON u.id = p.user_id EMIT CHANGES;
CREATE STREAM big WITH (value_format='AVRO') AS SELECT * FROM orders WHERE amount > 20 EMIT CHANGES;`;

const CONNECTORS = `
CREATE SOURCE CONNECTOR gen WITH ('connector.class'='io.confluent.kafka.connect.datagen.DatagenConnector',
  quickstart='users', 'kafka.topic'='gen_users', iterations='20', 'max.interval'='1');
CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSink', topics='ENRICHED', file='\${env:${SINK_FILE}}');`;

const TABLES = ['PER_USER', 'PER_MINUTE', 'HOPS', 'VISITS', 'CLOSED', 'JOINED'];
const STREAMS = ['ORDERS', 'PAID', 'CLICKS', 'PROTO', 'ENRICHED', 'PAYMENTS', 'BIG'];

/** The number of orders in each topic per round of `insertRound`. */
const ORDERS = 6;

/** Creates all streams, tables and connectors, and inserts the first rounds of rows. */
export async function fillFolder(sluice: Sluice): Promise<void> {
  await statement(sluice, SOURCES);
  await statement(sluice, QUERIES);
  await statement(sluice, CONNECTORS);
  await statement(
    sluice,
    `INSERT INTO users VALUES ('a', 'Ann', ARRAY['x','y'], STRUCT(city:='Rome', zip:=1));
     INSERT INTO users VALUES ('b', 'Bob', ARRAY['z'], STRUCT(city:='Oslo', zip:=2));
     INSERT INTO proto (k, a) VALUES (1, 10);`,
  );
  await sluice.caughtUp();
  await insertRound(sluice, 0);
  await insertRound(sluice, 1);
}

/** Inserts six orders with their payments and clicks: two minutes of event time. */
export async function insertRound(sluice: Sluice, round: number): Promise<void> {
  const at = (s: number): number => Date.UTC(2026, 0, 1, 0, 0, s);
  const text = (ms: number): string => new Date(ms).toISOString().slice(0, -1);
  const rows: string[] = [];
  for (let i = round * ORDERS; i < (round + 1) * ORDERS; i++) {
    const user = i % 3 === 0 ? 'a' : 'b';
    const note = i % 2 === 0 ? `'n${i}'` : 'NULL';
    rows.push(`INSERT INTO orders VALUES (${i}, '${user}', ${i * 5}.25, ${note}, '${text(at(i * 20))}');`);
    if (i % 2 === 0) rows.push(`INSERT INTO paid VALUES (${i}, 'card', '${text(at(i * 20 + 5))}');`);
    rows.push(`INSERT INTO clicks VALUES ('${i % 2 === 0 ? 'b' : 'a'}', '/p${i}', ${at(i * 17)});`);
  }
  await statement(sluice, rows.join('\n'));
  await sluice.caughtUp();
}

/**
 * What a client sees: the sorted rows of every stream and table, lists, descriptions, and the number of records in each
 * topic.
 */
export async function lookAt(sluice: Sluice): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  for (const name of [...TABLES, ...STREAMS]) seen[name] = await selected(sluice, `SELECT * FROM ${name};`);
  for (const list of ['STREAMS', 'TABLES', 'QUERIES', 'CONNECTORS', 'TYPES']) {
    seen[list] = (await statement(sluice, `SHOW ${list};`))[0];
  }
  for (const name of [...TABLES, ...STREAMS, 'USERS']) {
    seen[`DESCRIBE ${name}`] = (await statement(sluice, `DESCRIBE ${name};`))[0];
  }
  const topics: Record<string, number[]> = {};
  for (const { name, partitions } of await sluice.log.admin.listTopics()) {
    topics[name] = await Promise.all(
      Array.from({ length: partitions }, (_, partition) => sluice.log.admin.latestOffset({ topic: name, partition })),
    );
  }
  seen['TOPICS'] = topics;
  return seen;
}

async function statement(sluice: Sluice, ksql: string): Promise<unknown[]> {
  const response = await fetch(`${sluice.url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql }) });
  const answer = (await response.json()) as unknown[];
  if (response.status !== 200) throw new Error(JSON.stringify(answer));
  return answer;
}

async function selected(sluice: Sluice, sql: string): Promise<string[]> {
  const response = await fetch(`${sluice.url}/query-stream`, { method: 'POST', body: JSON.stringify({ sql }) });
  const lines = (await response.text()).trimEnd().split('\n');
  if (response.status !== 200) throw new Error(lines[0]);
  return lines.slice(1).sort();
}
