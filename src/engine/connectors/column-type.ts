import { SluiceError } from '../../base/errors.ts';
import { resolveType } from '../../sql/ast/types.ts';
import { parseType } from '../../sql/parse.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * The SQL type that a connector's text spells.
 * @throws SluiceError STATEMENT for what is no type, INTERNAL for one that a user would have made
 */
export function columnType(text: string): SqlType {
  return resolveType(parseType(text), (reference) => {
    throw new SluiceError('INTERNAL', `A connector named an unknown type: ${reference.name}`);
  });
}
