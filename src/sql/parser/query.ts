import type { Expression } from '../ast/expressions.ts';
import type { Identifier } from '../ast/node.ts';
import type { AliasedSource, From, Join, Query, SelectItem, SingleColumn, SortItem, Within } from '../ast/query.ts';
import type { Cursor } from './cursor.ts';
import { isNameToken, tokenSpan } from './cursor.ts';
import { parseExpression, parseValueExpression } from './expressions.ts';
import { buildError } from './syntax-error.ts';
import { parseDuration, parseWindow } from './windows.ts';

/** Parses a query, beginning at SELECT. */
export function parseQuery(cursor: Cursor): Query {
  const start = cursor.expectWord('SELECT');
  const second = cursor.token;
  const distinct = cursor.acceptWord('DISTINCT');
  const select: SelectItem[] = [];
  do select.push(selectItem(cursor));
  while (cursor.accept(','));
  cursor.expectWord('FROM');
  const from = fromClause(cursor);
  const windowStart = cursor.token;
  const window = cursor.acceptWord('WINDOW') ? parseWindow(cursor, windowStart) : null;
  const where = cursor.acceptWord('WHERE') ? parseExpression(cursor) : null;
  const partitionBy = cursor.acceptWords('PARTITION', 'BY') ? expressionList(cursor, 'PARTITION BY') : [];
  const groupBy = cursor.acceptWords('GROUP', 'BY') ? expressionList(cursor, 'GROUP BY') : [];
  const having = cursor.acceptWord('HAVING') ? parseExpression(cursor) : null;
  const order = cursor.token;
  // The next token is read only after ORDER, because it may be invalid as a token.
  const by = cursor.isWord('ORDER') ? cursor.peek() : order;
  const orderBy = cursor.acceptWords('ORDER', 'BY') ? sortItems(cursor) : [];
  const emitStart = cursor.token;
  const emit = cursor.acceptWord('EMIT') ? emitted(cursor) : null;
  const final = emit === 'FINAL' ? cursor.spanFrom(emitStart) : undefined;
  const limit = cursor.acceptWord('LIMIT') ? limitClause(cursor) : null;
  return {
    kind: 'Query',
    span: cursor.spanFrom(start),
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

function sortItems(cursor: Cursor): SortItem[] {
  const items: SortItem[] = [];
  do {
    const start = cursor.token;
    const expression = parseValueExpression(cursor);
    const descending = !cursor.acceptWord('ASC') && cursor.acceptWord('DESC');
    items.push({ kind: 'SortItem', expression, descending, nulls: nullsOrder(cursor), span: cursor.spanFrom(start) });
  } while (cursor.accept(','));
  return items;
}

function nullsOrder(cursor: Cursor): SortItem['nulls'] {
  if (!cursor.acceptWord('NULLS')) return null;
  if (cursor.acceptWord('FIRST')) return 'FIRST';
  cursor.expectWord('LAST');
  return 'LAST';
}

function emitted(cursor: Cursor): 'CHANGES' | 'FINAL' {
  if (cursor.acceptWord('CHANGES')) return 'CHANGES';
  if (cursor.acceptWord('FINAL')) return 'FINAL';
  throw cursor.failure();
}

/** An integer, which may be negative: the engine rejects that with its own message. */
function limitClause(cursor: Cursor): number {
  const start = cursor.token;
  const negative = cursor.is('-');
  if (negative) cursor.advance();
  const token = cursor.token;
  if (token.kind === 'decimal' || token.kind === 'double') {
    throw buildError('Value must be integer for command: LIMIT', tokenSpan(token));
  }
  cursor.expectClass('integer', 'INTEGER_VALUE');
  const value = Number(token.text);
  if (value > 2_147_483_647)
    throw buildError(`Value must be integer for command: LIMIT. Got: ${token.text}`, cursor.spanFrom(start));
  return negative && value !== 0 ? -value : value;
}

function selectItem(cursor: Cursor): SelectItem {
  const start = cursor.token;
  if (cursor.is('*')) {
    cursor.advance();
    return { kind: 'AllColumns', span: tokenSpan(start), qualifier: null };
  }
  if (isNameToken(start) && cursor.peek(1).kind === '.' && cursor.peek(2).kind === '*') {
    const qualifier = cursor.identifier().name;
    cursor.advance();
    cursor.advance();
    return { kind: 'AllColumns', span: cursor.spanFrom(start), qualifier };
  }
  const expression = parseExpression(cursor);
  if (cursor.is('->')) {
    cursor.advance();
    cursor.expect('*');
    return { kind: 'StructAll', span: cursor.spanFrom(start), base: expression };
  }
  const alias = optionalAlias(cursor);
  const column: SingleColumn = { kind: 'SingleColumn', span: cursor.spanFrom(start), expression, alias };
  return column;
}

/** `AS name`, or a bare name. */
function optionalAlias(cursor: Cursor): Identifier | null {
  if (cursor.acceptWord('AS')) return cursor.identifier();
  if (!cursor.isName()) return null;
  // These clauses begin with words that are names elsewhere.
  if ((cursor.isWord('PARTITION') || cursor.isWord('ORDER')) && cursor.peek().text === 'BY') return null;
  return cursor.bareAlias();
}

function fromClause(cursor: Cursor): From {
  const start = cursor.token;
  const source = aliasedSource(cursor);
  const joins: Join[] = [];
  for (let join = optionalJoin(cursor); join !== null; join = optionalJoin(cursor)) joins.push(join);
  return { kind: 'From', span: cursor.spanFrom(start), source, joins };
}

function aliasedSource(cursor: Cursor): AliasedSource {
  const start = cursor.token;
  const name = cursor.identifier();
  const alias = optionalAlias(cursor);
  return { kind: 'AliasedSource', span: cursor.spanFrom(start), name, alias };
}

function optionalJoin(cursor: Cursor): Join | null {
  const start = cursor.token;
  const type = joinType(cursor);
  if (type === null) return null;
  const source = aliasedSource(cursor);
  const within = cursor.acceptWord('WITHIN') ? withinClause(cursor) : null;
  cursor.expectWord('ON');
  const on = parseExpression(cursor);
  return { kind: 'Join', span: cursor.spanFrom(start), type, source, within, on };
}

/** Consumes the words up to and including JOIN; null when no join follows. */
function joinType(cursor: Cursor): Join['type'] | null {
  if (cursor.acceptWord('JOIN')) return 'INNER';
  let type: Join['type'];
  if (cursor.acceptWord('INNER')) type = 'INNER';
  else if (cursor.acceptWord('LEFT')) type = 'LEFT';
  else if (cursor.acceptWord('RIGHT')) type = 'RIGHT';
  else if (cursor.acceptWord('FULL')) type = 'OUTER';
  else return null;
  if (type !== 'INNER') cursor.acceptWord('OUTER');
  cursor.expectWord('JOIN');
  return type;
}

function withinClause(cursor: Cursor): Within {
  const first = cursor.token;
  let before;
  let after;
  if (cursor.accept('(')) {
    before = parseDuration(cursor);
    cursor.expect(',');
    after = parseDuration(cursor);
    cursor.expect(')');
  } else {
    before = after = parseDuration(cursor);
  }
  const grace = cursor.acceptWords('GRACE', 'PERIOD') ? parseDuration(cursor) : null;
  return { kind: 'Within', span: cursor.spanFrom(first), before, after, grace };
}

/**
 * `a, b + 1`, or one list in parentheses: `(a, b)`, `()`. Each item is a value expression; AND and similar operators
 * need parentheses.
 */
function expressionList(cursor: Cursor, clause: string): Expression[] {
  if (cursor.is('(') && isParenthesisedList(cursor)) {
    const open = cursor.token;
    cursor.advance();
    if (cursor.is(')')) throw buildError(`${clause} requires at least one expression`, tokenSpan(open));
    const list: Expression[] = [];
    do list.push(parseExpression(cursor));
    while (cursor.accept(','));
    cursor.expect(')');
    return list;
  }
  const list: Expression[] = [];
  do list.push(parseValueExpression(cursor));
  while (cursor.accept(','));
  return list;
}

/**
 * At `(`: whether it is closed immediately, or contains a comma at its own level. A clause has only one such list, so
 * parsing stays linear.
 */
function isParenthesisedList(cursor: Cursor): boolean {
  if (cursor.peek().kind === ')') return true;
  let depth = 1;
  for (let n = 1; depth > 0; n++) {
    switch (cursor.peek(n).kind) {
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
