import { ERRORS, type ErrorCode } from './errors.ts';

/** What the page of an error code adds to the table of errors: an example and its fix. */
export interface ErrorGuide {
  /** What the user did: a statement, a request or an event. */
  readonly example: string;
  /** The message of the answer, or its beginning. */
  readonly says: string;
  /** How the user fixes it. */
  readonly cure: string;
  /** Other situations that lead to this code, and their fixes. */
  readonly more?: string;
}

/** One page for each code, served under /docs/errors/CODE and kept in docs/errors. */
export const ERROR_GUIDE: Readonly<Record<ErrorCode, ErrorGuide>> = {
  SYNTAX: {
    example: 'SELECT id, FROM orders EMIT CHANGES;',
    says: 'line 1:12: Syntax Error',
    cure: 'Look at the word under the caret and at the hint. Here the comma before FROM goes:\n\n    SELECT id FROM orders EMIT CHANGES;',
    more: 'Texts stand in single quotes, names with a hyphen or small letters in back-quotes, every statement ends with a semicolon. A reserved word is a name in back-quotes only.',
  },
  AST: {
    example: "CREATE TABLE t (id INT KEY, name STRING) WITH (kafka_topic='t', value_format='JSON', partitions=1);",
    says: "Failed to prepare statement: Line: 1, Col: 17: Column `ID` is a 'KEY' column: please use 'PRIMARY KEY' for tables.",
    cure: "The text is well formed, and something in it contradicts something else. Here a table's key is a PRIMARY KEY:\n\n    CREATE TABLE t (id INT PRIMARY KEY, name STRING) WITH (kafka_topic='t', value_format='JSON', partitions=1);",
  },
  STATEMENT: {
    example: 'SELECT stats FROM orders EMIT CHANGES;',
    says: "Line: 1, Col: 8: SELECT column 'STATS' cannot be resolved.",
    cure: 'The statement is understood and cannot be carried out: a name that does not exist, types that do not fit, a clause that the source does not allow. The hint names what is near, or the statement that helps. Here:\n\n    SELECT status FROM orders EMIT CHANGES;',
    more: 'DESCRIBE shows the columns of a stream or table, SHOW FUNCTIONS the functions, DESCRIBE FUNCTION the types that one takes.',
  },
  REJECTED: {
    example: 'INSERT INTO order (id) VALUES (1);',
    says: 'Cannot insert values into an unknown stream/table: `ORDER`',
    cure: 'The statement breaks a rule of the engine; the message names the rule. Here the stream is ORDERS:\n\n    INSERT INTO orders (id) VALUES (1);',
  },
  BAD_REQUEST: {
    example: "SET 'auto.ofset.reset'='earliest';",
    says: "Not recognizable as ksql, streams, consumer, or producer property: 'auto.ofset.reset'",
    cure: "A request, or a property that goes with it, is malformed. Here the name:\n\n    SET 'auto.offset.reset'='earliest';",
    more: 'Of a REST call: the body is JSON of the shape that [the REST guide](../guide/rest.md) shows.',
  },
  WRONG_ENDPOINT: {
    example: 'POST /ksql {"ksql": "SELECT * FROM orders EMIT CHANGES;"}',
    says: "The following statement types should be issued to the websocket endpoint '/query'",
    cure: 'Queries and PRINT answer rows as they come: send them to /query-stream (HTTP/2), /query or /ws/query.',
  },
  TOO_MANY_QUERIES: {
    example: 'POST /query-stream, more often at a time than ksql.max.push.queries says',
    says: 'Maximum number of push queries exceeded',
    cure: 'End push queries that nobody reads (close the connection, or POST /close-query), or raise `ksql.max.push.queries`.',
  },
  READER_STALLED: {
    example:
      'curl --http2-prior-knowledge -d \'{"sql":"SELECT * FROM orders EMIT CHANGES;"}\' URL/query-stream | sleep 1000',
    says: 'The client has taken nothing of this answer for 300000 ms (ksql.query.reader.stalled.timeout.ms): it ends here',
    cure: 'Take rows as they come, and ask again where the last one was. A client that has to stop now and then needs a larger `ksql.query.reader.stalled.timeout.ms`; 0 waits for ever.',
  },
  RATE_LIMIT: {
    example: 'two pull queries in a second where ksql.query.pull.max.qps is 1',
    says: 'Host is at rate limit for pull queries. Currently set to 1.0 qps.',
    cure: 'Ask again after a pause, or raise the limit that the message names.',
  },
  NEEDS_HTTP2: {
    example: 'POST /query-stream over HTTP/1.1',
    says: 'This endpoint is only available when using HTTP2',
    cure: 'Speak HTTP/2 (`curl --http2-prior-knowledge`), or use /query, which HTTP/1.1 serves as well.',
  },
  MEMORY_FULL: {
    example: 'SELECT … ORDER BY of many clients at once',
    says: 'No memory is left for this (sorted rows): requests and queries together hold …',
    cure: 'Ask again when others have ended, or for less at once: a LIMIT, a persistent query that keeps the answer ready, a body in parts. `server.memory.max.bytes` is the limit; the metric `sluice_memory_held_bytes` tells what is held.',
  },
  STATEMENT_TIMEOUT: {
    example: 'SELECT … ORDER BY over a billion rows',
    says: 'The statement takes longer than 300000 ms',
    cure: 'Ask for less (a key, a LIMIT), or let a persistent query keep the answer ready. `ksql.statement.max.ms` is the limit. A statement that changes something goes on to its end although its client is told so: look (SHOW) before you send it again.',
  },
  NOT_FOUND: {
    example: 'DROP CONNECTOR nope;',
    says: 'Failed to drop connector: Connector NOPE not found',
    cure: 'SHOW CONNECTORS, SHOW STREAMS, SHOW TABLES, SHOW TOPICS and SHOW QUERIES list what there is. Unquoted names are upper case; what was made in small letters is written in back-quotes.',
  },
  CONFLICT: {
    example: "CREATE SOURCE CONNECTOR shop WITH (connector='datagen', data='users', topic='u');, twice",
    says: 'Connector SHOP already exists',
    cure: 'Choose another name, write IF NOT EXISTS to leave it as it is, ALTER CONNECTOR to change it, or DROP it first.',
  },
  ASSERTION_FAILED: {
    example: 'ASSERT TOPIC nope TIMEOUT 1 SECONDS;',
    says: 'Topic nope does not exist',
    cure: 'What the script relies on is not there: make it first, or give it longer (TIMEOUT 30 SECONDS).',
  },
  REGISTRY_UNAVAILABLE: {
    example:
      "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='AVRO', partitions=1);, while the registry is away",
    says: 'The schema registry does not answer',
    cure: 'Start the registry, or correct `ksql.schema.registry.url` and its credentials. Without that setting the embedded registry is used.',
  },
  SCHEMA_MISSING: {
    example: 'A query over an AVRO topic meets a record with the id of a schema that the registry does not have',
    says: 'Waiting for schema 4711, which the schema registry does not have, of topic=t, partition=0, offset=12',
    cure: 'Register the schema, or point `ksql.schema.registry.url` to the registry that the record was written with: the record is read then. For records of which nobody has the schema: set `ksql.query.missing.schema.wait.ms` in the server’s properties and start it again.',
  },
  REGISTRY_MISSING: {
    example: "CREATE STREAM s WITH (kafka_topic='t', value_format='AVRO');",
    says: 'A schema registry is needed and none is configured',
    cure: 'Set `ksql.schema.registry.url`, or choose a format that needs no registry (JSON).',
  },
  CONFIG: {
    example: 'sluice --set listners=http://0.0.0.0:8088',
    says: 'There is no setting listners. Did you mean listeners?',
    cure: 'Correct the name or the value: [configuration](../reference/configuration.md) lists all settings with their types and defaults.',
  },
  CONNECTOR: {
    example: "ALTER CONNECTOR shop SET ('tasks.max'='many');, of a Connect cluster",
    says: 'Failed to alter connector: Connector configuration is invalid',
    cure: 'Kafka Connect refused the request; the message is its own. DESCRIBE CONNECTOR PLUGIN lists the settings of a class.',
  },
  CONNECT_UNAVAILABLE: {
    example: 'SHOW CONNECTORS;, while the cluster of ksql.connect.url is away',
    says: 'Failed to list connectors',
    cure: 'Start the Connect worker, or correct `ksql.connect.url`. Without that setting the embedded worker is used; `none` turns Connect off.',
  },
  AUTH: {
    example: 'GET /info without credentials',
    says: 'Unauthorized',
    cure: 'Send what `authentication.method` asks for: `curl -u name:password`, `-H "Authorization: Bearer …"`, or a certificate ([users](../operate/users.md)).',
  },
  FORBIDDEN: {
    example: 'DROP STREAM orders;, by a user of the role reader',
    says: 'User ann may not do this: DropSource ORDERS needs write:ORDERS',
    cure: 'Give the user a role that grants the right ([users](../operate/users.md)). Where the message speaks of Kafka (`Authorization denied to Create on topic(s)`): grant the ACL that the message names to the user in `sasl.jaas.config`: `kafka-acls --add --allow-principal User:… --operation …`.',
  },
  DESERIALIZATION: {
    example: 'A record of the topic orders that is no JSON, read by SELECT * FROM orders EMIT CHANGES;',
    says: 'Failed to deserialize value',
    cure: 'PRINT shows what the topic holds. When VALUE_FORMAT or KEY_FORMAT is not what was written, declare the stream with the right one. Single bad records are skipped and told in the processing log.',
  },
  SERIALIZATION: {
    example: 'INSERT INTO of a row that the format cannot hold, such as a NULL key element in a PROTOBUF key',
    says: 'Error serializing message to topic',
    cure: 'Change the row or the format: [formats](../formats/README.md) tells what each can hold.',
  },
  EVALUATION: {
    example: "SELECT PARSE_TIMESTAMP(note, 'yyyy-MM-dd') FROM orders EMIT CHANGES;, where a note is 'yesterday'",
    says: "Text 'yesterday' could not be parsed at index 0",
    cure: 'An expression failed on a row: its column is null, or the row is left out, and the processing log tells why. CASE WHEN … chooses the rows for which it is computed.',
  },
  QUERY_FAILED: {
    example: 'A query whose topic was deleted',
    says: 'The query cannot go on',
    cure: 'EXPLAIN of the query tells the cause. When it is mended the query goes on by itself, or TERMINATE it and create it anew.',
  },
  LOG_UNAVAILABLE: {
    example: 'SHOW TOPICS;, while the brokers are away',
    says: 'The log does not answer',
    cure: 'Start the brokers, or correct `bootstrap.servers` and the credentials. Queries go on by themselves afterwards.',
  },
  LOG_CORRUPT: {
    example: 'A data folder of which a part was overwritten',
    says: 'A stored batch fails its checksum',
    cure: '`sluice check DIR` tells what is damaged. Restore the data folder from a copy. What was read so far is right: nothing is passed on that fails its checksum.',
  },
  LOG_FULL: {
    example: 'INSERT INTO, on a full disk',
    says: 'The disk is full',
    cure: 'Make room on the disk, DROP … DELETE TOPIC, or shorten RETENTION_MS of large topics: queries and inserts go on by themselves. `log.disk.reserve.bytes` and `log.map.size` say how much the embedded log may take.',
  },
  READ_ONLY: {
    example: 'INSERT INTO, on a server that found its store damaged',
    says: 'The server may only be read',
    cure: 'Copy what you need with SELECT and PRINT, then put back a copy of the data folder, or start with another `data.dir`; `sluice check DIR` tells what is damaged. The damaged file is left as it is. `log.damaged=refuse` keeps such a server from starting.',
  },
  RECORD_TOO_LARGE: {
    example: 'INSERT INTO of a text of 2 MB',
    says: 'The record is larger than the topic allows',
    cure: 'Raise `max.message.bytes` of the topic and `max.request.size`, or write less in a row.',
  },
  NOT_READY: {
    example: 'POST /ksql in the first moments of a server',
    says: 'Server initializing',
    cure: 'Try again: the server is starting, or catching up. /healthcheck tells when it is ready.',
  },
  STOPPING: {
    example: 'POST /ksql to a server that is being stopped',
    says: 'The server is shutting down',
    cure: 'Ask another server, or this one once it runs again.',
  },
  PULL_TOO_LARGE: {
    example: 'SELECT * FROM visits ORDER BY time;, over more rows than fit in ksql.query.pull.max.memory',
    says: 'What the query must hold is more than ksql.query.pull.max.memory allows',
    cure: 'Ask for less (WHERE, LIMIT), raise `ksql.query.pull.max.memory`, or let a query keep the result: CREATE TABLE … AS SELECT …; and ask that.',
  },
  INTERNAL: {
    example: 'Any statement',
    says: 'A message of JavaScript',
    cure: 'This is a defect of Sluice. Please report it with the statement and what the log says.',
  },
};

/** Path of the page of a code, on the server and below the docs of the package. */
export function errorPath(code: ErrorCode): string {
  return `/docs/errors/${code}`;
}

/** The page of an error code, in Markdown. */
export function errorPage(code: ErrorCode): string {
  const { kind, status, restCode, doc } = ERRORS[code];
  const { example, says, cure, more } = ERROR_GUIDE[code];
  return [
    `# ${code}\n`,
    `${doc}\n`,
    `HTTP status ${status}, \`error_code\` ${restCode}, kind \`${kind}\`. All codes: [errors](../reference/errors.md).\n`,
    '## Example\n',
    `    ${example.replaceAll('\n', '\n    ')}\n`,
    `The answer: \`${says.replaceAll('`', "'")}\`\n`,
    '## What to do\n',
    `${cure}\n`,
    ...(more === undefined ? [] : [`${more}\n`]),
  ].join('\n');
}
