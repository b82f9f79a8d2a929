import type { SinkPlugin } from '../../api/connector.ts';
import { WRITING_KEYS } from '../database/short-keys.ts';
import { sinkKeys } from '../database/sink-keys.ts';
import { checkSink, sourcesDefaults, targetsOf } from '../database/sink-rules.ts';
import { isForSqlite, SQLITE_ENTRY } from './entry.ts';
import { SQLITE_FILE } from './url.ts';

export const sqliteSink: SinkPlugin = {
  type: 'sink',
  name: 'sqlite-sink',
  className: 'sluice.connect.SqliteSinkConnector',
  aliases: ['io.confluent.connect.jdbc.JdbcSinkConnector', 'io.aiven.connect.jdbc.JdbcSinkConnector'],
  isFor: isForSqlite,
  filesIn: [SQLITE_FILE],
  version: '0.1.0',
  doc: 'Writes records to tables of a SQLite file: insert, upsert or update, deletes on tombstones.',
  config: sinkKeys(SQLITE_ENTRY),
  check: checkSink,
  withoutEffect: ['table.types', 'replace.null.with.default', 'timestamp.precision.mode', 'table.name.normalize'],
  sourcesDefaults,
  targets: (config, topics) => targetsOf(SQLITE_ENTRY, config, topics),
  shortForm: {
    keys: [
      {
        name: 'file',
        sets: ['connection.url'],
        doc: 'Path of the database file. It is made where it is not there.',
        required: true,
      },
      ...WRITING_KEYS,
    ],
    defaults: {},
  },
  load: async () => (await import('./dialect.ts')).sink,
};
