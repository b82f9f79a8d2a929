import type { Source } from '../../catalog/source.ts';
import { formatColumn, formatSchema, type Column } from '../../types/schema.ts';
import { quoteIdentifier, typesEqual } from '../../types/sql-type.ts';
import { reject } from '../errors.ts';

/**
 * Checks that `proposed` may take the place of `current` by CREATE OR REPLACE: same kind, topic and key; value columns may only be
 * added at the end.
 * @throws SluiceError STATEMENT with ksqlDB's sentences
 */
export function checkEvolution(current: Source, proposed: Source): void {
  checkSame(current, 'type', current.kind, proposed.kind);
  checkSame(current, 'topic', current.topic.name, proposed.topic.name);
  checkSame(current, 'key format', describeFormat(current, 'keyFormat'), describeFormat(proposed, 'keyFormat'));
  checkSame(current, 'value format', describeFormat(current, 'valueFormat'), describeFormat(proposed, 'valueFormat'));
  checkSame(current, 'window', describeWindow(current), describeWindow(proposed));
  const why = schemaConflict(current, proposed);
  if (why !== undefined) {
    throw reject(
      `Cannot upgrade data source: DataSource '${quoteIdentifier(current.name)}' has schema = ${formatSchema(current.schema)} ` +
        `which cannot be upgraded to schema = ${formatSchema(proposed.schema)}. (${why})`,
      undefined,
      'Only new value columns at the end can be added. DROP it and create it anew to change more.',
    );
  }
}

function schemaConflict(current: Source, proposed: Source): string | undefined {
  const keyChanges = changedColumns(current.schema.key, proposed.schema.key);
  if (keyChanges.length > 0) {
    return `Key columns must be identical. The following key columns are changed, missing or reordered: [${listed(keyChanges)}]`;
  }
  const added = changedColumns(proposed.schema.key, current.schema.key);
  if (added.length > 0) {
    return `Key columns must be identical. The following key columns have been added: [${listed(added)}]`;
  }
  const changes = changedColumns(current.schema.value, proposed.schema.value);
  return changes.length === 0
    ? undefined
    : `The following columns are changed, missing or reordered: [${listed(changes)}]`;
}

/** Columns of `before` that do not stand at the same place of `after`. */
export function changedColumns(before: readonly Column[], after: readonly Column[]): Column[] {
  return before.filter((column, i) => {
    const other = after[i];
    return (
      other === undefined ||
      other.name !== column.name ||
      other.headerKey !== column.headerKey ||
      other.role !== column.role ||
      !typesEqual(other.type, column.type)
    );
  });
}

/** Columns as the sentences list them. */
export function listed(columns: readonly Column[]): string {
  return columns.map(formatColumn).join(', ');
}

function checkSame(current: Source, what: string, before: string, after: string): void {
  if (before === after) return;
  throw reject(
    `Cannot upgrade data source: DataSource '${quoteIdentifier(current.name)}' has ${what} = ${before} ` +
      `which cannot be upgraded to ${what} = ${after}`,
  );
}

function describeFormat(source: Source, side: 'keyFormat' | 'valueFormat'): string {
  return source.topic[side].format;
}

function describeWindow(source: Source): string {
  const { window } = source.topic;
  return window === undefined ? 'none' : `${window.type} ${window.sizeMs ?? ''}`.trim();
}
