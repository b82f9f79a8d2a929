import { didYouMean } from '../../../base/suggest.ts';
import { atLeast, type ConfigKey, type ConfigType, type KeyParts, type ValueOf } from '../../api/config-spec.ts';
import { QUICKSTART_NAMES, QUICKSTARTS } from './quickstarts.ts';

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

export const DATAGEN = {
  kafkaTopic: key('kafka.topic', 'STRING', undefined, 'HIGH', 'Topic to write to.'),
  quickstart: key('quickstart', 'STRING', '', 'HIGH', `Which example data to make: ${QUICKSTART_NAMES.join(', ')}.`, {
    recommend: () => QUICKSTART_NAMES,
    validator: (value) =>
      value === null || value === '' || QUICKSTARTS[String(value as string).toLowerCase()] !== undefined
        ? undefined
        : [
            `String must be one of: ${QUICKSTART_NAMES.join(', ')}`,
            didYouMean(String(value as string), QUICKSTART_NAMES),
          ]
            .filter((part) => part !== undefined)
            .join('. '),
  }),
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
  iterations: key('iterations', 'LONG', '-1', 'HIGH', 'Number of records of each task; -1: no end.', {
    validator: atLeast(-1),
  }),
  randomSeed: key('random.seed', 'LONG', null, 'LOW', 'Makes the data the same in every run.', { aliases: ['seed'] }),
};
