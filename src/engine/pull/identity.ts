import { identityKey } from '../../types/compare.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * Maps a list of values of these types to a primitive for use in a Map: equal lists have equal ones. Null equals null.
 */
export function identityOf(types: readonly SqlType[]): (values: readonly unknown[]) => unknown {
  const parts = types.map(identityKey);
  if (parts.length === 1) {
    const [only] = parts;
    return (values) => only!(values[0]);
  }
  return (values) => {
    let id = '';
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!(values[i]);
      if (part === null || part === undefined) {
        id += '~';
        continue;
      }
      // -0 and 0 are equal; each part is prefixed with its length, so that the text is unambiguous.
      const text = String(part);
      id += `${text.length}:${text}`;
    }
    return id;
  };
}
