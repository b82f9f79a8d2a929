import { clipped } from '../../../../base/quoting.ts';
import { DataError } from '../../../api/errors.ts';

/** Parses `"a"=>"1", "b"=>NULL` to its pairs, in order. @throws DataError */
export function parseHstore(text: string): [string, string | null][] {
  const pairs: [string, string | null][] = [];
  const pair = /\s*"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)\s*(,|$)/sy;
  while (pair.lastIndex < text.length) {
    const found = pair.exec(text);
    if (found === null) throw new DataError(`'${clipped(text)}' is no hstore`);
    pairs.push([unescaped(found[1]!), found[2] === undefined ? null : unescaped(found[2])]);
  }
  return pairs;
}

const unescaped = (text: string): string => text.replaceAll(/\\(.)/gs, '$1');

/**
 * A JSON object of the pairs in their order; JSON.stringify of an object would move integer-like names to the front.
 */
export function hstoreJson(pairs: readonly (readonly [string, string | null])[]): string {
  return `{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`;
}
