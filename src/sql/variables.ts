import { type Limit, tooMuch } from './limits.ts';

/** Session variables (DEFINE). Names are not case-sensitive: the keys are the names in upper case. */
export type Variables = ReadonlyMap<string, string>;

export const NO_VARIABLES: Variables = new Map();

const REFERENCE = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replaces `${name}` in the content of a string. `$${name}` is the escaped form and loses one `$`; a name that is not a
 * variable stays as it is (`${file:/path:key}` of Connect's config providers is not a reference).
 * @throws SluiceError REJECTED when the result is longer than `limit`
 */
export function substitute(content: string, variables: Variables, limit?: Limit): string {
  if (!content.includes('${')) return content;
  let length = content.length;
  return content.replace(REFERENCE, (reference, name: string) => {
    if (reference.startsWith('$$')) return reference.slice(1);
    const value = variables.get(name.toUpperCase());
    if (value === undefined) return reference;
    length += value.length;
    if (limit !== undefined && length > limit.most) tooMuch('With its variables a string has', 'characters', limit);
    return value;
  });
}

/** The inverse for printers: escapes text so that `substitute` returns `content`. */
export function escapeVariables(content: string): string {
  if (!content.includes('${')) return content;
  return content.replace(/\$\{[A-Za-z_][A-Za-z0-9_]*\}/g, (reference) => `$${reference}`);
}

/** Whether DEFINE accepts the name: a letter or underscore, then letters, digits and underscores. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
