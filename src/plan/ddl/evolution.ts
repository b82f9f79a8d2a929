import type { Source } from '../../catalog/source.ts';
import { formatColumn, formatSchema, type Column } from '../../types/schema.ts';
import { isImplicitlyCastable, isNumeric } from '../../types/coerce.ts';
import { quoteIdentifier, typesEqual, type SqlType } from '../../types/sql-type.ts';
import { reject } from '../errors.ts';

/**
 * Checks that CREATE OR REPLACE may replace `current` by `proposed`: same kind, topic and key, and new value columns
 * only at the end. A source that was declared over a topic and is not the result of a query may also widen types to
 * ones that hold every old value, since the writer of the topic may have changed. Running queries keep the types with
 * which they started.
 * @throws SluiceError STATEMENT with ksqlDB's messages
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

/** For each format, the type changes after which old records can still be read. */
const WIDENED_IN: Readonly<Record<string, Widening>> = {
  JSON: inText,
  CONNECT_JSON: inText,
  DELIMITED: inText,
  // The schema registry's compatibility rules for existing records.
  AVRO: (from, to) => from.kind === 'INTEGER' && (to.kind === 'BIGINT' || to.kind === 'DOUBLE'),
};

/** Whether a text format writes values of the type as a single word. */
function isPlain(type: SqlType): boolean {
  return isNumeric(type) || type.kind === 'BOOLEAN' || type.kind === 'STRING';
}

/** Whether CREATE OR REPLACE may change a declared column to another type. */
export function canWiden(format: string, from: SqlType, to: SqlType): boolean {
  return WIDENED_IN[format]?.(from, to) === true;
}

/**
 * Columns of `before` that are not at the same position in `after` with the same type, or one that `widens` accepts.
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

/** Columns as messages list them. */
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
