/**
 * Every statement of the language at least once, with its options: as a person would write it, and as it is printed.
 */
export const KITCHEN_SINK: readonly (readonly [written: string, printed: string])[] = [
  // sources
  [
    "create stream Pageviews (viewtime bigint, userid varchar key, `pageId` STRING, h array<struct<key string, value bytes>> headers, h1 BYTES HEADER('trace')) with (kafka_topic = 'pageviews', value_format='JSON', partitions=6, wrap_single_value=false, 'timestamp'='viewtime');",
    "CREATE STREAM PAGEVIEWS (VIEWTIME BIGINT, USERID STRING KEY, `pageId` STRING, H ARRAY<STRUCT<KEY STRING, VALUE BYTES>> HEADERS, H1 BYTES HEADER('trace')) WITH (KAFKA_TOPIC='pageviews', VALUE_FORMAT='JSON', PARTITIONS=6, WRAP_SINGLE_VALUE=false, 'timestamp'='viewtime')",
  ],
  [
    "CREATE OR REPLACE SOURCE TABLE IF NOT EXISTS users (id INT PRIMARY KEY, name VARCHAR(STRING), balance DECIMAL(10, 2)) WITH (kafka_topic='users', value_format='AVRO');",
    "CREATE OR REPLACE SOURCE TABLE IF NOT EXISTS USERS (ID INTEGER PRIMARY KEY, NAME STRING, BALANCE DECIMAL(10, 2)) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='AVRO')",
  ],
  [
    "CREATE TABLE t WITH (kafka_topic='t', value_format='avro');",
    "CREATE TABLE T WITH (KAFKA_TOPIC='t', VALUE_FORMAT='avro')",
  ],
  [
    'CREATE STREAM `foo-too` AS SELECT * FROM "lower" l EMIT CHANGES;',
    'CREATE STREAM `foo-too` AS SELECT\n  *\nFROM `lower` L\nEMIT CHANGES',
  ],
  [
    "CREATE TABLE out WITH (key_format='KAFKA') AS SELECT f2 KEY, count(*) AS total FROM test GROUP BY f2;",
    "CREATE TABLE OUT WITH (KEY_FORMAT='KAFKA') AS SELECT\n  F2 KEY,\n  COUNT(*) TOTAL\nFROM TEST\nGROUP BY F2",
  ],
  ['ALTER STREAM s ADD COLUMN a INT, ADD b STRING;', 'ALTER STREAM S ADD COLUMN A INTEGER, ADD COLUMN B STRING'],
  ['DROP STREAM IF EXISTS s DELETE TOPIC;', 'DROP STREAM IF EXISTS S DELETE TOPIC'],
  ['DROP TABLE t;', 'DROP TABLE T'],
  [
    'CREATE TYPE IF NOT EXISTS address AS STRUCT<street VARCHAR, `Number` INT, tags MAP<STRING, ARRAY<other>>>;',
    'CREATE TYPE IF NOT EXISTS ADDRESS AS STRUCT<STREET STRING, `Number` INTEGER, TAGS MAP<STRING, ARRAY<OTHER>>>',
  ],
  ['DROP TYPE IF EXISTS address;', 'DROP TYPE IF EXISTS ADDRESS'],
  // insertions
  [
    "INSERT INTO s (rowtime, id, `v`) VALUES (1234, 'key', -1.50);",
    "INSERT INTO S (ROWTIME, ID, `v`) VALUES (1234, 'key', -1.50)",
  ],
  [
    "INSERT INTO s VALUES (STRUCT(a := 1, b := ARRAY[1, 2]), MAP('x' := true), null);",
    "INSERT INTO S VALUES (STRUCT(A:=1, B:=ARRAY[1, 2]), MAP('x':=true), null)",
  ],
  ["INSERT INTO s WITH (query_id='q1') SELECT * FROM a;", "INSERT INTO S WITH (QUERY_ID='q1') SELECT\n  *\nFROM A"],
  // queries
  [
    'SELECT a.*, b.x->y AS y, b.s->*, c[1] FROM a LEFT JOIN b WITHIN (10 SECONDS, 1 MINUTE) GRACE PERIOD 1 DAY ON a.id = b.id FULL OUTER JOIN c AS cc WITHIN 1 HOUR ON a.id = cc.id WHERE a.v > 5 PARTITION BY a.id EMIT CHANGES LIMIT 3;',
    'SELECT\n  A.*,\n  B.X->Y Y,\n  B.S->*,\n  C[1]\nFROM A\nLEFT OUTER JOIN B WITHIN (10 SECONDS, 1 MINUTES) GRACE PERIOD 1 DAYS ON ((A.ID = B.ID))\nFULL OUTER JOIN C CC WITHIN 1 HOURS ON ((A.ID = CC.ID))\nWHERE (A.V > 5)\nPARTITION BY A.ID\nEMIT CHANGES\nLIMIT 3',
  ],
  [
    'SELECT k, sum(v) FROM s WINDOW w TUMBLING (SIZE 30 SECONDS, RETENTION 1 HOUR, GRACE PERIOD 0 SECONDS) GROUP BY k, v + 1 HAVING sum(v) > 10 EMIT FINAL;',
    'SELECT\n  K,\n  SUM(V)\nFROM S\nWINDOW TUMBLING ( SIZE 30 SECONDS, RETENTION 1 HOURS, GRACE PERIOD 0 SECONDS )\nGROUP BY K, (V + 1)\nHAVING (SUM(V) > 10)\nEMIT FINAL',
  ],
  [
    'SELECT k FROM s WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS) GROUP BY (k, v);',
    'SELECT\n  K\nFROM S\nWINDOW HOPPING ( SIZE 10 SECONDS, ADVANCE BY 5 SECONDS )\nGROUP BY K, V',
  ],
  [
    'SELECT k FROM s INNER JOIN t ON s.a = t.b RIGHT OUTER JOIN u ON s.a = u.b WINDOW SESSION (60 SECONDS) GROUP BY (k + 1) * 2, k;',
    'SELECT\n  K\nFROM S\nINNER JOIN T ON ((S.A = T.B))\nRIGHT OUTER JOIN U ON ((S.A = U.B))\nWINDOW SESSION ( 60 SECONDS )\nGROUP BY ((K + 1) * 2), K',
  ],
  // introspection
  ['SHOW STREAMS;', 'LIST STREAMS'],
  ['LIST TABLES EXTENDED;', 'LIST TABLES EXTENDED'],
  ['SHOW ALL TOPICS EXTENDED;', 'LIST ALL TOPICS EXTENDED'],
  ['SHOW TOPICS;', 'LIST TOPICS'],
  ['SHOW QUERIES EXTENDED;', 'LIST QUERIES EXTENDED'],
  ['SHOW PROPERTIES;', 'LIST PROPERTIES'],
  ['LIST FUNCTIONS;', 'LIST FUNCTIONS'],
  ['SHOW TYPES;', 'LIST TYPES'],
  ['SHOW LINEAGE;', 'SHOW LINEAGE'],
  ['LIST LINEAGE OF my-topic;', 'SHOW LINEAGE OF my-topic'],
  ['LIST HEALTH;', 'SHOW HEALTH'],
  ['SHOW VARIABLES;', 'LIST VARIABLES'],
  ['SHOW CONNECTORS;', 'LIST CONNECTORS'],
  ['SHOW SOURCE CONNECTORS;', 'LIST SOURCE CONNECTORS'],
  ['LIST SINK CONNECTORS;', 'LIST SINK CONNECTORS'],
  ['SHOW CONNECTOR PLUGINS;', 'LIST CONNECTOR PLUGINS'],
  ['SHOW CREATE CONNECTOR my-jdbc AS JSON;', 'SHOW CREATE CONNECTOR my-jdbc AS JSON'],
  ['SHOW CONNECTOR OFFSETS OF my-jdbc;', 'LIST CONNECTOR OFFSETS OF my-jdbc'],
  ['SHOW DEAD LETTERS OF out LIMIT 5;', 'LIST DEAD LETTERS OF out LIMIT 5'],
  ['DESCRIBE pageviews;', 'DESCRIBE PAGEVIEWS'],
  ['DESCRIBE `lower` EXTENDED;', 'DESCRIBE `lower` EXTENDED'],
  ['DESCRIBE STREAMS EXTENDED;', 'DESCRIBE STREAMS EXTENDED'],
  ['DESCRIBE TABLES;', 'DESCRIBE TABLES'],
  ['DESCRIBE FUNCTION len;', 'DESCRIBE FUNCTION len'],
  ["DESCRIBE FUNCTION 'len';", 'DESCRIBE FUNCTION len'],
  ['DESCRIBE CONNECTOR my-postgres-jdbc;', 'DESCRIBE CONNECTOR my-postgres-jdbc'],
  ['DESCRIBE my-postgres-jdbc;', 'DESCRIBE CONNECTOR my-postgres-jdbc'],
  [
    'DESCRIBE CONNECTOR PLUGIN io.confluent.connect.jdbc.JdbcSourceConnector;',
    'DESCRIBE CONNECTOR PLUGIN io.confluent.connect.jdbc.JdbcSourceConnector',
  ],
  ['EXPLAIN ctas_x_0;', 'EXPLAIN CTAS_X_0'],
  ['EXPLAIN SELECT -1 FROM s;', 'EXPLAIN SELECT\n  -1\nFROM S'],
  ['PRINT my-topic FROM BEGINNING INTERVAL 2 LIMIT 5;', 'PRINT my-topic FROM BEGINNING INTERVAL 2 LIMIT 5'],
  ["PRINT 'with space';", "PRINT 'with space'"],
  // session
  ["SET 'auto.offset.reset'='earliest';", "SET 'auto.offset.reset'='earliest'"],
  ["UNSET 'auto.offset.reset';", "UNSET 'auto.offset.reset'"],
  ["ALTER SYSTEM 'ksql.persistence'='x';", "ALTER SYSTEM 'ksql.persistence'='x'"],
  ["DEFINE topicName = '''my_topic''';", "DEFINE topicName='''my_topic'''"],
  ['UNDEFINE topicName;', 'UNDEFINE topicName'],
  ['TERMINATE csas_out_0;', 'TERMINATE CSAS_OUT_0'],
  ['TERMINATE transient_PAGEVIEWS_12-3a;', 'TERMINATE transient_PAGEVIEWS_12-3a'],
  ['TERMINATE ALL;', 'TERMINATE ALL'],
  ['TERMINATE CLUSTER;', 'TERMINATE CLUSTER'],
  ['PAUSE csas_out_0;', 'PAUSE CSAS_OUT_0'],
  ['RESUME ALL;', 'RESUME ALL'],
  // assertions
  [
    'ASSERT TOPIC foo WITH (partitions=4, replicas=1) TIMEOUT 10 SECONDS;',
    'ASSERT TOPIC foo WITH (PARTITIONS=4, REPLICAS=1) TIMEOUT 10 SECONDS',
  ],
  ['ASSERT NOT EXISTS SCHEMA SUBJECT foo-value ID 3;', 'ASSERT NOT EXISTS SCHEMA SUBJECT foo-value ID 3'],
  ['ASSERT CONNECTOR my-jdbc RUNNING TIMEOUT 10 SECONDS;', 'ASSERT CONNECTOR my-jdbc RUNNING TIMEOUT 10 SECONDS'],
  ['ASSERT NOT EXISTS CONNECTOR running;', 'ASSERT NOT EXISTS CONNECTOR running'],
  ['ASSERT VALUES bar (rowtime, id) VALUES (1, 1);', 'ASSERT VALUES BAR (ROWTIME, ID) VALUES (1, 1)'],
  ['ASSERT NULL VALUES b (id) KEY (1);', 'ASSERT NULL VALUES B (ID) KEY (1)'],
  [
    "ASSERT STREAM bar (id INT KEY) WITH (kafka_topic='BAR');",
    "ASSERT STREAM BAR (ID INTEGER KEY) WITH (KAFKA_TOPIC='BAR')",
  ],
  ["RUN SCRIPT 'x.sql';", "RUN SCRIPT 'x.sql'"],
  // connectors
  [
    `CREATE SOURCE CONNECTOR my-postgres-jdbc WITH ( \\
  connector.class="io.confluent.connect.jdbc.JdbcSourceConnector", \\
  tasks.max=1, \\
  connection.url=jdbc:postgresql://localhost:5432/my-db, \\
  topic.prefix=test-postgres-jdbc- \\
);`,
    "CREATE SOURCE CONNECTOR my-postgres-jdbc WITH ('connector.class'='io.confluent.connect.jdbc.JdbcSourceConnector', 'tasks.max'=1, 'connection.url'=jdbc:postgresql://localhost:5432/my-db, 'topic.prefix'=test-postgres-jdbc-)",
  ],
  [
    "CREATE SINK CONNECTOR IF NOT EXISTS `My Sink` WITH ('connector.class'='x.Y', \"topics\"='it''s', `sources` = 'a,b');",
    "CREATE SINK CONNECTOR IF NOT EXISTS `My Sink` WITH ('connector.class'='x.Y', 'topics'='it''s', 'sources'='a,b')",
  ],
  ['ALTER CONNECTOR my-jdbc SET (poll.interval.ms=100);', "ALTER CONNECTOR my-jdbc SET ('poll.interval.ms'=100)"],
  ['DROP CONNECTOR IF EXISTS my-jdbc TERMINATE;', 'DROP CONNECTOR IF EXISTS my-jdbc TERMINATE'],
  ['DROP CONNECTOR "Quoted";', 'DROP CONNECTOR "Quoted"'],
  ['DROP CONNECTOR jdbc TERMINATE DELETE TOPICS;', 'DROP CONNECTOR jdbc TERMINATE DELETE TOPICS'],
  ['DROP CONNECTOR jdbc TERMINATE CASCADE;', 'DROP CONNECTOR jdbc TERMINATE CASCADE'],
  ['create or replace sink connector s with (url=x);', "CREATE OR REPLACE SINK CONNECTOR s WITH ('url'=x)"],
  ['CREATE SINK CONNECTOR s WITH (url=x) STOPPED;', "CREATE SINK CONNECTOR s WITH ('url'=x) STOPPED"],
  [
    `CREATE CONNECTOR FROM '{"name": "out", "config": {"connector.class": "x.Y", "topics": "a", "tasks.max": 2, "b": true, "c": null}, "initial_state": "PAUSED"}';`,
    "CREATE SINK CONNECTOR 'out' WITH ('connector.class'='x.Y', 'topics'='a', 'tasks.max'='2', 'b'='true') PAUSED",
  ],
  [
    `CREATE OR REPLACE SOURCE CONNECTOR my-in FROM '{"connector.class": "x.Y", "name": "other"}';`,
    "CREATE OR REPLACE SOURCE CONNECTOR my-in WITH ('connector.class'='x.Y')",
  ],
  ["ALTER CONNECTOR my-jdbc RESET (poll.interval.ms, 'b');", "ALTER CONNECTOR my-jdbc RESET ('poll.interval.ms', 'b')"],
  ['ALTER CONNECTOR offsets SET (a=1);', "ALTER CONNECTOR offsets SET ('a'=1)"],
  ['ALTER CONNECTOR OFFSETS OF out SET BEGINNING;', 'ALTER CONNECTOR OFFSETS OF out SET BEGINNING'],
  [
    "ALTER CONNECTOR OFFSETS OF out SET TIMESTAMP '2026-01-31';",
    "ALTER CONNECTOR OFFSETS OF out SET TIMESTAMP '2026-01-31'",
  ],
  [`ALTER CONNECTOR OFFSETS OF out SET '[]';`, `ALTER CONNECTOR OFFSETS OF out SET '[]'`],
  [
    'ALTER CONNECTOR shop SNAPSHOT TABLES (users, public.orders);',
    "ALTER CONNECTOR shop SNAPSHOT TABLES ('users', 'public.orders')",
  ],
  [
    "create or replace secret db with (user='me', \"password\"='${x}');",
    "CREATE OR REPLACE SECRET DB WITH ('user'='me', 'password'='$${x}')",
  ],
  ["CREATE SECRET IF NOT EXISTS `db` WITH (a='b');", "CREATE SECRET IF NOT EXISTS `db` WITH ('a'='b')"],
  ["ALTER SECRET db SET (password='p');", "ALTER SECRET DB SET ('password'='p')"],
  ['ALTER SECRET db RESET (password, "user");', "ALTER SECRET DB RESET ('password', 'user')"],
  ['DROP SECRET IF EXISTS db;', 'DROP SECRET IF EXISTS DB'],
  ['LIST SECRETS;', 'SHOW SECRETS'],
  [
    "create connect cluster eu with (url='http://a:8083,http://b:8083');",
    "CREATE CONNECT CLUSTER EU WITH ('url'='http://a:8083,http://b:8083')",
  ],
  ['DROP CONNECT CLUSTER IF EXISTS eu;', 'DROP CONNECT CLUSTER IF EXISTS EU'],
  ['SHOW CONNECT CLUSTERS;', 'SHOW CONNECT CLUSTERS'],
  ['PAUSE CONNECTOR c in cluster eu;', 'PAUSE CONNECTOR c IN CLUSTER EU'],
  ['SHOW CONNECTORS EXTENDED IN CLUSTER eu;', 'LIST CONNECTORS EXTENDED IN CLUSTER EU'],
  ['SHOW LOGS OF my-jdbc LIMIT 5;', 'SHOW LOGS OF my-jdbc LIMIT 5'],
  [
    "create table if not exists u from connector my-jdbc topic 'users';",
    "CREATE TABLE IF NOT EXISTS U FROM CONNECTOR my-jdbc TOPIC 'users'",
  ],
  ['CREATE STREAM s FROM CONNECTOR c;', 'CREATE STREAM S FROM CONNECTOR c'],
  [
    "VALIDATE OR REPLACE SOURCE CONNECTOR c WITH (connector='postgres');",
    "VALIDATE OR REPLACE SOURCE CONNECTOR c WITH ('connector'='postgres')",
  ],
  [
    "ALTER CONNECTOR shop SNAPSHOT TABLES (users) WHERE 'at > now() - interval ''1 day''';",
    "ALTER CONNECTOR shop SNAPSHOT TABLES ('users') WHERE 'at > now() - interval ''1 day'''",
  ],
  ['ALTER CONNECTOR shop PAUSE SNAPSHOT;', 'ALTER CONNECTOR shop PAUSE SNAPSHOT'],
  ['ALTER CONNECTOR shop stop snapshot tables (users);', "ALTER CONNECTOR shop STOP SNAPSHOT TABLES ('users')"],
  ['RETRY DEAD LETTERS OF out;', 'RETRY DEAD LETTERS OF out'],
  ['RESET CONNECTOR OFFSETS OF out;', 'RESET CONNECTOR OFFSETS OF out'],
  ['STOP CONNECTOR my-jdbc;', 'STOP CONNECTOR my-jdbc'],
  ['RESTART CONNECTOR my-jdbc ONLY FAILED;', 'RESTART CONNECTOR my-jdbc ONLY FAILED'],
  ['DROP TOPIC IF EXISTS my-topic;', 'DROP TOPIC IF EXISTS my-topic'],
  ["DROP TOPIC 'a b';", "DROP TOPIC 'a b'"],
  ['RESTART CONNECTOR my-jdbc TASK 2;', 'RESTART CONNECTOR my-jdbc TASK 2'],
  ['RESTART CONNECTOR jdbc;', 'RESTART CONNECTOR jdbc'],
  ['PAUSE CONNECTOR my-jdbc;', 'PAUSE CONNECTOR my-jdbc'],
  ["RESUME CONNECTOR 'my-jdbc';", "RESUME CONNECTOR 'my-jdbc'"],
];
