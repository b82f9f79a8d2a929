import { describe, expect, test } from 'vitest';
import { failureCause } from './failure-cause.ts';

const connect = 'org.apache.kafka.connect.errors.ConnectException';
const exiting = `${connect}: Exiting WorkerSinkTask due to unrecoverable exception.`;
const tolerance = `${connect}: Tolerance exceeded in error handler`;
const frame = '\tat org.apache.kafka.connect.runtime.WorkerSinkTask.poll(WorkerSinkTask.java:359)';
const trace = (...chain: readonly string[]): string =>
  chain.map((line, i) => `${i === 0 ? '' : 'Caused by: '}${line}\n${frame}`).join('\n\t... 8 more\n');

describe('the text', () => {
  test.each([
    // As real workers report them.
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
    // Of this worker: its own words, and what the driver said below.
    [
      'ConnectError: Cannot reach the database at h:5432\n\tat x (y.js:1)\nCaused by: Error: connect ECONNREFUSED 127.0.0.1:5432',
      'Cannot reach the database at h:5432',
    ],
    ['TypeError: x is not a function', 'x is not a function'],
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
    `ALTER CONNECTOR my-c SET ('value.converter'='…');`,
  ],
  [
    trace(
      tolerance,
      'org.apache.kafka.connect.errors.DataException: Converting byte[] to Kafka Connect data failed due to serialization error of topic t key: ',
      "com.fasterxml.jackson.core.JsonParseException: Unrecognized token 'alice'",
    ),
    `'key.converter'='…'`,
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
  ['ConnectError: Tolerance exceeded in error handler (TRANSFORMATION, t, partition 0, offset 1): odd', undefined],
  [trace(tolerance, 'java.lang.ArithmeticException: / by zero'), 'errors.tolerance'],
])('the way out of %#', (given, advice) => {
  const found = failureCause(given, 'my-c').advice;
  if (advice !== undefined) expect(found).toContain(advice);
  else expect(found).not.toBeNull();
});

test('what nobody knows has no advice', () => {
  expect(failureCause('ConnectError: odd', 'c').advice).toBeNull();
});
