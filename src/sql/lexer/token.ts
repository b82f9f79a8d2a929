/** What a token is. Punctuation has its text as its kind, so tests read `kind === '('`. */
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

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
  /**
   * A word in upper case; a quoted name or string without quotes and escapes; a number's text; else the punctuation.
   */
  readonly text: string;
  /** The value of the variable, as defined, where the token came from `${name}`. */
  readonly variable: string | null;
}
