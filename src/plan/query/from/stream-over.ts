import type { Source, SourceTopic } from '../../../catalog/source.ts';
import { formatName } from '../../../sql/printer/names.ts';
import { formatType } from '../../../types/sql-type.ts';

const CHANGES = '_CHANGES';

/** Name of the stream that `streamOver` declares. */
export function changesOf(table: Source): string {
  return formatName(`${table.name}${CHANGES}`);
}

/**
 * The statement that declares another stream over a source's topic, in which a table's changes are records; undefined
 * for windows of unknown size.
 */
export function streamOver(table: Source, suffix = CHANGES): string | undefined {
  const { topic, schema } = table;
  const window = windowProperties(topic.window);
  if (window === undefined) return undefined;
  const columns = [...schema.key, ...schema.value]
    .filter((c) => c.role !== 'HEADERS')
    .map((c) => `${formatName(c.name)} ${formatType(c.type)}${c.role === 'KEY' ? ' KEY' : ''}`)
    .join(', ');
  const key = schema.key.length === 0 ? '' : `KEY_FORMAT='${topic.keyFormat.format}', `;
  return `CREATE STREAM ${formatName(`${table.name}${suffix}`)} (${columns}) WITH (KAFKA_TOPIC='${topic.name}', ${key}VALUE_FORMAT='${topic.valueFormat.format}'${window});`;
}

function windowProperties(window: SourceTopic['window']): string | undefined {
  if (window === undefined) return '';
  if (window.type === 'SESSION') return ", WINDOW_TYPE='SESSION'";
  return window.sizeMs === undefined
    ? undefined
    : `, WINDOW_TYPE='${window.type}', WINDOW_SIZE='${window.sizeMs} MILLISECONDS'`;
}
