/**
 * The field of a foreign schema that a column reads or writes: of the same name, else of the name that is equal when
 * upper-cased. Returns its index, -1 when there is none.
 */
export function fieldFor(column: string, fields: readonly { readonly name: string }[]): number {
  const exact = fields.findIndex((f) => f.name === column);
  if (exact !== -1) return exact;
  const upper = column.toUpperCase();
  return fields.findIndex((f) => f.name.toUpperCase() === upper);
}

/**
 * How a name of a foreign schema becomes a column's: upper-cased as an unquoted identifier, kept where a schema id was
 * named.
 */
export function columnNaming(properties: Readonly<Record<string, string>>): (name: string) => string {
  return properties['schemaId'] === undefined ? (name) => name.toUpperCase() : (name) => name;
}
