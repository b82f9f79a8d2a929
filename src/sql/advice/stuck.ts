import type { Span } from '../../base/span.ts';
import type { Token } from '../lexer/token.ts';
import { tokenSpan } from '../parser/cursor.ts';

/** A statement that does not parse, in the form that the rules of advice use. */
export interface Stuck {
  readonly text: string;
  /** Tokens of the statement, as far as they can be read; the last may be the `end`. */
  readonly tokens: readonly Token[];
  /** The index of the token at which the parser got stuck; tokens.length when there is no such token. */
  readonly at: number;
  /** Position of the token at which the parser stopped. */
  readonly span: Span;
  /** What could have been there, according to the message. */
  readonly expected: string;
  /** The word that was probably misspelled, if the parser has a suggestion. */
  readonly hint: string | undefined;
}

/** What to do instead, and where, if that is not where the parser got stuck. */
export interface Advice {
  readonly hint: string;
  readonly span?: Span | undefined;
}

/** The token's text as a word in upper case; empty for anything else. */
export function word(stuck: Stuck, index: number): string {
  const token = stuck.tokens[index];
  return token?.kind === 'word' ? token.text : '';
}

/** The token as written. */
export function written(stuck: Stuck, index: number): string {
  const token = stuck.tokens[index];
  return token === undefined ? '' : stuck.text.slice(token.start, token.end);
}

/** Advice at a token, or over several. */
export function adviceAt(stuck: Stuck, index: number, hint: string, last = index): Advice {
  const token = stuck.tokens[index];
  const end = stuck.tokens[last];
  return token === undefined ? { hint } : { hint, span: { ...tokenSpan(token), end: (end ?? token).end } };
}

/**
 * The index of the first of these consecutive words among the tokens up to where the parser got stuck; -1 when they do
 * not occur.
 */
export function find(stuck: Stuck, ...words: readonly string[]): number {
  for (let i = 0; i <= Math.min(stuck.at, stuck.tokens.length - 1); i++) {
    if (words.every((w, n) => word(stuck, i + n) === w)) return i;
  }
  return -1;
}

/** The name at a token, as written; `otherwise` when there is none. */
export function named(stuck: Stuck, index: number, otherwise: string): string {
  const token = stuck.tokens[index];
  return token === undefined || (token.kind !== 'word' && !token.kind.endsWith('quoted'))
    ? otherwise
    : written(stuck, index);
}

/** The call that ends directly before a token, such as OVER: its function and its argument as written. */
export function callBefore(stuck: Stuck, at: number): { readonly name: string; readonly argument: string } {
  let open = at - 1;
  for (let depth = 0; open > 0; open--) {
    if (stuck.tokens[open]?.kind === ')') depth++;
    if (stuck.tokens[open]?.kind === '(' && --depth === 0) break;
  }
  const [first, last] = [stuck.tokens[open + 1], stuck.tokens[at - 2]];
  const argument = first === undefined || last === undefined ? '' : stuck.text.slice(first.start, last.end);
  return { name: word(stuck, open - 1), argument: at - open < 3 ? '' : argument };
}
