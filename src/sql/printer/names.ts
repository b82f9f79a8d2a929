import type { Identifier } from '../ast/node.ts';
import { isReserved } from '../keywords.ts';
import { escapeVariables } from '../variables.ts';

/**
 * A name as ksqlDB prints it in statements and messages: unquoted when that parses to the same name, otherwise
 * back-quoted.
 */
export function formatName(name: string): string {
  return /^[A-Z_][A-Z0-9_@]*$/.test(name) && !isReserved(name) ? name : quoteName(name);
}

/** The name in back-quotes. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Keeps the quotes of the source text, so that the name parses to the same identifier. */
export function formatIdentifier(identifier: Identifier): string {
  if (identifier.quoted) return quoteName(identifier.name);
  // `1R`: valid alone, but not after a dot, and not when it could be parsed as a number.
  if (/^[0-9]+[A-Z_@][A-Z0-9_@]*$/.test(identifier.name) && !/^[0-9]+E[0-9]+$/.test(identifier.name))
    return identifier.name;
  return formatName(identifier.name);
}

/** `'it''s'`. Text that looks like a variable is escaped, because it would be replaced when the SQL is read. */
export function formatString(value: string): string {
  return `'${escapeVariables(value).replaceAll("'", "''")}'`;
}

/** A name of an object outside of SQL (topic, plugin, subject), without quotes where they are not needed. */
export function formatBareName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) && !isReserved(name.toUpperCase()) ? name : formatString(name);
}
