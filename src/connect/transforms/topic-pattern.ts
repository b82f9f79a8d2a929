import { DataError } from '../api/errors.ts';

/**
 * What a name becomes whose whole the expression matches; undefined: it does not. The replacement is Java's: $1,
 * ${name}, and \$ for a dollar. @throws DataError at a name that matches, where a group is not there
 */
export function topicPattern(expression: string, replacement: string): (name: string) => string | undefined {
  const regex = new RegExp(`^(?:${expression})$`);
  const written = replacement.replaceAll('\\$', '$$$$').replaceAll(/\$\{(\w+)\}/g, '$<$1>');
  const groups = new RegExp(`${regex.source}|`).exec('')!.length - 1;
  const missing = [...replacement.matchAll(/(?<!\\)\$(\d)/g)].find(([, n]) => Number(n) > groups)?.[1];
  return (name) => {
    if (!regex.test(name)) return undefined;
    if (missing !== undefined) throw new DataError(`No group ${missing}`);
    return name.replace(regex, written);
  };
}
