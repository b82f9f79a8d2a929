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
export function parseBareName(cursor: Cursor): BareName {
  const start = cursor.token;
  switch (start.kind) {
    case 'back-quoted':
      return quoted(cursor, start, 'back-quote');
    case 'double-quoted':
      return quoted(cursor, start, 'double');
    case 'string':
      return quoted(cursor, start, 'string');
    case 'word':
    case 'integer':
      return bare(cursor, start);
    default:
      cursor.noteExpected(IDENTIFIER);
      cursor.noteExpected('STRING');
      throw cursor.failure();
  }
}

function quoted(cursor: Cursor, start: Token, quoting: BareName['quoting']): BareName {
  cursor.advance();
  return { written: start.text, quoting, span: cursor.spanFrom(start) };
}

function bare(cursor: Cursor, start: Token): BareName {
  if (start.variable !== null) {
    cursor.advance();
    return { written: cursor.rawText(start), quoting: 'none', span: cursor.spanFrom(start) };
  }
  const end = endOfBareName(cursor, start);
  cursor.resume(end, start);
  return { written: cursor.text.slice(start.start, end), quoting: 'none', span: cursor.spanFrom(start) };
}

/** The end of the bare name that begins with the current token. */
export function endOfBareName(cursor: Cursor, start: Token): number {
  let end = start.end;
  while (end < cursor.text.length && isNamePart(cursor.text.charCodeAt(end))) end++;
  return end;
}

/** The name as SQL resolves it: in upper case when it is a plain unquoted identifier, otherwise as written. */
export function resolveBareName(name: BareName): string {
  return name.quoting === 'none' && /^[A-Za-z_][A-Za-z0-9_@]*$/.test(name.written)
    ? name.written.toUpperCase()
    : name.written;
}
