import type { SourceTimestamp } from '../../catalog/source.ts';
import type { LogicalSchema } from '../../types/schema.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import { reject } from '../errors.ts';
import { identifierText } from '../names.ts';
import type { WithClause } from '../properties/with-clause.ts';

/**
 * The timestamp column that a WITH clause names, checked against the schema.
 * @throws SluiceError STATEMENT
 */
export function bindTimestamp(clause: WithClause, schema: LogicalSchema): SourceTimestamp | undefined {
  const text = clause.string('TIMESTAMP');
  if (text === undefined) return undefined;
  const name = identifierText(text);
  const format = clause.string('TIMESTAMP_FORMAT');
  const column = [...schema.key, ...schema.value].find((c) => c.name === name);
  if (column === undefined) {
    throw reject(
      `The TIMESTAMP column set in the WITH clause does not exist in the schema: '${name}'`,
      clause.spanOf('TIMESTAMP'),
    );
  }
  const { kind } = column.type;
  const fits = kind === 'STRING' ? format !== undefined : kind === 'BIGINT' || kind === 'TIMESTAMP';
  if (!fits) {
    throw reject(
      `Timestamp column, ${quoteIdentifier(name)}, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified`,
      clause.spanOf('TIMESTAMP'),
    );
  }
  return { column: name, format: kind === 'STRING' ? format : undefined };
}
