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
export function parsePrimary(c: Cursor, expression: ParseExpression): Expression {
  const start = c.token;
  const literal = start.kind === '-' ? null : acceptLiteral(c);
  if (literal !== null) {
    c.height = 1;
    return literal;
  }
  if (start.kind === '(') {
    c.advance();
    const inner = expression(c);
    c.expect(')');
    return inner;
  }
  if (start.kind === 'word') {
    const special = keywordExpression(c, start, expression);
    if (special !== null) return special;
  }
  if (!c.isName()) {
    c.wish(EXPRESSION);
    throw c.failure();
  }
  return nameOrCall(c, start, expression);
}

function keywordExpression(c: Cursor, start: Token, expression: ParseExpression): Expression | null {
  switch (start.text) {
    case 'CASE':
      return caseExpression(c, start, expression);
    case 'CAST': {
      c.advance();
      c.expect('(');
      const operand = expression(c);
      const height = c.height;
      c.expectWord('AS');
      const type = parseTypeSyntax(c);
      c.expect(')');
      c.height = c.checkHeight(height + 1);
      return { kind: 'Cast', span: c.spanFrom(start), operand, type };
    }
    case 'ARRAY': {
      if (c.peek().kind !== '[') return null;
      c.advance();
      c.advance();
      const items = separated(c, ']', () => expression(c));
      return { kind: 'ArrayConstructor', span: c.spanFrom(start), items };
    }
    case 'MAP': {
      if (c.peek().kind !== '(') return null;
      c.advance();
      c.advance();
      const entries = separated(c, ')', (): MapEntry => {
        const entryStart = c.token;
        const key = expression(c);
        const keyHeight = c.height;
        c.expect(':=');
        const value = expression(c);
        c.height = Math.max(keyHeight, c.height);
        return { kind: 'MapEntry', span: c.spanFrom(entryStart), key, value };
      });
      return { kind: 'MapConstructor', span: c.spanFrom(start), entries };
    }
    case 'STRUCT': {
      if (c.peek().kind !== '(') return null;
      c.advance();
      c.advance();
      const fields = separated(c, ')', (): StructEntry => {
        const name = c.identifier();
        c.expect(':=');
        const value = expression(c);
        return { kind: 'StructEntry', span: c.spanFrom(name.span), name: name.name, value };
      });
      return { kind: 'StructConstructor', span: c.spanFrom(start), fields };
    }
    default:
      return null;
  }
}

/** Parses items up to and including `close`; stores the height of their parent node in `c.height`. */
function separated<T>(c: Cursor, close: ')' | ']', item: () => T): T[] {
  const items: T[] = [];
  let height = 0;
  if (!c.is(close)) {
    do {
      c.height = 0;
      items.push(item());
      height = Math.max(height, c.height);
    } while (c.accept(','));
  }
  c.expect(close);
  c.height = c.checkHeight(height + 1);
  return items;
}

function caseExpression(c: Cursor, start: Token, expression: ParseExpression): Expression {
  c.advance();
  let height = 0;
  const part = (): Expression => {
    const parsed = expression(c);
    height = Math.max(height, c.height);
    return parsed;
  };
  const operand = c.isWord('WHEN') ? null : part();
  const branches: CaseBranch[] = [];
  while (branches.length === 0 ? c.expectWord('WHEN') : c.acceptWord('WHEN')) {
    const branchStart = c.token;
    const when = part();
    c.expectWord('THEN');
    const then = part();
    // oxlint-disable-next-line unicorn/no-thenable -- a node is never awaited
    branches.push({ kind: 'CaseBranch', span: c.spanFrom(branchStart), when, then });
  }
  const otherwise = c.acceptWord('ELSE') ? part() : null;
  c.expectWord('END');
  c.height = c.checkHeight(height + 1);
  return { kind: 'Case', span: c.spanFrom(start), operand, branches, otherwise };
}

function nameOrCall(c: Cursor, start: Token, expression: ParseExpression): Expression {
  const next = c.peek();
  if (next.kind === '(') return call(c, start, expression);
  c.advance();
  c.height = 1;
  if (next.kind === '.') {
    c.advance();
    const name = c.identifier().name;
    return { kind: 'ColumnReference', span: c.spanFrom(start), qualifier: start.text, name };
  }
  if (c.lambdaParams.has(start.text)) return { kind: 'LambdaVariable', span: tokenSpan(start), name: start.text };
  return { kind: 'ColumnReference', span: tokenSpan(start), qualifier: null, name: start.text };
}

function call(c: Cursor, start: Token, expression: ParseExpression): Expression {
  c.advance();
  c.expect('(');
  const name = start.text.toUpperCase();
  if (c.is('*')) {
    c.advance();
    c.expect(')');
    c.height = 1;
    return { kind: 'FunctionCall', span: c.spanFrom(start), name, args: [], star: true };
  }
  let first = true;
  const args = separated(c, ')', () => {
    const parsed = argument(c, first, expression);
    first = false;
    return parsed;
  });
  return { kind: 'FunctionCall', span: c.spanFrom(start), name, args, star: false };
}

function argument(c: Cursor, first: boolean, expression: ParseExpression): Expression {
  const start = c.token;
  if (isNameToken(start) && c.peek().kind === '=>') return lambda(c, start, expression);
  if (start.kind === '(' && lambdaListAhead(c)) return lambda(c, start, expression);
  if (first && start.kind === 'word' && c.peek().kind === ',') {
    const unit = UNITS.get(start.text);
    if (unit !== undefined && !c.lambdaParams.has(start.text)) {
      c.advance();
      c.height = 1;
      return { kind: 'IntervalUnit', span: tokenSpan(start), unit, name: start.text };
    }
  }
  return expression(c);
}

/** At `(`: whether `(a, b, ...) =>` follows. Stops at the first token that cannot be part of it. */
function lambdaListAhead(c: Cursor): boolean {
  if (c.peek(1).kind === ')') return c.peek(2).kind === '=>';
  for (let n = 1; ; n += 2) {
    if (!isNameToken(c.peek(n))) return false;
    const after = c.peek(n + 1).kind;
    if (after === ')') return c.peek(n + 2).kind === '=>';
    if (after !== ',') return false;
  }
}

function lambda(c: Cursor, start: Token, expression: ParseExpression): Expression {
  const params: string[] = [];
  if (c.is('(')) {
    c.advance();
    if (!c.is(')'))
      do params.push(c.identifier().name);
      while (c.accept(','));
    c.expect(')');
  } else {
    params.push(identifierOf(c.advance()).name);
  }
  c.expect('=>');
  for (const param of params) c.lambdaParams.set(param, (c.lambdaParams.get(param) ?? 0) + 1);
  const body = expression(c);
  for (const param of params) {
    const bound = c.lambdaParams.get(param)! - 1;
    if (bound === 0) c.lambdaParams.delete(param);
    else c.lambdaParams.set(param, bound);
  }
  c.height = c.checkHeight(c.height + 1);
  return { kind: 'Lambda', span: c.spanFrom(start), params, body };
}
