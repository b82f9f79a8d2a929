import { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import type { Identifier } from '../ast/node.ts';
import { isReserved, type Keyword } from '../keywords.ts';
import type { StatementLimits } from '../limits.ts';
import { Lexer } from '../lexer/lexer.ts';
import type { Punctuation, Token, TokenKind } from '../lexer/token.ts';
import type { Variables } from '../variables.ts';
import { buildError, IDENTIFIER, syntaxError } from './syntax-error.ts';

export interface ParseOptions {
  /** Accept the statements of test scripts: ASSERT VALUES | NULL VALUES | STREAM | TABLE, RUN SCRIPT. */
  readonly testStatements?: boolean;
  /** Session variables; keys in upper case. */
  readonly variables?: Variables;
  /** Undefined: limited only by the stack and the memory. */
  readonly limits?: StatementLimits;
}

/** The maximum nesting of expressions, types and EXPLAIN: well below what the stack permits. */
export const MAX_NESTING = 200;
/**
 * The maximum height of an expression tree: long chains of AND or + make high trees, and every traversal is recursive.
 */
export const MAX_HEIGHT = 1000;

/**
 * A position in the tokens: `is...` tests a token, `accept...` consumes it if present, `expect...` requires it. The
 * last two record what was expected at this position; the error message lists it.
 */
export class Cursor {
  readonly testStatements: boolean;
  readonly lexer: Lexer;
  token: Token;
  /** End of the last consumed token. */
  lastEnd = 0;
  /** Height of the last parsed expression; see expressions.ts. */
  height = 0;
  /** Parameter names of the enclosing lambdas, with the number of lambdas that bind each name. */
  readonly lambdaParams = new Map<string, number>();
  /** Tokens that were read but not consumed, from `aheadFrom` on. */
  readonly #ahead: Token[] = [];
  #aheadFrom = 0;
  #expected: string[] = [];
  #alias: Token | null = null;
  #nesting = 0;

  constructor(text: string, options: ParseOptions = {}) {
    this.lexer = new Lexer(text, options.variables, options.limits);
    this.testStatements = options.testStatements ?? false;
    this.token = this.lexer.next();
  }

  get text(): string {
    return this.lexer.text;
  }

  /** Consumes and returns the current token. */
  advance(): Token {
    const taken = this.token;
    this.lastEnd = taken.end;
    if (this.#aheadFrom < this.#ahead.length) {
      this.token = this.#ahead[this.#aheadFrom++]!;
    } else {
      if (this.#aheadFrom > 0) this.#forgetAhead();
      this.token = this.lexer.next();
    }
    this.#expected.length = 0;
    this.#alias = null;
    return taken;
  }

  /** The token `n` places after the current one. Look ahead only as far as the text must be read anyway. */
  peek(n = 1): Token {
    while (this.#ahead.length - this.#aheadFrom < n) this.#ahead.push(this.lexer.next());
    return this.#ahead[this.#aheadFrom + n - 1]!;
  }

  /** Continues after `pos`, when a part of the text was read by other rules; `from` is a token before it. */
  resume(pos: number, from: Token): void {
    this.#forgetAhead();
    this.lexer.seek(pos, from);
    this.lastEnd = pos;
    this.token = this.lexer.next();
    this.#expected.length = 0;
    this.#alias = null;
  }

  #forgetAhead(): void {
    this.#ahead.length = 0;
    this.#aheadFrom = 0;
  }

  is(kind: TokenKind): boolean {
    return this.token.kind === kind;
  }

  isWord(word: Keyword | 'ESCAPE'): boolean {
    return this.token.kind === 'word' && this.token.text === word;
  }

  accept(kind: Punctuation): boolean {
    if (this.token.kind === kind) {
      this.advance();
      return true;
    }
    this.noteExpected(`'${kind}'`);
    return false;
  }

  acceptWord(word: Keyword): boolean {
    if (this.isWord(word)) {
      this.advance();
      return true;
    }
    this.noteExpected(`'${word}'`);
    return false;
  }

  /** Consumes all of the words or none: `IF EXISTS`, `GRACE PERIOD`. */
  acceptWords(first: Keyword, ...rest: readonly Keyword[]): boolean {
    if (!this.acceptWord(first)) return false;
    for (const word of rest) this.expectWord(word);
    return true;
  }

  expect(kind: Punctuation): Token {
    const token = this.token;
    if (!this.accept(kind)) throw this.failure();
    return token;
  }

  expectWord(word: Keyword): Token {
    const token = this.token;
    if (!this.acceptWord(word)) throw this.failure();
    return token;
  }

  /** Requires a string literal, or a token of another class that the grammar names in its messages. */
  expectClass(kind: 'string' | 'integer', name: 'STRING' | 'INTEGER_VALUE'): Token {
    if (this.token.kind === kind) return this.advance();
    this.noteExpected(name);
    throw this.failure();
  }

  /** Records what would have been accepted at this position. */
  noteExpected(what: string): void {
    if (!this.#expected.includes(what)) this.#expected.push(what);
  }

  /** Whether the current token can be a name: quoted, or a word that is not reserved. */
  isName(): boolean {
    return isNameToken(this.token);
  }

  identifier(): Identifier {
    const token = this.token;
    if (!this.isName()) {
      this.noteExpected(IDENTIFIER);
      throw this.failure();
    }
    this.advance();
    return identifierOf(token);
  }

  /** An alias without AS: recorded, because it may be a misspelt keyword. */
  bareAlias(): Identifier {
    const token = this.token;
    const name = this.identifier();
    if (token.kind === 'word') this.#alias = token;
    return name;
  }

  /** The current token's text as written, without quotes. */
  rawText(token: Token = this.token): string {
    if (token.variable !== null && token.kind === 'word') return token.variable;
    return token.kind === 'word' ? this.text.slice(token.start, token.end) : token.text;
  }

  /** From the start of a token to the end of the last consumed one. */
  spanFrom(start: Token | Span): Span {
    return { start: start.start, end: this.lastEnd, line: start.line, column: start.column };
  }

  /**
   * Enters one more level; throws AST at MAX_NESTING. Every `enter` has its `leave`, except when an error ends the
   * parse.
   */
  enter(): void {
    if (++this.#nesting > MAX_NESTING) throw this.#tooDeep(`is nested deeper than ${MAX_NESTING} levels`);
  }

  leave(): void {
    this.#nesting--;
  }

  checkHeight(height: number): number {
    if (height > MAX_HEIGHT) throw this.#tooDeep(`has more than ${MAX_HEIGHT} operators in a row`);
    return height;
  }

  /** The error for the current token, with everything that was expected at this position. */
  failure(): SluiceError {
    const token = this.token;
    const alias = this.#alias;
    return syntaxError({
      span: tokenSpan(token),
      found: token.kind === 'end' ? null : this.text.slice(token.start, token.end),
      isWord: token.kind === 'word',
      expected: this.#expected,
      alias: alias === null ? null : { text: this.rawText(alias), span: tokenSpan(alias) },
    });
  }

  #tooDeep(problem: string): SluiceError {
    return buildError(`The statement ${problem}.`, tokenSpan(this.token), 'split it, or write a long OR as IN (...)');
  }
}

export function tokenSpan(token: Token): Span {
  return { start: token.start, end: token.end, line: token.line, column: token.column };
}

/** Whether the token can be a name: quoted, or a word that is not reserved. */
export function isNameToken(token: Token): boolean {
  if (token.kind === 'word') return !isReserved(token.text);
  return token.kind === 'back-quoted' || token.kind === 'double-quoted';
}

export function identifierOf(token: Token): Identifier {
  return { kind: 'Identifier', span: tokenSpan(token), name: token.text, quoted: token.kind !== 'word' };
}
