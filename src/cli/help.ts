import { must } from '../base/assert.ts';
import { nearest } from '../base/suggest.ts';

interface Topic {
  /** The first words of the statement; `help` also accepts a prefix of them, or more words than these. */
  readonly name: string;
  readonly syntax: string;
  readonly example: string;
}

/** The statements, one entry each, in the order of the output of `help`. */
const TOPICS: readonly Topic[] = [
  {
    name: 'CREATE STREAM',
    syntax: `CREATE [OR REPLACE] [SOURCE] STREAM [IF NOT EXISTS] name
  (column type [KEY | HEADERS], ...)
  WITH (kafka_topic = '...', value_format = 'JSON'
        [, key_format = '...'] [, partitions = n] [, timestamp = 'column'] ...);
CREATE [OR REPLACE] STREAM name [WITH (...)] AS
  SELECT ... FROM ... [WHERE ...] [PARTITION BY ...] [EMIT CHANGES];`,
    example: `CREATE STREAM clicks (id INT KEY, url STRING)
  WITH (kafka_topic='clicks', value_format='JSON', partitions=1);`,
  },
  {
    name: 'CREATE TABLE',
    syntax: `CREATE [OR REPLACE] [SOURCE] TABLE [IF NOT EXISTS] name
  (column type [PRIMARY KEY], ...)
  WITH (kafka_topic = '...', value_format = 'JSON'
        [, key_format = '...'] [, partitions = n] [, timestamp = 'column'] ...);
CREATE [OR REPLACE] TABLE name [WITH (...)] AS
  SELECT ... FROM ... [WINDOW ...] [WHERE ...] [GROUP BY ...] [HAVING ...];`,
    example: `CREATE TABLE clicks_by_url AS
  SELECT url, COUNT(*) AS n FROM clicks GROUP BY url;`,
  },
  {
    name: 'CREATE SOURCE CONNECTOR',
    syntax: `CREATE [OR REPLACE] SOURCE CONNECTOR [IF NOT EXISTS] name
  WITH (connector = '...' | connector.class = '...', key = value, ...)
  [STOPPED | PAUSED];
CREATE CONNECTOR FROM '{"name": ..., "config": {...}}';
DESCRIBE CONNECTOR PLUGIN postgres; lists the settings of a connector,
SHOW CONNECTOR PLUGINS; what connectors there are.`,
    example: `CREATE SOURCE CONNECTOR shop WITH (connector='postgres',
  url='postgres://me:secret@host/db', tables='users,orders');`,
  },
  {
    name: 'CREATE SINK CONNECTOR',
    syntax: `CREATE [OR REPLACE] SINK CONNECTOR [IF NOT EXISTS] name
  WITH (connector = '...' | connector.class = '...',
        sources = 'stream,table', key = value, ...);`,
    example: `CREATE SINK CONNECTOR out WITH (connector='postgres',
  url='postgres://me:secret@host/db', sources='CLICKS_BY_URL');`,
  },
  {
    name: 'CREATE TYPE',
    syntax: 'CREATE TYPE [IF NOT EXISTS] name AS type;',
    example: 'CREATE TYPE address AS STRUCT<street STRING, zip INT>;',
  },
  {
    name: 'SELECT',
    syntax: `SELECT expression [AS name], ...
  FROM source [alias]
  [[LEFT | RIGHT | FULL] JOIN source [alias] [WITHIN n unit] ON ...]
  [WINDOW TUMBLING | HOPPING | SESSION (...)]
  [WHERE ...] [GROUP BY ...] [HAVING ...] [PARTITION BY ...]
  [EMIT CHANGES | EMIT FINAL] [LIMIT n];
With EMIT CHANGES the query goes on until Ctrl-C; without, it is answered from
what is there.`,
    example: `SELECT url, COUNT(*) FROM clicks GROUP BY url EMIT CHANGES;
SELECT * FROM clicks_by_url WHERE url = '/';`,
  },
  {
    name: 'INSERT INTO',
    syntax: `INSERT INTO source [(column, ...)] VALUES (value, ...);
INSERT INTO stream SELECT ... FROM ...;`,
    example: `INSERT INTO clicks (id, url) VALUES (1, '/');`,
  },
  {
    name: 'DROP STREAM',
    syntax: 'DROP STREAM [IF EXISTS] name [DELETE TOPIC];',
    example: 'DROP STREAM clicks DELETE TOPIC;',
  },
  {
    name: 'DROP TABLE',
    syntax: 'DROP TABLE [IF EXISTS] name [DELETE TOPIC];',
    example: 'DROP TABLE clicks_by_url;',
  },
  {
    name: 'DROP CONNECTOR',
    syntax: 'DROP CONNECTOR [IF EXISTS] name [TERMINATE [DELETE TOPICS] [CASCADE]];',
    example: 'DROP CONNECTOR shop TERMINATE;   -- with what was declared for it',
  },
  {
    name: 'DROP TOPIC',
    syntax: 'DROP TOPIC [IF EXISTS] name;   Refused while something reads or writes it.',
    example: "DROP TOPIC 'clicks';",
  },
  { name: 'DROP TYPE', syntax: 'DROP TYPE [IF EXISTS] name;', example: 'DROP TYPE address;' },
  {
    name: 'ALTER STREAM',
    syntax: 'ALTER STREAM | TABLE name ADD [COLUMN] column type, ...;',
    example: 'ALTER STREAM clicks ADD COLUMN agent STRING;',
  },
  {
    name: 'ALTER CONNECTOR',
    syntax: `ALTER CONNECTOR name SET (key = value, ...) | RESET (key, ...);
ALTER CONNECTOR OFFSETS OF name
  SET BEGINNING | END | TIMESTAMP '...' | '[{"partition": ..., "offset": ...}]';`,
    example: `ALTER CONNECTOR shop SET ('poll.interval.ms'='1500');`,
  },
  {
    name: 'PAUSE',
    syntax: `PAUSE | RESUME query_id | ALL;
PAUSE | RESUME | STOP CONNECTOR name;
RESTART CONNECTOR name [TASK n] [ONLY FAILED];`,
    example: 'PAUSE CONNECTOR shop;',
  },
  {
    name: 'STOP CONNECTOR',
    syntax: 'STOP CONNECTOR name;   RESUME CONNECTOR name; starts it again, where it was.',
    example: 'STOP CONNECTOR shop;',
  },
  {
    name: 'RESET CONNECTOR OFFSETS',
    syntax: `SHOW CONNECTOR OFFSETS OF name;
RESET CONNECTOR OFFSETS OF name;
ALTER CONNECTOR OFFSETS OF name SET BEGINNING | END | TIMESTAMP '...';
A connector begins anew where its offsets are reset.`,
    example: 'RESET CONNECTOR OFFSETS OF shop;',
  },
  {
    name: 'CREATE CONNECT CLUSTER',
    syntax: `CREATE [OR REPLACE] CONNECT CLUSTER [IF NOT EXISTS] name WITH (url = '...');
SHOW CONNECT CLUSTERS;   DROP CONNECT CLUSTER [IF EXISTS] name;
Behind a statement of connectors: ... IN CLUSTER name;`,
    example: `CREATE CONNECT CLUSTER eu WITH (url='http://connect.eu:8083');`,
  },
  {
    name: 'VALIDATE CONNECTOR',
    syntax: `VALIDATE [OR REPLACE] SOURCE | SINK CONNECTOR name WITH (...);
What CREATE would do: problems, or topics, types and the first rows.`,
    example: `VALIDATE SOURCE CONNECTOR v WITH (connector='datagen', data='users', topic='u');`,
  },
  {
    name: 'CREATE SECRET',
    syntax: `CREATE [OR REPLACE] SECRET [IF NOT EXISTS] name WITH (key = 'value', ...);
ALTER SECRET name SET (key = 'value', ...) | RESET (key, ...);
SHOW SECRETS;   DROP SECRET [IF EXISTS] name;
Settings of connectors refer to a value by \${secret:name:key}.`,
    example: `CREATE SECRET shopdb WITH (password='secret');`,
  },
  {
    name: 'RETRY DEAD LETTERS',
    syntax: `SHOW DEAD LETTERS OF name [WHERE ...] [LIMIT n];
RETRY DEAD LETTERS OF name [WHERE ...];
Sends what a sink refused again, once.`,
    example: "RETRY DEAD LETTERS OF back WHERE stage = 'TRANSFORMATION';",
  },
  {
    name: 'SHOW LINEAGE',
    syntax: 'SHOW LINEAGE [OF name];   What flows from where to where.',
    example: 'SHOW LINEAGE;',
  },
  {
    name: 'SHOW HEALTH',
    syntax: 'SHOW HEALTH;   How the server does, and the way back.',
    example: 'SHOW HEALTH;',
  },
  { name: 'TERMINATE', syntax: 'TERMINATE query_id | ALL;', example: 'TERMINATE CTAS_CLICKS_BY_URL_0;' },
  {
    name: 'SHOW',
    syntax: `SHOW STREAMS | TABLES | TOPICS | QUERIES [EXTENDED];
SHOW [SOURCE | SINK] CONNECTORS;   SHOW CONNECTOR PLUGINS;
SHOW CREATE CONNECTOR name [AS JSON];   SHOW CONNECTOR OFFSETS OF name;
SHOW DEAD LETTERS OF name [WHERE ...] [LIMIT n];   SHOW LOGS OF name [LIMIT n];
SHOW FUNCTIONS | TYPES | PROPERTIES | VARIABLES | SECRETS;
SHOW LINEAGE [OF name];   SHOW HEALTH;`,
    example: 'SHOW TABLES;',
  },
  {
    name: 'DESCRIBE',
    syntax: `DESCRIBE source [EXTENDED];   DESCRIBE CONNECTOR name;
DESCRIBE CONNECTOR PLUGIN name;   DESCRIBE FUNCTION name;`,
    example: 'DESCRIBE clicks;',
  },
  {
    name: 'EXPLAIN',
    syntax: 'EXPLAIN query_id | SELECT ...;',
    example: 'EXPLAIN SELECT * FROM clicks EMIT CHANGES;',
  },
  {
    name: 'PRINT',
    syntax: 'PRINT topic [FROM BEGINNING] [INTERVAL n] [LIMIT n];',
    example: `PRINT 'clicks' FROM BEGINNING LIMIT 3;`,
  },
  {
    name: 'SET',
    syntax: `SET 'property' = 'value';   UNSET 'property';
They hold for this console. SHOW PROPERTIES; lists what there is.`,
    example: `SET 'auto.offset.reset' = 'earliest';   -- queries see older rows as well`,
  },
  {
    name: 'DEFINE',
    syntax: `DEFINE name = 'text';   UNDEFINE name;
\${name} stands for the text in later statements.`,
    example: `DEFINE topic = 'clicks';`,
  },
  { name: 'RUN SCRIPT', syntax: `RUN SCRIPT 'file.sql';`, example: `RUN SCRIPT 'setup.sql';` },
  {
    name: 'ASSERT',
    syntax: `ASSERT [NOT EXISTS] TOPIC name [WITH (partitions = n)] [TIMEOUT n unit];
ASSERT [NOT EXISTS] SCHEMA [SUBJECT 'name'] [ID n] [TIMEOUT n unit];`,
    example: 'ASSERT TOPIC clicks TIMEOUT 10 SECONDS;',
  },
];

/** The names of all topics, for the general help and for completion. */
export const HELP_TOPICS: readonly string[] = TOPICS.map((t) => t.name);

/** All help texts, for tests. */
export const HELP_TEXTS: readonly { readonly syntax: string; readonly example: string }[] = TOPICS;

/**
 * The output of `help words`: each statement that begins with the words.
 * @throws Error with the nearest name when there is none
 */
export function statementHelp(words: string): string {
  const asked = words.trim().replaceAll(/\s+/g, ' ').toUpperCase();
  const also: Readonly<Record<string, string>> = {
    LIST: 'SHOW',
    DESC: 'DESCRIBE',
    RESUME: 'PAUSE',
    RESTART: 'PAUSE',
    UNSET: 'SET',
    UNDEFINE: 'DEFINE',
    'ALTER TABLE': 'ALTER STREAM',
    CONNECTOR: 'CREATE SOURCE CONNECTOR',
  };
  const known = also[asked] ?? also[must(asked.split(' ')[0], 'part of the text')] ?? asked;
  const plain = known.replace(/^CREATE OR REPLACE\b/, 'CREATE');
  const found = TOPICS.filter((t) => t.name === plain || t.name.startsWith(`${plain} `));
  const isIn = (topic: string): boolean => ` ${topic} `.includes(` ${plain} `);
  const longer =
    [
      found,
      TOPICS.filter((t) => plain.startsWith(`${t.name} `)),
      // Words inside a name: lineage, dead letters, offsets.
      TOPICS.filter((t) => isIn(t.name)),
      plain.length < 3 ? [] : TOPICS.filter((t) => isIn(t.syntax.toUpperCase().replaceAll(/[^A-Z]+/g, ' '))),
    ].find((topics) => topics.length > 0) ?? [];
  if (longer.length === 0) {
    const guess = nearest(plain, HELP_TOPICS);
    throw new Error(
      `No help for ${words.trim()}.${guess === undefined ? '' : ` Did you mean help ${guess.toLowerCase()}?`} There is: ${HELP_TOPICS.map((n) => n.toLowerCase()).join(', ')}`,
    );
  }
  return longer.map((t) => `${t.syntax}\n\nFor example:\n${t.example}\n`).join('\n');
}
