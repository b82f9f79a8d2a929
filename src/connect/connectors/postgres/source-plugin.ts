import { POSTGRES_FILES } from './url.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { locationKeys, READING_DEFAULTS, READING_KEYS } from '../database/short-keys.ts';
import { sourceKeys } from '../database/source-keys.ts';
import { checkSource } from '../database/source-rules.ts';
import { CAPTURE } from './cdc/config-keys.ts';
import { leftovers } from './cdc/database/leftovers.ts';
import { unfinishedReadings } from './cdc/snapshot/unfinished-readings.ts';
import { checkSignals } from './cdc/signals/check-signals.ts';
import { CLOUD_WORDS } from './cloud-words.ts';
import { checkForm } from './debezium/class-check.ts';
import { FORM } from './debezium/form-keys.ts';
import { POSTGRES_ENTRY } from './entry.ts';
import { POSTGRES_SOURCE } from './source-keys.ts';

export const postgresSource: SourcePlugin = {
  type: 'source',
  name: 'postgres-source',
  className: 'sluice.connect.PostgresSourceConnector',
  aliases: ['io.confluent.connect.jdbc.JdbcSourceConnector', 'io.aiven.connect.jdbc.JdbcSourceConnector'],
  version: '0.1.0',
  doc: "Rows of Postgres tables. A record's key is the table's primary key.",
  config: [
    ...sourceKeys(POSTGRES_ENTRY),
    ...Object.values(POSTGRES_SOURCE),
    ...Object.values(CAPTURE),
    ...Object.values(FORM),
  ],
  check: (config) => [...checkSource(POSTGRES_ENTRY, config), ...checkSignals(config), ...checkForm(config)],
  otherWords: CLOUD_WORDS,
  filesIn: POSTGRES_FILES,
  families: [`${CAPTURE.selectOverrides.name}.`, 'column.mask.with.', 'column.mask.hash.', 'column.truncate.to.'],
  withoutEffect: [
    'date.timezone',
    'connection.ssl',
    'ssl.mode',
    'output.data.format',
    'output.key.format',
    'kafka.auth.mode',
    'kafka.api.key',
    'kafka.api.secret',
    'kafka.service.account.id',
    'cloud.environment',
    'cloud.provider',
  ],
  shortForm: {
    keys: [...locationKeys('postgres://user:password@host:port/database'), ...READING_KEYS],
    defaults: { mode: 'changes', ...READING_DEFAULTS },
  },
  leftovers,
  readings: unfinishedReadings,
  // Reads whole tables, a few rows at a time: this needs neither a slot nor a publication, and does not depend on the
  // columns by which a mode detects new rows.
  previewSettings: () => ({ mode: 'bulk', 'batch.max.rows': '5' }),
  load: async () => (await import('./dialect.ts')).source,
};
