import { assertNever } from '../../base/assert.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { TypeSyntax } from '../../sql/ast/types.ts';
import { formatDouble } from '../../types/double-text.ts';

/** An expression as messages quote it: operators in parentheses, names bare, `(1 + null)`, `MAP('a':=VAL1)`. */
export function formatExpression(node: Expression): string {
  const text = formatExpression;
  const list = (nodes: readonly Expression[]): string => nodes.map(text).join(', ');
  switch (node.kind) {
    case 'NullLiteral':
      return 'null';
    case 'BooleanLiteral':
    case 'IntegerLiteral':
      return String(node.value);
    case 'DecimalLiteral':
      return node.text;
    case 'DoubleLiteral':
      return formatDouble(node.value);
    case 'StringLiteral':
      return `'${node.value.replaceAll("'", "''")}'`;
    case 'ColumnReference':
      return node.qualifier === null ? node.name : `${node.qualifier}.${node.name}`;
    case 'LambdaVariable':
    case 'IntervalUnit':
      return node.name;
    case 'FieldAccess':
      return `${text(node.base)}->${node.field}`;
    case 'Subscript':
      return `${text(node.base)}[${text(node.index)}]`;
    case 'FunctionCall':
      return `${node.name}(${node.star ? '*' : list(node.args)})`;
    case 'Lambda':
      return `(${node.params.join(', ')}) => ${text(node.body)}`;
    case 'Unary':
      return `${node.op}${text(node.operand)}`;
    case 'Arithmetic':
    case 'Comparison':
    case 'Logical':
      return `(${text(node.left)} ${node.op} ${text(node.right)})`;
    case 'Not':
      return `(NOT ${text(node.operand)})`;
    case 'IsNull':
      return `(${text(node.operand)} IS ${node.negated ? 'NOT ' : ''}NULL)`;
    case 'Between':
      return `(${text(node.value)} BETWEEN ${text(node.min)} AND ${text(node.max)})`;
    case 'In':
      return `(${text(node.value)} IN (${list(node.list)}))`;
    case 'Like':
      return `(${text(node.value)} LIKE ${text(node.pattern)}${node.escape === null ? '' : ` ESCAPE '${node.escape}'`})`;
    case 'Case': {
      const operand = node.operand === null ? '' : ` ${text(node.operand)}`;
      const branches = node.branches.map((b) => ` WHEN ${text(b.when)} THEN ${text(b.then)}`).join('');
      return `(CASE${operand}${branches}${node.otherwise === null ? '' : ` ELSE ${text(node.otherwise)}`} END)`;
    }
    case 'Cast':
      return `CAST(${text(node.operand)} AS ${typeText(node.type)})`;
    case 'ArrayConstructor':
      return `ARRAY[${list(node.items)}]`;
    case 'MapConstructor':
      return `MAP(${node.entries.map((e) => `${text(e.key)}:=${text(e.value)}`).join(', ')})`;
    case 'StructConstructor':
      return `STRUCT(${node.fields.map((f) => `${f.name}:=${text(f.value)}`).join(', ')})`;
    default:
      return assertNever(node);
  }
}

function typeText(type: TypeSyntax): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'ARRAY':
      return `ARRAY<${typeText(type.element)}>`;
    case 'MAP':
      return `MAP<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'STRUCT':
      return `STRUCT<${type.fields.map((f) => `${f.name} ${typeText(f.type)}`).join(', ')}>`;
    case 'TypeReference':
      return type.name;
    default:
      return type.kind;
  }
}
