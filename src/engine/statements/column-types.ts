import type { Catalog } from '../../catalog/catalog.ts';
import { type AnyNode, visit } from '../../sql/ast/visit.ts';
import type { SqlType } from '../../types/sql-type.ts';

/** The types of the columns with a given name in what a statement reads; looked up on demand. */
export function columnTypes(statement: AnyNode, catalog: Catalog): (column: string) => readonly SqlType[] {
  let types: Map<string, SqlType[]> | undefined;
  return (column) => {
    if (types === undefined) {
      types = new Map();
      visit(statement, (node) => {
        if (node.kind !== 'AliasedSource') return;
        const schema = catalog.source(node.name.name)?.schema;
        for (const { name, type } of [...(schema?.key ?? []), ...(schema?.value ?? [])])
          types!.set(name, [...(types!.get(name) ?? []), type]);
      });
    }
    return types.get(column) ?? [];
  };
}
