import { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { quoteIdentifier, formatType, type SqlType } from '../../types/sql-type.ts';

/**
 * Refuses key columns that contain maps: a map has many serialized forms, so equal keys could end up in different
 * partitions.
 * @param spans the known positions of columns in the text
 * @throws SluiceError STATEMENT
 */
export function rejectMapKeys(
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  spans: readonly (Span | undefined)[] = [],
): void {
  for (const [i, column] of columns.entries()) {
    if (containsMap(column.type)) {
      throw new SluiceError(
        'STATEMENT',
        `Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to ` +
          `inconsistent serialization. Key column name: ${quoteIdentifier(column.name)}. Column type: ${formatType(column.type)}. ` +
          `See https://github.com/confluentinc/ksql/issues/6621 for more.`,
        { span: spans[i] },
      );
    }
  }
}

function containsMap(type: SqlType): boolean {
  switch (type.kind) {
    case 'MAP':
      return true;
    case 'ARRAY':
      return containsMap(type.element);
    case 'STRUCT':
      return type.fields.some((f) => containsMap(f.type));
    default:
      return false;
  }
}
