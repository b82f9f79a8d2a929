import {
  atLeast,
  between,
  configKeys,
  isRegex,
  notEmpty,
  oneOfIgnoringCase,
  RuleCheck,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import { columnsProblem } from '../internal/json-columns.ts';

/** The kinds of files that can be read, and which names of objects are read by default. */
export const READABLE: Readonly<Record<string, RegExp>> = {
  json: /\.(?:json|jsonl|ndjson)(?:\.gz)?$/i,
  csv: /\.csv(?:\.gz)?$/i,
  parquet: /\.parquet$/i,
};
const FORMATS = Object.keys(READABLE);

/** The settings of sources that read the objects of a store. */
export const OBJECT_SOURCE = configKeys({
  topic: {
    name: 'topic',
    type: 'STRING',
    importance: 'HIGH',
    documentation: 'Topic that rows are written to.',
    group: 'Objects',
    order: 1,
    displayName: 'Topic',
    validator: notEmpty,
    aliases: ['kafka.topic'],
  },
  format: {
    name: 'format',
    type: 'STRING',
    default: 'json',
    importance: 'HIGH',
    documentation: 'json (an object in each line), csv (with a header) or parquet.',
    group: 'Objects',
    order: 2,
    width: 'SHORT',
    displayName: 'Format',
    validator: oneOfIgnoringCase(...FORMATS),
    recommend: () => FORMATS,
  },
  columns: {
    name: 'columns',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation:
      'Columns that are read, with their SQL types: id BIGINT, price DECIMAL(9, 2), at TIMESTAMP. Required for csv and parquet; without it each line of json is one text.',
    group: 'Objects',
    order: 3,
    width: 'LONG',
    displayName: 'Columns',
    validator: columnsProblem,
  },
  pattern: {
    name: 'object.pattern',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'Expression for the keys of the objects that are read. By default those that end as files of the format do: .json, .jsonl, .ndjson, .csv (also with .gz), .parquet.',
    group: 'Objects',
    order: 4,
    displayName: 'Object Pattern',
    validator: (value, key) => (value === null ? undefined : isRegex(value, key)),
  },
  pollMs: {
    name: 'poll.interval.ms',
    type: 'LONG',
    default: '30000',
    importance: 'MEDIUM',
    documentation: 'How often the objects are listed, in ms.',
    group: 'Objects',
    order: 5,
    displayName: 'Poll Interval (ms)',
    validator: between(1, 86_400_000),
  },
  batchRows: {
    name: 'batch.max.rows',
    type: 'INT',
    default: '1000',
    importance: 'LOW',
    documentation: 'Most rows that are written at a time.',
    group: 'Objects',
    order: 6,
    displayName: 'Max Rows Per Batch',
    validator: atLeast(1),
  },
});

/** Rules between the settings. */
export function checkObjectSource(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  const format = check.choice(OBJECT_SOURCE.format);
  if (check.text(OBJECT_SOURCE.columns) === '' && (format === 'csv' || format === 'parquet'))
    check.missing(
      OBJECT_SOURCE.columns,
      `names and types of what is read of ${format}, as in 'id BIGINT, name VARCHAR'`,
    );
  return check.problems;
}
