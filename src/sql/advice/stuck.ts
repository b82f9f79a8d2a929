import type { Span } from '../../base/span.ts';
import type { Token } from '../lexer/token.ts';
import { tokenSpan } from '../parser/cursor.ts';

/** A statement that does not parse, as the rules of advice look at it. */
export interface Stuck {
  readonly text: string;
  /** Tokens of the statement, as far as it can be read; the last may be the `end`. */
  readonly tokens: readonly Token[];
  /** The index of the token on which the parser got stuck; tokens.length when that is no token at all. */
  readonly at: number;
  /** Position of the token at which the parser stopped. */
  readonly span: Span;
  /** What the message says could have stood there. */
  readonly expected: string;
  /** What a misspelt word may be, where the parser has an idea. */
  readonly hint: string | undefined;
}

/** What to do instead, and the place where it is to be done when that is not where the parser got stuck. */
export interface Advice {
  readonly hint: string;
  readonly span?: Span | undefined;
}

/** The token's text as a word in upper case; empty for anything else. */
export function word(s: Stuck, index: number): string {
  const token = s.tokens[index];
  return token?.kind === 'word' ? token.text : '';
}

/** What stands there, as written. */
export function written(s: Stuck, index: number): string {
  const token = s.tokens[index];
  return token === undefined ? '' : s.text.slice(token.start, token.end);
}

/** Advice at a token, or over several. */
export function adviceAt(s: Stuck, index: number, hint: string, last = index): Advice {
  const token = s.tokens[index];
  const end = s.tokens[last];
  return token === undefined ? { hint } : { hint, span: { ...tokenSpan(token), end: (end ?? token).end } };
}

/**
 * The index of the first word of `words` in a row, of the tokens up to where the parser got stuck; -1 if they do not
 * stand there.
 */
export function find(s: Stuck, ...words: readonly string[]): number {
  for (let i = 0; i <= Math.min(s.at, s.tokens.length - 1); i++) {
    if (words.every((w, n) => word(s, i + n) === w)) return i;
  }
  return -1;
}

/** The name that stands there, as written; `otherwise` where none does. */
export function named(s: Stuck, index: number, otherwise: string): string {
  const token = s.tokens[index];
  return token === undefined || (token.kind !== 'word' && !token.kind.endsWith('quoted'))
    ? otherwise
    : written(s, index);
}
