import {
  atLeast,
  configKeys,
  oneOf,
  oneOfIgnoringCase,
  writtenText,
  type ConfigKey,
  type RawConfig,
} from '../../../api/config-spec.ts';
import { SOURCE } from '../../database/source-keys.ts';

const isName: ConfigKey['validator'] = (value) =>
  value === null || value === '' || /^[a-z0-9_]{1,63}$/.test(String(value as string))
    ? undefined
    : 'A slot has lower-case letters, digits and underscores in its name, at most 63';

/** Whether a source reads changes from the database's WAL. */
export const isCapture: ConfigKey['visible'] = (config) => writtenText(config, SOURCE.mode) === 'cdc';

/** The channels for signals. */
const CHANNELS: readonly string[] = ['source', 'kafka', 'file'];

/** Settings that only mode cdc has. */
export const CAPTURE = configKeys({
  slotName: {
    name: 'slot.name',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'Replication slot of mode cdc. Default: sluice_ and the name of the connector, with a number where that is taken. One that exists already is read from where it stands, and not dropped with the connector.',
    group: 'Change capture',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Slot Name',
    visible: isCapture,
    validator: isName,
  },
  publicationName: {
    name: 'publication.name',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'A publication that was made beforehand, for a role that may make none. Default: two of our own, named after the slot: one of tables with a replica identity, and with _inserts behind it one of those without, whose new rows alone are published.',
    group: 'Change capture',
    order: 2,
    width: 'MEDIUM',
    displayName: 'Publication Name',
    visible: isCapture,
  },
  format: {
    name: 'format',
    type: 'STRING',
    default: 'rows',
    importance: 'MEDIUM',
    documentation:
      "What records of mode cdc look like. rows: the row as it is, a tombstone where it was deleted. debezium: Debezium's envelopes (before, after, source, op), with its topics, keys, types and headers; its settings of records have their effect.",
    group: 'Change capture',
    order: 5,
    width: 'SHORT',
    displayName: 'Format',
    visible: isCapture,
    recommend: () => ['rows', 'debezium'],
    validator: oneOf('rows', 'debezium'),
  },
  viaRoot: {
    name: 'publish.via.partition.root',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    documentation:
      'Where format is debezium: changes of a partition are those of its table (true), or each partition has a topic of its own.',
    group: 'Change capture',
    order: 6,
    width: 'SHORT',
    displayName: 'Publish Via Partition Root',
    visible: (config) => isDebezium(config),
  },
  slotLostPolicy: {
    name: 'slot.lost.policy',
    type: 'STRING',
    default: 'fail',
    importance: 'LOW',
    documentation:
      'What happens when changes are missing: the slot is gone, invalidated, read by somebody else, or of another cluster or timeline, or a publication was dropped. fail: the task stops and says why. snapshot: a slot is made anew and the tables are read again.',
    group: 'Change capture',
    order: 3,
    width: 'SHORT',
    displayName: 'Slot Lost Policy',
    visible: isCapture,
    recommend: () => ['fail', 'snapshot'],
    validator: oneOfIgnoringCase('fail', 'snapshot'),
  },
  selectOverrides: {
    name: 'snapshot.select.statement.overrides',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation:
      "Tables whose first reading has the rows of a statement of yours in place of all, which stands under this name with the table's behind it: 'snapshot.select.statement.overrides.public.orders'='SELECT * FROM orders WHERE NOT deleted'. It must give the table's columns, its key among them. Changes come of all rows.",
    group: 'Change capture',
    order: 5,
    width: 'LONG',
    displayName: 'Snapshot Select Overrides',
    visible: isCapture,
  },
  heartbeatInterval: {
    name: 'heartbeat.interval.ms',
    type: 'INT',
    default: '0',
    importance: 'MEDIUM',
    documentation:
      'How often heartbeat.action.query is sent, in ms; where format is debezium a record goes to the topic of heartbeats as well. 0: never. The slot moves on while its tables are idle also without.',
    group: 'Change capture',
    order: 7,
    width: 'SHORT',
    displayName: 'Heartbeat Interval (ms)',
    visible: isCapture,
    validator: atLeast(0),
  },
  heartbeatQuery: {
    name: 'heartbeat.action.query',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'A statement that is sent with every heartbeat, such as an UPDATE of a row in a table that is captured: its change comes through slot and publication.',
    group: 'Change capture',
    order: 8,
    width: 'LONG',
    displayName: 'Heartbeat Action Query',
    visible: isCapture,
  },
  signals: {
    name: 'signal.data.collection',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'A captured table (schema.table) whose new rows are signals as Debezium has them: id, type (execute-snapshot, pause-snapshot, resume-snapshot, stop-snapshot, log) and data in JSON. Whoever may insert there has tables read again.',
    group: 'Change capture',
    order: 9,
    width: 'MEDIUM',
    displayName: 'Signal Table',
    visible: isCapture,
  },
  signalChannels: {
    name: 'signal.enabled.channels',
    type: 'LIST',
    default: 'source',
    importance: 'LOW',
    documentation:
      'Where signals come from. source: rows of signal.data.collection. kafka: records of signal.kafka.topic. file: lines of signal.file.',
    group: 'Change capture',
    order: 10,
    width: 'MEDIUM',
    displayName: 'Signal Channels',
    visible: isCapture,
    recommend: () => CHANNELS,
    validator: (value) => {
      const wrong = ((value ?? []) as readonly string[]).find((channel) => !CHANNELS.includes(channel.trim()));
      return wrong === undefined
        ? undefined
        : `Signals come by ${CHANNELS.join(', ')}: ${wrong === 'jmx' ? 'there is no JMX here' : `not by ${wrong}`}`;
    },
  },
  signalTopic: {
    name: 'signal.kafka.topic',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      "Channel kafka: a topic of this server whose records are signals, by their key those of this connector (its topic.prefix, else its name), in JSON with id, type and data. Partition 0 is read. Default: topic.prefix, or the connector's name, and -signal.",
    group: 'Change capture',
    order: 11,
    width: 'MEDIUM',
    displayName: 'Signal Topic',
    visible: isCapture,
  },
  signalBegin: {
    name: 'signal.consumer.auto.offset.reset',
    type: 'STRING',
    default: 'earliest',
    importance: 'LOW',
    documentation:
      'Channel kafka: whether signals are done that were in the topic before the connector (earliest) or not (latest).',
    group: 'Change capture',
    order: 12,
    width: 'SHORT',
    displayName: 'Signal Topic Start',
    visible: isCapture,
    recommend: () => ['earliest', 'latest'],
    validator: oneOf('earliest', 'latest'),
  },
  signalFile: {
    name: 'signal.file',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'Channel file: a file on the server with a signal a line, JSON of id, type and data. It is emptied when they are done.',
    isFile: true,
    group: 'Change capture',
    order: 13,
    width: 'LONG',
    displayName: 'Signal File',
    visible: isCapture,
  },
  signalInterval: {
    name: 'signal.poll.interval.ms',
    type: 'LONG',
    default: '5000',
    importance: 'LOW',
    documentation: 'How often the channels kafka and file are looked at, in ms.',
    group: 'Change capture',
    order: 14,
    width: 'SHORT',
    displayName: 'Signal Poll Interval (ms)',
    visible: isCapture,
    validator: atLeast(1),
  },
  chunkRows: {
    name: 'incremental.snapshot.chunk.size',
    type: 'INT',
    default: null,
    importance: 'LOW',
    documentation:
      'Rows that are read at a time where a signal asks for a reading. Default: as many as batch.max.rows and memory allow.',
    group: 'Change capture',
    order: 15,
    width: 'SHORT',
    displayName: 'Incremental Snapshot Chunk Size',
    visible: isCapture,
    validator: (value, key) => (value === null ? undefined : atLeast(1)(value, key)),
  },
  schemaChangePolicy: {
    name: 'schema.change.policy',
    type: 'STRING',
    default: 'evolve',
    importance: 'MEDIUM',
    documentation:
      'What happens when a table is altered. evolve: records have its new columns, and the source that was declared for it gets them. ignore: records have them, the declared source stays as it is. stop: the task stops before the first change of the altered table, until it is restarted.',
    group: 'Change capture',
    order: 4,
    width: 'SHORT',
    displayName: 'Schema Change Policy',
    visible: isCapture,
    recommend: () => ['evolve', 'ignore', 'stop'],
    validator: oneOfIgnoringCase('evolve', 'ignore', 'stop'),
  },
});

/** Whether a source writes records in Debezium's format. */
export const isDebezium = (config: RawConfig): boolean => writtenText(config, CAPTURE.format) === 'debezium';
