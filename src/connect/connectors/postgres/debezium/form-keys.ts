import { atLeast, configKeys, isRegex, oneOf, type ConfigKey } from '../../../api/config-spec.ts';
import { isCapture, isDebezium } from '../cdc/config-keys.ts';

/** Debezium's settings that determine the form of records, with its names and defaults. */

const choice = <const A extends readonly string[]>(
  name: string,
  byDefault: A[number],
  allowed: A,
  documentation: string,
  importance: ConfigKey['importance'] = 'LOW',
) => ({
  name,
  type: 'STRING' as const,
  default: byDefault as string,
  importance,
  documentation,
  recommend: () => allowed,
  validator: oneOf(...allowed),
  visible: isDebezium,
  group: 'Debezium',
});

const NOTICE_CHANNELS: readonly string[] = ['sink', 'log'];

const adjustments = ['none', 'avro', 'avro_unicode'] as const;

export const FORM = configKeys({
  decimalMode: choice(
    'decimal.handling.mode',
    'precise',
    ['precise', 'double', 'string'],
    'What NUMERIC and MONEY become. precise: decimals (of a NUMERIC without a scale, a struct of scale and value). double: doubles. string: texts.',
    'MEDIUM',
  ),
  timeMode: choice(
    'time.precision.mode',
    'adaptive',
    ['adaptive', 'adaptive_time_microseconds', 'microseconds', 'nanoseconds', 'connect', 'isostring'],
    'What DATE, TIME and TIMESTAMP become. adaptive: ms or µs, as the column was declared. adaptive_time_microseconds: the same, a TIME always µs. microseconds, nanoseconds: always these. connect: the types of Kafka Connect, in ms. isostring: texts. TIMESTAMPTZ is a text in UTC always.',
    'MEDIUM',
  ),
  intervalMode: choice(
    'interval.handling.mode',
    'numeric',
    ['numeric', 'string'],
    'What INTERVAL becomes. numeric: µs, a month being 365.25 / 12 days. string: a text as P1Y2M3DT4H5M6.7S.',
  ),
  binaryMode: choice(
    'binary.handling.mode',
    'bytes',
    ['bytes', 'base64', 'base64-url-safe', 'hex'],
    'What BYTEA becomes: bytes, or a text of them.',
  ),
  hstoreMode: choice('hstore.handling.mode', 'json', ['json', 'map'], 'What HSTORE becomes: a text of JSON, or a map.'),
  moneyDigits: {
    name: 'money.fraction.digits',
    type: 'SHORT',
    default: '2',
    importance: 'LOW',
    documentation: 'Digits of a MONEY behind the point.',
    validator: atLeast(0),
    visible: isDebezium,
    group: 'Debezium',
  },
  includeUnknown: {
    name: 'include.unknown.datatypes',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    documentation:
      'Whether columns of types that have no form of their own are there, as bytes of their text. Else they are left out.',
    visible: isDebezium,
    group: 'Debezium',
  },
  placeholder: {
    name: 'unavailable.value.placeholder',
    type: 'STRING',
    default: '__debezium_unavailable_value',
    importance: 'MEDIUM',
    documentation:
      'What stands in place of a value that the server did not send: one that is stored apart from its row (TOAST) and was not changed, where the replica identity is not FULL. hex: begins bytes.',
    visible: isDebezium,
    group: 'Debezium',
  },
  topicDelimiter: {
    name: 'topic.delimiter',
    type: 'STRING',
    default: '.',
    importance: 'LOW',
    documentation: "What stands between the parts of a topic's name: prefix, schema, table.",
    visible: isDebezium,
    validator: (value) =>
      /^[._-]+$/.test(String(value as string)) ? undefined : "A topic's name has letters, digits, '.', '_' and '-'",
    group: 'Debezium',
  },
  schemaNames: choice(
    'schema.name.adjustment.mode',
    'none',
    adjustments,
    'How names of schemas are made fit for Avro. avro: what it does not take becomes _. avro_unicode: _uXXXX.',
  ),
  fieldNames: choice(
    'field.name.adjustment.mode',
    'none',
    adjustments,
    'How names of fields are made fit for Avro: as those of schemas.',
  ),
  tombstones: {
    name: 'tombstones.on.delete',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'MEDIUM',
    documentation: 'Whether a record without a value follows a delete, so that compaction forgets the key.',
    visible: isDebezium,
    group: 'Debezium',
  },
  skipped: {
    name: 'skipped.operations',
    type: 'LIST',
    default: 't',
    importance: 'LOW',
    documentation: 'What gets no records: c (insert), u (update), d (delete), t (truncate); none.',
    visible: isDebezium,
    validator: (value) => {
      const wrong = ((value ?? []) as readonly string[]).find((v) => !['c', 'u', 'd', 't', 'none'].includes(v.trim()));
      return wrong === undefined ? undefined : `Value must be one or more of c, u, d, t, or none: ${wrong}`;
    },
    group: 'Debezium',
  },
  skipUnchanged: {
    name: 'skip.messages.without.change',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation:
      'Whether an update gets no record where no column of the record has changed (replica identity FULL).',
    visible: isDebezium,
    group: 'Debezium',
  },
  conversionFailure: choice(
    'event.converting.failure.handling.mode',
    'warn',
    ['fail', 'warn', 'skip'],
    'What becomes of a value that does not fit its form. fail: an error of its row. warn: NULL, and a word. skip: NULL.',
  ),
  contextHeaders: {
    name: 'extended.headers.enabled',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    documentation: 'Whether records have headers __debezium.context.*: connector, task and run.',
    visible: isDebezium,
    group: 'Debezium',
  },
  transactions: {
    name: 'provide.transaction.metadata',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation:
      'Whether transactions are told of: a record as each begins and ends in a topic of their own, and in each record of a change where it stands in its transaction.',
    visible: isDebezium,
    group: 'Debezium',
  },
  transactionTopic: {
    name: 'topic.transaction',
    type: 'STRING',
    default: 'transaction',
    importance: 'LOW',
    documentation: 'Name of the topic of transactions, behind topic.prefix.',
    visible: isDebezium,
    group: 'Debezium',
  },
  messageInclude: {
    name: 'message.prefix.include.list',
    type: 'LIST',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'Expressions for the prefixes of messages (pg_logical_emit_message) that get a record in the topic PREFIX.message; all others are left out.',
    visible: isDebezium,
    validator: isRegex,
    group: 'Debezium',
  },
  messageExclude: {
    name: 'message.prefix.exclude.list',
    type: 'LIST',
    default: null,
    importance: 'MEDIUM',
    documentation: 'Expressions for the prefixes of messages that are left out.',
    visible: isDebezium,
    validator: isRegex,
    group: 'Debezium',
  },
  noticeChannels: {
    name: 'notification.enabled.channels',
    type: 'LIST',
    default: null,
    importance: 'LOW',
    documentation:
      "Where readings are told of as they begin, go on and end. sink: records in notification.sink.topic.name. log: the server's log.",
    visible: isDebezium,
    recommend: () => NOTICE_CHANNELS,
    validator: (value) => {
      const wrong = ((value ?? []) as readonly string[]).find((channel) => !NOTICE_CHANNELS.includes(channel.trim()));
      return wrong === undefined
        ? undefined
        : `Notifications go to ${NOTICE_CHANNELS.join(', ')}: ${wrong === 'jmx' ? 'there is no JMX here' : `not to ${wrong}`}`;
    },
    group: 'Debezium',
  },
  noticeTopic: {
    name: 'notification.sink.topic.name',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'The topic of notifications.',
    visible: isDebezium,
    group: 'Debezium',
  },
  heartbeatPrefix: {
    name: 'heartbeat.topics.prefix',
    type: 'STRING',
    default: '__debezium-heartbeat',
    importance: 'LOW',
    documentation: 'What the name of the topic of heartbeats begins with; topic.prefix stands behind it.',
    visible: isDebezium,
    group: 'Debezium',
  },
  heartbeatTopic: {
    name: 'topic.heartbeat.prefix',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'The same in newer words: counts before heartbeat.topics.prefix.',
    visible: isDebezium,
    group: 'Debezium',
  },
  columnInclude: {
    name: 'column.include.list',
    type: 'LIST',
    default: null,
    importance: 'MEDIUM',
    documentation: 'Expressions for the columns (schema.table.column) that records have; all others are left out.',
    visible: isCapture,
    validator: isRegex,
    group: 'Debezium',
  },
  columnExclude: {
    name: 'column.exclude.list',
    type: 'LIST',
    default: null,
    importance: 'MEDIUM',
    documentation: 'Expressions for columns (schema.table.column) that are left out.',
    visible: isCapture,
    validator: isRegex,
    group: 'Debezium',
  },
  keyColumns: {
    name: 'message.key.columns',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'Columns of the key by table, in place of the primary key: schema.table:column1,column2;other:column.',
    visible: isDebezium,
    validator: (value) =>
      value === null ||
      String(value as string)
        .split(';')
        .every((p) => /^\s*$|^\s*[^:\s][^:]*:[^:]+$/.test(p))
        ? undefined
        : `${value as string} has an invalid format (expecting '<fully-qualified table>:<column>,<column>;...')`,
    group: 'Debezium',
  },
  propagateColumns: {
    name: 'column.propagate.source.type',
    type: 'LIST',
    default: null,
    importance: 'MEDIUM',
    documentation:
      "Expressions for columns (schema.table.column) whose type in the database is in the schema's parameters.",
    visible: isDebezium,
    validator: isRegex,
    group: 'Debezium',
  },
  propagateTypes: {
    name: 'datatype.propagate.source.type',
    type: 'LIST',
    default: null,
    importance: 'MEDIUM',
    documentation: "Expressions for types whose columns have their type in the database in the schema's parameters.",
    visible: isDebezium,
    validator: isRegex,
    group: 'Debezium',
  },
});
