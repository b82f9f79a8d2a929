import { writtenText } from '../../api/config-spec.ts';
import { CONNECTION } from '../database/connection-keys.ts';
import type { DatabaseEntry } from '../database/entry.ts';
import { parseSqliteUrl, sqliteSystem, type SqliteTarget } from './url.ts';

export const SQLITE_ENTRY: DatabaseEntry = {
  name: 'SQLite',
  urls: 'jdbc:sqlite:/path/to/file.db, or the path alone',
  dialectNames: ['SqliteDatabaseDialect', 'Sqlite'],
  tableTypes: ['TABLE', 'VIEW'],
  ownModes: {},
  defaultSchema: undefined,
  parseUrl: parseSqliteUrl,
  systemOf: (target) => sqliteSystem(target as SqliteTarget),
};

/** Whether a config of a JDBC class is for SQLite. */
export const isForSqlite = (config: Readonly<Record<string, string>>): boolean =>
  /^\s*(?:jdbc:)?sqlite:/i.test(writtenText(config, CONNECTION.connectionUrl));
