import type { Property } from '../../sql/ast/definition.ts';
import type { TypeSyntax } from '../../sql/ast/types.ts';
import { rewrite } from '../../sql/ast/visit.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { formatColumnDefinition, formatStatement } from '../../sql/printer/statement.ts';
import { formatTypeSyntax } from '../../sql/printer/types.ts';
import type { Declaration } from './wanted.ts';

/**
 * A text that is equal for two statements that declare the same: it ignores layout, comments, OR REPLACE, IF NOT
 * EXISTS, the order of properties and an optional EMIT CHANGES.
 */
export function canonicalText(statement: Declaration): string {
  switch (statement.kind) {
    case 'CreateSource':
      return [
        formatStatement({ ...statement, ...PLAIN, columns: [], properties: [] }),
        ...statement.columns.map((c) => `  ${formatColumnDefinition(c)}`),
        ...properties(statement.properties),
      ].join('\n');
    case 'CreateSourceAs':
      return [
        formatStatement({
          ...statement,
          ...PLAIN,
          properties: [],
          query: { ...statement.query, emit: statement.query.emit ?? 'CHANGES' },
        }),
        ...properties(statement.properties),
      ].join('\n');
    case 'InsertInto':
      return [
        formatStatement({
          ...statement,
          properties: [],
          query: { ...statement.query, emit: statement.query.emit ?? 'CHANGES' },
        }),
        ...properties(statement.properties),
      ].join('\n');
    case 'CreateType':
      return formatStatement({ ...statement, ifNotExists: false });
    case 'CreateConnector':
      return formatStatement({ ...statement, ...PLAIN });
  }
}

const PLAIN = { orReplace: false, ifNotExists: false } as const;

/** One line per property, sorted by name. */
function properties(given: readonly Property[]): string[] {
  return given.map((p) => `  WITH ${p.name.toUpperCase()}=${formatExpression(p.value)}`).toSorted();
}

/** A type in which the names of `types` are replaced by their definitions, as a server shows it. */
export function expandedType(type: TypeSyntax, types: ReadonlyMap<string, TypeSyntax>): string {
  const expand = (t: TypeSyntax, inside: ReadonlySet<string>): TypeSyntax =>
    rewrite(t, (node) => {
      if (node.kind !== 'TypeReference' || inside.has(node.name)) return node;
      const known = types.get(node.name);
      return known === undefined ? node : expand(known, new Set([...inside, node.name]));
    });
  return formatTypeSyntax(expand(type, new Set()));
}
