import { findZone, UTC } from '../../../types/zone.ts';
import type { Config } from '../../api/config-spec.ts';
import { columnMappings, type ColumnMapping } from './column-mapping.ts';
import { targetOf } from './connecting.ts';
import type { CaptureMode, Dialect, Isolation, NumericMapping, OwnMode, Target, TypeOptions } from './dialect.ts';
import type { TableLists } from './table-lists.ts';
import type { TimestampGranularity } from './timestamp-granularity.ts';

/** What all that reads one source works with. */
export interface SourceContext {
  readonly dialect: Dialect;
  readonly config: Config;
  readonly settings: SourceSettings;
  readonly target: Target;
  /** The mode, where it is the dialect's own. */
  readonly ownMode: OwnMode | undefined;
  /** The same, where it reads changes. */
  readonly capture: CaptureMode | undefined;
}

/** Reads a config that has been validated. */
export function sourceContext(dialect: Dialect, config: Config): SourceContext {
  const settings = settingsOf(config);
  return {
    dialect,
    config,
    settings,
    target: targetOf(dialect, config),
    ownMode: dialect.reading.modes.find((m) => m.name === settings.mode),
    capture: dialect.reading.capture?.name === settings.mode ? dialect.reading.capture : undefined,
  };
}

/** A source's settings in the shapes that the code works with. */
export interface SourceSettings {
  readonly mode: string;
  readonly query: string;
  readonly suffix: string;
  /** Column of the record's key, in place of the primary key; empty: none. */
  readonly key: string;
  readonly incrementing: string;
  readonly timestamps: readonly string[];
  /** By table, in place of the two above; empty where those count. */
  readonly incrementingByTable: readonly ColumnMapping[];
  readonly timestampsByTable: readonly ColumnMapping[];
  readonly validateNonNull: boolean;
  /** ms since the epoch; -1: when the task begins; undefined: from the beginning. */
  readonly initialMs: number | undefined;
  readonly delayMs: number;
  readonly pollMs: number;
  readonly tablePollMs: number;
  readonly batchRows: number;
  /** Longest wait of a poll that finds nothing. */
  readonly lingerMs: number;
  readonly isolation: Isolation;
  /** -1: without end. */
  readonly statementRetries: number;
  readonly prefix: string;
  readonly quote: boolean;
  readonly types: TypeOptions;
  readonly lists: TableLists;
  readonly tableTypes: readonly string[];
  readonly schemaPattern: string | undefined;
}

function settingsOf(config: Config): SourceSettings {
  const mapping = config.optionalString('numeric.mapping')?.toLowerCase() as NumericMapping | undefined;
  return {
    mode: config.string('mode'),
    query: queryOf(config),
    suffix: config.string('query.suffix'),
    key: config.string('key').trim(),
    incrementing: config.string('incrementing.column.name'),
    timestamps: config.list('timestamp.column.name'),
    incrementingByTable: mappingsOf(config, 'incrementing.column.mapping'),
    timestampsByTable: mappingsOf(config, 'timestamp.columns.mapping'),
    validateNonNull: config.boolean('validate.non.null'),
    initialMs: config.optionalNumber('timestamp.initial'),
    delayMs: config.number('timestamp.delay.interval.ms'),
    pollMs: config.number('poll.interval.ms'),
    tablePollMs: config.number('table.poll.interval.ms'),
    batchRows: Math.min(config.number('batch.max.rows'), config.number('max.buffer.size') || Infinity),
    lingerMs: config.number('poll.linger.ms'),
    isolation:
      config.string('transaction.isolation.mode').toUpperCase() === 'SERIALIZABLE' ? 'SERIALIZABLE' : 'REPEATABLE READ',
    statementRetries: config.number('query.retry.attempts'),
    prefix: config.string('topic.prefix'),
    quote: config.string('quote.sql.identifiers').toLowerCase() !== 'never',
    types: {
      numeric: mapping ?? (config.boolean('numeric.precision.mapping') ? 'precision_only' : 'none'),
      zone: findZone(config.string('db.timezone')) ?? UTC,
      timestamps: config.string('timestamp.granularity').toLowerCase() as TimestampGranularity,
    },
    lists: {
      whitelist: config.list('table.whitelist'),
      blacklist: config.list('table.blacklist'),
      include: config.list('table.include.list'),
      exclude: config.list('table.exclude.list'),
    },
    tableTypes: config.list('table.types').map((t) => t.toUpperCase()),
    schemaPattern: config.optionalString('schema.pattern'),
  };
}

/** The query as it can stand in parentheses: a comment at its end ends with the line. */
function queryOf(config: Config): string {
  const query = (config.string('query') || config.string('query.masked')).replace(/;\s*$/, '');
  return query.includes('--') ? `${query}\n` : query;
}

function mappingsOf(config: Config, name: string): readonly ColumnMapping[] {
  const mappings = columnMappings(config.list(name));
  if (typeof mappings === 'string') throw new Error(mappings);
  return mappings;
}
