import { isProbablySeconds } from '../types/epoch-unit.ts';
import type { Param } from '../functions/api.ts';
import type { Arithmetic, Expression } from '../sql/ast/expressions.ts';
import type { AnyNode } from '../sql/ast/visit.ts';
import { formatExpression } from '../sql/printer/expressions.ts';

const TIMES_IN_MS: ReadonlySet<string> = new Set(['ROWTIME', 'WINDOWSTART', 'WINDOWEND']);

/** Warnings for times since 1970 in a unit other than ms, the unit of ROWTIME and of the functions. */
export function timeDoubts(node: AnyNode): readonly string[] {
  switch (node.kind) {
    case 'Comparison':
      return [...boundDoubts(node.left, node.right), ...boundDoubts(node.right, node.left)];
    case 'Between':
      return [...boundDoubts(node.value, node.min), ...boundDoubts(node.value, node.max)];
    case 'In':
      return node.list.flatMap((value) => boundDoubts(node.value, value));
    case 'Arithmetic':
      return spanDoubts(node);
    case 'InsertValues':
      return node.columns.flatMap((column, i) => {
        const value = node.values[i];
        return column.name === 'ROWTIME' && value !== undefined ? unitDoubts('ROWTIME', value) : [];
      });
    default:
      return [];
  }
}

/** ksqlDB's name for parameters that are ms since 1970. */
const EPOCH_MS = 'epochMilli';

/** FROM_UNIXTIME(1700000000). */
export function epochDoubts(call: string, { name }: Param, argument: Expression | undefined): readonly string[] {
  return name === EPOCH_MS && argument !== undefined ? unitDoubts(call, argument) : [];
}

/** ROWTIME > 1700000000. */
function boundDoubts(time: Expression, bound: Expression): readonly string[] {
  return time.kind === 'ColumnReference' && TIMES_IN_MS.has(time.name) ? unitDoubts(time.name, bound) : [];
}

/** The probable unit of a number that is a time: the year is then between 2001 and 2286. */
function unitDoubts(what: string, number: Expression): readonly string[] {
  if (number.kind !== 'IntegerLiteral') return [];
  const { value } = number;
  if (isProbablySeconds(value))
    return [`${what} is in ms since 1970: ${value} is a time of 1970 then. Of seconds, ${value}000 is meant.`];
  // As ms, these numbers would be years of five or more digits.
  const [unit, digits] = value >= 1e15 && value < 1e16 ? ['µs', 3] : value >= 1e18 ? ['ns', 6] : ['', 0];
  return digits === 0
    ? []
    : [
        `${what} is in ms since 1970: ${value} is thousands of years ahead then. Of ${unit}, ${String(value).slice(0, -digits)} is meant.`,
      ];
}

/** UNIX_TIMESTAMP() - 3600: a minute, an hour or a day in seconds. */
function spanDoubts({ op, left, right }: Arithmetic): readonly string[] {
  if ((op !== '-' && op !== '+') || right.kind !== 'IntegerLiteral') return [];
  const isTime =
    (left.kind === 'FunctionCall' && left.name === 'UNIX_TIMESTAMP' && left.args.length === 0) ||
    (left.kind === 'ColumnReference' && TIMES_IN_MS.has(left.name));
  const span = Number(right.value);
  if (!isTime || span < 60 || span % 60 !== 0 || span % 1000 === 0) return [];
  return [
    `${formatExpression(left)} is in ms: ${span} of them are ${span / 1000} seconds. Of seconds, ${formatExpression(left)} ${op} ${span}000 is meant.`,
  ];
}
