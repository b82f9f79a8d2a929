import { invalidSetting, givenText, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { OtherWords, SinkPlugin } from '../../api/connector.ts';
import { CLOUD_FORMATS, CLOUD_LOGIN, convertersOf } from '../internal/cloud-formats.ts';
import { formatKind, OBJECT_SINK } from '../objects/sink-keys.ts';
import { checkObjectSink, objectSourcesDefaults } from '../objects/sink-rules.ts';
import { checkConnection, CONNECTION, LOCATION_KEYS, REFUSED_KEYS, S3_WITHOUT_EFFECT } from './connection-keys.ts';
import { checkLocation, locationOf } from './location.ts';
import { S3_SINK } from './sink-keys.ts';

/** Confluent Cloud's settings. */
const CLOUD_TIME = ['time.interval', 'input.data.format', 'input.key.format'];
const S3_WORDS: OtherWords = {
  keys: [...new Set([...CLOUD_FORMATS, ...CLOUD_LOGIN, ...CLOUD_TIME])],
  translate: (config) => {
    const left = Object.fromEntries(Object.entries(config).filter(([key]) => !S3_WORDS.keys.includes(key)));
    const settings: Record<string, string> = {
      ...convertersOf(Object.fromEntries(Object.entries(config).filter(([key]) => key.startsWith('input.')))),
    };
    // There the format of files is a short name.
    const output = config['output.data.format']?.trim().toUpperCase();
    if (output !== undefined) settings['format.class'] = output === 'BYTES' ? 'bytes' : output.toLowerCase();
    const interval = config['time.interval']?.trim().toUpperCase();
    if (interval === 'DAILY' || interval === 'HOURLY') settings['partitioner.class'] = interval.toLowerCase();
    // Required by the class name, optional in Confluent Cloud.
    if (output !== undefined || interval !== undefined) settings['flush.size'] = '1000';
    return { ...settings, ...left };
  },
};

function check(config: RawConfig): ConfigProblem[] {
  const problems = [
    ...checkConnection(config),
    ...checkObjectSink(config),
    ...checkLocation(config, OBJECT_SINK.topicsDir.name, OBJECT_SINK.topicsDir.default ?? ''),
  ];
  const isGzip = writtenText(config, S3_SINK.compressionType).toLowerCase() === 'gzip';
  if (isGzip && formatKind(givenText(config, OBJECT_SINK.formatClass) ?? 'json') === 'parquet')
    problems.push(
      invalidSetting(S3_SINK.compressionType.name, 'gzip', 'Parquet compresses by itself: parquet.codec=gzip'),
    );
  return problems;
}

export const s3Sink: SinkPlugin = {
  type: 'sink',
  name: 's3-sink',
  className: 'sluice.connect.S3SinkConnector',
  aliases: ['io.confluent.connect.s3.S3SinkConnector', 'S3_SINK', 'S3Sink'],
  version: '0.1.0',
  doc: 'Writes records to files in a bucket of S3, or of a store that speaks its protocol: JSON lines, CSV, Parquet, in folders by partition, field or time; each record once.',
  config: [...Object.values(CONNECTION), ...Object.values(S3_SINK), ...Object.values(OBJECT_SINK)],
  check,
  otherWords: S3_WORDS,
  withoutEffect: [...S3_WITHOUT_EFFECT, ...REFUSED_KEYS],
  sourcesDefaults: objectSourcesDefaults,
  targets: (config, topics) => {
    const location = locationOf(config, OBJECT_SINK.topicsDir.name, OBJECT_SINK.topicsDir.default ?? '');
    if (typeof location === 'string') return [];
    return topics.map((topic) => ({
      topic,
      place: {
        system: `s3://${location.bucket}`,
        name: location.prefix === '' ? topic : `${location.prefix}/${topic}`,
      },
    }));
  },
  shortForm: {
    keys: [
      ...LOCATION_KEYS,
      { name: 'format', sets: [OBJECT_SINK.formatClass.name], doc: 'json, csv, parquet or bytes.' },
      { name: 'partitioner', sets: [OBJECT_SINK.partitionerClass.name], doc: 'default, field, time, daily or hourly.' },
      { name: 'compression', sets: [S3_SINK.compressionType.name], doc: 'none or gzip.' },
    ],
    defaults: { 'flush.size': '100000', 'rotate.schedule.interval.ms': '60000' },
  },
  load: async () => (await import('./sink.ts')).s3SinkImplementation,
};
