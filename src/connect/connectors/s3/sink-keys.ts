import { atLeast, between, configKeys, oneOfIgnoringCase } from '../../api/config-spec.ts';

/** The settings of the sink, without those that all sinks for files have. */
export const S3_SINK = configKeys({
  partSize: {
    name: 's3.part.size',
    type: 'INT',
    default: '5242880',
    importance: 'LOW',
    documentation:
      'Larger files are sent in parts of so many bytes; each file that grows keeps one of them in memory. S3 takes 10000 parts.',
    group: 'S3',
    order: 12,
    displayName: 'S3 Part Size',
    validator: between(5_242_880, 2_147_483_647),
  },
  compressionType: {
    name: 's3.compression.type',
    type: 'STRING',
    default: 'none',
    importance: 'MEDIUM',
    documentation:
      'none or gzip: files of json, csv and bytes are compressed, and end in .gz. Parquet compresses by itself (parquet.codec).',
    group: 'S3',
    order: 13,
    displayName: 'Compression Type',
    validator: oneOfIgnoringCase('none', 'gzip'),
    recommend: () => ['none', 'gzip'],
  },
  compressionLevel: {
    name: 's3.compression.level',
    type: 'INT',
    default: '-1',
    importance: 'LOW',
    documentation: 'Level of gzip, 1 to 9; -1: its default.',
    group: 'S3',
    order: 14,
    displayName: 'Compression Level',
    validator: between(-1, 9),
  },
  cachedFiles: {
    name: 'max.open.files.per.partition',
    type: 'INT',
    default: '-1',
    importance: 'LOW',
    documentation: 'Most files of a partition that are open at once.',
    group: 'Others',
    validator: atLeast(-1),
    inert: 'the files of a partition end with the 500th',
  },
});
