import { POSTGRES_FILES } from './url.ts';
import type { SinkPlugin } from '../../api/connector.ts';
import { locationKeys, WRITING_KEYS } from '../database/short-keys.ts';
import { sinkKeys } from '../database/sink-keys.ts';
import { checkSink, sourcesDefaults, targetsOf } from '../database/sink-rules.ts';
import { CLOUD_WORDS } from './cloud-words.ts';
import { POSTGRES_ENTRY } from './entry.ts';
import { POSTGRES_SINK } from './sink-keys.ts';

export const postgresSink: SinkPlugin = {
  type: 'sink',
  name: 'postgres-sink',
  className: 'sluice.connect.PostgresSinkConnector',
  aliases: ['io.confluent.connect.jdbc.JdbcSinkConnector', 'io.aiven.connect.jdbc.JdbcSinkConnector'],
  version: '0.1.0',
  doc: 'Writes records to Postgres tables: insert, upsert or update, deletes on tombstones.',
  config: [...sinkKeys(POSTGRES_ENTRY), ...Object.values(POSTGRES_SINK)],
  check: checkSink,
  otherWords: CLOUD_WORDS,
  filesIn: POSTGRES_FILES,
  withoutEffect: [
    'fields.include.list',
    'table.types',
    'replace.null.with.default',
    'timestamp.precision.mode',
    'table.name.normalize',
    'sql.quote.identifiers',
    'connection.ssl',
    'ssl.mode',
    'input.data.format',
    'input.key.format',
    'kafka.auth.mode',
    'kafka.api.key',
    'kafka.api.secret',
    'kafka.service.account.id',
    'cloud.environment',
    'cloud.provider',
  ],
  sourcesDefaults,
  targets: (config, topics) => targetsOf(POSTGRES_ENTRY, config, topics),
  shortForm: {
    keys: [...locationKeys('postgres://user:password@host:port/database'), ...WRITING_KEYS],
    defaults: {},
  },
  load: async () => (await import('./dialect.ts')).sink,
};
