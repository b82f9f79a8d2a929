import { recordKeyColumns, timeFormat } from '../internal/common-keys.ts';
import { atLeast, between, configKeys, oneOfIgnoringCase, type ConfigValidator } from '../../api/config-spec.ts';
import { findZone, zonesLike } from '../../../types/zone.ts';
import { extractorKind, partitionerKind } from './folder-words.ts';

export type FormatKind = 'json' | 'csv' | 'parquet' | 'bytes';

/** The format of a class name (Confluent's) or a short name; undefined: not supported. */
export function formatKind(text: string): FormatKind | undefined {
  const name = (text.trim().split('.').at(-1) ?? '').replace(/Format$/i, '').toLowerCase();
  switch (name) {
    case 'json':
    case 'jsonl':
    case 'ndjson':
      return 'json';
    case 'csv':
    case 'parquet':
      return name;
    case 'bytes':
    case 'bytearray':
      return 'bytes';
    default:
      return undefined;
  }
}

const isFormat: ConfigValidator = (value) => {
  const text = String((value as string | null) ?? '');
  if (formatKind(text) !== undefined) return undefined;
  const avro = /avro/i.test(text) ? '; Avro files are not written here: Parquet has the same types' : '';
  return `it must be json, csv, parquet or bytes, or a class such as io.confluent.connect.s3.format.json.JsonFormat${avro}`;
};

const isPartitioner: ConfigValidator = (value) =>
  partitionerKind(String((value as string | null) ?? '')) === undefined
    ? 'it must be default, field, time, daily or hourly, or the class of such a partitioner; those of your own do not run here'
    : undefined;

const isExtractor: ConfigValidator = (value) =>
  extractorKind(String((value as string | null) ?? '')) === undefined
    ? 'it must be Wallclock, Record or RecordField'
    : undefined;

const isZone: ConfigValidator = (value) => {
  const id = String((value as string | null) ?? '');
  if (findZone(id) !== undefined) return undefined;
  const like = zonesLike(id);
  return `there is no time zone ${id}${like.length === 0 ? '' : `: did you mean ${like.slice(0, 3).join(', ')}?`}`;
};

/** The settings of sinks that write files of records, with the names of Confluent's connectors. */
export const OBJECT_SINK = configKeys({
  formatClass: {
    name: 'format.class',
    type: 'STRING',
    default: 'json',
    importance: 'HIGH',
    documentation:
      'What files hold: json (a JSON text a line), csv, parquet, bytes (values of ByteArrayConverter as they are), or the class of Confluent that writes such files.',
    group: 'Files',
    order: 1,
    displayName: 'Format',
    validator: isFormat,
    recommend: () => ['json', 'csv', 'parquet', 'bytes'],
  },
  flushSize: {
    name: 'flush.size',
    type: 'INT',
    importance: 'HIGH',
    documentation:
      'The records of a partition after which its files end. They end earlier by the other settings; at the latest when the connector is paused or stopped.',
    group: 'Files',
    order: 2,
    displayName: 'Flush Size',
    validator: atLeast(1),
  },
  flushBytes: {
    name: 'flush.bytes',
    type: 'LONG',
    default: '1073741824',
    importance: 'LOW',
    documentation: 'The bytes, before they are compressed, after which the files of a partition end.',
    group: 'Files',
    order: 3,
    displayName: 'Flush Bytes',
    validator: atLeast(1),
  },
  rotateIntervalMs: {
    name: 'rotate.interval.ms',
    type: 'LONG',
    default: '-1',
    importance: 'MEDIUM',
    documentation:
      "The files of a partition end before the first record whose time (timestamp.extractor) is so much later than that of their first record, in ms. -1: the records' times end no file.",
    group: 'Files',
    order: 4,
    displayName: 'Rotate Interval (ms)',
    validator: atLeast(-1),
  },
  rotateScheduleIntervalMs: {
    name: 'rotate.schedule.interval.ms',
    type: 'LONG',
    default: '-1',
    importance: 'MEDIUM',
    documentation:
      'Files end when this much time has passed on the clock, counted from midnight in the time zone, in ms, whether or not records come. -1: the clock ends no file.',
    group: 'Files',
    order: 5,
    displayName: 'Rotate Schedule Interval (ms)',
    validator: atLeast(-1),
  },
  topicsDir: {
    name: 'topics.dir',
    type: 'STRING',
    default: 'topics',
    importance: 'HIGH',
    documentation:
      "The folder of all files; below it is one for each topic. May be empty, and have several parts: 'a/b'.",
    group: 'Folders',
    order: 1,
    displayName: 'Topics directory',
  },
  partitionerClass: {
    name: 'partitioner.class',
    type: 'STRING',
    default: 'default',
    importance: 'HIGH',
    documentation:
      'The folders below that of a topic: default (partition=0), field (name=value for each of partition.field.name), time (path.format), daily, hourly; or the class of Confluent.',
    group: 'Folders',
    order: 2,
    displayName: 'Partitioner Class',
    validator: isPartitioner,
    recommend: () => ['default', 'field', 'time', 'daily', 'hourly'],
  },
  partitionFieldName: {
    name: 'partition.field.name',
    type: 'LIST',
    default: '',
    documentation:
      'Fields of the value (else of the key) that the partitioner field makes folders of; a.b is a field of the struct a.',
    group: 'Folders',
    order: 3,
    displayName: 'Partition Field Names',
  },
  pathFormat: {
    name: 'path.format',
    type: 'STRING',
    default: null,
    documentation:
      "The folders of the partitioner time, in letters of Java's DateTimeFormatter: 'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH. Names of months and days are English.",
    group: 'Folders',
    order: 4,
    width: 'LONG',
    displayName: 'Path Format',
  },
  partitionDurationMs: {
    name: 'partition.duration.ms',
    type: 'LONG',
    default: '3600000',
    documentation: 'How much time a folder of the partitioner time is for, in ms.',
    group: 'Folders',
    order: 5,
    displayName: 'Partition Duration (ms)',
    validator: atLeast(1),
  },
  timezone: {
    name: 'timezone',
    type: 'STRING',
    default: 'UTC',
    documentation: 'Time zone of folders and of rotate.schedule.interval.ms: Europe/Berlin.',
    group: 'Folders',
    order: 6,
    displayName: 'Timezone',
    validator: isZone,
  },
  timestampExtractor: {
    name: 'timestamp.extractor',
    type: 'STRING',
    default: 'Wallclock',
    documentation:
      'What time a record has: Wallclock (that at which its file began), Record (its timestamp), RecordField (timestamp.field). (The default of a sink with sources is Record.)',
    group: 'Folders',
    order: 7,
    displayName: 'Timestamp Extractor',
    validator: isExtractor,
    recommend: () => ['Wallclock', 'Record', 'RecordField'],
  },
  timestampField: {
    name: 'timestamp.field',
    type: 'STRING',
    default: 'timestamp',
    documentation:
      'The field that timestamp.extractor=RecordField reads: TIMESTAMP, DATE, ms since 1970, or a text of ISO 8601.',
    group: 'Folders',
    order: 8,
    displayName: 'Record Field for Timestamp Extractor',
  },
  directoryDelim: {
    name: 'directory.delim',
    type: 'STRING',
    default: '/',
    importance: 'LOW',
    documentation: 'What stands between folders.',
    group: 'Folders',
    order: 9,
    displayName: 'Directory Delimiter',
  },
  fileDelim: {
    name: 'file.delim',
    type: 'STRING',
    default: '+',
    importance: 'LOW',
    documentation: 'What stands between topic, partition and first offset in the name of a file.',
    group: 'Folders',
    order: 10,
    displayName: 'File Delimiter',
  },
  zeroPadWidth: {
    name: 'filename.offset.zero.pad.width',
    type: 'INT',
    default: '10',
    importance: 'LOW',
    documentation: 'Digits of the offset in the name of a file.',
    group: 'Folders',
    order: 11,
    displayName: 'Filename Offset Zero Pad Width',
    validator: between(0, 19),
  },
  nullValues: {
    name: 'behavior.on.null.values',
    type: 'STRING',
    default: 'fail',
    importance: 'LOW',
    documentation:
      "What becomes of a record without a value: ignore; fail: it is its record's error; write: it is a row of its key with __deleted true (needs record.key.columns). (The default of a sink with sources is write for tables, ignore for streams.)",
    group: 'Rows',
    order: 1,
    displayName: 'Null Values',
    validator: oneOfIgnoringCase('ignore', 'fail', 'write'),
    recommend: () => ['ignore', 'fail', 'write'],
  },
  recordKeyColumns: recordKeyColumns({
    documentation:
      'Whether rows have the columns of the key, before those of the value. (The default of a sink with sources is true.)',
    group: 'Rows',
    order: 2,
  }),
  timeFormat: timeFormat({
    documentation:
      'Times in JSON and CSV: epoch: TIMESTAMP in ms since 1970, TIME in ms of the day, DATE in days, as the Java connectors write them; iso: 2024-05-17T09:30:00.000Z, 09:30:00, 2024-05-17. (The default of a sink with sources is iso.) Parquet has types for them.',
    group: 'Rows',
    order: 3,
  }),
  decimalFormat: {
    name: 'json.decimal.format',
    type: 'STRING',
    default: 'BASE64',
    importance: 'LOW',
    documentation:
      'Decimals in JSON and CSV: BASE64, the bytes of the unscaled value, as the Java connectors write them; NUMERIC: all their digits. (The default of a sink with sources is NUMERIC.)',
    group: 'Rows',
    order: 4,
    displayName: 'Decimal Format',
    validator: oneOfIgnoringCase('BASE64', 'NUMERIC'),
    recommend: () => ['BASE64', 'NUMERIC'],
  },
  parquetCodec: {
    name: 'parquet.codec',
    type: 'STRING',
    default: 'snappy',
    importance: 'LOW',
    documentation: 'How Parquet is compressed: snappy, gzip, none.',
    group: 'Rows',
    order: 5,
    displayName: 'Parquet Compression Codec',
    validator: oneOfIgnoringCase('snappy', 'gzip', 'none'),
    recommend: () => ['snappy', 'gzip', 'none'],
  },
  bytesExtension: {
    name: 'format.bytearray.extension',
    type: 'STRING',
    default: '.bin',
    importance: 'LOW',
    documentation: 'End of the names of files of the format bytes.',
    group: 'Rows',
    order: 6,
    displayName: 'Output file extension for ByteArrayFormat',
  },
  bytesSeparator: {
    name: 'format.bytearray.separator',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'What stands behind each value of the format bytes. Default: a line end.',
    group: 'Rows',
    order: 7,
    displayName: 'Line separator ByteArrayFormat',
  },
  locale: {
    name: 'locale',
    type: 'STRING',
    default: 'en',
    importance: 'LOW',
    documentation: 'Language of months and days in path.format.',
    group: 'Others',
    inert: 'names of months and days are English',
  },
  storageClass: {
    name: 'storage.class',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'Class of the Java connector that reaches the store.',
    group: 'Others',
    inert: 'the connector has one',
  },
  schemaCompatibility: {
    name: 'schema.compatibility',
    type: 'STRING',
    default: 'NONE',
    importance: 'LOW',
    documentation: 'How records of another schema go into one file.',
    group: 'Others',
    inert:
      'records of another schema have a file of their own, beside the first: nothing is converted, and no file ends early',
  },
  schemaCacheSize: {
    name: 'schema.cache.size',
    type: 'INT',
    default: '1000',
    importance: 'LOW',
    documentation: 'Schemas that the Java connector keeps converted.',
    group: 'Others',
    inert: 'a file keeps its own',
  },
});
