import { didYouMean } from '../../../base/suggest.ts';
import { parseTimestampText } from '../../../types/time-text.ts';
import { atLeast, type ConfigKey, type ConfigType, type KeyParts, type ValueOf } from '../../api/config-spec.ts';
import { QUICKSTART_NAMES } from './quickstarts.ts';
import { RELATED_NAMES } from './related/presets.ts';
import { TABLE } from './related/tables.ts';

const key = <const T extends ConfigType, const D extends string | null | undefined>(
  name: string,
  type: T,
  byDefault: D,
  importance: ConfigKey['importance'],
  documentation: string,
  more: KeyParts = {},
): ConfigKey<ValueOf<T, D>> => ({
  name,
  type,
  default: byDefault,
  importance,
  documentation,
  group: 'Datagen',
  ...more,
});

const TABLE_SETTINGS = Object.values(TABLE)
  .map((setting) => `${setting.name}: ${setting.documentation}`)
  .join(' ');

/** The names of all example data: of one topic, and of several tables. */
export const DATA_NAMES = [...QUICKSTART_NAMES, ...RELATED_NAMES];

export const DATAGEN = {
  kafkaTopic: key(
    'kafka.topic',
    'STRING',
    null,
    'HIGH',
    'Topic to write to. Required, except with tables, each of which has its own.',
  ),
  quickstart: key(
    'quickstart',
    'STRING',
    '',
    'HIGH',
    `Which example data to make: ${QUICKSTART_NAMES.join(', ')}; related tables: ${RELATED_NAMES.join(', ')}.`,
    {
      recommend: () => DATA_NAMES,
      validator: (value) =>
        value === null || value === '' || DATA_NAMES.includes(String(value as string).toLowerCase())
          ? undefined
          : [`String must be one of: ${DATA_NAMES.join(', ')}`, didYouMean(String(value as string), DATA_NAMES)]
              .filter((part) => part !== undefined)
              .join('. '),
    },
  ),
  schemaString: key(
    'schema.string',
    'STRING',
    '',
    'HIGH',
    'An Avro record schema as JSON, with arg.properties, in place of a quickstart.',
  ),
  schemaKeyfield: key(
    'schema.keyfield',
    'STRING',
    '',
    'HIGH',
    "Field that becomes the record's key. Empty: the quickstart's own, or no key.",
  ),
  tables: key(
    'tables',
    'LIST',
    '',
    'HIGH',
    `Related tables, in place of a quickstart. Each has settings of its own, named tables.NAME.columns and so on. ${TABLE_SETTINGS}`,
  ),
  topicPrefix: key('topic.prefix', 'STRING', '', 'MEDIUM', 'Begins the names of the topics of tables.'),
  maxInterval: key(
    'max.interval',
    'LONG',
    '500',
    'HIGH',
    'Longest random pause between two records, in ms; 0: as fast as it goes.',
    {
      validator: atLeast(0),
    },
  ),
  messagesPerSecond: key('messages.per.second', 'DOUBLE', null, 'MEDIUM', 'An even rate, in place of max.interval.', {
    aliases: ['rate'],
    validator: (value) => (value === null || Number(value) > 0 ? undefined : 'Value must be greater than 0'),
  }),
  eventTimeStart: key(
    'event.time.start',
    'STRING',
    '',
    'MEDIUM',
    'Event time of the first record of tables, such as 2026-01-01T00:00:00Z; empty: the clock gives the time of each record.',
    {
      validator: (value) =>
        value === null || value === '' || parseTimestampText(String(value as string)) !== undefined
          ? undefined
          : 'Value must be a time such as 2026-01-01T00:00:00Z',
    },
  ),
  eventTimeStep: key(
    'event.time.step.ms',
    'DOUBLE',
    null,
    'LOW',
    'How much later each record is, in ms, where event.time.start is given. By default according to messages.per.second, or else 100.',
    { validator: (value) => (value === null || Number(value) >= 0 ? undefined : 'Value must be at least 0') },
  ),
  iterations: key('iterations', 'LONG', '-1', 'HIGH', 'Number of records of each task; -1: no end.', {
    validator: atLeast(-1),
  }),
  randomSeed: key('random.seed', 'LONG', null, 'LOW', 'Makes the data the same in every run.', { aliases: ['seed'] }),
};
