import type { Duration, DurationUnit, Window } from '../ast/query.ts';
import type { Token } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { buildError } from './syntax-error.ts';

const UNIT_MS: Readonly<Record<DurationUnit, number>> = {
  MILLISECONDS: 1,
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: 86_400_000,
};

/** `10 SECONDS`, `1 DAY`. */
export function parseDuration(cursor: Cursor): Duration {
  const number = cursor.expectClass('integer', 'INTEGER_VALUE');
  const word = cursor.token;
  const unit = (word.text.endsWith('S') ? word.text : `${word.text}S`) as DurationUnit;
  if (word.kind !== 'word' || !Object.hasOwn(UNIT_MS, unit)) {
    for (const known of Object.keys(UNIT_MS)) cursor.noteExpected(`'${known}'`);
    throw cursor.failure();
  }
  cursor.advance();
  const value = Number(number.text);
  const ms = value * UNIT_MS[unit];
  const span = cursor.spanFrom(number);
  if (!Number.isSafeInteger(ms)) throw buildError(`Invalid duration: '${number.text} ${unit}' is too long`, span);
  return { kind: 'Duration', span, value, unit, ms };
}

/**
 * Parses what follows WINDOW, which is `start`: `[name] TUMBLING (SIZE ...)`, `HOPPING (SIZE ..., ADVANCE BY ...)`,
 * `SESSION (gap ...)`.
 */
export function parseWindow(cursor: Cursor, start: Token): Window {
  // The window may have a name; nothing refers to it.
  const next = cursor.peek();
  if (cursor.isName() && (next.text === 'TUMBLING' || next.text === 'HOPPING' || next.text === 'SESSION'))
    cursor.advance();
  if (cursor.acceptWord('TUMBLING')) {
    cursor.expect('(');
    const size = sizeClause(cursor);
    const rest = windowRest(cursor, false);
    return { kind: 'TumblingWindow', span: cursor.spanFrom(start), size, retention: rest.retention, grace: rest.grace };
  }
  if (cursor.acceptWord('HOPPING')) {
    cursor.expect('(');
    const size = sizeClause(cursor);
    const { advance, retention, grace } = windowRest(cursor, true);
    if (advance === null) throw cursor.failure();
    return { kind: 'HoppingWindow', span: cursor.spanFrom(start), size, advance, retention, grace };
  }
  if (cursor.acceptWord('SESSION')) {
    cursor.expect('(');
    const gap = parseDuration(cursor);
    const rest = windowRest(cursor, false);
    return { kind: 'SessionWindow', span: cursor.spanFrom(start), gap, retention: rest.retention, grace: rest.grace };
  }
  throw cursor.failure();
}

function sizeClause(cursor: Cursor): Duration {
  cursor.expectWord('SIZE');
  return parseDuration(cursor);
}

interface WindowRest {
  advance: Duration | null;
  retention: Duration | null;
  grace: Duration | null;
}

/** What follows the size, in any order and each at most once, and the closing parenthesis. */
function windowRest(cursor: Cursor, hopping: boolean): WindowRest {
  const rest: WindowRest = { advance: null, retention: null, grace: null };
  if (hopping) {
    cursor.expect(',');
    cursor.expectWord('ADVANCE');
    cursor.expectWord('BY');
    rest.advance = parseDuration(cursor);
  }
  while (cursor.accept(',')) {
    if (rest.retention === null && cursor.acceptWord('RETENTION')) rest.retention = parseDuration(cursor);
    else if (rest.grace === null && cursor.acceptWords('GRACE', 'PERIOD')) rest.grace = parseDuration(cursor);
    else throw cursor.failure();
  }
  cursor.expect(')');
  return rest;
}

/** `TIMEOUT 10 SECONDS`, or null. */
export function parseTimeout(cursor: Cursor): Duration | null {
  return cursor.acceptWord('TIMEOUT') ? parseDuration(cursor) : null;
}
