import { must } from '../../base/assert.ts';
import type { SourceTopic } from '../../catalog/source.ts';
import { substituteColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import { BOOLEAN, type SqlType } from '../../types/sql-type.ts';
import type { RowColumn } from '../steps/steps.ts';

/**
 * Expressions that show rows as readers of the table's topic see them. Without a nullable representation, PROTOBUF has
 * no null for scalars, lists and maps: a null is written, and read back, as 0, '', false or an empty collection.
 */
export function asWritten(
  expression: TypedExpr,
  row: readonly RowColumn[],
  isValue: (index: number) => boolean,
  topic: SourceTopic,
): TypedExpr {
  if (!losesNulls(topic)) return expression;
  return substituteColumns(expression, (index) => {
    const { name, type } = must(row[index], 'column');
    const column: TypedExpr = { kind: 'column', index, name, type };
    const value = isValue(index) ? defaultOf(type) : undefined;
    if (value === undefined) return column;
    return {
      kind: 'case',
      branches: [
        {
          when: { kind: 'isNull', operand: column, negated: false, type: BOOLEAN },
          then: { kind: 'literal', value, type },
        },
      ],
      otherwise: column,
      type,
    };
  });
}

function losesNulls({ valueFormat }: SourceTopic): boolean {
  return valueFormat.format.startsWith('PROTOBUF') && valueFormat.properties['nullableRepresentation'] === undefined;
}

/** The value that stands for null; undefined for types whose null survives (they are messages). */
function defaultOf(type: SqlType): unknown {
  switch (type.kind) {
    case 'BOOLEAN':
      return false;
    case 'INTEGER':
    case 'BIGINT':
    case 'DOUBLE':
      return 0;
    case 'STRING':
      return '';
    case 'ARRAY':
      return [];
    case 'MAP':
      return new Map();
    case 'BYTES':
    case 'DECIMAL':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'STRUCT':
      return undefined;
    default:
      return type satisfies never;
  }
}
