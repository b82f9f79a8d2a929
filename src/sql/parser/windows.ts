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
export function parseDuration(c: Cursor): Duration {
  const number = c.expectClass('integer', 'INTEGER_VALUE');
  const word = c.token;
  const unit = (word.text.endsWith('S') ? word.text : `${word.text}S`) as DurationUnit;
  if (word.kind !== 'word' || !Object.hasOwn(UNIT_MS, unit)) {
    for (const known of Object.keys(UNIT_MS)) c.wish(`'${known}'`);
    throw c.failure();
  }
  c.advance();
  const value = Number(number.text);
  const ms = value * UNIT_MS[unit];
  const span = c.spanFrom(number);
  if (!Number.isSafeInteger(ms)) throw buildError(`Invalid duration: '${number.text} ${unit}' is too long`, span);
  return { kind: 'Duration', span, value, unit, ms };
}

/**
 * Parses what follows WINDOW, which is `start`: `[name] TUMBLING (SIZE ...)`, `HOPPING (SIZE ..., ADVANCE BY ...)`,
 * `SESSION (gap ...)`.
 */
export function parseWindow(c: Cursor, start: Token): Window {
  // The window may have a name; nothing refers to it.
  const next = c.peek();
  if (c.isName() && (next.text === 'TUMBLING' || next.text === 'HOPPING' || next.text === 'SESSION')) c.advance();
  if (c.acceptWord('TUMBLING')) {
    c.expect('(');
    const size = sizeClause(c);
    const rest = windowRest(c, false);
    return { kind: 'TumblingWindow', span: c.spanFrom(start), size, retention: rest.retention, grace: rest.grace };
  }
  if (c.acceptWord('HOPPING')) {
    c.expect('(');
    const size = sizeClause(c);
    const { advance, retention, grace } = windowRest(c, true);
    if (advance === null) throw c.failure();
    return { kind: 'HoppingWindow', span: c.spanFrom(start), size, advance, retention, grace };
  }
  if (c.acceptWord('SESSION')) {
    c.expect('(');
    const gap = parseDuration(c);
    const rest = windowRest(c, false);
    return { kind: 'SessionWindow', span: c.spanFrom(start), gap, retention: rest.retention, grace: rest.grace };
  }
  throw c.failure();
}

function sizeClause(c: Cursor): Duration {
  c.expectWord('SIZE');
  return parseDuration(c);
}

interface WindowRest {
  advance: Duration | null;
  retention: Duration | null;
  grace: Duration | null;
}

/** What follows the size, in any order and each at most once, and the closing parenthesis. */
function windowRest(c: Cursor, hopping: boolean): WindowRest {
  const rest: WindowRest = { advance: null, retention: null, grace: null };
  if (hopping) {
    c.expect(',');
    c.expectWord('ADVANCE');
    c.expectWord('BY');
    rest.advance = parseDuration(c);
  }
  while (c.accept(',')) {
    if (rest.retention === null && c.acceptWord('RETENTION')) rest.retention = parseDuration(c);
    else if (rest.grace === null && c.acceptWords('GRACE', 'PERIOD')) rest.grace = parseDuration(c);
    else throw c.failure();
  }
  c.expect(')');
  return rest;
}

/** `TIMEOUT 10 SECONDS`, or null. */
export function parseTimeout(c: Cursor): Duration | null {
  return c.acceptWord('TIMEOUT') ? parseDuration(c) : null;
}
