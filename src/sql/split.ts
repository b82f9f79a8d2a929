import { isSpace, isWordPart, isWordStart } from './lexer/characters.ts';
import { scanProperties } from './lexer/raw-properties.ts';
import { skipTrivia } from './lexer/trivia.ts';

/** The text of one statement of a script; it was not parsed. */
export interface StatementText {
  /** From the first word to the semicolon, inclusive. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A script split into its statements, and the text after the last one. */
export interface Split {
  readonly statements: readonly StatementText[];
  /** The text after the last semicolon: an unfinished statement, or comments and whitespace. */
  readonly rest: string;
  readonly restStart: number;
  /** Why the rest is not a statement yet. `complete` when only whitespace and comments are left. */
  readonly state: 'complete' | 'unfinished' | 'in-string' | 'in-quoted-name' | 'in-comment' | 'in-properties';
}

/**
 * Splits a script at its semicolons, for consoles that must know whether a statement is complete and which text to
 * send. Strings, quoted names, comments and the bare values of connectors' properties may contain semicolons. Never
 * throws.
 */
export function splitStatements(text: string): Split {
  const statements: StatementText[] = [];
  let pos = 0;
  for (;;) {
    const start = skipTrivia(text, pos);
    if (start < 0) return rest(text, statements, pos, 'in-comment');
    if (start >= text.length) return rest(text, statements, pos, 'complete');
    const found = findEnd(text, start);
    if (typeof found === 'string') return rest(text, statements, pos, found);
    if (found > start + 1) statements.push({ text: text.slice(start, found), start, end: found });
    pos = found;
  }
}

/** The position after the semicolon of the statement that begins at `start`; null when the statement has no end. */
export function statementEnd(text: string, start: number): number | null {
  const from = skipTrivia(text, start);
  if (from < 0) return null;
  const found = findEnd(text, from);
  return typeof found === 'string' ? null : found;
}

function rest(text: string, statements: StatementText[], from: number, state: Split['state']): Split {
  return { statements, rest: text.slice(from), restStart: from, state };
}

function findEnd(text: string, start: number): number | Split['state'] {
  const words = new FirstWords();
  let pos = start;
  for (;;) {
    const next = skipTrivia(text, pos);
    if (next < 0) return 'in-comment';
    if (next >= text.length) return 'unfinished';
    pos = next;
    const char = text[pos]!;
    if (char === ';') return pos + 1;
    if (char === "'" || char === '"' || char === '`') {
      const close = closing(text, pos, char);
      if (close === -1) return char === "'" ? 'in-string' : 'in-quoted-name';
      pos = close;
      words.add('');
    } else if (isWordStart(text.charCodeAt(pos))) {
      let end = pos + 1;
      while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
      words.add(text.slice(pos, end));
      pos = end;
      // A connector's name may contain hyphens; two consecutive ones do not begin a comment there.
      if (words.isConnector())
        while (pos < text.length && !isSpace(text.charCodeAt(pos)) && !';()\'"`'.includes(text[pos]!)) pos++;
    } else if (char === '(' && words.isConnector() && words.properties) {
      const scanned = scanProperties(text, pos + 1);
      if (scanned.ok) pos = scanned.end;
      else if (scanned.incomplete) return 'in-properties';
      else pos = scanned.at > pos ? scanned.at : pos + 1;
      words.properties = false;
    } else {
      pos++;
    }
  }
}

/** The position after the quoted text that begins at `open`; -1 when it is not closed. */
function closing(text: string, open: number, quote: string): number {
  let from = open + 1;
  for (;;) {
    const close = text.indexOf(quote, from);
    if (close === -1) return -1;
    if (text[close + 1] !== quote) return close + 1;
    from = close + 2;
  }
}

/** Determines from a statement's words whether the next parenthesis opens a connector's properties. */
class FirstWords {
  readonly #first: string[] = [];
  /** Whether the last word was WITH or SET. */
  properties = false;
  #connector = false;

  add(word: string): void {
    const upper = word.length > 16 ? '' : word.toUpperCase();
    if (this.#first.length < 3) {
      this.#first.push(upper);
      const [first, second, third] = this.#first;
      this.#connector =
        (first === 'CREATE' && (second === 'SOURCE' || second === 'SINK') && third === 'CONNECTOR') ||
        (first === 'ALTER' && second === 'CONNECTOR');
    }
    this.properties = upper === 'WITH' || upper === 'SET';
  }

  isConnector(): boolean {
    return this.#connector;
  }
}
