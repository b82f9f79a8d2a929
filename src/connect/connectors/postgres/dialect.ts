import type { Config } from '../../api/config-spec.ts';
import type { Dialect, FieldInfo, TypeOptions } from '../database/dialect.ts';
import { sinkImplementation } from '../database/sink.ts';
import { sourceImplementation } from '../database/source.ts';
import { describeQuery, describeTable, hasFinerTimes, KINDS, listTables } from './catalog.ts';
import { CAPTURE_MODE } from './cdc/capture-mode.ts';
import { CHANGES_MODE } from './changes-mode.ts';
import { connect, quoteIdentifier } from './connection.ts';
import { POSTGRES_ERRORS } from './errors.ts';
import type { PostgresField } from './fields.ts';
import { WireRowReader } from './row-reader.ts';
import { blamed } from './sink-blame.ts';
import { POSTGRES_SINK } from './sink-keys.ts';
import { canHold, columnTypeFor, type NulMapping } from './sink-types.ts';
import { readTarget, type PostgresColumn, type PostgresTarget } from './target-table.ts';
import { timeComparison } from './time-comparison.ts';
import { BulkWriter } from './bulk-writer.ts';
import { parseConnectionUrl, shownUrl, systemOf } from './url.ts';
import type { PostgresTypeOptions } from './value-types.ts';
import { POSTGRES_SOURCE } from './source-keys.ts';

/** NAMEDATALEN - 1: the longest identifier, in bytes. */
const NAME_BYTES = 63;

export const POSTGRES: Dialect = {
  name: 'Postgres',
  defaultSchema: 'public',
  errors: POSTGRES_ERRORS,
  parseUrl: parseConnectionUrl,
  systemOf,
  shownUrl,
  connect,
  quote: quoteIdentifier,
  reading: {
    modes: [CHANGES_MODE],
    capture: CAPTURE_MODE,
    tableTypes: Object.keys(KINDS),
    listTables,
    describeTable,
    describeQuery,
    hasFinerTimes,
    rowReader: (fields: readonly FieldInfo[], notNull, options: TypeOptions, config: Config) =>
      new WireRowReader(fields as readonly PostgresField[], notNull, {
        ...options,
        infinity: config.get(POSTGRES_SOURCE.infinityMapping).toLowerCase() as PostgresTypeOptions['infinity'],
      }),
    timeComparison,
    placeholder: (n) => `$${n}`,
    // Postgres infers the type of the parameter from what it is compared with.
    parameter: (text) => text,
  },
  writing: {
    nameBytes: NAME_BYTES,
    readTarget,
    columnType: columnTypeFor,
    canHold: (column, schema) => canHold((column as PostgresColumn).baseType, schema),
    checkDeferred: 'SET CONSTRAINTS ALL IMMEDIATE',
    addColumns: (table, columns) => [
      `ALTER TABLE ${table} ${columns.map((c) => `ADD COLUMN IF NOT EXISTS ${c}`).join(', ')}`,
    ],
    writer: (settings, target, plan, zone, config) =>
      new BulkWriter(
        settings,
        target as PostgresTarget,
        plan,
        zone,
        config.get(POSTGRES_SINK.nulMapping).toLowerCase() as NulMapping,
      ),
    blame: blamed,
  },
};

export const source = sourceImplementation(POSTGRES);
export const sink = sinkImplementation(POSTGRES);
