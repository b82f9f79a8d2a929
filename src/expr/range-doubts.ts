import type { Between, Comparison, Expression, In, Logical } from '../sql/ast/expressions.ts';
import type { AnyNode } from '../sql/ast/visit.ts';
import { formatExpression } from '../sql/printer/expressions.ts';

/**
 * Warnings for conditions that are never true, or that mean something else than in other databases, because of their
 * constants: BETWEEN and pairs of comparisons with bounds in the wrong order, NULL in a list of values. One sentence
 * each.
 */
export function rangeDoubts(node: AnyNode): readonly string[] {
  switch (node.kind) {
    case 'Between':
      return reversed(node);
    case 'Logical':
      return node.op === 'AND' ? emptyRange(node) : [];
    case 'In':
      return nullInList(node);
    default:
      return [];
  }
}

/** A constant that can be compared with another of its kind; times in the same text form compare as strings. */
type Constant = number | bigint | string;

function constantOf(e: Expression): Constant | undefined {
  switch (e.kind) {
    case 'IntegerLiteral':
      return e.value;
    case 'DecimalLiteral':
      return Number(e.text);
    case 'DoubleLiteral':
      return e.value;
    case 'StringLiteral':
      // Strings with a zone do not compare as the instants that they represent.
      return /\d(?:Z|[+-]\d{2}:?\d{2})$/.test(e.value) && e.value.includes(':') ? undefined : e.value;
    default:
      return undefined;
  }
}

/** Whether a constant is greater than another; false if they cannot be compared. */
function isAbove(a: Constant | undefined, b: Constant | undefined): boolean {
  if (a === undefined || b === undefined || (typeof a === 'string') !== (typeof b === 'string')) return false;
  return a > b;
}

/** x BETWEEN 10 AND 5. */
function reversed({ value, min, max }: Between): readonly string[] {
  if (!isAbove(constantOf(min), constantOf(max))) return [];
  const [shown, low, high] = [value, min, max].map((e) => formatExpression(e));
  return [
    `${shown} BETWEEN ${low} AND ${high} holds for no value, since the lower bound stands first: ${shown} BETWEEN ${high} AND ${low}.`,
  ];
}

/** x > 10 AND x < 5. */
function emptyRange({ left, right }: Logical): readonly string[] {
  const [a, b] = [boundOf(left), boundOf(right)];
  if (a === undefined || b === undefined || a.value !== b.value || a.isLower === b.isLower) return [];
  const [lower, upper] = a.isLower ? [a, b] : [b, a];
  if (!isAbove(lower.constant, upper.constant)) return [];
  return [
    `${formatExpression(left)} AND ${formatExpression(right)} holds for no value: none is above ${lower.shown} and below ${upper.shown}. OR takes the values outside of the two; AND those between, with the bounds the other way round.`,
  ];
}

interface Bound {
  /** The text of the compared expression. */
  readonly value: string;
  readonly isLower: boolean;
  readonly constant: Constant;
  readonly shown: string;
}

function boundOf(e: Expression): Bound | undefined {
  if (e.kind !== 'Comparison' || !/^[<>]=?$/.test(e.op)) return undefined;
  const { op, left, right } = e satisfies Comparison;
  const ofRight = constantOf(right);
  if (ofRight !== undefined)
    return {
      value: formatExpression(left),
      isLower: op.startsWith('>'),
      constant: ofRight,
      shown: formatExpression(right),
    };
  const ofLeft = constantOf(left);
  return ofLeft === undefined
    ? undefined
    : { value: formatExpression(right), isLower: op.startsWith('<'), constant: ofLeft, shown: formatExpression(left) };
}

/** x IN ('a', NULL), x NOT IN ('a', NULL): in ksqlDB, unlike other databases, the latter is true where x is NULL. */
function nullInList({ value, list }: In): readonly string[] {
  if (!list.some((e) => e.kind === 'NullLiteral')) return [];
  const shown = formatExpression(value);
  return [
    `NULL in a list is equal to nothing: leave it out. IN (…) OR ${shown} IS NULL takes rows without a value in; NOT IN (…) takes them anyway, and AND ${shown} IS NOT NULL leaves them out.`,
  ];
}
