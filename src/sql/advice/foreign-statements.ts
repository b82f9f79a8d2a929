import { suggestions } from '../../base/suggest.ts';
import { adviceAt, named, word, written, type Advice, type Stuck } from './stuck.ts';

const USERS_IN_FILE =
  'Users are lines of the file that authentication.realm names (name: password,role), not in the database; sluice password makes the hash.';

const NO_TRANSACTIONS = 'There is no transaction over several statements: each statement takes effect by itself.';

const OF_CONSOLE = (stuck: Stuck): string =>
  `${written(stuck, 0).toLowerCase()} is a command of the console, where it has a line of its own, without other statements in it.`;

/** The equivalent of another dialect's statement, by its first word. `…` stands for what the user fills in. */
const STATEMENTS: Readonly<Record<string, string | ((s: Stuck) => string)>> = {
  UPDATE: (s) =>
    `There is no UPDATE: rows of a stream are events, which stay; in a table a later row of the same key takes the place of the row. INSERT INTO ${named(s, 1, 'the_table')} (key, column, …) VALUES (…); writes one. Rows of a table that a connector mirrors are changed in the database.`,
  DELETE: (s) => {
    const name = named(s, word(s, 1) === 'FROM' ? 2 : 1, 'the_table');
    return `There is no DELETE: a table loses a row when a record with its key and no value is written to its topic. INSERT INTO ${name} (key, column, …) VALUES (…); writes a newer row. Rows of a table that a connector mirrors are the database's, and those of a table that a query keeps (CREATE TABLE … AS SELECT) follow what it reads. To leave rows out, select the others: CREATE TABLE … AS SELECT * FROM ${name} WHERE …;, of a stream CREATE STREAM … AS SELECT … WHERE …;`;
  },
  MERGE: 'There is no MERGE: INSERT INTO a table adds the row or takes the place of the one with the same key.',
  UPSERT: (s) =>
    `INSERT INTO ${named(s, 2, 'the_table')} VALUES (…); is an upsert on a table: a later row of the same key takes the place of the row.`,
  REPLACE: 'INSERT INTO a table is an upsert: a later row of the same key takes the place of the row.',
  TRUNCATE: (s) => {
    const name = named(s, word(s, 1) === 'TABLE' ? 2 : 1, 'the_table');
    return `There is no TRUNCATE: DROP TABLE ${name} DELETE TOPIC; and create it anew (DROP STREAM for a stream). Rows of a table that a connector mirrors are deleted in the database.`;
  },
  WITH: (s) => {
    const [, name = 'name', inner = ''] = /^WITH\s+([`"\w]+)\s+AS\s*\((.*)$/is.exec(s.text) ?? [];
    // Without aggregation it is a stream, unless it reads a table, which only the catalog knows.
    const kind = /\bGROUP\s+BY\b/i.test(inner) ? 'TABLE' : 'STREAM';
    return `WITH (a common table expression) is not supported: make it a stream or table of its own, CREATE ${kind} ${name} AS SELECT …;, and select from that.`;
  },
  USE: 'There is one database, so USE has nothing to choose. SHOW STREAMS; and SHOW TABLES; list what it holds.',
  BEGIN: NO_TRANSACTIONS,
  START: NO_TRANSACTIONS,
  COMMIT: NO_TRANSACTIONS,
  ROLLBACK: NO_TRANSACTIONS,
  SAVEPOINT: NO_TRANSACTIONS,
  GRANT:
    'There is no GRANT: rights come with roles, which users have in the file of authentication.realm (name: password,role); authentication.role.NAME says what a role may do.',
  REVOKE:
    'There is no REVOKE: rights come with roles, which users have in the file of authentication.realm (name: password,role); authentication.role.NAME says what a role may do.',
  DESC: (s) => `DESCRIBE ${rest(s, 1, 'name')};`,
  CALL: 'There are no procedures. SHOW FUNCTIONS; lists the functions, which stand in a SELECT.',
  EXECUTE: "There are no prepared statements. DEFINE name = '…'; and ${name} make a statement with variables.",
  PREPARE: "There are no prepared statements. DEFINE name = '…'; and ${name} make a statement with variables.",
  COPY: 'There is no COPY: CREATE SOURCE CONNECTOR … and CREATE SINK CONNECTOR … move data in and out.',
  LOAD: 'There is no LOAD: CREATE SOURCE CONNECTOR … brings data in.',
  REFRESH:
    'Nothing is to be refreshed: a table made by CREATE TABLE … AS SELECT …; is kept up to date as records arrive.',
  ANALYZE: 'There is no ANALYZE. EXPLAIN SELECT …; shows how a query is answered.',
  VACUUM: 'There is no VACUUM: the log removes old records by its retention.',
  SUBSCRIBE: 'SELECT … EMIT CHANGES; sends rows as they change.',
  TAIL: 'SELECT … EMIT CHANGES; sends rows as they change.',
  KILL: (s) =>
    `TERMINATE ${rest(s, word(s, 1) === 'QUERY' ? 2 : 1, 'query_id')}; ends a query. SHOW QUERIES; lists them.`,
  STOP: (s) =>
    `TERMINATE ${rest(s, word(s, 1) === 'QUERY' ? 2 : 1, 'query_id')}; ends a query, PAUSE stops it for a while. SHOW QUERIES; lists them.`,
  COMMENT: 'There is no COMMENT ON: a comment in a script is written -- like this.',
  RENAME: 'Nothing can be renamed: make another by CREATE … AS SELECT * FROM …; and drop the old one.',
  IMPORT: 'CREATE SOURCE CONNECTOR … brings data in.',
  EXPORT: 'CREATE SINK CONNECTOR … writes data out.',
  FROM: 'A query begins with SELECT: SELECT … FROM …',
  VALUES: 'INSERT INTO name VALUES (…); writes a row.',
  DECLARE: "DEFINE name = '…'; makes a variable, ${name} reads it.",
  LET: "DEFINE name = '…'; makes a variable, ${name} reads it.",
  SLEEP: 'A statement takes effect when it is answered: there is nothing to wait for.',
  HELP: 'help is a command of the console; SHOW FUNCTIONS; and SHOW CONNECTOR PLUGINS; list what there is.',
  QUIT: OF_CONSOLE,
  EXIT: OF_CONSOLE,
  OUTPUT: OF_CONSOLE,
  SERVER: OF_CONSOLE,
  HISTORY: OF_CONSOLE,
  CLEAR: OF_CONSOLE,
  TIMING: OF_CONSOLE,
  PAGER: OF_CONSOLE,
  VERSION: OF_CONSOLE,
  STATUS: 'SHOW HEALTH; says how the server is; status, a line of its own in the console, which versions run.',
  SOURCE: (s) =>
    `RUN SCRIPT '${rest(s, 1, '/path/file.sql').replaceAll("'", '')}'; in the console, or \\i, runs a script; sluice cli -f file.sql from a shell.`,
  TEE: '\\o file, a command of the console, writes results to a file.',
  SYSTEM: 'There is no shell here.',
  DELIMITER: 'A statement ends with a semicolon: there is no other delimiter.',
  CONNECT:
    "server host:port, a command of the console, talks to another server; CREATE SOURCE CONNECTOR name WITH (connector='postgres', url='…'); reads a database.",
};

/** ALTER TABLE name ALTER COLUMN column TYPE type. */
function retyped(s: Stuck): string {
  const [kind, name] = [word(s, 1) || 'TABLE', named(s, 2, 'name')];
  return `ALTER adds columns alone. CREATE OR REPLACE ${kind} ${name} (…) WITH (…); with all its columns declares a wider type (INT as BIGINT, BIGINT as DOUBLE), DESCRIBE ${name} EXTENDED; has the statement. A type of another kind is made in another by CREATE ${kind} … AS SELECT CAST(column AS type) … FROM ${name};`;
}

/** By the word that follows CREATE. */
const CREATIONS: Readonly<Record<string, string>> = {
  MATERIALIZED:
    'A MATERIALIZED VIEW is a table of a query here: CREATE TABLE name AS SELECT … GROUP BY …; keeps its result up to date.',
  VIEW: 'There is no VIEW: CREATE STREAM name AS SELECT …;, or with GROUP BY CREATE TABLE name AS SELECT …;, keeps the result of a query.',
  INDEX:
    'There is no INDEX: a table is looked up by its key. For another key, CREATE TABLE name AS SELECT … GROUP BY the_column;',
  UNIQUE: 'There is no unique index: a table has one row for each PRIMARY KEY.',
  DATABASE: 'There is one DATABASE, so none is to be created: streams, tables and connectors are all in it.',
  SCHEMA: 'There is one schema, so none is to be created. CREATE TYPE name AS STRUCT<…>; names a type.',
  TEMPORARY: 'Nothing is temporary: CREATE TABLE or CREATE STREAM makes it, DROP … DELETE TOPIC; takes it away.',
  TEMP: 'Nothing is temporary: CREATE TABLE or CREATE STREAM makes it, DROP … DELETE TOPIC; takes it away.',
  EXTERNAL: "CREATE TABLE or CREATE STREAM … WITH (KAFKA_TOPIC='…', …) declares what a topic holds.",
  SEQUENCE: 'There is no SEQUENCE: UUID() makes ids.',
  FUNCTION:
    'Functions of your own are JavaScript files in the folder ksql.extension.dir; SHOW FUNCTIONS; lists what there is.',
  PROCEDURE: 'There are no procedures: a query that is to go on is CREATE STREAM … AS SELECT …;',
  TRIGGER: 'There is no TRIGGER: a query that acts on each new row is CREATE STREAM … AS SELECT …;',
  TOPIC:
    "A topic is made with what reads it: CREATE STREAM name (…) WITH (KAFKA_TOPIC='…', VALUE_FORMAT='JSON', PARTITIONS=1);",
  CONNECTOR: 'Say which way it goes: CREATE SOURCE CONNECTOR … brings data in, CREATE SINK CONNECTOR … writes it out.',
  CONNECTION:
    "The address of a database stands in the connector: CREATE SOURCE CONNECTOR name WITH (connector='postgres', url='…');",
  SECRET:
    'A secret is a reference in the value of a setting: ${file:/path/secrets.properties:password} or ${env:NAME}.',
  USER: USERS_IN_FILE,
  ROLE: USERS_IN_FILE,
  QUERY: 'CREATE STREAM name AS SELECT …; (or TABLE) runs a query for good.',
  CATALOG: 'There is one catalog. CREATE SOURCE CONNECTOR … brings tables of another database in.',
  SUBSCRIPTION: 'CREATE SOURCE CONNECTOR … follows the tables of another database.',
  PUBLICATION: 'CREATE SINK CONNECTOR … writes streams and tables out.',
};

/** By the word that follows SHOW or LIST: the statement that shows the same. */
const LISTS: Readonly<Record<string, string | ((s: Stuck) => string)>> = {
  DATABASES: 'There is one database. SHOW STREAMS; SHOW TABLES; SHOW CONNECTORS; and SHOW TOPICS; list what it holds.',
  SCHEMAS: 'There is one schema. SHOW STREAMS; and SHOW TABLES; list what it holds.',
  CATALOGS: 'There is one catalog. SHOW STREAMS; and SHOW TABLES; list what it holds.',
  COLUMNS: (s) => `DESCRIBE ${fromOf(s)}; shows the columns.`,
  FIELDS: (s) => `DESCRIBE ${fromOf(s)}; shows the columns.`,
  CREATE: (s) => `DESCRIBE ${named(s, 3, 'name')} EXTENDED; shows how it was made.`,
  INDEX: (s) => `There are no indexes: DESCRIBE ${fromOf(s)}; shows the key.`,
  INDEXES: (s) => `There are no indexes: DESCRIBE ${fromOf(s)}; shows the key.`,
  VIEWS: 'There are no views: SHOW TABLES; and SHOW STREAMS; list what queries keep, SHOW QUERIES; the queries.',
  MATERIALIZED:
    'A materialized view is a table here: SHOW TABLES; lists them, SHOW QUERIES; the queries that keep them.',
  LAG: 'SHOW QUERIES; has the lag of each query, DESCRIBE name EXTENDED; by partition.',
  PROCESSLIST: 'SHOW QUERIES; lists the queries that run.',
  JOBS: 'SHOW QUERIES; lists the queries that run, SHOW CONNECTORS; the connectors.',
  STATUS: 'SHOW QUERIES; and SHOW CONNECTORS; show what runs.',
  STATS: 'DESCRIBE name EXTENDED; shows the figures of a stream or table.',
  CONFIG: 'SHOW PROPERTIES; lists the settings.',
  SETTINGS: 'SHOW PROPERTIES; lists the settings.',
  PARTITIONS: 'SHOW TOPICS; shows the partitions.',
  SOURCES: 'SHOW STREAMS; SHOW TABLES; or SHOW SOURCE CONNECTORS;',
  SINKS: 'SHOW SINK CONNECTORS;',
  PLUGINS: 'SHOW CONNECTOR PLUGINS;',
  QUERY: 'SHOW QUERIES; lists the queries.',
  ERRORS: 'SHOW QUERIES; and SHOW CONNECTORS; show what fails, DESCRIBE name EXTENDED; its last errors.',
  WARNINGS: 'An answer has the warnings of its statement. SHOW QUERIES; and SHOW CONNECTORS; show what fails.',
  OFFSETS: 'DESCRIBE name EXTENDED; shows the offsets of the queries that read it.',
  CONSUMER:
    'SHOW TOPICS EXTENDED; counts the consumer groups, DESCRIBE name EXTENDED; shows the offsets of the queries.',
  GROUPS: 'SHOW TOPICS EXTENDED; counts the consumer groups, DESCRIBE name EXTENDED; shows the offsets of the queries.',
  TASKS: 'DESCRIBE CONNECTOR name; shows its tasks. SHOW CONNECTORS; lists the connectors.',
  PROPERTY: 'SHOW PROPERTIES; lists the settings.',
  ALL: 'SHOW ALL TOPICS; lists the internal topics as well.',
  USERS: USERS_IN_FILE,
  GRANTS: 'There are no grants: rights come with roles, which users have in the file of authentication.realm.',
  VERSION: 'GET /info answers the version.',
};

/** By the word that follows DROP. */
const DROPS: Readonly<Record<string, string | ((s: Stuck) => string)>> = {
  VIEW: (s) => `There are no views: DROP TABLE ${named(s, 2, 'name')}; or DROP STREAM ${named(s, 2, 'name')};`,
  MATERIALIZED: (s) => `A materialized view is a table here: DROP TABLE ${named(s, 3, 'name')};`,
  TOPIC: 'A topic goes with what reads it: DROP STREAM name DELETE TOPIC;',
  QUERY: (s) => `TERMINATE ${rest(s, 2, 'query_id')}; ends a query.`,
  INDEX: 'There are no indexes: a table is looked up by its key.',
  DATABASE: 'There is one database, which cannot be dropped.',
  SCHEMA: 'There is one schema, which cannot be dropped.',
  FUNCTION: 'Functions of your own are files in the folder ksql.extension.dir.',
};

/** By the word that follows ALTER … name. */
const ALTERATIONS: Readonly<Record<string, string | ((s: Stuck) => string)>> = {
  DROP: 'Columns can be added alone: ADD COLUMN name type. To leave one out, CREATE … AS SELECT the, others FROM …;',
  RENAME: (s) => {
    const [kind, name] = [word(s, 1), written(s, 2)];
    const at = word(s, 4) === 'COLUMN' ? 5 : 4;
    if (word(s, 4) !== 'TO' && word(s, at + 1) === 'TO')
      return `A column keeps its name. CREATE ${kind} … AS SELECT ${written(s, at)} AS ${named(s, at + 2, 'new_name')}, … FROM ${name}; gives it another in what it makes.`;
    return `Nothing can be renamed: CREATE ${kind} ${named(s, 5, 'new_name')} AS SELECT * FROM ${name}; has the same rows.`;
  },
  ALTER: retyped,
  MODIFY: retyped,
  CHANGE: retyped,
  SET: 'Nothing but columns can be added: ADD COLUMN name type. CREATE OR REPLACE changes the query of a stream or table.',
};

/** Advice for a statement with an unknown first word. */
export function firstWordAdvice(stuck: Stuck): Advice | undefined {
  return fromTable(stuck, STATEMENTS, 0);
}

/** Advice for CREATE, SHOW, DROP and ALTER of unknown objects; `first` is the statement's first word. */
export function kindAdvice(stuck: Stuck, first: string): Advice | undefined {
  switch (first) {
    case 'CREATE':
      return creationAdvice(stuck);
    case 'SHOW':
    case 'LIST':
      return listAdvice(stuck);
    case 'DROP':
      return stuck.at === 1 ? fromTable(stuck, DROPS, 1) : undefined;
    case 'ALTER':
      return alterationAdvice(stuck);
    default:
      return undefined;
  }
}

function alterationAdvice(stuck: Stuck): Advice | undefined {
  const advice = stuck.at === 3 && stuck.expected === "'ADD'" ? fromTable(stuck, ALTERATIONS, 3) : undefined;
  if (advice !== undefined) return advice;
  if (word(stuck, 1) !== 'CONNECTOR' || word(stuck, stuck.at - 1) !== 'SET' || stuck.expected !== "'('")
    return undefined;
  return adviceAt(
    stuck,
    stuck.at,
    `Settings stand in parentheses: ALTER CONNECTOR ${named(stuck, 2, 'name')} SET ('key'='value');`,
  );
}

function fromTable(
  stuck: Stuck,
  table: Readonly<Record<string, string | ((s: Stuck) => string)>>,
  at: number,
): Advice | undefined {
  const found = word(stuck, at);
  if (!Object.hasOwn(table, found)) return undefined;
  const entry = table[found]!;
  return adviceAt(stuck, at, typeof entry === 'string' ? entry : entry(stuck));
}

function creationAdvice(stuck: Stuck): Advice | undefined {
  const at = word(stuck, 1) === 'OR' && word(stuck, 2) === 'REPLACE' ? 3 : 1;
  return stuck.at === at ? fromTable(stuck, CREATIONS, at) : undefined;
}

/** SHOW STREAM orders and SHOW TABLE users mean DESCRIBE; a singular without a name means the plural. */
function listAdvice(stuck: Stuck): Advice | undefined {
  const found = word(stuck, 1);
  if (found === 'STREAM' || found === 'TABLE') {
    return adviceAt(
      stuck,
      1,
      stuck.tokens[2]?.kind === 'word' ? `DESCRIBE ${named(stuck, 2, 'name')};` : `SHOW ${found}S;`,
    );
  }
  if (stuck.at > 1 && ['LIKE', 'WHERE', 'FROM', 'IN'].includes(word(stuck, stuck.at)))
    return adviceAt(stuck, stuck.at, `SHOW ${found}; has no filter: it lists all. DESCRIBE name; shows one.`);
  if (stuck.at === 2 && found === 'CONNECTORS' && ['STATUS', 'STATE', 'HEALTH'].includes(word(stuck, 2)))
    return adviceAt(stuck, 2, 'SHOW CONNECTORS; shows the state of each, DESCRIBE CONNECTOR name; that of its tasks.');
  if (stuck.at > 1 && word(stuck, stuck.at) === 'EXTENDED')
    return adviceAt(stuck, stuck.at, `SHOW ${found}; has no EXTENDED form. DESCRIBE shows one in full.`);
  const other = fromTable(stuck, LISTS, 1);
  if (other !== undefined || stuck.at !== 1) return other;
  // What ends as a plural is one of the lists, though a singular stands near it as well: CONECTORS.
  const plural = found.endsWith('S') ? suggestions(found, LISTED, 1)[0] : undefined;
  if (plural !== undefined) return adviceAt(stuck, 1, `Did you mean ${plural}?`);
  return isNearList(found) ? undefined : adviceAt(stuck, 1, listFor(found));
}

const LISTED = [
  'STREAMS',
  'TABLES',
  'TOPICS',
  'QUERIES',
  'CONNECTORS',
  'FUNCTIONS',
  'TYPES',
  'PROPERTIES',
  'VARIABLES',
  'LINEAGE',
  'HEALTH',
];

const ALL_LISTS = `There are SHOW ${LISTED.join(', ')} and CONNECTOR PLUGINS.`;

/** The list that was probably meant when the word is similar to its singular, as TABEL; all lists otherwise. */
function listFor(found: string): string {
  const singulars = new Map(LISTED.map((list) => [list.replace(/IES$/, 'Y').replace(/S$/, ''), list]));
  const near = suggestions(found, singulars.keys(), 1)[0];
  const list = near === undefined ? undefined : singulars.get(near);
  return list === undefined ? ALL_LISTS : `Did you mean ${list}?`;
}

/** Whether the word is similar to the name of a list. */
function isNearList(found: string): boolean {
  return found !== '' && suggestions(found, LISTED).length > 0;
}

/** The rest of the statement from there, as written. */
function rest(stuck: Stuck, index: number, otherwise: string): string {
  const from = stuck.tokens[index];
  const to = stuck.tokens.findLast((t) => t.kind !== ';');
  if (from === undefined || from.kind === ';' || to === undefined || to.end - from.start > 100) return otherwise;
  return stuck.text.slice(from.start, to.end);
}

/** The name after FROM or IN. */
function fromOf(stuck: Stuck): string {
  const at = stuck.tokens.findIndex((t) => t.kind === 'word' && (t.text === 'FROM' || t.text === 'IN'));
  return at === -1 ? 'name' : named(stuck, at + 1, 'name');
}
