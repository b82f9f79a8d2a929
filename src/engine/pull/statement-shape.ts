import { must } from '../../base/assert.ts';

/** A literal in a statement's text: a quoted string, or digits. */
interface Literal {
  readonly text: string;
  readonly start: number;
}

const LITERALS = /'(?:[^']|'')*'|\b\d+\b/g;
const FIRST_LITERAL = /'|\b\d/;
/** Comments, quoted names and variables make it harder to find literals. */
const NOT_PLAIN = /--|\/\*|["`$]/;
const QUOTE = 39;

/** The literals of a text; undefined when they are not easily found. */
export function literalsOf(text: string): readonly Literal[] | undefined {
  const found = Array.from(text.matchAll(LITERALS), (m) => ({ text: m[0], start: m.index }));
  const isPlain = !NOT_PLAIN.test(text.replace(LITERALS, '')) && found.every((literal) => !literal.text.includes('$'));
  return isPlain ? found : undefined;
}

/** The text before the first literal, which statements of one shape have in common. */
export function headOf(text: string): string {
  const end = text.search(FIRST_LITERAL);
  return end < 0 ? text : text.slice(0, end);
}

/** A statement's text without surrounding white space and the final semicolon. */
export function bareText(text: string): string {
  const trimmed = text.trim();
  return trimmed.endsWith(';') ? trimmed.slice(0, -1) : trimmed;
}

/**
 * A plain text with some of its literals removed: another text with other literals there says the same about other
 * values.
 */
export class StatementShape {
  /** The text around the literals: one piece more than there are literals. */
  readonly #pieces: readonly string[];

  /** `parameters`: literals of the text, in order. */
  constructor(text: string, parameters: readonly Literal[]) {
    let from = 0;
    const pieces = parameters.map(({ text: literal, start }) => {
      const piece = text.slice(from, start);
      from = start + literal.length;
      return piece;
    });
    this.#pieces = [...pieces, text.slice(from)];
  }

  /** The literals of another text at these positions; undefined when it differs elsewhere. */
  literalsIn(text: string): readonly string[] | undefined {
    const pieces = this.#pieces;
    const literals: string[] = [];
    const last = pieces.length - 1;
    let at = 0;
    for (let i = 0; i < last; i++) {
      const piece = must(pieces[i], 'piece');
      if (!text.startsWith(piece, at)) return undefined;
      at += piece.length;
      const end = literalEnd(text, at);
      if (end === at) return undefined;
      literals.push(text.slice(at, end));
      at = end;
    }
    const rest = must(pieces[last], 'piece');
    return at + rest.length === text.length && text.endsWith(rest) ? literals : undefined;
  }
}

/** The end of the literal that begins at `at`; `at` when there is none. */
function literalEnd(text: string, at: number): number {
  let end = at;
  if (text.charCodeAt(at) !== QUOTE) {
    while (isDigit(text.charCodeAt(end))) end++;
    return end;
  }
  for (;;) {
    end = text.indexOf("'", end + 1);
    if (end < 0) return at;
    if (text.charCodeAt(end + 1) !== QUOTE) break;
    end++;
  }
  // It may contain a variable.
  const variable = text.indexOf('$', at);
  return variable >= 0 && variable < end ? at : end + 1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
