import { assertNever } from '../../base/assert.ts';
import type { ColumnReference, Expression, FunctionCall } from '../ast/expressions.ts';
import { formatName, formatString, quoteName } from './names.ts';
import { formatTypeSyntax } from './types.ts';

export interface ExpressionFormat {
  /** How a column reference is printed; default: ``SOURCE.COLUMN``, back-quoted where needed. */
  readonly column?: (reference: ColumnReference) => string;
}

/**
 * An expression as ksqlDB prints it in messages and generated names: every operator in parentheses, `(F1 * SUM(F2))`,
 * `CAST(T.ID AS STRING)`, `MAP('a':=1)`. The text parses to the same tree.
 */
export function formatExpression(expression: Expression, format: ExpressionFormat = {}): string {
  const print = (e: Expression): string => formatExpression(e, format);
  switch (expression.kind) {
    case 'NullLiteral':
      return 'null';
    case 'BooleanLiteral':
    case 'IntegerLiteral':
      return String(expression.value);
    case 'DecimalLiteral':
      return expression.text;
    case 'DoubleLiteral':
      return formatDouble(expression.value);
    case 'StringLiteral':
      return formatString(expression.value);
    case 'ColumnReference':
      return (format.column ?? formatColumn)(expression);
    case 'LambdaVariable':
      return formatName(expression.name);
    case 'FieldAccess':
      return `${base(expression.base, print)}->${formatName(expression.field)}`;
    case 'Subscript':
      return `${base(expression.base, print)}[${print(expression.index)}]`;
    case 'FunctionCall':
      return formatCall(expression, print);
    case 'Lambda':
      return `${formatParams(expression.params)} => ${print(expression.body)}`;
    case 'IntervalUnit':
      return expression.name;
    case 'Unary': {
      const operand = print(expression.operand);
      // A sign before a number would become part of it, and two signs would begin a comment.
      return /^[-0-9.]/.test(operand) ? `${expression.op}(${operand})` : `${expression.op}${operand}`;
    }
    case 'Arithmetic':
    case 'Comparison':
    case 'Logical':
      return `(${print(expression.left)} ${expression.op} ${print(expression.right)})`;
    case 'Not':
      return `(NOT ${print(expression.operand)})`;
    case 'IsNull':
      return `(${print(expression.operand)} IS ${expression.negated ? 'NOT ' : ''}NULL)`;
    case 'Between':
      return `(${print(expression.value)} BETWEEN ${print(expression.min)} AND ${print(expression.max)})`;
    case 'In':
      return `(${print(expression.value)} IN (${expression.list.map(print).join(', ')}))`;
    case 'Like': {
      const escape = expression.escape === null ? '' : ` ESCAPE ${formatString(expression.escape)}`;
      return `(${print(expression.value)} LIKE ${print(expression.pattern)}${escape})`;
    }
    case 'Case': {
      const operand = expression.operand === null ? '' : ` ${print(expression.operand)}`;
      const branches = expression.branches.map((b) => ` WHEN ${print(b.when)} THEN ${print(b.then)}`).join('');
      const otherwise = expression.otherwise === null ? '' : ` ELSE ${print(expression.otherwise)}`;
      return `(CASE${operand}${branches}${otherwise} END)`;
    }
    case 'Cast':
      return `CAST(${print(expression.operand)} AS ${formatTypeSyntax(expression.type)})`;
    case 'ArrayConstructor':
      return `ARRAY[${expression.items.map(print).join(', ')}]`;
    case 'MapConstructor':
      return `MAP(${expression.entries.map((e) => `${print(e.key)}:=${print(e.value)}`).join(', ')})`;
    case 'StructConstructor':
      return `STRUCT(${expression.fields.map((f) => `${formatName(f.name)}:=${print(f.value)}`).join(', ')})`;
    default:
      return assertNever(expression);
  }
}

function formatColumn(reference: ColumnReference): string {
  const name = formatName(reference.name);
  return reference.qualifier === null ? name : `${formatName(reference.qualifier)}.${name}`;
}

/**
 * An operand of `->` and `[`: in parentheses when it begins with a sign, which binds less tightly, or with the word
 * ARRAY, which would begin a constructor.
 */
function base(expression: Expression, print: (e: Expression) => string): string {
  const text = print(expression);
  if (expression.kind === 'Unary') return `(${text})`;
  return text === 'ARRAY' ? quoteName(text) : text;
}

const UNIT_WORD = /^(MILLISECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|YEAR)S?$/;

function formatCall(call: FunctionCall, print: (e: Expression) => string): string {
  const name = call.name === 'MAP' || call.name === 'STRUCT' ? quoteName(call.name) : formatName(call.name);
  if (call.star) return `${name}(*)`;
  const args = call.args.map((arg, i) => {
    const text = print(arg);
    const unit = i === 0 && call.args.length > 1 && arg.kind === 'ColumnReference' && UNIT_WORD.test(text);
    return unit ? quoteName(text) : text;
  });
  return `${name}(${args.join(', ')})`;
}

function formatParams(params: readonly string[]): string {
  return params.length === 1 ? formatName(params[0]!) : `(${params.map(formatName).join(', ')})`;
}

/** Always with an exponent, because without it the text would be a DECIMAL. */
function formatDouble(value: number): string {
  const text = Object.is(value, -0) ? '-0e+0' : value.toExponential();
  return text.replace('e+', 'E').replace('e', 'E');
}
