import { headerValue } from '../../api/config-spec.ts';

/** Headers of a request: names as written, and values that may be templates. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** Parses `A: b|C: d`; a text describes the problem without showing a value. */
export function parseHeaders(text: string, separator: string): Headers | string {
  const headers: [string, string][] = [];
  const parts = separator === '' ? [text] : text.split(separator);
  for (const [i, part] of parts.entries()) {
    if (part.trim() === '') continue;
    const colon = part.indexOf(':');
    const name = part.slice(0, Math.max(0, colon)).trim();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return `header ${i + 1} is not name:value`;
    const value = part.slice(colon + 1).trim();
    if (headerValue(value.replaceAll(/\$\{[^}]*\}/g, '')) !== undefined)
      return `header ${i + 1} has a character that none may have`;
    if (headers.some(([other]) => other.toLowerCase() === name.toLowerCase())) return `header ${name} is given twice`;
    headers.push([name, value]);
  }
  return headers;
}
