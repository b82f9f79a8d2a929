/**
 * The field of an external schema that a column reads or writes: the one with the same name, otherwise the one whose
 * upper-cased name is equal. Returns its index, or -1 if there is none.
 */
export function fieldFor(column: string, fields: readonly { readonly name: string }[]): number {
  const exact = fields.findIndex((f) => f.name === column);
  if (exact !== -1) return exact;
  const upper = column.toUpperCase();
  return fields.findIndex((f) => f.name.toUpperCase() === upper);
}

/**
 * How a name in an external schema becomes a column name: upper-cased as an unquoted identifier, but unchanged if a
 * schema id was specified.
 */
export function columnNaming(properties: Readonly<Record<string, string>>): (name: string) => string {
  return properties['schemaId'] === undefined ? (name) => name.toUpperCase() : (name) => name;
}
