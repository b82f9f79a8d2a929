/** A name as an SQL identifier, quoted if necessary. */
export function quote(name: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** A text of SQL: `'it''s'`. */
export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
