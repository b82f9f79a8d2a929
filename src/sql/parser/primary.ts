import type { CaseBranch, Expression, IntervalUnitName, MapEntry, StructEntry } from '../ast/expressions.ts';
import type { Token } from '../lexer/token.ts';
import { identifierOf, isNameToken, tokenSpan, type Cursor } from './cursor.ts';
import { acceptLiteral } from './literals.ts';
import { EXPRESSION } from './syntax-error.ts';
import { parseTypeSyntax } from './types.ts';

/** The parser of whole expressions; passed as a parameter, because the two parsers call each other. */
type ParseExpression = (c: Cursor) => Expression;

const UNITS: ReadonlyMap<string, IntervalUnitName> = new Map(
  (['MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS', 'WEEKS', 'MONTHS', 'YEARS'] as const).flatMap((unit) => [
    [unit, unit] as const,
    [unit.slice(0, -1), unit] as const,
  ]),
);

/** A literal, a name, a call, a constructor, CASE, CAST, or an expression in parentheses. Sets `c.height`. */
export function parsePrimary(cursor: Cursor, expression: ParseExpression): Expression {
  const start = cursor.token;
  const literal = start.kind === '-' ? null : acceptLiteral(cursor);
  if (literal !== null) {
    cursor.height = 1;
    return literal;
  }
  if (start.kind === '(') {
    cursor.advance();
    const inner = expression(cursor);
    cursor.expect(')');
    return inner;
  }
  if (start.kind === 'word') {
    const special = keywordExpression(cursor, start, expression);
    if (special !== null) return special;
  }
  if (!cursor.isName()) {
    cursor.noteExpected(EXPRESSION);
    throw cursor.failure();
  }
  return nameOrCall(cursor, start, expression);
}

function keywordExpression(cursor: Cursor, start: Token, expression: ParseExpression): Expression | null {
  switch (start.text) {
    case 'CASE':
      return caseExpression(cursor, start, expression);
    case 'CAST': {
      cursor.advance();
      cursor.expect('(');
      const operand = expression(cursor);
      const height = cursor.height;
      cursor.expectWord('AS');
      const type = parseTypeSyntax(cursor);
      cursor.expect(')');
      cursor.height = cursor.checkHeight(height + 1);
      return { kind: 'Cast', span: cursor.spanFrom(start), operand, type };
    }
    case 'ARRAY': {
      if (cursor.peek().kind !== '[') return null;
      cursor.advance();
      cursor.advance();
      const items = separated(cursor, ']', () => expression(cursor));
      return { kind: 'ArrayConstructor', span: cursor.spanFrom(start), items };
    }
    case 'MAP': {
      if (cursor.peek().kind !== '(') return null;
      cursor.advance();
      cursor.advance();
      const entries = separated(cursor, ')', (): MapEntry => {
        const entryStart = cursor.token;
        const key = expression(cursor);
        const keyHeight = cursor.height;
        cursor.expect(':=');
        const value = expression(cursor);
        cursor.height = Math.max(keyHeight, cursor.height);
        return { kind: 'MapEntry', span: cursor.spanFrom(entryStart), key, value };
      });
      return { kind: 'MapConstructor', span: cursor.spanFrom(start), entries };
    }
    case 'STRUCT': {
      if (cursor.peek().kind !== '(') return null;
      cursor.advance();
      cursor.advance();
      const fields = separated(cursor, ')', (): StructEntry => {
        const name = cursor.identifier();
        cursor.expect(':=');
        const value = expression(cursor);
        return { kind: 'StructEntry', span: cursor.spanFrom(name.span), name: name.name, value };
      });
      return { kind: 'StructConstructor', span: cursor.spanFrom(start), fields };
    }
    default:
      return null;
  }
}

/** Parses items up to and including `close`; stores the height of their parent node in `c.height`. */
function separated<T>(cursor: Cursor, close: ')' | ']', item: () => T): T[] {
  const items: T[] = [];
  let height = 0;
  if (!cursor.is(close)) {
    do {
      cursor.height = 0;
      items.push(item());
      height = Math.max(height, cursor.height);
    } while (cursor.accept(','));
  }
  cursor.expect(close);
  cursor.height = cursor.checkHeight(height + 1);
  return items;
}

function caseExpression(cursor: Cursor, start: Token, expression: ParseExpression): Expression {
  cursor.advance();
  let height = 0;
  const part = (): Expression => {
    const parsed = expression(cursor);
    height = Math.max(height, cursor.height);
    return parsed;
  };
  const operand = cursor.isWord('WHEN') ? null : part();
  const branches: CaseBranch[] = [];
  while (branches.length === 0 ? cursor.expectWord('WHEN') : cursor.acceptWord('WHEN')) {
    const branchStart = cursor.token;
    const when = part();
    cursor.expectWord('THEN');
    const then = part();
    // oxlint-disable-next-line unicorn/no-thenable -- a node is never awaited
    branches.push({ kind: 'CaseBranch', span: cursor.spanFrom(branchStart), when, then });
  }
  const otherwise = cursor.acceptWord('ELSE') ? part() : null;
  cursor.expectWord('END');
  cursor.height = cursor.checkHeight(height + 1);
  return { kind: 'Case', span: cursor.spanFrom(start), operand, branches, otherwise };
}

function nameOrCall(cursor: Cursor, start: Token, expression: ParseExpression): Expression {
  const next = cursor.peek();
  if (next.kind === '(') return call(cursor, start, expression);
  cursor.advance();
  cursor.height = 1;
  if (next.kind === '.') {
    cursor.advance();
    const name = cursor.identifier().name;
    return { kind: 'ColumnReference', span: cursor.spanFrom(start), qualifier: start.text, name };
  }
  if (cursor.lambdaParams.has(start.text)) return { kind: 'LambdaVariable', span: tokenSpan(start), name: start.text };
  return { kind: 'ColumnReference', span: tokenSpan(start), qualifier: null, name: start.text };
}

function call(cursor: Cursor, start: Token, expression: ParseExpression): Expression {
  cursor.advance();
  cursor.expect('(');
  const name = start.text.toUpperCase();
  if (cursor.is('*')) {
    cursor.advance();
    cursor.expect(')');
    cursor.height = 1;
    return { kind: 'FunctionCall', span: cursor.spanFrom(start), name, args: [], star: true };
  }
  let first = true;
  const args = separated(cursor, ')', () => {
    const parsed = argument(cursor, first, expression);
    first = false;
    return parsed;
  });
  return { kind: 'FunctionCall', span: cursor.spanFrom(start), name, args, star: false };
}

function argument(cursor: Cursor, first: boolean, expression: ParseExpression): Expression {
  const start = cursor.token;
  if (isNameToken(start) && cursor.peek().kind === '=>') return lambda(cursor, start, expression);
  if (start.kind === '(' && lambdaListAhead(cursor)) return lambda(cursor, start, expression);
  if (first && start.kind === 'word' && cursor.peek().kind === ',') {
    const unit = UNITS.get(start.text);
    if (unit !== undefined && !cursor.lambdaParams.has(start.text)) {
      cursor.advance();
      cursor.height = 1;
      return { kind: 'IntervalUnit', span: tokenSpan(start), unit, name: start.text };
    }
  }
  return expression(cursor);
}

/** At `(`: whether `(a, b, ...) =>` follows. Stops at the first token that cannot be part of it. */
function lambdaListAhead(cursor: Cursor): boolean {
  if (cursor.peek(1).kind === ')') return cursor.peek(2).kind === '=>';
  for (let n = 1; ; n += 2) {
    if (!isNameToken(cursor.peek(n))) return false;
    const after = cursor.peek(n + 1).kind;
    if (after === ')') return cursor.peek(n + 2).kind === '=>';
    if (after !== ',') return false;
  }
}

function lambda(cursor: Cursor, start: Token, expression: ParseExpression): Expression {
  const params: string[] = [];
  if (cursor.is('(')) {
    cursor.advance();
    if (!cursor.is(')'))
      do params.push(cursor.identifier().name);
      while (cursor.accept(','));
    cursor.expect(')');
  } else {
    params.push(identifierOf(cursor.advance()).name);
  }
  cursor.expect('=>');
  for (const param of params) cursor.lambdaParams.set(param, (cursor.lambdaParams.get(param) ?? 0) + 1);
  const body = expression(cursor);
  for (const param of params) {
    const bound = cursor.lambdaParams.get(param)! - 1;
    if (bound === 0) cursor.lambdaParams.delete(param);
    else cursor.lambdaParams.set(param, bound);
  }
  cursor.height = cursor.checkHeight(cursor.height + 1);
  return { kind: 'Lambda', span: cursor.spanFrom(start), params, body };
}
