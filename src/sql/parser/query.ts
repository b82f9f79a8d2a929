import type { Expression } from '../ast/expressions.ts';
import type { Identifier } from '../ast/node.ts';
import type { AliasedSource, From, Join, Query, SelectItem, SingleColumn, SortItem, Within } from '../ast/query.ts';
import type { Cursor } from './cursor.ts';
import { isNameToken, tokenSpan } from './cursor.ts';
import { parseExpression, parseValueExpression } from './expressions.ts';
import { buildError } from './syntax-error.ts';
import { parseDuration, parseWindow } from './windows.ts';

/** Parses a query, beginning at SELECT. */
export function parseQuery(c: Cursor): Query {
  const start = c.expectWord('SELECT');
  const second = c.token;
  const distinct = c.acceptWord('DISTINCT');
  const select: SelectItem[] = [];
  do select.push(selectItem(c));
  while (c.accept(','));
  c.expectWord('FROM');
  const from = fromClause(c);
  const windowStart = c.token;
  const window = c.acceptWord('WINDOW') ? parseWindow(c, windowStart) : null;
  const where = c.acceptWord('WHERE') ? parseExpression(c) : null;
  const partitionBy = c.acceptWords('PARTITION', 'BY') ? expressionList(c, 'PARTITION BY') : [];
  const groupBy = c.acceptWords('GROUP', 'BY') ? expressionList(c, 'GROUP BY') : [];
  const having = c.acceptWord('HAVING') ? parseExpression(c) : null;
  const order = c.token;
  // The next token is read only after ORDER, because it may be invalid as a token.
  const by = c.isWord('ORDER') ? c.peek() : order;
  const orderBy = c.acceptWords('ORDER', 'BY') ? sortItems(c) : [];
  const emitStart = c.token;
  const emit = c.acceptWord('EMIT') ? emitted(c) : null;
  const final = emit === 'FINAL' ? c.spanFrom(emitStart) : undefined;
  const limit = c.acceptWord('LIMIT') ? limitClause(c) : null;
  return {
    kind: 'Query',
    span: c.spanFrom(start),
    distinct,
    select,
    from,
    window,
    where,
    partitionBy,
    groupBy,
    having,
    orderBy,
    ...((distinct || orderBy.length > 0 || final !== undefined) && {
      words: {
        ...(distinct && { distinct: tokenSpan(second) }),
        ...(orderBy.length > 0 && { order: tokenSpan(order), by: tokenSpan(by) }),
        ...(final !== undefined && { final }),
      },
    }),
    emit,
    limit,
  };
}

function sortItems(c: Cursor): SortItem[] {
  const items: SortItem[] = [];
  do {
    const start = c.token;
    const expression = parseValueExpression(c);
    const descending = !c.acceptWord('ASC') && c.acceptWord('DESC');
    items.push({ kind: 'SortItem', expression, descending, nulls: nullsOrder(c), span: c.spanFrom(start) });
  } while (c.accept(','));
  return items;
}

function nullsOrder(c: Cursor): SortItem['nulls'] {
  if (!c.acceptWord('NULLS')) return null;
  if (c.acceptWord('FIRST')) return 'FIRST';
  c.expectWord('LAST');
  return 'LAST';
}

function emitted(c: Cursor): 'CHANGES' | 'FINAL' {
  if (c.acceptWord('CHANGES')) return 'CHANGES';
  if (c.acceptWord('FINAL')) return 'FINAL';
  throw c.failure();
}

/** An integer, which may be negative: the engine rejects that with its own message. */
function limitClause(c: Cursor): number {
  const start = c.token;
  const negative = c.is('-');
  if (negative) c.advance();
  const token = c.token;
  if (token.kind === 'decimal' || token.kind === 'double') {
    throw buildError('Value must be integer for command: LIMIT', tokenSpan(token));
  }
  c.expectClass('integer', 'INTEGER_VALUE');
  const value = Number(token.text);
  if (value > 2_147_483_647)
    throw buildError(`Value must be integer for command: LIMIT. Got: ${token.text}`, c.spanFrom(start));
  return negative && value !== 0 ? -value : value;
}

function selectItem(c: Cursor): SelectItem {
  const start = c.token;
  if (c.is('*')) {
    c.advance();
    return { kind: 'AllColumns', span: tokenSpan(start), qualifier: null };
  }
  if (isNameToken(start) && c.peek(1).kind === '.' && c.peek(2).kind === '*') {
    const qualifier = c.identifier().name;
    c.advance();
    c.advance();
    return { kind: 'AllColumns', span: c.spanFrom(start), qualifier };
  }
  const expression = parseExpression(c);
  if (c.is('->')) {
    c.advance();
    c.expect('*');
    return { kind: 'StructAll', span: c.spanFrom(start), base: expression };
  }
  const alias = optionalAlias(c);
  const column: SingleColumn = { kind: 'SingleColumn', span: c.spanFrom(start), expression, alias };
  return column;
}

/** `AS name`, or a bare name. */
function optionalAlias(c: Cursor): Identifier | null {
  if (c.acceptWord('AS')) return c.identifier();
  if (!c.isName()) return null;
  // These clauses begin with words that are names elsewhere.
  if ((c.isWord('PARTITION') || c.isWord('ORDER')) && c.peek().text === 'BY') return null;
  return c.bareAlias();
}

function fromClause(c: Cursor): From {
  const start = c.token;
  const source = aliasedSource(c);
  const joins: Join[] = [];
  for (let join = optionalJoin(c); join !== null; join = optionalJoin(c)) joins.push(join);
  return { kind: 'From', span: c.spanFrom(start), source, joins };
}

function aliasedSource(c: Cursor): AliasedSource {
  const start = c.token;
  const name = c.identifier();
  const alias = optionalAlias(c);
  return { kind: 'AliasedSource', span: c.spanFrom(start), name, alias };
}

function optionalJoin(c: Cursor): Join | null {
  const start = c.token;
  const type = joinType(c);
  if (type === null) return null;
  const source = aliasedSource(c);
  const within = c.acceptWord('WITHIN') ? withinClause(c) : null;
  c.expectWord('ON');
  const on = parseExpression(c);
  return { kind: 'Join', span: c.spanFrom(start), type, source, within, on };
}

/** Consumes the words up to and including JOIN; null when no join follows. */
function joinType(c: Cursor): Join['type'] | null {
  if (c.acceptWord('JOIN')) return 'INNER';
  let type: Join['type'];
  if (c.acceptWord('INNER')) type = 'INNER';
  else if (c.acceptWord('LEFT')) type = 'LEFT';
  else if (c.acceptWord('RIGHT')) type = 'RIGHT';
  else if (c.acceptWord('FULL')) type = 'OUTER';
  else return null;
  if (type !== 'INNER') c.acceptWord('OUTER');
  c.expectWord('JOIN');
  return type;
}

function withinClause(c: Cursor): Within {
  const first = c.token;
  let before;
  let after;
  if (c.accept('(')) {
    before = parseDuration(c);
    c.expect(',');
    after = parseDuration(c);
    c.expect(')');
  } else {
    before = after = parseDuration(c);
  }
  const grace = c.acceptWords('GRACE', 'PERIOD') ? parseDuration(c) : null;
  return { kind: 'Within', span: c.spanFrom(first), before, after, grace };
}

/**
 * `a, b + 1`, or one list in parentheses: `(a, b)`, `()`. Each item is a value expression; AND and similar operators
 * need parentheses.
 */
function expressionList(c: Cursor, clause: string): Expression[] {
  if (c.is('(') && isParenthesisedList(c)) {
    const open = c.token;
    c.advance();
    if (c.is(')')) throw buildError(`${clause} requires at least one expression`, tokenSpan(open));
    const list: Expression[] = [];
    do list.push(parseExpression(c));
    while (c.accept(','));
    c.expect(')');
    return list;
  }
  const list: Expression[] = [];
  do list.push(parseValueExpression(c));
  while (c.accept(','));
  return list;
}

/**
 * At `(`: whether it is closed immediately, or contains a comma at its own level. A clause has only one such list, so
 * parsing stays linear.
 */
function isParenthesisedList(c: Cursor): boolean {
  if (c.peek().kind === ')') return true;
  let depth = 1;
  for (let n = 1; depth > 0; n++) {
    switch (c.peek(n).kind) {
      case '(':
      case '[':
        depth++;
        break;
      case ')':
      case ']':
        depth--;
        break;
      case ',':
        if (depth === 1) return true;
        break;
      case 'end':
      case ';':
        return false;
    }
  }
  return false;
}
