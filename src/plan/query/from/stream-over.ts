import type { Source } from '../../../catalog/source.ts';
import { formatName } from '../../../sql/printer/names.ts';
import { formatType } from '../../../types/sql-type.ts';

const CHANGES = '_CHANGES';

/** Name of the stream that `streamOver` declares. */
export function changesOf(table: Source): string {
  return formatName(`${table.name}${CHANGES}`);
}

/**
 * The statement that declares another stream over a source's topic, whose records are a table's changes; undefined for
 * keys that carry windows.
 */
export function streamOver(table: Source, suffix = CHANGES): string | undefined {
  const { topic, schema } = table;
  if (topic.window !== undefined) return undefined;
  const columns = [...schema.key, ...schema.value]
    .filter((c) => c.role !== 'HEADERS')
    .map((c) => `${formatName(c.name)} ${formatType(c.type)}${c.role === 'KEY' ? ' KEY' : ''}`)
    .join(', ');
  const key = schema.key.length === 0 ? '' : `KEY_FORMAT='${topic.keyFormat.format}', `;
  return `CREATE STREAM ${formatName(`${table.name}${suffix}`)} (${columns}) WITH (KAFKA_TOPIC='${topic.name}', ${key}VALUE_FORMAT='${topic.valueFormat.format}');`;
}
