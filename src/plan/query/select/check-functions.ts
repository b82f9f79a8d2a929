import { findFunction, type FunctionRegistry } from '../../../functions/registry.ts';
import type { FunctionCall } from '../../../sql/ast/expressions.ts';
import type { Query } from '../../../sql/ast/query.ts';
import { collect } from '../../../sql/ast/visit.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import { formatName } from '../../../sql/printer/names.ts';
import type { BoundSource } from '../from/bind-sources.ts';

/** Refuses calls of unknown functions. @throws SluiceError STATEMENT `Can't find any functions with the name` */
export function checkFunctions(query: Query, sources: readonly BoundSource[], functions: FunctionRegistry): void {
  for (const call of collect(query, 'FunctionCall'))
    findFunction(
      functions,
      call.name,
      call.span,
      () => call.args.map((e) => formatExpression(e)),
      (args) => columnAdvice(call, args, sources),
      (arg) => kindOf(arg, sources),
    );
}

/** The kind of the type of a column, as V.AT or AT; undefined for anything else. */
function kindOf(arg: string, sources: readonly BoundSource[]): string | undefined {
  const [name, alias] = arg.split(/\.(?=[^.]*$)/).toReversed();
  if (/^(?:ROWTIME|WINDOWSTART|WINDOWEND)$/.test(name ?? '')) return 'BIGINT';
  const owners = alias === undefined ? sources : sources.filter((s) => s.alias === alias);
  const columns = owners.flatMap(({ source }) => [...source.schema.key, ...source.schema.value]);
  return columns.find((c) => formatName(c.name) === name)?.type.kind;
}

/** Advice for `items(1)`, where ITEMS is a column. */
function columnAdvice(
  { name }: FunctionCall,
  args: readonly string[],
  sources: readonly BoundSource[],
): string | undefined {
  const columns = sources.flatMap(({ source }) => [...source.schema.key, ...source.schema.value]);
  const column = columns.find((c) => c.name === name) ?? columns.find((c) => c.name === name.toUpperCase());
  if (column === undefined) return undefined;
  const shown = formatName(column.name);
  switch (column.type.kind) {
    case 'ARRAY':
      return `${shown} is a column of arrays: an element is written ${shown}[${args[0] ?? '1'}], the first is number 1.`;
    case 'MAP':
      return `${shown} is a column of maps: the value of a key is written ${shown}[${args[0] ?? "'key'"}].`;
    case 'STRUCT':
      return `${shown} is a column of structs: a field is written ${shown}->${formatName(column.type.fields[0]?.name ?? 'FIELD')}.`;
    default:
      return `${shown} is a column, not a function: it stands without parentheses.`;
  }
}
