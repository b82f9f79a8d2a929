import { must } from '../../base/assert.ts';

/** A literal of a statement's text: a string in its quotes, or digits. */
interface Literal {
  readonly text: string;
  readonly start: number;
}

const LITERALS = /'(?:[^']|'')*'|\b\d+\b/g;
const FIRST_LITERAL = /'|\b\d/;
/** Comments, quoted names and variables: where a literal stands is then not so easily told. */
const NOT_PLAIN = /--|\/\*|["`$]/;
const QUOTE = 39;

/** The literals of a text; undefined where they are not so easily told. */
export function literalsOf(text: string): readonly Literal[] | undefined {
  const found = Array.from(text.matchAll(LITERALS), (m) => ({ text: m[0], start: m.index }));
  const isPlain = !NOT_PLAIN.test(text.replace(LITERALS, '')) && found.every((literal) => !literal.text.includes('$'));
  return isPlain ? found : undefined;
}

/** What comes before the first literal of a text: statements of one shape have it in common. */
export function headOf(text: string): string {
  const end = text.search(FIRST_LITERAL);
  return end < 0 ? text : text.slice(0, end);
}

/** A statement's text without the space around it and the semicolon at its end. */
export function bareText(text: string): string {
  const trimmed = text.trim();
  return trimmed.endsWith(';') ? trimmed.slice(0, -1) : trimmed;
}

/** A plain text with some of its literals cut out: another text that has others there says the same of other values. */
export class StatementShape {
  /** What stands around the literals: one piece more than there are. */
  readonly #pieces: readonly string[];

  /** `parameters`: of the text's literals, in their order. */
  constructor(text: string, parameters: readonly Literal[]) {
    let from = 0;
    const pieces = parameters.map(({ text: literal, start }) => {
      const piece = text.slice(from, start);
      from = start + literal.length;
      return piece;
    });
    this.#pieces = [...pieces, text.slice(from)];
  }

  /** The literals that another text has in these places; undefined where it differs in more. */
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

/** Where the literal ends that begins at `at`; `at` where none does. */
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
  // A variable may be in it.
  const variable = text.indexOf('$', at);
  return variable >= 0 && variable < end ? at : end + 1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
