import type { FunctionDefinition } from '../../functions/api.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import type { ColumnReference, Expression, FunctionCall } from '../../sql/ast/expressions.ts';
import type { Query } from '../../sql/ast/query.ts';
import { collect, rewriteExpression } from '../../sql/ast/visit.ts';
import { didYouMean, suggestions } from '../../base/suggest.ts';
import { isWindowBound } from '../names.ts';
import { place } from '../errors.ts';
import { SluiceError } from '../../base/errors.ts';
import { prepareError } from '../properties/with-clause.ts';
import { formatType, type SqlType } from '../../types/sql-type.ts';
import { type BoundSource, hasColumn } from './from/bind-sources.ts';

/**
 * Qualifies every column reference with its source: `F2` becomes `TEST.F2`. Names that no source has remain unchanged,
 * since a later check reports which clause cannot resolve them.
 * @throws SluiceError STATEMENT for an unknown qualifier or an ambiguous name
 */
export function qualify(
  expression: Expression,
  sources: readonly BoundSource[],
  functions: FunctionRegistry,
): Expression {
  const qualified = (node: ColumnReference): ColumnReference => qualifyColumn(node, sources);
  return rewriteExpression(expression, (node) => {
    if (node.kind === 'ColumnReference') return qualified(node);
    return node.kind === 'FunctionCall' ? readUnits(node, functions, qualified) : node;
  });
}

/** Refuses qualifiers that name no source, before any other error is reported. @throws SluiceError STATEMENT */
export function checkQualifiers(query: Query, sources: readonly BoundSource[]): void {
  for (const ref of collect(query, 'ColumnReference')) {
    if (ref.qualifier !== null && !sources.some((s) => s.alias === ref.qualifier)) throw unknownQualifier(ref, sources);
  }
}

function unknownQualifier(ref: ColumnReference, sources: readonly BoundSource[]): SluiceError {
  return prepareError(
    `'${ref.qualifier!}' is not a valid stream/table name or alias.`,
    ref.span,
    qualifierAdvice(ref, sources),
  );
}

/** Advice for a qualifier: an alias replaces the source's name, and a field of a struct is written with an arrow. */
function qualifierAdvice(ref: ColumnReference, sources: readonly BoundSource[]): string {
  const qualifier = ref.qualifier!;
  const renamed = sources.find((s) => s.source.name === qualifier && s.alias !== qualifier);
  if (renamed !== undefined)
    return `${qualifier} has the alias ${renamed.alias} in this query: ${renamed.alias}.${ref.name}.`;
  const columns = sources.flatMap((s) => [...s.source.schema.key, ...s.source.schema.value]);
  const column = columns.find((c) => c.name === qualifier);
  if (column !== undefined) {
    const isLength = /^(?:LENGTH|SIZE|COUNT|LEN)$/.test(ref.name);
    const how: Readonly<Partial<Record<typeof column.type.kind, string>>> = {
      ARRAY: isLength ? `ARRAY_LENGTH(${qualifier}) counts its elements` : elementOf(column.type, qualifier, ref.name),
      STRUCT: `a field of a STRUCT is written with an arrow: ${qualifier}->${fieldNear(ref.name, column.type)}`,
      STRING: isLength
        ? `LEN(${qualifier}) counts its characters`
        : `if its text is JSON, EXTRACTJSONFIELD(${qualifier}, '$.${ref.name.toLowerCase()}') reads a field of it`,
      MAP: isLength
        ? `ARRAY_LENGTH(MAP_KEYS(${qualifier})) counts its entries`
        : `the value of a key is written ${qualifier}['${ref.name.toLowerCase()}']`,
    };
    const what = `${qualifier} is a column of type ${formatType(column.type)}`;
    return `${what}${how[column.type.kind] === undefined ? ', which has no fields.' : `; ${how[column.type.kind]!}.`}`;
  }
  const aliases = sources.map((s) => s.alias);
  return didYouMean(qualifier, aliases) ?? `The sources of this query are ${aliases.join(', ')}.`;
}

/** How to write an element of an array, or the field of an element that has the name. */
function elementOf(type: SqlType, column: string, name: string): string {
  const element = type.kind === 'ARRAY' ? type.element : type;
  switch (element.kind) {
    case 'STRUCT':
      return `a field of an element is written ${column}[1]->${fieldNear(name, element)}, and EXPLODE(${column})->${fieldNear(name, element)} makes a row of each element`;
    case 'MAP':
      return `a value of an element is written ${column}[1]['${name.toLowerCase()}']`;
    default:
      return `an element is written ${column}[1]`;
  }
}

/** The field of a STRUCT that a name means: the field itself, one with a similar name, or the first. */
function fieldNear(name: string, type: SqlType): string {
  const fields = type.kind === 'STRUCT' ? type.fields.map((f) => f.name) : [];
  return fields.includes(name) ? name : (suggestions(name, fields, 1)[0] ?? fields[0] ?? name);
}

function qualifyColumn(node: ColumnReference, sources: readonly BoundSource[]): ColumnReference {
  if (node.qualifier !== null) {
    const owner = sources.find((s) => s.alias === node.qualifier);
    if (owner === undefined) throw unknownQualifier(node, sources);
    // The bounds of the query's own windows belong to no source.
    return isWindowBound(node.name) && !hasColumn(owner.source, node.name) && sources.length === 1
      ? { ...node, qualifier: null }
      : node;
  }
  const owners = sources.filter((s) => hasColumn(s.source, node.name));
  if (owners.length > 1) {
    const candidates = owners.map((s) => `${s.alias}.${node.name}`);
    const listed =
      candidates.length === 2
        ? candidates.join(' or ')
        : `${candidates.slice(0, -1).join(', ')} or ${candidates.at(-1)!}`;
    throw new SluiceError(
      'STATEMENT',
      `Failed to prepare statement: ${place(node.span)}Column '${node.name}' is ambiguous. Could be ${listed}.`,
      { span: node.span },
    );
  }
  return owners.length === 1 ? { ...node, qualifier: owners[0]!.alias } : node;
}

/** Resolves a time unit's name as a column where the function does not expect a unit. */
function readUnits(
  node: FunctionCall,
  functions: FunctionRegistry,
  qualified: (column: ColumnReference) => ColumnReference,
): FunctionCall {
  if (node.args[0]?.kind !== 'IntervalUnit') return node;
  const definition = functions.find(node.name);
  if (definition === undefined || takesUnit(definition)) return node;
  const { name, span } = node.args[0];
  const column: ColumnReference = { kind: 'ColumnReference', qualifier: null, name, span };
  return { ...node, args: [qualified(column), ...node.args.slice(1)] };
}

function takesUnit(definition: FunctionDefinition): boolean {
  return definition.signatures.some((s) => s.params[0]?.type.kind === 'INTERVAL_UNIT');
}

/** The name of a source's column in rows: prefixed with the alias when the query joins. */
export function internalName(alias: string, column: string, isJoin: boolean): string {
  return isJoin ? `${alias}_${column}` : column;
}

/** Replaces references by the names that rows use. */
export function flatten(expression: Expression, isJoin: boolean): Expression {
  return rewriteExpression(expression, (node) =>
    node.kind === 'ColumnReference' && node.qualifier !== null
      ? { ...node, qualifier: null, name: internalName(node.qualifier, node.name, isJoin) }
      : node,
  );
}
