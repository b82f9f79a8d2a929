import { describe, expect, test } from 'vitest';
import { failureCause } from './failure-cause.ts';
import { KNOWN_CAUSES } from './known-causes.ts';

const connect = 'org.apache.kafka.connect.errors.ConnectException';
const exiting = `${connect}: Exiting WorkerSinkTask due to unrecoverable exception.`;
const tolerance = `${connect}: Tolerance exceeded in error handler`;
const frame = '\tat org.apache.kafka.connect.runtime.WorkerSinkTask.poll(WorkerSinkTask.java:359)';
const trace = (...chain: readonly string[]): string =>
  chain.map((line, i) => `${i === 0 ? '' : 'Caused by: '}${line}\n${frame}`).join('\n\t... 8 more\n');

describe('the text', () => {
  test.each([
    // As reported by real workers.
    [
      trace(`${connect}: Stopping connector: generated the configured 20 number of messages`),
      'Stopping connector: generated the configured 20 number of messages',
    ],
    [
      trace(
        tolerance,
        'org.apache.kafka.connect.errors.DataException: JsonConverter with schemas.enable requires "schema" and "payload" fields',
      ),
      'JsonConverter with schemas.enable requires "schema" and "payload" fields',
    ],
    [
      trace(
        `${connect}: org.postgresql.util.PSQLException: Connection to localhost:5432 refused. Check that the hostname and port are correct.`,
        'org.postgresql.util.PSQLException: Connection to localhost:5432 refused. Check that the hostname and port are correct.',
        'java.net.ConnectException: Connection refused',
      ),
      'Connection to localhost:5432 refused. Check that the hostname and port are correct.',
    ],
    [
      trace(
        `${connect}: Error while polling for records`,
        `${connect}: Error while processing table querier`,
        `${connect}: org.postgresql.util.PSQLException: FATAL: the database system is shutting down`,
        'org.postgresql.util.PSQLException: FATAL: the database system is shutting down',
      ),
      'FATAL: the database system is shutting down',
    ],
    [trace(exiting, 'java.lang.NullPointerException'), 'Exiting WorkerSinkTask due to unrecoverable exception.'],
    // Errors of this worker: its own message, and that of the driver below it.
    [
      'ConnectError: Cannot reach the database at h:5432\n\tat x (y.js:1)\nCaused by: Error: connect ECONNREFUSED 127.0.0.1:5432',
      'Cannot reach the database at h:5432',
    ],
    ['TypeError: x is not a function', 'x is not a function'],
    [
      'ConnectError: Tolerance exceeded in error handler (VALUE_CONVERTER, t, partition 0, offset 7): It is no JSON.',
      'It is no JSON (VALUE_CONVERTER, t, partition 0, offset 7)',
    ],
    [
      'ConnectError: Tolerance exceeded in error handler (TASK_PUT, t, partition 0, offset 2): The record at (topic=\'t\',partition=0,offset=2,timestamp=1) is refused by Postgres: value too long for type character varying(3) (column "name" is character varying(3), the value has 5 characters)',
      'value too long for type character varying(3) (column "name" is character varying(3), the value has 5 characters) (refused by Postgres: TASK_PUT, t, partition 0, offset 2)',
    ],
    ['no class at all', 'no class at all'],
    ['', ''],
  ])('%#', (given, text) => {
    expect(failureCause(given, 'c').text).toBe(text);
  });
});

test.each([
  [
    trace(
      tolerance,
      'org.apache.kafka.connect.errors.DataException: Failed to deserialize integer: ',
      'org.apache.kafka.common.errors.SerializationException: Size of data received by IntegerDeserializer is not 4',
    ),
    "value.converter does not fit what the topic has (PRINT shows it): ALTER CONNECTOR C SET ('value.converter'='…'); names the format",
  ],
  [
    'ConnectError: Tolerance exceeded in error handler (KEY_CONVERTER, words, partition 0, offset 0): Failed to deserialize INT64 of topic words: expected 8 bytes, got 4',
    "key.converter does not fit what the topic has (PRINT shows it): ALTER CONNECTOR C SET ('key.converter'='org.apache.kafka.connect.converters.IntegerConverter'); where its values have 4 bytes each",
  ],
  [
    trace(
      exiting,
      `${connect}: Couldn't find or create file '/none/x' for FileStreamSinkTask`,
      'java.nio.file.NoSuchFileException: /none/x',
    ),
    "There is no such folder or file where the worker runs: make it, and RESTART CONNECTOR C; or ALTER CONNECTOR C SET ('file'='…');",
  ],
])('what does not fit, and what is not there: %#', (given, advice) => {
  expect(failureCause(given, 'C').advice).toBe(advice);
});

test.each([
  [
    trace(
      tolerance,
      'org.apache.kafka.connect.errors.DataException: JsonConverter with schemas.enable requires "schema"',
    ),
    `ALTER CONNECTOR my-c SET ('value.converter.schemas.enable'='false');`,
  ],
  [
    trace(tolerance, 'org.apache.kafka.common.errors.SerializationException: Unknown magic byte!'),
    `ALTER CONNECTOR my-c SET ('value.converter'='org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable'='false');`,
  ],
  [
    trace(
      tolerance,
      'org.apache.kafka.connect.errors.DataException: Converting byte[] to Kafka Connect data failed due to serialization error of topic t key: ',
      "com.fasterxml.jackson.core.JsonParseException: Unrecognized token 'alice'",
    ),
    `'key.converter'='org.apache.kafka.connect.storage.StringConverter'`,
  ],
  [trace(`${connect}: Failed to find any class that implements Connector and which name matches x.Y`), 'plugin.path'],
  [
    trace(exiting, 'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "u"'),
    'connection.password',
  ],
  [trace(exiting, 'javax.net.ssl.SSLHandshakeException: PKIX path building failed'), 'truststore'],
  ['ConnectError: getaddrinfo ENOTFOUND db.example', 'name of the host'],
  ['ConnectError: connect ECONNREFUSED 127.0.0.1:5432', 'Nobody answers there'],
  ['ConnectError: permission denied for table orders', 'GRANT'],
  [
    `ConnectError: Replication slot sluice_c is gone: changes since 0/1 are lost. ALTER CONNECTOR my-c SET ('slot.lost.policy'='snapshot'); makes a slot anew`,
    `Changes are missing: ALTER CONNECTOR my-c SET ('slot.lost.policy'='snapshot');`,
  ],
  ['ConnectError: replication slot "sluice_c" does not exist', 'RESET CONNECTOR OFFSETS OF my-c;'],
  ['ConnectError: requested WAL segment 000000010000000000000005 has already been removed', 'max_slot_wal_keep_size'],
  ['Error: ENOSPC: no space left on device, write', 'disk is full'],
  [
    trace(
      exiting,
      'io.confluent.rest.RestClientException: Schema being registered is incompatible with an earlier schema',
    ),
    'compatibility',
  ],
  [
    trace(
      exiting,
      'org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.',
    ),
    'auto.create.topics.enable',
  ],
  [
    trace(exiting, 'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [t]'),
    'ACL',
  ],
  [
    trace(
      exiting,
      'org.apache.kafka.clients.consumer.OffsetOutOfRangeException: Offsets out of range with no configured reset policy',
    ),
    'SET BEGINNING;',
  ],
  [
    trace(
      exiting,
      'org.apache.kafka.common.errors.RecordTooLargeException: The message is 2000000 bytes when serialized which is larger than 1048576',
    ),
    'max.message.bytes',
  ],
  [
    trace(
      exiting,
      `${connect}: Sink connector 'c' is configured with 'delete.enabled=false' and 'pk.mode=none' and therefore requires records with a non-null Struct`,
    ),
    'pk.mode',
  ],
  [
    "requires records with a non-null Struct value, but found record at (topic='ks') with a value without a schema. Use a converter",
    `'sources'='…'`,
  ],
  ['ConnectError: relation "public.orders" does not exist', 'auto.create'],
  ['ConnectError: null value in column "id" violates not-null constraint', 'errors.deadletterqueue.topic.name'],
  ['ConnectError: POST https://h/x: HTTP 403', 'credentials'],
  ['ConnectError: POST https://h/x: HTTP 503', 'may work later'],
  [
    'ConnectError: Tolerance exceeded in error handler (TRANSFORMATION by x.Redact, t, partition 0, offset 1): odd',
    undefined,
  ],
  [trace(tolerance, 'java.lang.ArithmeticException: / by zero'), 'errors.tolerance'],
])('the way out of %#', (given, advice) => {
  const found = failureCause(given, 'my-c').advice;
  if (advice !== undefined) expect(found).toContain(advice);
  else expect(found).not.toBeNull();
});

test('what nobody knows has no advice', () => {
  expect(failureCause('ConnectError: odd', 'c').advice).toBeNull();
});

const pg = (text: string): string => trace(exiting, `org.postgresql.util.PSQLException: ${text}`);
/** Real messages by the kind of failure that they must be recognized as. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  'converter mismatch': [
    'JsonConverter with schemas.enable requires "schema" and "payload" fields',
    "com.fasterxml.jackson.core.JsonParseException: Unrecognized token 'alice'",
    'Failed to deserialize INT64 of topic words: expected 8 bytes, got 4',
  ],
  'unknown magic byte': [
    trace(tolerance, 'org.apache.kafka.common.errors.SerializationException: Unknown magic byte!'),
  ],
  'missing class': [
    `${connect}: Failed to find any class that implements Connector and which name matches x.Y`,
    'org.apache.kafka.common.config.ConfigException: Invalid value x.S for configuration transforms.a.type: Class x.S could not be found.',
  ],
  'missing schema': [
    trace(
      tolerance,
      "io.apicurio.registry.rest.client.exception.ContentNotFoundException: No content with id/hash 'contentId-123456' was found.",
    ),
    'ConnectError: Tolerance exceeded in error handler (VALUE_CONVERTER, t, partition 0, offset 0): The registry has no schema 123456, which a record of topic t names',
  ],
  'registry login': [
    'SluiceError: The schema registry refused the credentials: User is denied operation on this server',
    'org.apache.kafka.common.errors.SerializationException: Error registering Avro schema; error code: 401',
    trace(tolerance, 'io.apicurio.rest.client.auth.exception.ForbiddenException: Authorization error'),
  ],
  'missing file': ["Couldn't find or create file '/none/x' for FileStreamSinkTask"],
  auth: [
    pg('FATAL: password authentication failed for user "u"'),
    "Access denied for user 'me'@'localhost' (using password: YES)",
    'Looking at the cluster: security_exception: unable to authenticate user [me] for REST request [/]',
    'org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed due to invalid credentials with SASL mechanism PLAIN',
    'GET https://h/: HTTP 401: missing',
  ],
  TLS: [
    'The server does not support SSL connections',
    pg('FATAL: no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption'),
  ],
  'TLS authority': [
    'javax.net.ssl.SSLHandshakeException: PKIX path building failed',
    'self-signed certificate in certificate chain',
    'unable to get issuer certificate',
  ],
  'TLS name': ["Hostname/IP does not match certificate's altnames: Host: x"],
  'unknown host': ['java.net.UnknownHostException: dbb', 'getaddrinfo ENOTFOUND db.example'],
  'Kafka is away': [
    'Cannot reach Kafka at localhost:9092: connect ECONNREFUSED 127.0.0.1:9092',
    'Kafka gives no answer within 2000 ms',
    'org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: createTopics',
    'org.apache.kafka.common.errors.TimeoutException: Expiring 1 record(s) for t-0:120000 ms has passed since batch creation',
  ],
  'nobody answers': ['connect ECONNREFUSED 127.0.0.1:5432', 'Connection terminated due to connection timeout'],
  'connection lost': ['read ECONNRESET'],
  'no connection left': [pg('FATAL: sorry, too many clients already')],
  'unknown database': [pg('FATAL: database "shopp" does not exist'), "Unknown database 'shopp'"],
  permission: [
    'permission denied for table orders',
    "SELECT command denied to user 'me'@'localhost' for table 'users'",
    'must be superuser or replication role to start walsender',
    "EACCES: permission denied, open '/root/x'",
  ],
  'missing slot': ['replication slot "sluice_c" does not exist'],
  'slot in use': [pg('ERROR: replication slot "pg" is active for PID 12')],
  'WAL removed': [
    'requested WAL segment 000000010000000000000005 has already been removed',
    'can no longer access replication slot "pg": This replication slot has been invalidated due to "wal_removed".',
  ],
  'no change capture': ['logical decoding requires "wal_level" >= "logical"'],
  'disk full': [
    'could not extend file "base/1": No space left on device',
    'index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block]',
    'Cannot store 100 more bytes: 5 of 5 are used',
  ],
  'schema incompatible': ['Schema being registered is incompatible with an earlier schema for subject "t-value"'],
  'unknown topic': [
    'org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.',
    'org.apache.kafka.common.errors.TimeoutException: Topic nix not present in metadata after 60000 ms.',
  ],
  ACL: [
    'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [t]',
    'org.apache.kafka.common.errors.GroupAuthorizationException: Not authorized to access group: connect-c',
  ],
  'offset out of range': [
    'org.apache.kafka.clients.consumer.OffsetOutOfRangeException: Offsets out of range with no configured reset policy',
  ],
  'record too large': ['The message is 2000000 bytes when serialized which is larger than the maximum 1048576'],
  'shape of records': ["configured with 'pk.mode=none' and therefore requires records with a non-null Struct"],
  'missing column': [pg('ERROR: column "region" of relation "users" does not exist')],
  'missing table': ['relation "public.orders" does not exist', "Table 'shop.t' doesn't exist"],
  'record does not fit': ['null value in column "id" violates not-null constraint'],
  'HTTP 4xx': [
    'POST https://h/x: HTTP 403',
    'Status code : 404, Reason Phrase: Not Found',
    'HTTP/1.1 429 Too Many Requests',
  ],
  'HTTP 5xx': ['POST https://h/x: HTTP 503', 'Error while processing HTTP request, Status code : 500'],
  'out of memory': ['java.lang.OutOfMemoryError: Java heap space'],
  'one record': [tolerance],
};

test('each kind that is known has what real parts say of it', () => {
  expect(Object.keys(SAID).toSorted()).toEqual([...new Set(KNOWN_CAUSES.map((cause) => cause.kind))].toSorted());
});

test.each(Object.entries(SAID).flatMap(([kind, texts]) => texts.map((text) => [kind, text] as const)))(
  '%s: %s',
  (kind, text) => {
    expect(KNOWN_CAUSES.find((cause) => cause.when.test(text))?.kind).toBe(kind);
    expect(failureCause(text, 'c').text).not.toBe('');
  },
);

test('a login that is a reference is mended where it stands', () => {
  const config = { 'connection.user': 'me', 'connection.password': '${secret:mart:password}' };
  expect(failureCause('password authentication failed for user "me"', 'c', config).advice).toMatch(
    /: ALTER SECRET mart SET \(password='…'\); gives connection\.password another value/,
  );
  expect(failureCause('relation "t" does not exist', 'c', config).advice).not.toContain('SECRET');
});

test('of a slot that is gone Debezium tells the whole place', () => {
  const place =
    'PostgresOffsetContext [sourceInfoSchema=Schema{io.debezium.connector.postgresql.Source:STRUCT}, lsn=LSN{0/1}, ts=[x]]';
  const told = failureCause(
    trace(
      `io.debezium.DebeziumException: The connector is trying to read change stream starting at ${place}, but this is no longer available on the server. Reconfigure the connector to use a snapshot mode when needed.`,
    ),
    'c',
  );
  expect(told.text).toBe(
    'The connector is trying to read change stream starting at where it had stopped, but this is no longer available on the server. Reconfigure the connector to use a snapshot mode when needed.',
  );
  expect(told.advice).toContain("ALTER CONNECTOR c SET ('snapshot.mode'='when_needed');");
});

test('settings are named as the connector has them; of a host that is unknown its name is no sentence', () => {
  const found = failureCause(
    trace('io.debezium.DebeziumException: Cannot connect', 'java.net.UnknownHostException: dbb'),
    'c',
  );
  expect(found.text).toBe('Unknown host: dbb');
  expect(found.advice).toContain(`ALTER CONNECTOR c SET ('database.hostname'='…');`);
});

test.each([
  [
    "KafkaRefusal: Cannot write to t-0: TOPIC_AUTHORIZATION_FAILED: Topic authorization failed. The principal needs the ACL Write on Topic 't'.",
    '--operation Write --topic t',
  ],
  [
    trace(exiting, 'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [t]'),
    '--operation Read --topic t',
  ],
  [
    trace(
      `${connect}: Unrecoverable exception from producer send callback`,
      'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [t]',
    ),
    '--operation Write --topic t',
  ],
  [
    trace(
      exiting,
      'org.apache.kafka.common.errors.GroupAuthorizationException: Not authorized to access group: connect-C',
    ),
    '--operation Read --group connect-C',
  ],
])('a missing ACL is told with the line that gives it: %#', (given, line) => {
  expect(failureCause(given, 'C').advice).toContain(`kafka-acls --add --allow-principal User:… ${line};`);
});

test("a key that its converter does not read is not blamed on the value's", () => {
  const frames = (side: string): string =>
    `${tolerance}\n${frame}\nCaused by: org.apache.kafka.connect.errors.DataException: Converting byte[] to Kafka Connect data failed due to serialization error: \n` +
    `\tat org.apache.kafka.connect.runtime.WorkerSinkTask.convert${side}(WorkerSinkTask.java:590)\nCaused by: com.fasterxml.jackson.core.JsonParseException: Unrecognized token 'a'`;
  expect(failureCause(frames('Key'), 'C').advice).toContain("'key.converter'=");
  expect(failureCause(frames('Value'), 'C').advice).toContain("'value.converter'=");
});
