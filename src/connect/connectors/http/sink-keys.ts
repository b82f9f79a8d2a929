import { maxRetries, retryBackoffMs, recordKeyColumns, timeFormat, idleKey, keysOf } from '../internal/common-keys.ts';
import { atLeast, between, configKeys, headerName, oneOfIgnoringCase, type ConfigKey } from '../../api/config-spec.ts';
import { TLS } from '../internal/tls-keys.ts';
import { AUTH } from './auth-keys.ts';
import { parseStatusCodes } from './status-codes.ts';
import { targetOf } from './target.ts';

const NULLS = ['ignore', 'log', 'delete', 'fail'] as const;

const ERRORS = ['fail', 'log', 'ignore'] as const;

/** The settings of the sink besides the login. Names are those of Confluent's connector. */
export const SINK = configKeys({
  url: {
    name: 'http.api.url',
    type: 'STRING',
    importance: 'HIGH',
    documentation:
      'Where records are sent: https://host/path. ${topic}, ${key}, ${partition}, ${offset} and ${field} of the value (${a.b} inside of it, ${key.a} of the key) stand for what a record has, percent-encoded.',
    group: 'Connection',
    order: 1,
    width: 'LONG',
    displayName: 'URL',
    aliases: ['http.url'],
    validator: (value) => {
      const target = targetOf(String((value ?? '') as string));
      return typeof target === 'string' ? target : undefined;
    },
  },
  method: {
    name: 'request.method',
    type: 'STRING',
    default: 'POST',
    importance: 'HIGH',
    documentation: 'POST, PUT or PATCH.',
    group: 'Connection',
    order: 2,
    width: 'SHORT',
    displayName: 'Method',
    validator: oneOfIgnoringCase('POST', 'PUT', 'PATCH'),
    recommend: () => ['POST', 'PUT', 'PATCH'],
  },
  headers: {
    name: 'headers',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation:
      'Headers of each request, apart by header.separator: X-Source: shop|Accept: text/plain. Their values may have ${topic} and the like, as the URL.',
    group: 'Connection',
    order: 3,
    width: 'LONG',
    displayName: 'Headers',
  },
  headerSeparator: {
    name: 'header.separator',
    type: 'STRING',
    default: '|',
    importance: 'LOW',
    documentation: 'What stands between two headers.',
    group: 'Connection',
    order: 4,
    width: 'SHORT',
    displayName: 'Header Separator',
  },
  contentType: {
    name: 'content.type',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'Content-Type of the requests. Without it application/json where values are JSON, else text/plain; one among the headers wins.',
    group: 'Connection',
    order: 5,
    displayName: 'Content Type',
    aliases: ['http.headers.content.type'],
  },
  connectTimeoutMs: {
    name: 'http.connect.timeout.ms',
    type: 'INT',
    default: '30000',
    importance: 'LOW',
    documentation: 'How long making a connection may take, in ms.',
    group: 'Connection',
    order: 6,
    width: 'SHORT',
    displayName: 'Connect Timeout (ms)',
    validator: atLeast(1),
  },
  requestTimeoutMs: {
    name: 'http.request.timeout.ms',
    type: 'INT',
    default: '30000',
    importance: 'LOW',
    documentation: 'How long a request may go without an answer, in ms; then it is sent again.',
    group: 'Connection',
    order: 7,
    width: 'SHORT',
    displayName: 'Request Timeout (ms)',
    validator: atLeast(1),
  },
  idempotencyHeader: {
    name: 'idempotency.key.header',
    type: 'STRING',
    default: 'Idempotency-Key',
    importance: 'MEDIUM',
    documentation:
      'Header that names what is sent, so that a service can tell what comes twice: topic-partition-offset-topicid of the record; of several the first, the last and how many. Empty: none.',
    group: 'Connection',
    order: 8,
    displayName: 'Idempotency Key Header',
    validator: headerName,
  },
  bodyFormat: {
    name: 'request.body.format',
    type: 'STRING',
    default: 'string',
    importance: 'MEDIUM',
    documentation:
      'string: a value that is a text is sent as it stands, any other as JSON; json: every value as JSON, texts in quotes. (The default of a sink with sources is json.)',
    group: 'Body',
    order: 1,
    width: 'SHORT',
    displayName: 'Body Format',
    validator: oneOfIgnoringCase('string', 'json'),
    recommend: () => ['string', 'json'],
  },
  batchMaxSize: {
    name: 'batch.max.size',
    type: 'INT',
    default: '1',
    importance: 'HIGH',
    documentation: 'Most records of one request. What has come is sent at once: none waits for more.',
    group: 'Body',
    order: 2,
    width: 'SHORT',
    displayName: 'Batch Size',
    validator: between(1, 1_000_000),
  },
  batchMaxBytes: {
    name: 'batch.max.bytes',
    type: 'INT',
    default: '1048576',
    importance: 'LOW',
    documentation: 'Most bytes of a request of several records.',
    group: 'Body',
    order: 3,
    width: 'SHORT',
    displayName: 'Batch Bytes',
    validator: atLeast(1),
  },
  batchJsonAsArray: {
    name: 'batch.json.as.array',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    documentation:
      'Whether a request is a JSON list even where it has one record. Where request.body.format is json and batch.max.size more than 1 it is one either way.',
    group: 'Body',
    order: 4,
    width: 'SHORT',
    displayName: 'Batch as JSON Array',
  },
  batchPrefix: {
    name: 'batch.prefix',
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    documentation: 'What stands before the first record of a request. \\n, \\t and \\r are what they are elsewhere.',
    group: 'Body',
    order: 5,
    displayName: 'Batch Prefix',
  },
  batchSuffix: {
    name: 'batch.suffix',
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    documentation: 'What stands after the last record of a request.',
    group: 'Body',
    order: 6,
    displayName: 'Batch Suffix',
  },
  batchSeparator: {
    name: 'batch.separator',
    type: 'STRING',
    default: ',',
    importance: 'MEDIUM',
    documentation: 'What stands between two records of a request.',
    group: 'Body',
    order: 7,
    displayName: 'Batch Separator',
  },
  batchKeyPattern: {
    name: 'batch.key.pattern',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'Only records for which this, with ${key}, ${topic} and the like, is the same share a request. Those with another URL or other headers never do.',
    group: 'Body',
    order: 8,
    displayName: 'Batch Key Pattern',
  },
  regexPatterns: {
    name: 'regex.patterns',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'Regular expressions, apart by regex.separator, that are replaced in the text of each record.',
    group: 'Body',
    order: 9,
    displayName: 'Regex Patterns',
  },
  regexReplacements: {
    name: 'regex.replacements',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'What is put in their place, one for each or one for all: $1 is a group, ${key} and ${topic} are those of the record.',
    group: 'Body',
    order: 10,
    displayName: 'Regex Replacements',
  },
  regexSeparator: {
    name: 'regex.separator',
    type: 'STRING',
    default: '~',
    importance: 'LOW',
    documentation: 'What stands between two of them.',
    group: 'Body',
    order: 11,
    width: 'SHORT',
    displayName: 'Regex Separator',
  },
  recordKeyColumns: recordKeyColumns({
    documentation:
      "Whether the fields of a record's key stand in its JSON as well. (The default of a sink with sources is true.)",
    group: 'Body',
    order: 12,
    width: 'SHORT',
  }),
  timeFormat: timeFormat({
    documentation:
      'Times in JSON: epoch: TIMESTAMP in ms since 1970 and TIME in ms of the day, as the Java connectors write them; iso: 2024-05-17T09:30:00.000Z and 09:30:00. (The default of a sink with sources is iso.) A DATE is 2024-05-17 either way.',
    group: 'Body',
    order: 13,
    width: 'SHORT',
  }),
  nullValues: {
    name: 'behavior.on.null.values',
    type: 'STRING',
    default: 'ignore',
    importance: 'LOW',
    documentation:
      "What becomes of a record without a value: ignore; log: the same, and each is logged; delete: a request DELETE goes to its URL; fail: it is its record's error. (The default of a sink with sources is delete where the URL has ${key}.)",
    group: 'Errors',
    order: 1,
    width: 'SHORT',
    displayName: 'Null Values',
    validator: oneOfIgnoringCase(...NULLS),
    recommend: () => NULLS,
  },
  onError: {
    name: 'behavior.on.error',
    type: 'STRING',
    default: 'fail',
    importance: 'LOW',
    documentation:
      'What becomes of records that the service refuses: fail: it is their error, which errors.tolerance and dead letters are for; log, ignore: they are left out and counted, with log each is logged.',
    group: 'Errors',
    order: 2,
    width: 'SHORT',
    displayName: 'Errors',
    validator: oneOfIgnoringCase(...ERRORS),
    recommend: () => ERRORS,
  },
  retryOn: {
    name: 'retry.on.status.codes',
    type: 'STRING',
    default: '408,425,429,500-',
    importance: 'MEDIUM',
    documentation:
      'Statuses after which a request is sent again, each a number, a range 500-504 or 500- for all from there on. (The Java connectors have 400-, which sends again what a service will never take.)',
    group: 'Retries',
    order: 1,
    displayName: 'Retry On',
    validator: (value) => {
      const codes = parseStatusCodes(String((value ?? '') as string));
      return typeof codes === 'string' ? codes : undefined;
    },
  },
  maxRetries: maxRetries({
    default: '10',
    importance: 'MEDIUM',
    documentation:
      'How often such a request is sent again; then its records are refused. A service that is away or has too much to do (no answer, 429, 502, 503, 504) is waited for all the same.',
    group: 'Retries',
    order: 2,
    width: 'SHORT',
  }),
  retryBackoffMs: retryBackoffMs('INT', {
    default: '3000',
    importance: 'MEDIUM',
    documentation:
      'Pause before the first time, in ms. Each further one is twice as long, up to 30 s. Where an answer says Retry-After, no less than that, up to 5 minutes.',
    group: 'Retries',
    order: 3,
    width: 'SHORT',
  }),
  maxInFlightRequests: {
    name: 'max.in.flight.requests',
    type: 'INT',
    default: '5',
    importance: 'MEDIUM',
    documentation:
      'Most requests of a task that are under way at once. Records of one key go one after the other; those without a key in the order of their partition.',
    group: 'Retries',
    order: 4,
    width: 'SHORT',
    displayName: 'Max In-flight Requests',
    validator: between(1, 1000),
    aliases: ['concurrency.limit'],
  },
});

/** Settings of the Java connectors that this one does not need. */
function idleKeys(): readonly ConfigKey[] {
  const key = (name: string, inert: string): ConfigKey => idleKey(name, 'A setting of the Java connectors.', inert);
  const reports =
    'answers are not written to topics: what is refused goes to the dead letters (errors.tolerance=all, errors.deadletterqueue.topic.name)';
  return [
    ...['reporter.bootstrap.servers', 'reporter.error.topic.name', 'reporter.result.topic.name'].map((name) =>
      key(name, reports),
    ),
    key('report.errors.as', reports),
    key('ssl.enabled', 'https:// in http.api.url asks for TLS'),
    key('retry.backoff.policy', 'pauses become longer, and vary a little'),
    key('kafka.retry.backoff.ms', 'retry.backoff.ms is the pause'),
    key('max.outstanding.records', 'a task is given at most 5000 records at once, and the next when those are sent'),
  ];
}

/** Settings of the Java connectors for the format of their own output. */
export const WITHOUT_EFFECT: readonly string[] = [
  ...['error', 'result'].flatMap((kind) =>
    ['partitions', 'replication.factor', 'key.format', 'value.format', 'retention.ms'].map(
      (name) => `reporter.${kind}.topic.${name}`,
    ),
  ),
  'report.errors.as.error.topic',
  'confluent.topic.bootstrap.servers',
  'confluent.topic.replication.factor',
  'confluent.topic',
  'confluent.license',
];

/** All settings of the sink. */
export const KEYS: readonly ConfigKey[] = keysOf(
  Object.values(SINK),
  Object.values(AUTH),
  idleKeys(),
  Object.values(TLS),
);
