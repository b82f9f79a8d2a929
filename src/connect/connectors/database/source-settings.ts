import { findZone, UTC } from '../../../types/zone.ts';
import type { Config, ConfigKey } from '../../api/config-spec.ts';
import { columnMappings, type ColumnMapping } from './column-mapping.ts';
import { targetOf } from './connecting.ts';
import type {
  CaptureMode,
  Dialect,
  Isolation,
  NumericMapping,
  OwnMode,
  TableName,
  Target,
  TypeOptions,
} from './dialect.ts';
import { SOURCE } from './source-keys.ts';
import type { TableLists } from './table-lists.ts';
import type { TimestampGranularity } from './timestamp-granularity.ts';

/** What everything that reads one source needs. */
export interface SourceContext {
  readonly dialect: Dialect;
  readonly config: Config;
  readonly settings: SourceSettings;
  readonly target: Target;
  /** The mode, where it is the dialect's own. */
  readonly ownMode: OwnMode | undefined;
  /** The same, where it reads changes. */
  readonly capture: CaptureMode | undefined;
  /** The topic of a table's rows. */
  readonly topicOf: (table: TableName) => string;
}

/** Reads a validated config. */
export function sourceContext(dialect: Dialect, config: Config): SourceContext {
  const settings = settingsOf(config);
  const capture = dialect.reading.capture?.name === settings.mode ? dialect.reading.capture : undefined;
  return {
    dialect,
    config,
    settings,
    target: targetOf(dialect, config),
    ownMode: dialect.reading.modes.find((m) => m.name === settings.mode),
    capture,
    topicOf: capture?.topics?.(config) ?? ((table) => settings.prefix + table.name),
  };
}

/** A setting of a query's task, set by its connector. */
export const KEY_IS_UNIQUE = 'query.key.is.unique';

/** A source's settings in the form that the code uses. */
export interface SourceSettings {
  readonly mode: string;
  readonly query: string;
  readonly suffix: string;
  /** Column of the record's key, instead of the primary key; empty: none. */
  readonly key: string;
  /** For a query source: whether each value of `key` was unique in its result when the connector started. */
  readonly isKeyUnique: boolean;
  readonly incrementing: string;
  readonly timestamps: readonly string[];
  /** By table, instead of the two above; empty when those apply. */
  readonly incrementingByTable: readonly ColumnMapping[];
  readonly timestampsByTable: readonly ColumnMapping[];
  readonly validateNonNull: boolean;
  /** ms since the epoch; -1: when the task begins; undefined: from the beginning. */
  readonly initialMs: number | undefined;
  readonly delayMs: number;
  readonly pollMs: number;
  readonly tablePollMs: number;
  readonly batchRows: number;
  /** The longest wait of a poll that finds nothing. */
  readonly lingerMs: number;
  readonly isolation: Isolation;
  /** -1: unlimited. */
  readonly statementRetries: number;
  readonly prefix: string;
  readonly quote: boolean;
  readonly types: TypeOptions;
  /** How key columns travel whose times may be finer than milliseconds. */
  readonly fineKeys: 'auto' | 'string' | 'timestamp';
  readonly lists: TableLists;
  readonly tableTypes: readonly string[];
  readonly schemaPattern: string | undefined;
}

function settingsOf(config: Config): SourceSettings {
  const mapping = config.get(SOURCE.numericMapping)?.toLowerCase() as NumericMapping | undefined;
  return {
    mode: config.get(SOURCE.mode),
    query: queryOf(config),
    suffix: config.get(SOURCE.querySuffix),
    key: config.get(SOURCE.key).trim(),
    isKeyUnique: config.raw[KEY_IS_UNIQUE] === 'true',
    incrementing: config.get(SOURCE.incrementingColumnName),
    timestamps: config.get(SOURCE.timestampColumnName),
    incrementingByTable: mappingsOf(config, SOURCE.incrementingColumnMapping),
    timestampsByTable: mappingsOf(config, SOURCE.timestampColumnsMapping),
    validateNonNull: config.get(SOURCE.validateNonNull),
    initialMs: config.get(SOURCE.timestampInitial),
    delayMs: config.get(SOURCE.timestampDelayIntervalMs),
    pollMs: config.get(SOURCE.pollIntervalMs),
    tablePollMs: config.get(SOURCE.tablePollIntervalMs),
    batchRows: Math.min(config.get(SOURCE.batchMaxRows), config.get(SOURCE.maxBufferSize) || Infinity),
    lingerMs: config.get(SOURCE.pollLingerMs),
    isolation:
      config.get(SOURCE.transactionIsolationMode).toUpperCase() === 'SERIALIZABLE' ? 'SERIALIZABLE' : 'REPEATABLE READ',
    statementRetries: config.get(SOURCE.queryRetryAttempts),
    prefix: config.get(SOURCE.topicPrefix),
    quote: config.get(SOURCE.quoteSqlIdentifiers).toLowerCase() !== 'never',
    types: {
      numeric: mapping ?? (config.get(SOURCE.numericPrecisionMapping) ? 'precision_only' : 'none'),
      zone: findZone(config.get(SOURCE.dbTimezone)) ?? UTC,
      timestamps: config.get(SOURCE.timestampGranularity).toLowerCase() as TimestampGranularity,
    },
    fineKeys: config.get(SOURCE.timestampKeyMapping).toLowerCase() as SourceSettings['fineKeys'],
    lists: {
      whitelist: config.get(SOURCE.tableWhitelist),
      blacklist: config.get(SOURCE.tableBlacklist),
      include: config.get(SOURCE.tableIncludeList),
      exclude: config.get(SOURCE.tableExcludeList),
    },
    tableTypes: config.get(SOURCE.tableTypes).map((t) => t.toUpperCase()),
    schemaPattern: config.get(SOURCE.schemaPattern),
  };
}

/** The query in a form that can be put in parentheses: a comment at its end ends with the line. */
function queryOf(config: Config): string {
  const query = (config.get(SOURCE.query) || (config.get(SOURCE.queryMasked) ?? '')).replace(/;\s*$/, '');
  return query.includes('--') ? `${query}\n` : query;
}

function mappingsOf(config: Config, key: ConfigKey<readonly string[]>): readonly ColumnMapping[] {
  const mappings = columnMappings(config.get(key));
  if (typeof mappings === 'string') throw new Error(mappings);
  return mappings;
}
