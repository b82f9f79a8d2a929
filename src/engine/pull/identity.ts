import { identityKey } from '../../types/compare.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * A primitive that stands for a list of values of these types in a Map: equal lists have equal ones. Null equals null.
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
      // -0 and 0 are one number; length first, so that no text can be read two ways.
      const text = String(part);
      id += `${text.length}:${text}`;
    }
    return id;
  };
}
