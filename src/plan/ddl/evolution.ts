import type { Source } from '../../catalog/source.ts';
import { formatColumn, formatSchema, type Column } from '../../types/schema.ts';
import { isImplicitlyCastable, isNumeric } from '../../types/coerce.ts';
import { quoteIdentifier, typesEqual, type SqlType } from '../../types/sql-type.ts';
import { reject } from '../errors.ts';

/**
 * Checks that `proposed` may take the place of `current` by CREATE OR REPLACE: same kind, topic and key; value columns
 * may only be added at the end. What was declared over a topic, and is no query's result, may also get types that hold
 * every value of those before: what writes the topic may have changed. Queries that run keep the types they began with.
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
      current.isCasTarget
        ? 'Only new value columns at the end can be added. DROP it and create it anew to change more.'
        : 'New value columns may be added at the end, and types may become wider. DROP it and create it anew to change more.',
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
  const widens = current.isCasTarget ? undefined : WIDENED_IN[current.topic.valueFormat.format];
  const changes = changedColumns(current.schema.value, proposed.schema.value, widens);
  return changes.length === 0
    ? undefined
    : `The following columns are changed, missing or reordered: [${listed(changes)}]`;
}

type Widening = (from: SqlType, to: SqlType) => boolean;

const inText: Widening = (from, to) => isImplicitlyCastable(from, to) || (to.kind === 'STRING' && isPlain(from));

/** What may become of a column's type in a format that reads records of before as the new type too. */
const WIDENED_IN: Readonly<Record<string, Widening>> = {
  JSON: inText,
  CONNECT_JSON: inText,
  DELIMITED: inText,
  // The registry's rules for schemas of records that are there.
  AVRO: (from, to) => from.kind === 'INTEGER' && (to.kind === 'BIGINT' || to.kind === 'DOUBLE'),
};

/** What stands as one word in a text format. */
function isPlain(type: SqlType): boolean {
  return isNumeric(type) || type.kind === 'BOOLEAN' || type.kind === 'STRING';
}

/** Whether a declared column may become one of another type by CREATE OR REPLACE. */
export function canWiden(format: string, from: SqlType, to: SqlType): boolean {
  return WIDENED_IN[format]?.(from, to) === true;
}

/**
 * Columns of `before` that do not stand at the same place of `after`, there with their type or one that `widens` says
 * is as good.
 */
export function changedColumns(
  before: readonly Column[],
  after: readonly Column[],
  widens: Widening = () => false,
): Column[] {
  return before.filter((column, i) => {
    const other = after[i];
    return (
      other === undefined ||
      other.name !== column.name ||
      other.headerKey !== column.headerKey ||
      other.role !== column.role ||
      !(typesEqual(other.type, column.type) || widens(column.type, other.type))
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
