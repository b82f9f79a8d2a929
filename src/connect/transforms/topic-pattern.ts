import { messageOf } from '../../base/errors.ts';
import { NamePattern } from '../../base/regex/name-pattern.ts';
import { DataError } from '../api/errors.ts';

/**
 * Returns a function that renames a name which the expression matches entirely; undefined: no match. The replacement
 * has Java's syntax: $1, ${name}, and \$ for a dollar sign. The function throws a DataError at a matching name if a
 * referenced group does not exist.
 */
export function topicPattern(expression: string, replacement: string): (name: string) => string | undefined {
  const rename = new NamePattern(expression).renamer(replacement);
  // The name is nearly always that of the previous record.
  let last: string | undefined;
  let lastResult: string | undefined;
  return (name) => {
    if (name === last) return lastResult;
    try {
      lastResult = rename(name);
      last = name;
      return lastResult;
    } catch (error) {
      throw new DataError(messageOf(error), { cause: error });
    }
  };
}
