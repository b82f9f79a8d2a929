import { findZone, UTC } from '../../../types/zone.ts';
import type { Config } from '../../api/config-spec.ts';
import { columnMappings, type ColumnMapping } from './column-mapping.ts';
import type { Mode } from './passes.ts';
import type { TableFilter } from './tables.ts';
import type { TimestampGranularity } from './timestamp-granularity.ts';
import type { NumericMapping, TypeOptions } from './value-types.ts';

/** A source's settings in the shapes that the code works with. */
export interface SourceSettings {
  readonly mode: Mode;
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
  readonly isolation: 'REPEATABLE READ' | 'SERIALIZABLE';
  /** -1: without end. */
  readonly statementRetries: number;
  /** What becomes of a position that is of another server. */
  readonly serverChange: 'restart' | 'fail' | 'continue';
  readonly prefix: string;
  readonly quote: boolean;
  readonly types: TypeOptions;
  readonly filter: TableFilter;
  readonly tableTypes: readonly string[];
  readonly schemaPattern: string | undefined;
}

export function settingsOf(config: Config): SourceSettings {
  const mapping = config.optionalString('numeric.mapping')?.toLowerCase() as NumericMapping | undefined;
  return {
    mode: config.string('mode') as Mode,
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
    serverChange: config.string('server.change.policy').toLowerCase() as SourceSettings['serverChange'],
    prefix: config.string('topic.prefix'),
    quote: config.string('quote.sql.identifiers').toLowerCase() !== 'never',
    types: {
      numeric: mapping ?? (config.boolean('numeric.precision.mapping') ? 'precision_only' : 'none'),
      zone: findZone(config.string('db.timezone')) ?? UTC,
      infinity: config.string('infinity.mapping').toLowerCase() as TypeOptions['infinity'],
      timestamps: config.string('timestamp.granularity').toLowerCase() as TimestampGranularity,
    },
    filter: {
      whitelist: config.list('table.whitelist'),
      blacklist: config.list('table.blacklist'),
      include: config.list('table.include.list'),
      exclude: config.list('table.exclude.list'),
    },
    tableTypes: config.list('table.types'),
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
