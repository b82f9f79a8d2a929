import { messageOf } from '../../base/errors.ts';
import { NamePattern } from '../../base/regex/name-pattern.ts';
import { DataError } from '../api/errors.ts';

/**
 * What a name becomes whose whole the expression matches; undefined: it does not. The replacement is Java's: $1,
 * ${name}, and \$ for a dollar. @throws DataError at a name that matches, where a group is not there
 */
export function topicPattern(expression: string, replacement: string): (name: string) => string | undefined {
  const rename = new NamePattern(expression).renamer(replacement);
  // Nearly always the name of the record before.
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
