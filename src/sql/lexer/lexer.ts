import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { didYouMean } from '../../base/suggest.ts';
import { markTooMuch, MAX_DIGITS, type StatementLimits, tooMuch } from '../limits.ts';
import { NO_VARIABLES, substitute, type Variables } from '../variables.ts';
import { isDigit, isWordPart, isWordStart } from './characters.ts';
import type { Punctuation, Token } from './token.ts';
import { skipTrivia } from './trivia.ts';

const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACK_QUOTE = 96;
const DOT = 46;
const DOLLAR = 36;
const BRACE = 123;

/** Tokens of two characters; they take precedence over tokens of one character. */
const TWO: ReadonlySet<string> = new Set(['<>', '!=', '<=', '>=', '->', '=>', ':=', '||']);
const ONE: ReadonlySet<string> = new Set(['(', ')', '[', ']', ',', ';', '.', '+', '-', '*', '/', '%', '=', '<', '>']);

/** A surrogate without its other half: with the `u` flag, a pair is matched as one character. */
const HALF = /[\ud800-\udfff]/u;

/**
 * Splits text into tokens, one at a time, so that a parser may read a part of the text (the properties of a connector)
 * by other rules and continue after it. Takes linear time: each character is examined a fixed number of times.
 */
export class Lexer {
  readonly text: string;
  readonly variables: Variables;
  #pos = 0;
  #line = 1;
  #lineStart = 0;
  /**
   * The first newline at or after the start of the current line; found once per line, so that a long line is not
   * searched again for each token.
   */
  #newline: number;

  readonly limits: StatementLimits | undefined;
  /** The start of the current statement, and the number of its tokens that were read. */
  #statementStart = 0;
  #tokens = 0;

  constructor(text: string, variables: Variables = NO_VARIABLES, limits?: StatementLimits) {
    this.text = text;
    this.variables = variables;
    this.limits = limits;
    this.#newline = this.#newlineFrom(0);
  }

  /** Begins another statement, whose size is counted from zero. */
  beginStatement(): void {
    this.#statementStart = this.#pos;
    this.#tokens = 0;
  }

  #count(end: number): void {
    this.#tokens++;
    if (this.limits === undefined) return;
    const { tokens, characters } = this.limits;
    if (this.#tokens > tokens.most) tooMuch('The statement has', 'words and signs', tokens);
    if (end - this.#statementStart > characters.most) tooMuch('The statement has', 'characters', characters);
  }

  /** Continues at `pos`, which is not before `token`. */
  seek(pos: number, token: Token): void {
    this.#pos = pos;
    if (token.line === this.#line) return;
    this.#line = token.line;
    this.#lineStart = token.start - token.column;
    this.#newline = this.#newlineFrom(token.start);
  }

  #newlineFrom(pos: number): number {
    const newline = this.text.indexOf('\n', pos);
    return newline === -1 ? Infinity : newline;
  }

  /** The next token; at the end of the text, every call returns a token `end`. Throws SYNTAX. */
  next(): Token {
    const text = this.text;
    const start = skipTrivia(text, this.#pos);
    if (start < 0) {
      const open = -1 - start;
      throw lexicalError(this.#spanFrom(open, open + 2), 'Unterminated comment', 'close it with */');
    }
    if (start >= text.length) return this.#token('end', start, start, '');
    const code = text.charCodeAt(start);
    if (isWordStart(code)) {
      let end = start + 1;
      while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
      return this.#token('word', start, end, text.slice(start, end).toUpperCase());
    }
    if (isDigit(code) || (code === DOT && isDigit(text.charCodeAt(start + 1)))) return this.#number(start);
    switch (code) {
      case QUOTE:
        return this.#quoted(start, 'string', "'");
      case BACK_QUOTE:
        return this.#quoted(start, 'back-quoted', '`');
      case DOUBLE_QUOTE:
        return this.#quoted(start, 'double-quoted', '"');
      case DOLLAR:
        if (text.charCodeAt(start + 1) === BRACE) return this.#variable(start);
    }
    const two = text.slice(start, start + 2);
    if (TWO.has(two)) return this.#token(two as Punctuation, start, start + 2, two);
    const one = text.charAt(start);
    if (ONE.has(one)) return this.#token(one as Punctuation, start, start + 1, one);
    const char = String.fromCodePoint(text.codePointAt(start)!);
    throw lexicalError(
      this.#spanFrom(start, start + char.length),
      `Unexpected character '${char}'`,
      char === '\\'
        ? /^\\[gG]/.test(two)
          ? 'A statement ends with a semicolon. Rows as records: output vertical in the console, --output vertical of sluice cli.'
          : "SHOW STREAMS; and SHOW TABLES; list what there is (\\dt of psql), DESCRIBE name; shows its columns (\\d); \\? and help are the console's."
        : 'a name with other characters than letters, digits and _ stands in back-quotes',
    );
  }

  #token(kind: Token['kind'], start: number, end: number, text: string, variable: string | null = null): Token {
    this.#pos = end;
    this.#count(end);
    this.#moveLine(start);
    return { kind, start, end, line: this.#line, column: start - this.#lineStart, text, variable };
  }

  #moveLine(to: number): void {
    while (this.#newline < to) {
      this.#line++;
      this.#lineStart = this.#newline + 1;
      this.#newline = this.#newlineFrom(this.#lineStart);
    }
  }

  #spanFrom(start: number, end: number): Span {
    this.#moveLine(start);
    return { start, end, line: this.#line, column: start - this.#lineStart };
  }

  #number(start: number): Token {
    const text = this.text;
    let end = start;
    let kind: 'integer' | 'decimal' | 'double' = 'integer';
    while (isDigit(text.charCodeAt(end))) end++;
    if (text.charCodeAt(end) === DOT) {
      kind = 'decimal';
      end++;
      while (isDigit(text.charCodeAt(end))) end++;
    }
    const exponent = text.charAt(end);
    if (exponent === 'e' || exponent === 'E') {
      const sign = text.charAt(end + 1);
      const digits = sign === '+' || sign === '-' ? end + 2 : end + 1;
      if (isDigit(text.charCodeAt(digits))) {
        kind = 'double';
        end = digits + 1;
        while (isDigit(text.charCodeAt(end))) end++;
      }
    }
    if (end - start > MAX_DIGITS + 20) {
      throw markTooMuch(
        lexicalError(
          this.#spanFrom(start, start + 20),
          `A number of ${end - start} characters`,
          `a number has ${MAX_DIGITS} digits at most`,
        ),
      );
    }
    // `1R` is a name: a name may begin with digits when a letter follows.
    if (isWordPart(text.charCodeAt(end)) && !text.slice(start, end).includes('.')) {
      while (isWordPart(text.charCodeAt(end))) end++;
      return this.#token('word', start, end, text.slice(start, end).toUpperCase());
    }
    return this.#token(kind, start, end, text.slice(start, end));
  }

  #quoted(start: number, kind: 'string' | 'back-quoted' | 'double-quoted', quote: string): Token {
    const text = this.text;
    let content = '';
    let from = start + 1;
    for (;;) {
      const close = text.indexOf(quote, from);
      if (close === -1) {
        const what = kind === 'string' ? 'string' : 'quoted name';
        throw lexicalError(this.#spanFrom(start, start + 1), `Unterminated ${what}`, `close it with ${quote}`);
      }
      content += text.slice(from, close);
      if (text[close + 1] !== quote) {
        if (HALF.test(content)) throw this.#halfOfPair(start);
        if (kind === 'string') content = substitute(content, this.variables, this.limits?.characters);
        else if (content === '')
          throw lexicalError(
            this.#spanFrom(start, close + 1),
            'Empty quoted name',
            'a name has at least one character',
          );
        return this.#token(kind, start, close + 1, content);
      }
      content += quote;
      from = close + 2;
    }
  }

  /**
   * The error for an unpaired surrogate at or after `start`. An escape in a request's JSON can produce one; no topic
   * can store it.
   */
  #halfOfPair(start: number): SluiceError {
    const half = new RegExp(HALF, 'gu');
    half.lastIndex = start;
    const at = half.exec(this.text)?.index ?? start;
    this.#moveLine(at);
    const code = this.text.charCodeAt(at).toString(16);
    return lexicalError(
      this.#spanFrom(at, at + 1),
      `Half of a surrogate pair, \\u${code}, in a text`,
      'a character beyond \\uffff is two such escapes, the half from \\ud800 to \\udbff in front',
    );
  }

  /** Outside of strings, `${name}` stands for exactly one name or literal. */
  #variable(start: number): Token {
    const match = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}/.exec(this.text.slice(start, start + 200));
    if (match === null)
      throw lexicalError(this.#spanFrom(start, start + 2), "Unexpected character '$'", 'a variable is written ${name}');
    const name = must(match[1], 'group 1 of the match');
    const end = start + match[0].length;
    const value = this.variables.get(name.toUpperCase());
    if (value === undefined) {
      const near = didYouMean(name, this.variables.keys());
      throw new SluiceError('AST', `Failed to prepare statement: Variable '${name}' is not defined.`, {
        span: this.#spanFrom(start, end),
        hint: near ?? `DEFINE ${name} = '...';`,
      });
    }
    const made = singleToken(value);
    if (made === null) {
      throw new SluiceError(
        'AST',
        `Failed to prepare statement: Variable '${name}' cannot stand here: its value is neither one name nor one literal. Got: '${value}'`,
        { span: this.#spanFrom(start, end), hint: "inside of a string, as in '${name}', any value may stand" },
      );
    }
    return this.#token(made.kind, start, end, made.text, value.trim());
  }
}

function singleToken(value: string): Pick<Token, 'kind' | 'text'> | null {
  try {
    const lexer = new Lexer(value);
    let token = lexer.next();
    let sign = '';
    if (token.kind === '-') {
      sign = '-';
      token = lexer.next();
      if (token.kind !== 'integer' && token.kind !== 'decimal' && token.kind !== 'double') return null;
    }
    const single = /^[a-z]/.test(token.kind) && token.kind !== 'end' && lexer.next().kind === 'end';
    return single ? { kind: token.kind, text: sign + token.text } : null;
  } catch {
    return null;
  }
}

function lexicalError(span: Span, problem: string, hint: string): SluiceError {
  return new SluiceError('SYNTAX', `line ${span.line}:${span.column + 1}: Syntax Error\n${problem}`, { span, hint });
}
