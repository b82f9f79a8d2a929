/** The kind of a token. The kind of a punctuation token is its text, so that code can test `kind === '('`. */
export type TokenKind =
  | 'end'
  | 'word'
  | 'back-quoted'
  | 'double-quoted'
  | 'string'
  | 'integer'
  | 'decimal'
  | 'double'
  | Punctuation;

export type Punctuation =
  | '('
  | ')'
  | '['
  | ']'
  | ','
  | ';'
  | '.'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '='
  | '<>'
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '->'
  | '=>'
  | ':='
  | '||';

/** A token and its position. `start` and `end` are offsets in the text. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
  /**
   * A word in upper case; a quoted name or string without quotes and escapes; the text of a number; otherwise the
   * punctuation.
   */
  readonly text: string;
  /** The value of the variable, as defined, when the token was written as `${name}`; otherwise null. */
  readonly variable: string | null;
}
