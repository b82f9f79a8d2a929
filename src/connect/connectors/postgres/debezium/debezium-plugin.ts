import type { SourcePlugin } from '../../../api/connector.ts';
import { leftovers } from '../cdc/database/leftovers.ts';
import { CLASS_KEYS } from './class-keys.ts';
import { checkClass } from './class-check.ts';
import { DEBEZIUM_VERSION } from './source-block.ts';
import { readingsOf } from './readings.ts';

/** Debezium's connector class for Postgres, with its own settings, topics and records. */
export const debeziumPostgresSource: SourcePlugin = {
  type: 'source',
  name: 'debezium-postgres',
  className: 'io.debezium.connector.postgresql.PostgresConnector',
  aliases: [],
  version: DEBEZIUM_VERSION,
  doc: "Changes of Postgres tables in Debezium's form: its settings, topics, keys and records.",
  config: CLASS_KEYS,
  check: checkClass,
  leftovers: (connector, offsets, config) =>
    leftovers(connector, offsets, config === undefined ? undefined : { ...config, mode: 'cdc' }),
  readings: readingsOf,
  load: async () => (await import('./class-source.ts')).debeziumSource,
};
