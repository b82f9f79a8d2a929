import type { TypedArg } from '../expr/typed.ts';
import { valueToJson } from '../expr/json.ts';
import { formatType } from '../types/sql-type.ts';
import { formatString } from '../sql/printer/names.ts';

/** A typed expression as text for EXPLAIN, with implicit casts. */
export function formatTyped(node: TypedArg): string {
  const text = formatTyped;
  switch (node.kind) {
    case 'column':
    case 'variable':
      return node.name;
    case 'literal': {
      const value = valueToJson(node.value, node.type);
      return typeof value === 'string' && node.type.kind === 'STRING' ? formatString(value) : JSON.stringify(value);
    }
    case 'call':
      return `${node.name}(${node.args.map(text).join(', ')})`;
    case 'arithmetic':
    case 'compare':
    case 'logical':
      return `(${text(node.left)} ${node.op} ${text(node.right)})`;
    case 'negate':
      return `-${text(node.operand)}`;
    case 'not':
      return `(NOT ${text(node.operand)})`;
    case 'isNull':
      return `(${text(node.operand)} IS ${node.negated ? 'NOT ' : ''}NULL)`;
    case 'like':
      return `(${text(node.value)} LIKE ${text(node.pattern)})`;
    case 'between':
      return `(${text(node.value)} BETWEEN ${text(node.min)} AND ${text(node.max)})`;
    case 'in':
      return `(${text(node.value)} IN (${node.list.map(text).join(', ')}))`;
    case 'case': {
      const branches = node.branches.map((b) => `WHEN ${text(b.when)} THEN ${text(b.then)}`).join(' ');
      return `(CASE ${branches}${node.otherwise === null ? '' : ` ELSE ${text(node.otherwise)}`} END)`;
    }
    case 'cast':
      return `CAST(${text(node.operand)} AS ${formatType(node.type)})`;
    case 'subscript':
      return `${text(node.base)}[${text(node.index)}]`;
    case 'field':
      return `${text(node.base)}->${node.name}`;
    case 'makeArray':
      return `ARRAY[${node.items.map(text).join(', ')}]`;
    case 'makeMap':
      return `MAP(${node.entries.map(([k, v]) => `${text(k)}:=${text(v)}`).join(', ')})`;
    case 'makeStruct': {
      const { type } = node;
      const names = type.kind === 'STRUCT' ? type.fields.map((field) => field.name) : [];
      return `STRUCT(${node.fields.map((field, i) => `${names[i] ?? ''}:=${text(field)}`).join(', ')})`;
    }
    case 'lambda':
      return `(${node.params.map((p) => p.name).join(', ')}) => ${text(node.body)}`;
    case 'intervalUnit':
      return node.unit;
    default:
      return node satisfies never;
  }
}
