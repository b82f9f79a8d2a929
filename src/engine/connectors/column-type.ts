import { SluiceError } from '../../base/errors.ts';
import { resolveType } from '../../sql/ast/types.ts';
import { parseType } from '../../sql/parse.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * Parses the SQL type that a connector gives as text.
 * @throws SluiceError STATEMENT for an unknown type, INTERNAL for a custom type
 */
export function columnType(text: string): SqlType {
  return resolveType(parseType(text), (reference) => {
    throw new SluiceError('INTERNAL', `A connector named an unknown type: ${reference.name}`);
  });
}
