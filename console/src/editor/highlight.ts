import { RangeSetBuilder } from '@codemirror/state';
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from '@codemirror/view';
import { KEYWORDS, TYPE_NAMES } from '../../../src/sql/keywords.ts';
import { Lexer } from '../../../src/sql/lexer/lexer.ts';
import type { Token } from '../../../src/sql/lexer/token.ts';

/** The longest text with syntax highlighting, in characters: a longer one is data, not a script. */
const LONGEST = 200_000;

const MARKS = Object.fromEntries(
  ['keyword', 'type', 'function', 'string', 'number', 'quoted', 'comment', 'variable', 'operator'].map((name) => [
    name,
    Decoration.mark({ class: `tok-${name}` }),
  ]),
);

const TYPES: ReadonlySet<string> = new Set(TYPE_NAMES);

/** Syntax highlighting by the server's own lexer. */
export const highlight = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = marks(view.state.doc.toString());
    }
    update(update: ViewUpdate): void {
      if (update.docChanged) this.decorations = marks(update.state.doc.toString());
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function marks(text: string): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { start, end, kind } of spans(text)) builder.add(start, end, MARKS[kind]!);
  return builder.finish();
}

interface Colour {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/**
 * The highlighted ranges of a text, in order; after a lexical error, the rest is highlighted only if it is an
 * unterminated string or comment.
 */
export function spans(text: string): Colour[] {
  const found: Colour[] = [];
  if (text.length > LONGEST) return found;
  const lexer = new Lexer(text);
  let behind = 0;
  for (;;) {
    let token: Token;
    try {
      token = lexer.next();
    } catch {
      const quote = /\S/.exec(text.slice(behind))?.index ?? 0;
      const open = text[behind + quote];
      if (open === "'" || open === '"' || open === '`' || open === '/')
        found.push({ start: behind + quote, end: text.length, kind: open === '/' ? 'comment' : 'string' });
      return found;
    }
    for (const comment of text.slice(behind, token.start).matchAll(/--[^\n]*|\/\*[\s\S]*?\*\//g))
      found.push({ start: behind + comment.index, end: behind + comment.index + comment[0].length, kind: 'comment' });
    if (token.kind === 'end') return found;
    const kind = kindOf(token, text);
    if (kind !== undefined) found.push({ start: token.start, end: token.end, kind });
    behind = token.end;
  }
}

function kindOf(token: Token, text: string): string | undefined {
  if (token.variable !== null) return 'variable';
  switch (token.kind) {
    case 'word':
      if (TYPES.has(token.text)) return 'type';
      if (Object.hasOwn(KEYWORDS, token.text)) return 'keyword';
      return text[token.end] === '(' ? 'function' : undefined;
    case 'string':
      return 'string';
    case 'back-quoted':
    case 'double-quoted':
      return 'quoted';
    case 'integer':
    case 'decimal':
    case 'double':
      return 'number';
    case '(':
    case ')':
    case ',':
    case ';':
    case '.':
      return undefined;
    default:
      return 'operator';
  }
}
