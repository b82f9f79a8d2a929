import type { TypedArg } from '../expr/typed.ts';
import { valueToJson } from '../expr/json.ts';
import { formatType } from '../types/sql-type.ts';
import { formatString } from '../sql/printer/names.ts';

/** A typed expression as text for EXPLAIN, with implicit casts. */
export function formatTyped(node: TypedArg): string {
  const f = formatTyped;
  switch (node.kind) {
    case 'column':
    case 'variable':
      return node.name;
    case 'literal': {
      const value = valueToJson(node.value, node.type);
      return typeof value === 'string' && node.type.kind === 'STRING' ? formatString(value) : JSON.stringify(value);
    }
    case 'call':
      return `${node.name}(${node.args.map(f).join(', ')})`;
    case 'arithmetic':
    case 'compare':
    case 'logical':
      return `(${f(node.left)} ${node.op} ${f(node.right)})`;
    case 'negate':
      return `-${f(node.operand)}`;
    case 'not':
      return `(NOT ${f(node.operand)})`;
    case 'isNull':
      return `(${f(node.operand)} IS ${node.negated ? 'NOT ' : ''}NULL)`;
    case 'like':
      return `(${f(node.value)} LIKE ${f(node.pattern)})`;
    case 'between':
      return `(${f(node.value)} BETWEEN ${f(node.min)} AND ${f(node.max)})`;
    case 'in':
      return `(${f(node.value)} IN (${node.list.map(f).join(', ')}))`;
    case 'case': {
      const branches = node.branches.map((b) => `WHEN ${f(b.when)} THEN ${f(b.then)}`).join(' ');
      return `(CASE ${branches}${node.otherwise === null ? '' : ` ELSE ${f(node.otherwise)}`} END)`;
    }
    case 'cast':
      return `CAST(${f(node.operand)} AS ${formatType(node.type)})`;
    case 'subscript':
      return `${f(node.base)}[${f(node.index)}]`;
    case 'field':
      return `${f(node.base)}->${node.name}`;
    case 'makeArray':
      return `ARRAY[${node.items.map(f).join(', ')}]`;
    case 'makeMap':
      return `MAP(${node.entries.map(([k, v]) => `${f(k)}:=${f(v)}`).join(', ')})`;
    case 'makeStruct': {
      const { type } = node;
      const names = type.kind === 'STRUCT' ? type.fields.map((field) => field.name) : [];
      return `STRUCT(${node.fields.map((field, i) => `${names[i] ?? ''}:=${f(field)}`).join(', ')})`;
    }
    case 'lambda':
      return `(${node.params.map((p) => p.name).join(', ')}) => ${f(node.body)}`;
    case 'intervalUnit':
      return node.unit;
    default:
      return node satisfies never;
  }
}
