import { invalidSetting, type ConfigProblem } from '../../api/config-spec.ts';
import type { ProbeContext } from '../../api/connector.ts';
import type { TableInfo } from './dialect.ts';
import { continuesOffsets } from './offset-check.ts';
import { SOURCE } from './source-keys.ts';
import type { SourceContext } from './source-settings.ts';
import { fullName } from './table-names.ts';

/**
 * Another mode starts with all rows. With a key, each row replaces itself; without one, rows would be in their topic
 * twice. (In mode bulk, which reads everything each time, they are anyway.)
 */
export function modeChangeProblems(
  source: SourceContext,
  table: TableInfo,
  { before }: Pick<ProbeContext, 'before'>,
): readonly ConfigProblem[] {
  const { mode } = source.settings;
  const from = before?.config.get(SOURCE.mode);
  if (before === undefined || from === undefined || from === mode || mode === 'bulk') return [];
  const topic = source.topicOf(table);
  if (table.primaryKey.length > 0 || continuesOffsets(source, from) || !before.hasWritten(topic)) return [];
  const name = source.config.raw['name'] ?? '';
  return [
    invalidSetting(
      'mode',
      mode,
      `Table ${fullName(table)} has no primary key, and topic ${topic} has its rows already, by mode ${from}: ` +
        `mode ${mode} begins with all rows, and each would be there twice. DROP CONNECTOR ${name} TERMINATE DELETE TOPICS; and CREATE it anew with mode='${mode}' begins with empty topics`,
    ),
  ];
}
