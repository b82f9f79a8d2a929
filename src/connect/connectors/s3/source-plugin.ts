import { writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { checkObjectSource, OBJECT_SOURCE } from '../objects/source-keys.ts';
import { checkConnection, CONNECTION, LOCATION_KEYS, REFUSED_KEYS, S3_WITHOUT_EFFECT } from './connection-keys.ts';
import { checkLocation } from './location.ts';
import { S3_SOURCE } from './source-keys.ts';

const check = (config: RawConfig): ConfigProblem[] => [
  ...checkConnection(config),
  ...checkObjectSource(config),
  ...checkLocation(config, S3_SOURCE.folder.name, ''),
];

export const s3Source: SourcePlugin = {
  type: 'source',
  name: 's3-source',
  className: 'sluice.connect.S3SourceConnector',
  aliases: [],
  version: '0.1.0',
  doc: 'Reads the objects of a bucket of S3, or of a store that speaks its protocol, each once: JSON lines, CSV, Parquet, as the sink writes them.',
  config: [...Object.values(CONNECTION), ...Object.values(S3_SOURCE), ...Object.values(OBJECT_SOURCE)],
  check,
  withoutEffect: [...S3_WITHOUT_EFFECT, ...REFUSED_KEYS],
  // The worker's default converter would put a line in quotes.
  impliedSettings: (config) =>
    writtenText(config, OBJECT_SOURCE.columns) === '' ? { 'value.converter': STRING_CONVERTER } : {},
  previewSettings: () => ({ [OBJECT_SOURCE.batchRows.name]: '5' }),
  shortForm: {
    keys: [
      ...LOCATION_KEYS,
      { name: 'poll', sets: [OBJECT_SOURCE.pollMs.name], doc: 'How often the objects are listed, in ms.' },
    ],
    // The stream has the same name as the topic.
    defaults: { 'sql.name.prefix': '' },
  },
  load: async () => (await import('./source.ts')).s3SourceImplementation,
};

const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';
