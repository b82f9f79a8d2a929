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
export function parseExpression(c: Cursor): Expression {
  c.enter();
  const expression = disjunction(c);
  c.leave();
  return expression;
}

function disjunction(c: Cursor): Expression {
  const start = c.token;
  let left = conjunction(c);
  while (c.isWord('OR')) left = logical(c, start, left, 'OR', conjunction);
  return left;
}

function conjunction(c: Cursor): Expression {
  const start = c.token;
  let left = negation(c);
  while (c.isWord('AND')) left = logical(c, start, left, 'AND', negation);
  return left;
}

function logical(
  c: Cursor,
  start: Token,
  left: Expression,
  op: 'AND' | 'OR',
  operand: (c: Cursor) => Expression,
): Expression {
  const height = c.height;
  c.advance();
  const right = operand(c);
  c.height = c.checkHeight(Math.max(height, c.height) + 1);
  return { kind: 'Logical', span: c.spanFrom(start), op, left, right };
}

function negation(c: Cursor): Expression {
  const start = c.token;
  if (!c.isWord('NOT')) return predicate(c);
  c.advance();
  c.enter();
  const operand = negation(c);
  c.leave();
  c.height++;
  return { kind: 'Not', span: c.spanFrom(start), operand };
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

function predicate(c: Cursor): Expression {
  const start = c.token;
  const value = parseValueExpression(c);
  const height = c.height;
  const op = COMPARISONS.get(c.token.kind);
  if (op !== undefined) {
    c.advance();
    const right = parseValueExpression(c);
    c.height = c.checkHeight(Math.max(height, c.height) + 1);
    return { kind: 'Comparison', span: c.spanFrom(start), op, left: value, right };
  }
  if (c.token.kind !== 'word') return value;
  switch (c.token.text) {
    case 'IS':
      c.advance();
      return isPredicate(c, start, value, height);
    case 'BETWEEN':
    case 'IN':
    case 'LIKE':
      return rangePredicate(c, start, value, height);
    case 'NOT': {
      c.advance();
      const operand = rangePredicate(c, start, value, height);
      c.height++;
      return { kind: 'Not', span: operand.span, operand };
    }
    default:
      return value;
  }
}

/** Parses what follows IS. */
function isPredicate(c: Cursor, start: Token, operand: Expression, height: number): Expression {
  const negated = c.acceptWord('NOT');
  if (c.acceptWord('NULL')) {
    c.height = c.checkHeight(height + 1);
    return { kind: 'IsNull', span: c.spanFrom(start), operand, negated };
  }
  c.expectWord('DISTINCT');
  c.expectWord('FROM');
  const right = parseValueExpression(c);
  c.height = c.checkHeight(Math.max(height, c.height) + 1);
  const op = negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
  return { kind: 'Comparison', span: c.spanFrom(start), op, left: operand, right };
}

/** Parses a predicate, beginning at BETWEEN, IN or LIKE. */
function rangePredicate(c: Cursor, start: Token, value: Expression, valueHeight: number): Expression {
  let height = valueHeight;
  const operand = (): Expression => {
    const expression = parseValueExpression(c);
    height = Math.max(height, c.height);
    return expression;
  };
  let result: Expression;
  if (c.acceptWord('BETWEEN')) {
    const min = operand();
    c.expectWord('AND');
    const max = operand();
    result = { kind: 'Between', span: c.spanFrom(start), value, min, max };
  } else if (c.acceptWord('IN')) {
    c.expect('(');
    const list: Expression[] = [];
    do {
      list.push(parseExpression(c));
      height = Math.max(height, c.height);
    } while (c.accept(','));
    c.expect(')');
    result = { kind: 'In', span: c.spanFrom(start), value, list };
  } else {
    c.expectWord('LIKE');
    const pattern = operand();
    result = { kind: 'Like', span: c.spanFrom(start), value, pattern, escape: escapeClause(c) };
  }
  c.height = c.checkHeight(height + 1);
  return result;
}

function escapeClause(c: Cursor): string | null {
  if (!c.isWord('ESCAPE')) return null;
  c.advance();
  const token = c.expectClass('string', 'STRING');
  if (Array.from(token.text).length !== 1) {
    throw buildError(
      `line ${token.line}:${token.column + 2}: Expected single character escape but got: ${token.text}`,
      c.spanFrom(token),
    );
  }
  return token.text;
}

/**
 * What ksqlDB's grammar calls a value expression: every level that binds tighter than predicates. GROUP BY and
 * PARTITION BY accept these.
 */
export function parseValueExpression(c: Cursor): Expression {
  const start = c.token;
  let left = sum(c);
  while (c.is('||')) {
    const height = c.height;
    c.advance();
    const right = sum(c);
    c.height = c.checkHeight(Math.max(height, c.height) + 1);
    const call: FunctionCall = {
      kind: 'FunctionCall',
      span: c.spanFrom(start),
      name: 'CONCAT',
      args: [left, right],
      star: false,
    };
    left = call;
  }
  return left;
}

function sum(c: Cursor): Expression {
  const start = c.token;
  let left = product(c);
  while (c.is('+') || c.is('-')) {
    const height = c.height;
    const op = c.advance().kind as '+' | '-';
    const right = product(c);
    c.height = c.checkHeight(Math.max(height, c.height) + 1);
    left = { kind: 'Arithmetic', span: c.spanFrom(start), op, left, right };
  }
  return left;
}

function product(c: Cursor): Expression {
  const start = c.token;
  let left = signed(c);
  while (c.is('*') || c.is('/') || c.is('%')) {
    const height = c.height;
    const op = c.advance().kind as '*' | '/' | '%';
    const right = signed(c);
    c.height = c.checkHeight(Math.max(height, c.height) + 1);
    left = { kind: 'Arithmetic', span: c.spanFrom(start), op, left, right };
  }
  return left;
}

function signed(c: Cursor): Expression {
  const start = c.token;
  if (start.kind !== '-' && start.kind !== '+') return postfixed(c, start, parsePrimary(c, parseExpression));
  const op = c.advance().kind as '-' | '+';
  if (op === '-' && isNumber(c.token)) {
    c.height = 1;
    return postfixed(c, start, numberLiteral(c.advance(), start));
  }
  c.enter();
  const operand = signed(c);
  c.leave();
  c.height++;
  return { kind: 'Unary', span: c.spanFrom(start), op, operand };
}

function postfixed(c: Cursor, start: Token, primary: Expression): Expression {
  let base = primary;
  for (;;) {
    if (c.is('[')) {
      const height = c.height;
      c.advance();
      c.enter();
      const index = parseValueExpression(c);
      c.leave();
      c.expect(']');
      c.height = c.checkHeight(Math.max(height, c.height) + 1);
      base = { kind: 'Subscript', span: c.spanFrom(start), base, index };
    } else if (c.is('->') && c.peek().kind !== '*') {
      c.advance();
      const field = c.identifier().name;
      c.height = c.checkHeight(c.height + 1);
      base = { kind: 'FieldAccess', span: c.spanFrom(start), base, field };
    } else {
      return base;
    }
  }
}
