import { invalidSetting, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { READING_DEFAULTS, READING_KEYS } from '../database/short-keys.ts';
import { SOURCE, sourceKeys } from '../database/source-keys.ts';
import { reads } from '../database/mode-keys.ts';
import { checkSource } from '../database/source-rules.ts';
import { isForSqlite, SQLITE_ENTRY } from './entry.ts';
import { SQLITE_FILE } from './url.ts';
import { SQLITE_SOURCE } from './source-keys.ts';

function check(config: RawConfig): readonly ConfigProblem[] {
  const zone = writtenText(config, SOURCE.dbTimezone);
  const problems = checkSource(SQLITE_ENTRY, config);
  if (reads(config, 'timestamp') && !/^(?:UTC|Z|GMT|Etc\/UTC)$/i.test(zone))
    problems.push(
      invalidSetting(
        SOURCE.dbTimezone.name,
        zone,
        "modes by timestamp compare texts with SQLite's own functions, which read them in UTC",
      ),
    );
  return problems;
}

export const sqliteSource: SourcePlugin = {
  type: 'source',
  name: 'sqlite-source',
  className: 'sluice.connect.SqliteSourceConnector',
  aliases: ['io.confluent.connect.jdbc.JdbcSourceConnector', 'io.aiven.connect.jdbc.JdbcSourceConnector'],
  isFor: isForSqlite,
  filesIn: [SQLITE_FILE],
  version: '0.1.0',
  doc: "Rows of the tables of a SQLite file. A record's key is the table's primary key.",
  config: [...sourceKeys(SQLITE_ENTRY), ...Object.values(SQLITE_SOURCE)],
  check,
  withoutEffect: ['date.timezone'],
  shortForm: {
    keys: [
      { name: 'file', sets: ['connection.url'], doc: 'Path of the database file.', required: true },
      ...READING_KEYS,
    ],
    defaults: { mode: 'bulk', ...READING_DEFAULTS },
  },
  // Reads whole tables, a few rows at a time, so that the columns by which a mode detects new rows do not matter.
  previewSettings: () => ({ mode: 'bulk', 'batch.max.rows': '5' }),
  load: async () => (await import('./dialect.ts')).source,
};
