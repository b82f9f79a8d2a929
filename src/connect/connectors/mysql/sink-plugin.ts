import type { SinkPlugin } from '../../api/connector.ts';
import { locationKeys, WRITING_KEYS } from '../database/short-keys.ts';
import { sinkKeys } from '../database/sink-keys.ts';
import { checkSink, sourcesDefaults, targetsOf } from '../database/sink-rules.ts';
import { CLOUD_WORDS } from './cloud-words.ts';
import { isForMysql, MYSQL_ENTRY } from './entry.ts';
import { MYSQL_FILES } from './url-tls.ts';

export const mysqlSink: SinkPlugin = {
  type: 'sink',
  name: 'mysql-sink',
  className: 'sluice.connect.MySqlSinkConnector',
  aliases: ['io.confluent.connect.jdbc.JdbcSinkConnector', 'io.aiven.connect.jdbc.JdbcSinkConnector'],
  isFor: isForMysql,
  version: '0.1.0',
  doc: 'Writes records to tables of MySQL or MariaDB: insert, upsert or update, deletes on tombstones.',
  config: sinkKeys(MYSQL_ENTRY),
  check: checkSink,
  filesIn: MYSQL_FILES,
  otherWords: CLOUD_WORDS,
  withoutEffect: [
    'table.types',
    'replace.null.with.default',
    'timestamp.precision.mode',
    'table.name.normalize',
    'cloud.environment',
    'cloud.provider',
  ],
  sourcesDefaults,
  targets: (config, topics) => targetsOf(MYSQL_ENTRY, config, topics),
  shortForm: {
    keys: [...locationKeys('mysql://user:password@host:port/database'), ...WRITING_KEYS],
    defaults: {},
  },
  load: async () => (await import('./dialect.ts')).sink,
};
