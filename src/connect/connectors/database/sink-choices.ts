import type { Config } from '../../api/config-spec.ts';
import type { Dialect } from './dialect.ts';
import { SINK } from './sink-keys.ts';
import type { SinkSettings } from './sink-plan.ts';
import type { DdlSettings } from './sink-table.ts';
import { TableNames } from './table-names.ts';

/** What a sink's settings determine about its rows and tables. */
export interface SinkChoices {
  readonly settings: SinkSettings;
  /** How records of `append.topics` are written. */
  readonly appending: SinkSettings;
  readonly appended: ReadonlySet<string>;
  readonly ddl: DdlSettings;
  readonly tables: TableNames;
}

export function sinkChoices(config: Config, name: string, { writing }: Dialect): SinkChoices {
  const settings: SinkSettings = {
    name,
    insertMode: config.get(SINK.insertMode).toLowerCase() as SinkSettings['insertMode'],
    pkMode: config.get(SINK.pkMode).toLowerCase() as SinkSettings['pkMode'],
    pkFields: config.get(SINK.pkFields),
    deletes: config.get(SINK.deleteEnabled),
    whitelist: config.get(SINK.fieldsWhitelist),
    fold: config.get(SINK.quoteSqlIdentifiers).toLowerCase() === 'never',
    keyColumns: config.get(SINK.recordKeyColumns),
    nameBytes: writing.nameBytes,
  };
  return {
    settings,
    appending: { ...settings, insertMode: 'upsert', pkMode: 'kafka', pkFields: [], deletes: false, keyColumns: true },
    appended: new Set(config.get(SINK.appendTopics)),
    ddl: { create: config.get(SINK.autoCreate), evolve: config.get(SINK.autoEvolve) },
    tables: new TableNames(config.get(SINK.tableNameFormat), config.get(SINK.topicsToTablesMapping), settings.fold),
  };
}
