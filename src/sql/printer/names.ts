import type { Identifier } from '../ast/node.ts';
import { isReserved } from '../keywords.ts';
import { escapeVariables } from '../variables.ts';

/**
 * A name as ksqlDB prints it in statements and messages: plain where that reads back as the same name, else
 * back-quoted.
 */
export function formatName(name: string): string {
  return /^[A-Z_][A-Z0-9_@]*$/.test(name) && !isReserved(name) ? name : quoteName(name);
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Keeps the quotes that the text had, so that it reads back as it was. */
export function formatIdentifier(identifier: Identifier): string {
  if (identifier.quoted) return quoteName(identifier.name);
  // `1R`: fine alone, though not behind a dot, and not where it would be a number.
  if (/^[0-9]+[A-Z_@][A-Z0-9_@]*$/.test(identifier.name) && !/^[0-9]+E[0-9]+$/.test(identifier.name))
    return identifier.name;
  return formatName(identifier.name);
}

/** `'it''s'`. What looks like a variable is escaped, for it would be replaced when the text is read. */
export function formatString(value: string): string {
  return `'${escapeVariables(value).replaceAll("'", "''")}'`;
}

/** A name of something outside of SQL (topic, plugin, subject): as it is where it needs no quotes. */
export function formatBareName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) && !isReserved(name.toUpperCase()) ? name : formatString(name);
}
