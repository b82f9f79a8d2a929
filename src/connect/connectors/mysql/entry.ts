import { writtenText } from '../../api/config-spec.ts';
import { CONNECTION } from '../database/connection-keys.ts';
import type { DatabaseEntry } from '../database/entry.ts';
import { mysqlSystem, parseMysqlUrl, URL_EXAMPLES, type MysqlTarget } from './url.ts';

export const MYSQL_ENTRY: DatabaseEntry = {
  name: 'MySQL',
  urls: URL_EXAMPLES,
  dialectNames: ['MySqlDatabaseDialect', 'MySql', 'MariaDB'],
  tableTypes: ['TABLE', 'VIEW'],
  ownModes: {},
  // A connector reads and writes the database of its URL.
  defaultSchema: undefined,
  parseUrl: parseMysqlUrl,
  systemOf: (target) => mysqlSystem(target as MysqlTarget),
};

/** Whether a config of a JDBC class is for MySQL or MariaDB. */
export const isForMysql = (config: Readonly<Record<string, string>>): boolean =>
  /^\s*(?:jdbc:)?(?:mysql|mariadb)\b/i.test(writtenText(config, CONNECTION.connectionUrl));
