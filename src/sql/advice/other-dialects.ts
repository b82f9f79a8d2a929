import { suggestions } from '../../base/suggest.ts';
import { isReserved } from '../keywords.ts';
import { must } from '../../base/assert.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';
import { subqueryAdvice } from './subqueries.ts';

const USERS_IN_FILE =
  'Users are lines of the file that authentication.realm names (name: password,role), not in the database; sluice password makes the hash.';
const NO_TRANSACTIONS = 'There is no transaction over several statements: each statement takes effect by itself.';

/** What a statement of another dialect is called here, by its first word. `…` stands for what the user fills in. */
const STATEMENTS: Readonly<Record<string, string | ((s: Stuck) => string)>> = {
  UPDATE: (s) =>
    `There is no UPDATE: a later row of the same key takes the place of the row. INSERT INTO ${named(s, 1, 'the_table')} (key, column, …) VALUES (…); writes one. Rows of a table that a connector mirrors are changed in the database.`,
  DELETE: (s) =>
    `There is no DELETE: a table loses a row when a record with its key and no value is written to its topic. INSERT INTO ${named(s, word(s, 1) === 'FROM' ? 2 : 1, 'the_table')} (key, column, …) VALUES (…); writes a newer row. Rows of a table that a connector mirrors are the database's. To leave rows out, select the others: CREATE STREAM … AS SELECT … WHERE …;`,
  MERGE: 'There is no MERGE: INSERT INTO a table adds the row or takes the place of the one with the same key.',
  UPSERT: (s) =>
    `INSERT INTO ${named(s, 2, 'the_table')} VALUES (…); is an upsert on a table: a later row of the same key takes the place of the row.`,
  REPLACE: 'INSERT INTO a table is an upsert: a later row of the same key takes the place of the row.',
  TRUNCATE: (s) => {
    const name = named(s, word(s, 1) === 'TABLE' ? 2 : 1, 'the_table');
    return `There is no TRUNCATE: DROP TABLE ${name} DELETE TOPIC; and create it anew (DROP STREAM for a stream). Rows of a table that a connector mirrors are deleted in the database.`;
  },
  WITH: 'WITH (a common table expression) is not supported: make it a stream or table of its own, CREATE STREAM … AS SELECT …;, and select from that.',
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
  QUIT: 'The console alone knows exit and quit.',
};

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

/** By the word that follows SHOW or LIST: our statement that shows the same. */
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
const ALTERATIONS: Readonly<Record<string, string>> = {
  DROP: 'Columns can be added alone: ADD COLUMN name type. To leave one out, CREATE … AS SELECT the, others FROM …;',
  RENAME: 'Nothing can be renamed: CREATE TABLE new_name AS SELECT * FROM …; (or STREAM), and drop the old one.',
  ALTER:
    'The type of a column cannot be changed; columns can be added: ADD COLUMN name type. CREATE … AS SELECT CAST(column AS type) … makes another.',
  MODIFY:
    'The type of a column cannot be changed; columns can be added: ADD COLUMN name type. CREATE … AS SELECT CAST(column AS type) … makes another.',
  CHANGE:
    'The type of a column cannot be changed; columns can be added: ADD COLUMN name type. CREATE … AS SELECT CAST(column AS type) … makes another.',
  SET: 'Nothing but columns can be added: ADD COLUMN name type. CREATE OR REPLACE changes the query of a stream or table.',
};

/** Words of queries, where they stand in a query: what the parser says behind them is beside the point. */
const IN_QUERIES: readonly (readonly [words: string, advice: string | ((s: Stuck, at: number) => string)])[] = [
  [
    'ILIKE',
    (s, at) =>
      word(s, at - 1) === 'NOT'
        ? `ILIKE is not supported: LCASE(${before(s, at - 1)}) NOT LIKE ${lower(written(s, at + 1))} compares without regard to case.`
        : `ILIKE is not supported: LCASE(${before(s, at)}) LIKE ${lower(written(s, at + 1))} compares without regard to case.`,
  ],
  ['RLIKE', (s, at) => matching(s, at, at + 1)],
  ['REGEXP', (s, at) => matching(s, at, at + 1)],
  ['SIMILAR TO', (s, at) => matching(s, at, at + 2)],
  [
    'UNION',
    'UNION is not supported: CREATE STREAM name AS SELECT … for the first part, and INSERT INTO name SELECT …; for each of the others.',
  ],
  ['INTERSECT', 'INTERSECT is not supported: JOIN the two on their key.'],
  ['EXCLUDE', 'EXCLUDE is not supported: name the columns that are wanted in place of *.'],
  [
    'EXCEPT',
    (s, at) =>
      s.tokens[at - 1]?.kind === '*'
        ? 'EXCEPT is not supported: name the columns that are wanted in place of *.'
        : 'EXCEPT is not supported: LEFT JOIN the two on their key and keep the rows WHERE the other key IS NULL.',
  ],
  ['MINUS', 'MINUS is not supported: LEFT JOIN the two on their key and keep the rows WHERE the other key IS NULL.'],
  ['CROSS JOIN', 'CROSS JOIN is not supported: a join has a condition, JOIN … ON a.key = b.key.'],
  ['NATURAL JOIN', 'NATURAL JOIN is not supported: say which columns are equal, JOIN … ON a.key = b.key.'],
  ['CROSS APPLY', 'EXPLODE(array) in the SELECT makes a row of each element.'],
  ['LATERAL', 'LATERAL is not supported: EXPLODE(array) in the SELECT makes a row of each element.'],
  ['UNNEST', 'EXPLODE(array) in the SELECT makes a row of each element.'],
  ['USING', (s, at) => usingAdvice(s, at)],
  [
    'OVER',
    'Window functions (OVER) are not supported: WINDOW TUMBLING (SIZE …) with GROUP BY gathers rows of a time, LATEST_BY_OFFSET and EARLIEST_BY_OFFSET with GROUP BY take the last and first of a key, TOPK the largest.',
  ],
  ['QUALIFY', 'QUALIFY is not supported: GROUP BY with LATEST_BY_OFFSET(column) takes the last row of a key.'],
  ['WITHIN GROUP', 'WITHIN GROUP is not supported: COLLECT_LIST(column) gathers values in the order of their arrival.'],
  ['FILTER', 'FILTER is not supported: SUM(CASE WHEN … THEN column ELSE 0 END) counts rows of a kind.'],
  [
    'AT TIME ZONE',
    "FORMAT_TIMESTAMP(column, 'yyyy-MM-dd HH:mm', 'Europe/Paris') shows a time in a zone; CONVERT_TZ moves one.",
  ],
  [
    'FOR SYSTEM_TIME',
    'A join of a stream with a table takes the row that the table holds at the time of the record: JOIN the_table ON … is enough.',
  ],
  [
    'AS OF',
    'A table holds its present rows alone: what it held earlier is in its topic, PRINT topic FROM BEGINNING; shows it.',
  ],
  ['FOR UPDATE', 'Nothing is locked: a SELECT reads what is there now. Leave FOR UPDATE out.'],
  ['FOR SHARE', 'Nothing is locked: a SELECT reads what is there now. Leave FOR SHARE out.'],
  ['SORT BY', 'The clause is called ORDER BY.'],
  [
    'OFFSET',
    'OFFSET is not supported: LIMIT n takes the first rows. WHERE on the key goes on behind the last one seen.',
  ],
  ['FETCH FIRST', 'LIMIT n takes the first rows.'],
  ['FETCH NEXT', 'LIMIT n takes the first rows.'],
  [
    'TOP',
    'TOP is not supported: LIMIT n stands at the end of the query. TOPK(column, n) with GROUP BY keeps the largest.',
  ],
  ['TABLESAMPLE', 'TABLESAMPLE is not supported: WHERE RANDOM() < 0.1 takes some rows.'],
  ['GLOB', "LIKE 'a%' matches a pattern."],
  ['RETURNING', 'RETURNING is not supported: SELECT … EMIT CHANGES; shows what is written.'],
  ['ON CONFLICT', 'INSERT INTO a table is an upsert already: a later row of the same key takes the place of the row.'],
  ['ON DUPLICATE', 'INSERT INTO a table is an upsert already: a later row of the same key takes the place of the row.'],
  ['PIVOT', "PIVOT is not supported: SUM(CASE WHEN column = 'a' THEN x ELSE 0 END) AS a, … with GROUP BY."],
  ['WITH TIES', 'WITH TIES is not supported: LIMIT n takes n rows, of equal ones any.'],
  [
    'CONTAINS',
    (s, at) =>
      `CONTAINS is not supported: ARRAY_CONTAINS(${before(s, at)}, ${written(s, at + 1) || 'value'}) asks of an array, INSTR(${before(s, at)}, ${written(s, at + 1) || 'text'}) > 0 of a text.`,
  ],
  ['SEMI JOIN', 'A SEMI JOIN is written JOIN, with columns of the first source alone in the SELECT.'],
  [
    'ANTI JOIN',
    'An ANTI JOIN is written LEFT JOIN … ON a.key = b.key, and WHERE b.key IS NULL keeps the rows without a match.',
  ],
  [
    'ASOF JOIN',
    'A join of a stream with a table takes the row that the table holds at the time of the record: JOIN the_table ON … is enough.',
  ],
];

/** LEFT and RIGHT are words of joins, so a call of them does not parse. */
function halfAdvice(s: Stuck): Advice | undefined {
  const side = word(s, s.at);
  if ((side !== 'LEFT' && side !== 'RIGHT') || s.tokens[s.at + 1]?.kind !== '(') return undefined;
  const text =
    /^(?:word|(?:back|double)-quoted)$/.test(s.tokens[s.at + 2]?.kind ?? '') && s.tokens[s.at + 3]?.kind === ','
      ? written(s, s.at + 2)
      : 'text';
  const count = s.tokens[s.at + 4]?.kind === 'integer' ? written(s, s.at + 4) : 'n';
  return adviceAt(
    s,
    s.at,
    side === 'LEFT'
      ? `SUBSTRING(${text}, 1, ${count}) takes the first characters: there is no LEFT.`
      : `SUBSTRING(${text}, -${count}) takes the last characters: there is no RIGHT.`,
  );
}

/** Advice for what other dialects have and this one has not. */
export function foreignAdvice(s: Stuck): Advice | undefined {
  const first = word(s, 0);
  if (s.at === 0) return fromTable(s, STATEMENTS, 0);
  if (first === 'CREATE') {
    const advice = creationAdvice(s);
    if (advice !== undefined) return advice;
  }
  if (first === 'SHOW' || first === 'LIST') {
    const advice = listAdvice(s);
    if (advice !== undefined) return advice;
  }
  if (first === 'DROP' && s.at === 1) {
    const advice = fromTable(s, DROPS, 1);
    if (advice !== undefined) return advice;
  }
  if (first === 'ALTER' && s.at === 3 && s.expected === "'ADD'") {
    const advice = fromTable(s, ALTERATIONS, 3);
    if (advice !== undefined) return advice;
  }
  if (first === 'ALTER' && word(s, 1) === 'CONNECTOR' && word(s, s.at - 1) === 'SET' && s.expected === "'('") {
    return adviceAt(
      s,
      s.at,
      `Settings stand in parentheses: ALTER CONNECTOR ${named(s, 2, 'name')} SET ('key'='value');`,
    );
  }
  if (first === 'CREATE' && s.tokens.some((t) => t.kind === '(') && find(s, 'SELECT') === -1) {
    const advice = constraintAdvice(s);
    if (advice !== undefined) return advice;
  }
  if (find(s, 'SELECT') !== -1) return queryAdvice(s);
  return first === 'INSERT' ? foreignWords(s) : undefined;
}

function fromTable(
  s: Stuck,
  table: Readonly<Record<string, string | ((s: Stuck) => string)>>,
  at: number,
): Advice | undefined {
  const found = word(s, at);
  if (!Object.hasOwn(table, found)) return undefined;
  const entry = table[found]!;
  return adviceAt(s, at, typeof entry === 'string' ? entry : entry(s));
}

function creationAdvice(s: Stuck): Advice | undefined {
  const at = word(s, 1) === 'OR' && word(s, 2) === 'REPLACE' ? 3 : 1;
  return s.at === at ? fromTable(s, CREATIONS, at) : undefined;
}

/** SHOW STREAM orders and SHOW TABLE users are DESCRIBE; a singular alone is a plural. */
function listAdvice(s: Stuck): Advice | undefined {
  const found = word(s, 1);
  if (found === 'STREAM' || found === 'TABLE') {
    return adviceAt(s, 1, s.tokens[2]?.kind === 'word' ? `DESCRIBE ${named(s, 2, 'name')};` : `SHOW ${found}S;`);
  }
  if (s.at > 1 && ['LIKE', 'WHERE', 'FROM', 'IN'].includes(word(s, s.at)))
    return adviceAt(s, s.at, `SHOW ${found}; has no filter: it lists all. DESCRIBE name; shows one.`);
  if (s.at === 2 && found === 'CONNECTORS' && ['STATUS', 'STATE', 'HEALTH'].includes(word(s, 2)))
    return adviceAt(s, 2, 'SHOW CONNECTORS; shows the state of each, DESCRIBE CONNECTOR name; that of its tasks.');
  if (s.at > 1 && word(s, s.at) === 'EXTENDED')
    return adviceAt(s, s.at, `SHOW ${found}; has no EXTENDED form. DESCRIBE shows one in full.`);
  return fromTable(s, LISTS, 1) ?? (s.at === 1 && !isNearList(found) ? adviceAt(s, 1, listFor(found)) : undefined);
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
];
const ALL_LISTS = `There are SHOW ${LISTED.join(', ')} and CONNECTOR PLUGINS.`;

/** What may be meant by the name of a list whose singular is near, as TABEL; all of them, where none is. */
function listFor(found: string): string {
  const singulars = new Map(LISTED.map((list) => [list.replace(/IES$/, 'Y').replace(/S$/, ''), list]));
  const near = suggestions(found, singulars.keys(), 1)[0];
  const list = near === undefined ? undefined : singulars.get(near);
  return list === undefined ? ALL_LISTS : `Did you mean ${list}?`;
}

/** A misspelt list is told by its nearest name. */
function isNearList(found: string): boolean {
  return found !== '' && suggestions(found, LISTED).length > 0;
}

const CONSTRAINTS: Readonly<Record<string, string>> = {
  NOT: 'NOT NULL is not supported: any value column may be null. Leave it out; WHERE column IS NOT NULL drops such rows.',
  NULL: 'Any value column may be null: leave NULL out.',
  DEFAULT: 'DEFAULT is not supported: leave it out. COALESCE(column, value) in a SELECT puts a value for null.',
  UNIQUE: 'UNIQUE is not supported: a table has one row for each PRIMARY KEY.',
  REFERENCES: 'Foreign keys are not declared: leave REFERENCES out, and name the columns where you JOIN.',
  CHECK: 'CHECK is not supported: CREATE STREAM … AS SELECT … WHERE …; lets through what fits.',
  AUTO_INCREMENT: 'AUTO_INCREMENT is not supported: UUID() makes ids.',
  GENERATED: 'GENERATED is not supported: CREATE STREAM … AS SELECT …, expression AS column computes one.',
  COMMENT: 'COMMENT is not supported: a comment in a script is written -- like this.',
  COLLATE: 'COLLATE is not supported: texts compare by their code points.',
};

/** Constraints of columns and of tables in a column list. */
function constraintAdvice(s: Stuck): Advice | undefined {
  const i = s.at;
  const found = word(s, i);
  if (Object.hasOwn(CONSTRAINTS, found) && /','/.test(s.expected)) return adviceAt(s, i, CONSTRAINTS[found]!);
  // PRIMARY KEY (a), as an entry of its own: read as a column PRIMARY of a type KEY(…).
  if (word(s, i - 3) === 'PRIMARY' && word(s, i - 2) === 'KEY' && s.tokens[i - 1]?.kind === '(') {
    const type = typeOf(s, word(s, i)) ?? '…';
    return adviceAt(s, i - 3, `The key is marked at its column: ${written(s, i)} ${type} PRIMARY KEY.`);
  }
  const key = find(s, 'FOREIGN', 'KEY');
  if (key !== -1 && key >= i - 4)
    return adviceAt(s, key, 'Foreign keys are not declared: leave it out, and name the columns where you JOIN.');
  return undefined;
}

/** The word behind a column's name, where the column list has it. */
function typeOf(s: Stuck, column: string): string | undefined {
  const at = s.tokens.findIndex(
    (t, n) =>
      t.kind === 'word' && t.text === column && (s.tokens[n - 1]?.kind === '(' || s.tokens[n - 1]?.kind === ','),
  );
  return at === -1 || at >= s.at ? undefined : written(s, at + 1);
}

/** Words and signs of conditions. */
const COMPARISONS = /^(?:=|<>|!=|<=?|>=?|I?LIKE|RLIKE|REGEXP|IN|BETWEEN|IS|NOT)$/;

/** A condition right behind a source, whose WHERE is missing: `FROM users name = 'a'`, `FROM users LIKE 'a%'`. */
function whereAdvice(s: Stuck): Advice | undefined {
  // A word that is none here is taken for the alias before the parser gets stuck.
  const at = [s.at, s.at - 1].find((i) => COMPARISONS.test(word(s, i) || written(s, i)));
  const from = s.tokens.findLastIndex((t, i) => i < s.at && t.kind === 'word' && t.text === 'FROM');
  if (at === undefined || from === -1 || at < from + 2 || at > from + 3) return undefined;
  const column = at === from + 2 ? 'column' : written(s, at - 1);
  const rest = s.tokens.slice(at, at + 2).map((_, i) => written(s, at + i));
  const condition =
    rest[0]?.toUpperCase() === 'ILIKE'
      ? `LCASE(${column}) LIKE ${lower(must(rest[1], 'operand'))}`
      : `${column} ${rest[1] === '(' ? `${rest[0]} (…)` : rest.join(' ')}`;
  return adviceAt(s, at, `A condition begins with WHERE: FROM ${written(s, from + 1)} WHERE ${condition}.`);
}

function queryAdvice(s: Stuck): Advice | undefined {
  const i = s.at;
  const condition = whereAdvice(s);
  if (condition !== undefined) return condition;
  const nested = subqueryAdvice(s);
  if (nested !== undefined) return nested;
  const tableFunction = tableFunctionAdvice(s);
  if (tableFunction !== undefined) return tableFunction;
  if (word(s, i) === 'DISTINCT') return distinctAdvice(s);
  if (word(s, i) === 'ON' && word(s, i - 1) === 'DISTINCT')
    return adviceAt(
      s,
      i - 1,
      'DISTINCT ON is not supported: GROUP BY the column, and LATEST_BY_OFFSET(other) takes the last value of each of the others.',
      i,
    );
  return foreignWords(s) ?? halfAdvice(s) ?? intervalAdvice(s) ?? callAdvice(s);
}

/** Words that other dialects have: where the parser is stuck, or what it took for a name or alias shortly before. */
function foreignWords(s: Stuck): Advice | undefined {
  const i = s.at;
  for (const [words, advice] of IN_QUERIES) {
    const parts = words.split(' ');
    for (const at of [i, i - 1, i - 2, i - 3]) {
      if (at < 1 || !parts.every((part, n) => word(s, at + n) === part)) continue;
      if (at < i && !mayBeForeign(s, at, parts.length)) continue;
      return adviceAt(s, at, typeof advice === 'string' ? advice : advice(s, at));
    }
  }
  return undefined;
}

/**
 * A word before the place of the fault counts when it stands where an alias does: behind a name, a number or a
 * parenthesis.
 */
function mayBeForeign(s: Stuck, at: number, length: number): boolean {
  const previous = s.tokens[at - 1];
  if (previous === undefined) return false;
  if (length > 1) return true;
  if (word(s, at) === 'LATERAL' && word(s, at - 1) === 'JOIN') return true;
  if (word(s, at) === 'FILTER' || word(s, at) === 'OVER') return previous.kind === ')';
  if (word(s, at) === 'TOP') return word(s, at - 1) === 'SELECT' && s.tokens[at + 1]?.kind === 'integer';
  return (
    previous.kind === ')' ||
    (previous.kind === 'word' && !isReserved(previous.text)) ||
    previous.kind === '*' ||
    previous.kind.endsWith('quoted')
  );
}

function distinctAdvice(s: Stuck): Advice {
  const i = s.at;
  if (s.tokens[i - 1]?.kind === '(') {
    const aggregate = word(s, i - 2);
    const column = written(s, i + 1);
    if (aggregate === 'COUNT')
      return adviceAt(
        s,
        i,
        `COUNT_DISTINCT(${column.toUpperCase()}) counts different values of a stream, ARRAY_LENGTH(ARRAY_DISTINCT(COLLECT_LIST(${column.toUpperCase()}))) those of a table: DISTINCT in aggregates is not supported.`,
      );
    if (aggregate === 'COLLECT_LIST' || aggregate === 'ARRAY_AGG')
      return adviceAt(
        s,
        i,
        `COLLECT_SET(${column.toUpperCase()}) gathers different values: DISTINCT in aggregates is not supported.`,
      );
    return adviceAt(
      s,
      i,
      `DISTINCT in aggregates is not supported: CREATE TABLE … AS SELECT … GROUP BY …, ${column} first, and aggregate that. COUNT_DISTINCT and COLLECT_SET take different values.`,
    );
  }
  return adviceAt(s, i, 'DISTINCT stands directly behind SELECT, once: SELECT DISTINCT a, b FROM …');
}

function intervalAdvice(s: Stuck): Advice | undefined {
  const i = s.at;
  if (word(s, i - 1) !== 'INTERVAL' || s.tokens[i]?.kind !== 'string') return undefined;
  const window = [i - 4, i - 5, i - 6].find((at) => /^(TUMBLE|HOP|SESSION)(_START|_END|_ROWTIME)?$/.test(word(s, at)));
  if (window !== undefined) return adviceAt(s, window, windowAdvice(s, word(s, window)));
  const [amount = '1', unit = word(s, i + 1) || 'HOUR'] = (s.tokens[i]?.text ?? '').split(' ');
  const [name, operand] = s.tokens[i - 2]?.kind === '+' ? ['TIMESTAMPADD', 'column'] : ['TIMESTAMPSUB', 'column'];
  return adviceAt(
    s,
    i - 1,
    `INTERVAL is not supported: ${name}(${unit.toUpperCase()}, ${amount}, ${operand}) reckons with TIMESTAMPs, FROM_UNIXTIME(UNIX_TIMESTAMP()) is the time now as one; ` +
      'ROWTIME and UNIX_TIMESTAMP() are ms: ROWTIME > UNIX_TIMESTAMP() - 3600000 is the last hour.',
  );
}

/** FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' HOUR)), as in Flink. */
function tableFunctionAdvice(s: Stuck): Advice | undefined {
  if (word(s, s.at) !== 'TABLE' || !/^(?:FROM|JOIN)$/.test(word(s, s.at - 1))) return undefined;
  if (s.tokens[s.at + 1]?.kind !== '(' || !/^(?:TUMBLE|HOP|SESSION|CUMULATE)$/.test(word(s, s.at + 2)))
    return undefined;
  const source = word(s, s.at + 4) === 'TABLE' ? written(s, s.at + 5) : written(s, s.at + 4);
  const behind = s.tokens.slice(s.at).findIndex((_, i) => word(s, s.at + i) === 'INTERVAL');
  const stuck = { ...s, at: behind === -1 ? s.at : s.at + behind + 1 };
  return adviceAt(s, s.at, windowAdvice(stuck, word(s, s.at + 2), source || 'name'));
}

/** The window that a call of Flink's group windows means, with the sizes that it gives. */
function windowAdvice(s: Stuck, call: string, of?: string): string {
  const sizes: string[] = [];
  for (let at = s.at; at < Math.min(s.tokens.length, s.at + 8); at++) {
    if (word(s, at - 1) !== 'INTERVAL' || s.tokens[at]?.kind !== 'string') continue;
    const [amount = '1', unit = word(s, at + 1) || 'HOUR'] = s.tokens[at]!.text.split(' ');
    sizes.push(`${amount} ${unit.toUpperCase()}`);
  }
  const [first = '1 HOUR', second = '1 HOUR'] = sizes;
  const window = call.startsWith('HOP')
    ? `HOPPING (SIZE ${second}, ADVANCE BY ${first})`
    : call.startsWith('SESSION')
      ? `SESSION (${first})`
      : `TUMBLING (SIZE ${first})`;
  const from = s.tokens.findIndex((t) => t.kind === 'word' && t.text === 'FROM');
  const source = of ?? (from === -1 ? 'name' : written(s, from + 1));
  return `A window stands behind the FROM clause: SELECT WINDOWSTART, … FROM ${source} WINDOW ${window} GROUP BY …; WINDOWSTART and WINDOWEND are its bounds.`;
}

/** `EXTRACT(hour FROM at)`, `TRIM(BOTH ' ' FROM x)`, `SUBSTRING(x FROM 2)`: words as separators of arguments. */
function callAdvice(s: Stuck): Advice | undefined {
  for (let at = s.at - 1; at >= Math.max(0, s.at - 6); at--) {
    if (s.tokens[at + 1]?.kind !== '(') continue;
    switch (word(s, at)) {
      case 'EXTRACT':
        return adviceAt(
          s,
          at,
          `EXTRACT is not supported: CAST(FORMAT_TIMESTAMP(${written(s, s.at + 1) || 'column'}, '${letterOf(word(s, at + 2))}') AS INT) takes a part of a time.`,
        );
      case 'SUBSTRING': {
        const length = word(s, s.at + 2) === 'FOR' ? `, ${written(s, s.at + 3)}` : '';
        return adviceAt(
          s,
          at,
          `Arguments are separated by commas: SUBSTRING(${written(s, at + 2)}, ${written(s, s.at + 1) || '1'}${length}).`,
        );
      }
      case 'TRIM':
      case 'OVERLAY':
      case 'POSITION':
        return adviceAt(s, at, `Arguments are separated by commas: DESCRIBE FUNCTION ${word(s, at)}; shows them.`);
    }
  }
  return undefined;
}

function letterOf(unit: string): string {
  return { YEAR: 'yyyy', MONTH: 'M', DAY: 'd', HOUR: 'H', MINUTE: 'm', SECOND: 's' }[unit] ?? 'H';
}

function usingAdvice(s: Stuck, at: number): string {
  const right = written(s, at - 1);
  const join = find(s, 'JOIN');
  const left =
    join > 0 ? written(s, word(s, join - 1) === 'LEFT' || word(s, join - 1) === 'INNER' ? join - 2 : join - 1) : 'a';
  const column = written(s, at + 2) || 'id';
  const of = (table: string): string => `${table}.${column}`.toUpperCase();
  return `USING is not supported: ON ${of(left)} = ${of(right)} stands in its place.`;
}

/** The name that stands there, as written; `otherwise` where none does. */
function named(s: Stuck, index: number, otherwise: string): string {
  const token = s.tokens[index];
  return token === undefined || (token.kind !== 'word' && !token.kind.endsWith('quoted'))
    ? otherwise
    : written(s, index);
}

/** Everything from there to the end of the statement, as written. */
function rest(s: Stuck, index: number, otherwise: string): string {
  const from = s.tokens[index];
  const to = s.tokens.findLast((t) => t.kind !== ';');
  if (from === undefined || from.kind === ';' || to === undefined || to.end - from.start > 100) return otherwise;
  return s.text.slice(from.start, to.end);
}

/** The name behind FROM or IN. */
function fromOf(s: Stuck): string {
  const at = s.tokens.findIndex((t) => t.kind === 'word' && (t.text === 'FROM' || t.text === 'IN'));
  return at === -1 ? 'name' : named(s, at + 1, 'name');
}

/** The operand before an operator: a name with what qualifies it. */
function before(s: Stuck, at: number): string {
  const operand = s.tokens[at - 1];
  if (operand === undefined || (operand.kind !== 'word' && !operand.kind.endsWith('quoted'))) return 'column';
  const qualifier = s.tokens[at - 2]?.kind === '.' ? `${written(s, at - 3)}.` : '';
  return `${qualifier}${written(s, at - 1)}`;
}

function matching(s: Stuck, at: number, pattern: number): string {
  return `REGEXP_EXTRACT(${written(s, pattern) || "'pattern'"}, ${before(s, at)}) IS NOT NULL asks whether a regular expression matches.`;
}

function lower(literal: string): string {
  return literal.startsWith("'") ? literal.toLowerCase() : `LCASE(${literal})`;
}
