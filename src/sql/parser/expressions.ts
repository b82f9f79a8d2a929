import type { Comparison, Expression, FunctionCall } from '../ast/expressions.ts';
import type { Token } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parsePrimary } from './primary.ts';
import { isNumber, numberLiteral } from './literals.ts';
import { buildError } from './syntax-error.ts';

/*
 * Precedence, lowest first: OR, AND, NOT, one predicate (comparison, BETWEEN, IN, LIKE, IS), ||, + -, * / %, a sign,
 * and what follows a primary: [index], ->field. Every function stores the height of the tree that it returns in
 * `c.height`.
 */

/** A whole expression. */
export function parseExpression(cursor: Cursor): Expression {
  cursor.enter();
  const expression = disjunction(cursor);
  cursor.leave();
  return expression;
}

function disjunction(cursor: Cursor): Expression {
  const start = cursor.token;
  let left = conjunction(cursor);
  while (cursor.isWord('OR')) left = logical(cursor, start, left, 'OR', conjunction);
  return left;
}

function conjunction(cursor: Cursor): Expression {
  const start = cursor.token;
  let left = negation(cursor);
  while (cursor.isWord('AND')) left = logical(cursor, start, left, 'AND', negation);
  return left;
}

function logical(
  cursor: Cursor,
  start: Token,
  left: Expression,
  op: 'AND' | 'OR',
  operand: (c: Cursor) => Expression,
): Expression {
  const height = cursor.height;
  cursor.advance();
  const right = operand(cursor);
  cursor.height = cursor.checkHeight(Math.max(height, cursor.height) + 1);
  return { kind: 'Logical', span: cursor.spanFrom(start), op, left, right };
}

function negation(cursor: Cursor): Expression {
  const start = cursor.token;
  if (!cursor.isWord('NOT')) return predicate(cursor);
  cursor.advance();
  cursor.enter();
  const operand = negation(cursor);
  cursor.leave();
  cursor.height++;
  return { kind: 'Not', span: cursor.spanFrom(start), operand };
}

const COMPARISONS: ReadonlyMap<string, Comparison['op']> = new Map([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

function predicate(cursor: Cursor): Expression {
  const start = cursor.token;
  const value = parseValueExpression(cursor);
  const height = cursor.height;
  const op = COMPARISONS.get(cursor.token.kind);
  if (op !== undefined) {
    cursor.advance();
    const right = parseValueExpression(cursor);
    cursor.height = cursor.checkHeight(Math.max(height, cursor.height) + 1);
    return { kind: 'Comparison', span: cursor.spanFrom(start), op, left: value, right };
  }
  if (cursor.token.kind !== 'word') return value;
  switch (cursor.token.text) {
    case 'IS':
      cursor.advance();
      return isPredicate(cursor, start, value, height);
    case 'BETWEEN':
    case 'IN':
    case 'LIKE':
      return rangePredicate(cursor, start, value, height);
    case 'NOT': {
      cursor.advance();
      const operand = rangePredicate(cursor, start, value, height);
      cursor.height++;
      return { kind: 'Not', span: operand.span, operand };
    }
    default:
      return value;
  }
}

/** Parses what follows IS. */
function isPredicate(cursor: Cursor, start: Token, operand: Expression, height: number): Expression {
  const negated = cursor.acceptWord('NOT');
  if (cursor.acceptWord('NULL')) {
    cursor.height = cursor.checkHeight(height + 1);
    return { kind: 'IsNull', span: cursor.spanFrom(start), operand, negated };
  }
  cursor.expectWord('DISTINCT');
  cursor.expectWord('FROM');
  const right = parseValueExpression(cursor);
  cursor.height = cursor.checkHeight(Math.max(height, cursor.height) + 1);
  const op = negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
  return { kind: 'Comparison', span: cursor.spanFrom(start), op, left: operand, right };
}

/** Parses a predicate, beginning at BETWEEN, IN or LIKE. */
function rangePredicate(cursor: Cursor, start: Token, value: Expression, valueHeight: number): Expression {
  let height = valueHeight;
  const operand = (): Expression => {
    const expression = parseValueExpression(cursor);
    height = Math.max(height, cursor.height);
    return expression;
  };
  let result: Expression;
  if (cursor.acceptWord('BETWEEN')) {
    const min = operand();
    cursor.expectWord('AND');
    const max = operand();
    result = { kind: 'Between', span: cursor.spanFrom(start), value, min, max };
  } else if (cursor.acceptWord('IN')) {
    cursor.expect('(');
    const list: Expression[] = [];
    do {
      list.push(parseExpression(cursor));
      height = Math.max(height, cursor.height);
    } while (cursor.accept(','));
    cursor.expect(')');
    result = { kind: 'In', span: cursor.spanFrom(start), value, list };
  } else {
    cursor.expectWord('LIKE');
    const pattern = operand();
    result = { kind: 'Like', span: cursor.spanFrom(start), value, pattern, escape: escapeClause(cursor) };
  }
  cursor.height = cursor.checkHeight(height + 1);
  return result;
}

function escapeClause(cursor: Cursor): string | null {
  if (!cursor.isWord('ESCAPE')) return null;
  cursor.advance();
  const token = cursor.expectClass('string', 'STRING');
  if (Array.from(token.text).length !== 1) {
    throw buildError(
      `line ${token.line}:${token.column + 2}: Expected single character escape but got: ${token.text}`,
      cursor.spanFrom(token),
    );
  }
  return token.text;
}

/**
 * What ksqlDB's grammar calls a value expression: every level that binds tighter than predicates. GROUP BY and
 * PARTITION BY accept these.
 */
export function parseValueExpression(cursor: Cursor): Expression {
  const start = cursor.token;
  let left = sum(cursor);
  while (cursor.is('||')) {
    const height = cursor.height;
    cursor.advance();
    const right = sum(cursor);
    cursor.height = cursor.checkHeight(Math.max(height, cursor.height) + 1);
    const call: FunctionCall = {
      kind: 'FunctionCall',
      span: cursor.spanFrom(start),
      name: 'CONCAT',
      args: [left, right],
      star: false,
    };
    left = call;
  }
  return left;
}

function sum(cursor: Cursor): Expression {
  const start = cursor.token;
  let left = product(cursor);
  while (cursor.is('+') || cursor.is('-')) {
    const height = cursor.height;
    const op = cursor.advance().kind as '+' | '-';
    const right = product(cursor);
    cursor.height = cursor.checkHeight(Math.max(height, cursor.height) + 1);
    left = { kind: 'Arithmetic', span: cursor.spanFrom(start), op, left, right };
  }
  return left;
}

function product(cursor: Cursor): Expression {
  const start = cursor.token;
  let left = signed(cursor);
  while (cursor.is('*') || cursor.is('/') || cursor.is('%')) {
    const height = cursor.height;
    const op = cursor.advance().kind as '*' | '/' | '%';
    const right = signed(cursor);
    cursor.height = cursor.checkHeight(Math.max(height, cursor.height) + 1);
    left = { kind: 'Arithmetic', span: cursor.spanFrom(start), op, left, right };
  }
  return left;
}

function signed(cursor: Cursor): Expression {
  const start = cursor.token;
  if (start.kind !== '-' && start.kind !== '+') return postfixed(cursor, start, parsePrimary(cursor, parseExpression));
  const op = cursor.advance().kind as '-' | '+';
  if (op === '-' && isNumber(cursor.token)) {
    cursor.height = 1;
    return postfixed(cursor, start, numberLiteral(cursor.advance(), start));
  }
  cursor.enter();
  const operand = signed(cursor);
  cursor.leave();
  cursor.height++;
  return { kind: 'Unary', span: cursor.spanFrom(start), op, operand };
}

function postfixed(cursor: Cursor, start: Token, primary: Expression): Expression {
  let base = primary;
  for (;;) {
    if (cursor.is('[')) {
      const height = cursor.height;
      cursor.advance();
      cursor.enter();
      const index = parseValueExpression(cursor);
      cursor.leave();
      cursor.expect(']');
      cursor.height = cursor.checkHeight(Math.max(height, cursor.height) + 1);
      base = { kind: 'Subscript', span: cursor.spanFrom(start), base, index };
    } else if (cursor.is('->') && cursor.peek().kind !== '*') {
      cursor.advance();
      const field = cursor.identifier().name;
      cursor.height = cursor.checkHeight(cursor.height + 1);
      base = { kind: 'FieldAccess', span: cursor.spanFrom(start), base, field };
    } else {
      return base;
    }
  }
}
