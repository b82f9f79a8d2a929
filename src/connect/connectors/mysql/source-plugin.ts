import { invalidSetting, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { locationKeys, READING_DEFAULTS, READING_KEYS } from '../database/short-keys.ts';
import { SOURCE, sourceKeys } from '../database/source-keys.ts';
import { reads } from '../database/mode-keys.ts';
import { checkSource } from '../database/source-rules.ts';
import { CLOUD_WORDS } from './cloud-words.ts';
import { isForMysql, MYSQL_ENTRY } from './entry.ts';
import { MYSQL_FILES } from './url-tls.ts';

const FIXED_ZONE = /^(?:UTC|Z|GMT|Etc\/UTC|[+-]\d\d:?\d\d)$/i;

function check(config: RawConfig): readonly ConfigProblem[] {
  const problems = checkSource(MYSQL_ENTRY, config);
  const zone = writtenText(config, SOURCE.dbTimezone);
  // The server knows named time zones only if its time zone tables have been loaded.
  if (reads(config, 'timestamp') && !FIXED_ZONE.test(zone))
    problems.push(
      invalidSetting(
        SOURCE.dbTimezone.name,
        zone,
        "modes by timestamp compare DATETIME columns with the server's clock, at a fixed distance from UTC such as +01:00",
      ),
    );
  return problems;
}

export const mysqlSource: SourcePlugin = {
  type: 'source',
  name: 'mysql-source',
  className: 'sluice.connect.MySqlSourceConnector',
  aliases: ['io.confluent.connect.jdbc.JdbcSourceConnector', 'io.aiven.connect.jdbc.JdbcSourceConnector'],
  isFor: isForMysql,
  version: '0.1.0',
  doc: "Rows of the tables of a MySQL or MariaDB database. A record's key is the table's primary key.",
  config: sourceKeys(MYSQL_ENTRY),
  check,
  filesIn: MYSQL_FILES,
  otherWords: CLOUD_WORDS,
  withoutEffect: ['date.timezone', 'cloud.environment', 'cloud.provider'],
  previewSettings: () => ({ mode: 'bulk', 'batch.max.rows': '5' }),
  shortForm: {
    keys: [
      ...locationKeys('mysql://user:password@host:port/database'),
      {
        name: 'mode',
        sets: ['mode'],
        doc: 'How new rows are found: incrementing, timestamp, timestamp+incrementing, or bulk.',
        required: true,
      },
      ...READING_KEYS,
    ],
    defaults: READING_DEFAULTS,
  },
  load: async () => (await import('./dialect.ts')).source,
};
