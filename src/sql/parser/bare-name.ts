import type { Span } from '../../base/span.ts';
import { isNamePart } from '../lexer/characters.ts';
import type { Token } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { IDENTIFIER } from './syntax-error.ts';

/** A name of an object outside of SQL: a topic, a connector, a running query. */
export interface BareName {
  /** As written, without quotes. */
  readonly written: string;
  readonly quoting: 'none' | 'back-quote' | 'double' | 'string';
  readonly span: Span;
}

/**
 * Parses a quoted name, a string, or a sequence of letters, digits, `_`, `-` and `.` that needs no quotes
 * (`my-postgres-jdbc`, `orders.v1`). Two consecutive hyphens are part of the name, because no whitespace precedes them.
 */
export function parseBareName(c: Cursor): BareName {
  const start = c.token;
  switch (start.kind) {
    case 'back-quoted':
      return quoted(c, start, 'back-quote');
    case 'double-quoted':
      return quoted(c, start, 'double');
    case 'string':
      return quoted(c, start, 'string');
    case 'word':
    case 'integer':
      return bare(c, start);
    default:
      c.wish(IDENTIFIER);
      c.wish('STRING');
      throw c.failure();
  }
}

function quoted(c: Cursor, start: Token, quoting: BareName['quoting']): BareName {
  c.advance();
  return { written: start.text, quoting, span: c.spanFrom(start) };
}

function bare(c: Cursor, start: Token): BareName {
  if (start.variable !== null) {
    c.advance();
    return { written: c.rawText(start), quoting: 'none', span: c.spanFrom(start) };
  }
  const end = endOfBareName(c, start);
  c.resume(end, start);
  return { written: c.text.slice(start.start, end), quoting: 'none', span: c.spanFrom(start) };
}

/** The end of the bare name that begins with the current token. */
export function endOfBareName(c: Cursor, start: Token): number {
  let end = start.end;
  while (end < c.text.length && isNamePart(c.text.charCodeAt(end))) end++;
  return end;
}

/** The name as SQL resolves it: in upper case when it is a plain unquoted identifier, otherwise as written. */
export function resolveBareName(name: BareName): string {
  return name.quoting === 'none' && /^[A-Za-z_][A-Za-z0-9_@]*$/.test(name.written)
    ? name.written.toUpperCase()
    : name.written;
}
