import { must } from '../../base/assert.ts';
import type { Statement } from '../ast/statement.ts';
import { visit } from '../ast/visit.ts';
import { type Comment, concat, type Doc, group, indent, LINE, remark, SOFT_LINE } from './layout.ts';
import type { Piece } from './pieces.ts';

/** A token, or what two matching tokens enclose: brackets, `<` and `>` of a type, CASE and END. */
type Item = Piece | Nested;
interface Nested {
  readonly open: Piece;
  readonly items: readonly Item[];
  readonly close: Piece | undefined;
}

/** Nodes in which a word and its bracket belong together: `f(x)`, `CAST(x AS INT)`, `ARRAY[1]`, `DECIMAL(4, 2)`. */
const CALLS: ReadonlySet<string> = new Set([
  'FunctionCall',
  'Cast',
  'StructConstructor',
  'MapConstructor',
  'ArrayConstructor',
  'DECIMAL',
  'STRING',
]);
const BRACKETED_TYPES: ReadonlySet<string> = new Set(['ARRAY', 'MAP', 'STRUCT']);

interface Places {
  readonly calls: ReadonlySet<number>;
  readonly types: ReadonlySet<number>;
}

/** An SQL statement as a document with possible line breaks. */
export function statementDoc(pieces: readonly Piece[], statement: Statement): Doc {
  const calls = new Set<number>();
  const types = new Set<number>();
  visit(statement, (node) => {
    if (CALLS.has(node.kind)) calls.add(node.span.start);
    if (BRACKETED_TYPES.has(node.kind)) types.add(node.span.start);
  });
  const items = new Nesting(pieces, types).items();
  return new Layout({ calls, types }).statement(items);
}

/** A piece with its comments. */
export function withComments(text: Doc, before: readonly Comment[], behind: readonly Comment[]): Doc {
  if (before.length === 0 && behind.length === 0) return text;
  return concat(...before.flatMap((c) => (c.own ? [remark(c)] : [c.text, ' '])), text, ...behind.map(remark));
}

class Nesting {
  readonly #pieces: readonly Piece[];
  readonly #types: ReadonlySet<number>;
  #at = 0;

  constructor(pieces: readonly Piece[], types: ReadonlySet<number>) {
    this.#pieces = pieces;
    this.#types = types;
  }

  items(until?: (piece: Piece) => boolean): Item[] {
    const items: Item[] = [];
    let last: Piece | undefined;
    while (this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at]!;
      if (until?.(piece) === true) break;
      this.#at++;
      const close = closing(piece, last, this.#types);
      if (close === undefined) items.push(piece);
      else {
        const inner = this.items(close);
        items.push({ open: piece, items: inner, close: this.#pieces[this.#at++] });
      }
      last = piece;
    }
    return items;
  }
}

function closing(
  { kind, word }: Piece,
  last: Piece | undefined,
  types: ReadonlySet<number>,
): ((p: Piece) => boolean) | undefined {
  if (kind === '(') return (p) => p.kind === ')';
  if (kind === '[') return (p) => p.kind === ']';
  if (kind === '<' && last !== undefined && types.has(last.start)) return (p) => p.kind === '>';
  if (word === 'CASE') return (p) => p.word === 'END';
  return undefined;
}

const OPERATORS: ReadonlySet<string> = new Set('+ - * / % = <> != < <= > >= => := || ( [ ,'.split(' '));
/** Words that end an operand. */
const OPERANDS: ReadonlySet<string> = new Set(['END', 'NULL', 'TRUE', 'FALSE']);
const JOIN_WORDS: ReadonlySet<string> = new Set(['INNER', 'LEFT', 'RIGHT', 'FULL', 'OUTER', 'JOIN']);

class Layout {
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  statement(items: readonly Item[]): Doc {
    const clauses = clausesOf(items);
    const head = this.#head(must(clauses[0], 'clause'));
    if (clauses.length === 1) return head;
    const body = clauses.slice(1).map((c) => this.#clause(c));
    if (clauses[0]!.length === 0) return group(joined(body));
    return group(concat(head, indent(concat(LINE, joined(body)))));
  }

  /** The part before a query, or a whole statement without a query: lists in brackets, WITH. */
  #head(items: readonly Item[]): Doc {
    const list = items.findIndex((i) => wordOf(i) === 'ADD');
    if (list > 0 && items.some((i) => 'kind' in i && i.kind === ','))
      return group(concat(this.#sequence(items.slice(0, list)), indent(concat(LINE, this.#list(items.slice(list))))));
    return this.#sequence(items);
  }

  #clause(items: readonly Item[]): Doc {
    const first = wordOf(items[0]);
    switch (first) {
      case 'SELECT': {
        const words = wordOf(items[1]) === 'DISTINCT' ? 2 : 1;
        return this.#listClause(items.slice(0, words), items.slice(words));
      }
      case 'GROUP':
      case 'PARTITION':
      case 'ORDER':
        return this.#listClause(items.slice(0, 2), items.slice(2));
      case 'WHERE':
      case 'HAVING':
        return this.#conditions(items.slice(0, 1), items.slice(1));
      default: {
        const on = JOIN_WORDS.has(first) ? items.findIndex((i) => wordOf(i) === 'ON') : -1;
        if (on === -1) return this.#sequence(items);
        return group(
          concat(
            this.#sequence(items.slice(0, on)),
            indent(concat(LINE, this.#conditions(items.slice(on, on + 1), items.slice(on + 1)))),
          ),
        );
      }
    }
  }

  #listClause(head: readonly Item[], items: readonly Item[]): Doc {
    const { body, end } = withoutSemicolon(items);
    return concat(group(concat(this.#sequence(head), indent(concat(LINE, this.#list(body))))), this.#sequence(end));
  }

  /** Items separated by commas, one per line when they do not all fit on one line. */
  #list(items: readonly Item[]): Doc {
    const parts: Doc[] = [];
    let from = 0;
    for (const [i, item] of items.entries()) {
      if (!('kind' in item) || item.kind !== ',') continue;
      parts.push(this.#sequence(items.slice(from, i)), this.#piece(item), LINE);
      from = i + 1;
    }
    return concat(...parts, this.#sequence(items.slice(from)));
  }

  #conditions(head: readonly Item[], items: readonly Item[]): Doc {
    return group(concat(this.#sequence(head), ' ', indent(this.#logical(items))));
  }

  /** Terms separated by AND and OR. */
  #logical(items: readonly Item[]): Doc {
    const parts: Doc[] = [];
    let from = 0;
    let isBetween = false;
    for (const [i, item] of items.entries()) {
      const word = wordOf(item);
      if (word === 'BETWEEN') isBetween = true;
      if (word !== 'AND' && word !== 'OR') continue;
      if (word === 'AND' && isBetween) {
        isBetween = false;
        continue;
      }
      if (i > from) parts.push(this.#sequence(items.slice(from, i)), LINE);
      from = i;
    }
    return concat(...parts, this.#sequence(items.slice(from)));
  }

  /** Consecutive items, with spaces where they are needed. */
  #sequence(items: readonly Item[]): Doc {
    const parts: Doc[] = [];
    let last: Item | undefined;
    let isSigned = false;
    for (const item of items) {
      const isSign = isUnary(item, last);
      if (last !== undefined && !isSigned && !this.#clings(last, item)) parts.push(' ');
      // Without a space, two minus signs would begin a comment.
      else if (isSigned && isSign) parts.push(' ');
      parts.push(this.#item(item, last));
      isSigned = isSign;
      last = item;
    }
    return concat(...parts);
  }

  #clings(last: Item, item: Item): boolean {
    const [before, after] = [lastOf(last), firstOf(item)];
    if (before.kind === '.' || before.kind === '->') return true;
    if (after.kind === '.' || after.kind === '->' || after.kind === ',' || after.kind === ';' || after.kind === '[')
      return true;
    if (after.kind === '<' || after.kind === '<>') return this.#places.types.has(before.start);
    if (after.kind !== '(') return false;
    return this.#places.calls.has(before.start) || (before.word === 'HEADER' && 'kind' in last);
  }

  #item(item: Item, last: Item | undefined): Doc {
    if ('kind' in item) return this.#piece(item);
    const { open, items, close } = item;
    const end = close === undefined ? '' : this.#piece(close);
    if (open.word === 'CASE') return group(concat(this.#piece(open), indent(this.#branches(items)), LINE, end));
    if (items.length === 0) return concat(this.#piece(open), end);
    const inner = wordOf(last) === 'WITH' ? this.#properties(items) : this.#inBrackets(items);
    return group(concat(this.#piece(open), indent(concat(SOFT_LINE, inner)), SOFT_LINE, end));
  }

  #inBrackets(items: readonly Item[]): Doc {
    const isList = items.some((i) => 'kind' in i && i.kind === ',');
    return isList ? this.#list(items) : this.#logical(items);
  }

  #branches(items: readonly Item[]): Doc {
    const parts: Doc[] = [];
    let from = 0;
    for (const [i, item] of items.entries()) {
      if (wordOf(item) !== 'WHEN' && wordOf(item) !== 'ELSE') continue;
      if (i > from)
        parts.push(from === 0 && wordOf(items[0]) !== 'WHEN' ? ' ' : LINE, this.#sequence(items.slice(from, i)));
      from = i;
    }
    return concat(...parts, LINE, this.#sequence(items.slice(from)));
  }

  /** `name=value`, without spaces around the sign. */
  #properties(items: readonly Item[]): Doc {
    const parts: Doc[] = [];
    for (const [i, item] of items.entries()) {
      const [before, sign] = [items[i - 1], lastOf(item)];
      const isGlued = before === undefined || sign.kind === '=' || sign.kind === ',' || lastOf(before).kind === '=';
      if (before !== undefined && lastOf(before).kind === ',') parts.push(LINE);
      else if (!isGlued && !isUnary(before, items[i - 2])) parts.push(' ');
      parts.push(this.#item(item, before));
    }
    return concat(...parts);
  }

  #piece({ text, before, behind }: Piece): Doc {
    return withComments(text, before, behind);
  }
}

function joined(docs: readonly Doc[]): Doc {
  return concat(...docs.flatMap((d, i) => (i === 0 ? [d] : [LINE, d])));
}

/** The head, which may be empty, and the clauses of the query that follows it. */
function clausesOf(items: readonly Item[]): Item[][] {
  const clauses: Item[][] = [[]];
  let isQuery = false;
  for (const [i, item] of items.entries()) {
    isQuery ||= wordOf(item) === 'SELECT';
    if (isQuery && beginsClause(items, i)) clauses.push([]);
    clauses.at(-1)!.push(item);
  }
  return clauses;
}

function beginsClause(items: readonly Item[], i: number): boolean {
  const [word, next, last] = [wordOf(items[i]), wordOf(items[i + 1]), wordOf(items[i - 1])];
  switch (word) {
    case 'SELECT':
    case 'FROM':
    case 'WHERE':
    case 'HAVING':
    case 'EMIT':
      return true;
    case 'GROUP':
    case 'PARTITION':
    case 'ORDER':
      return next === 'BY';
    case 'WINDOW':
      return /^(?:TUMBLING|HOPPING|SESSION)$/.test(next);
    case 'LIMIT':
      return items[i + 1] !== undefined && firstOf(items[i + 1]!).kind === 'integer';
    case 'INNER':
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
      return next === 'JOIN' || next === 'OUTER';
    case 'JOIN':
      return !JOIN_WORDS.has(last);
    default:
      return false;
  }
}

function withoutSemicolon(items: readonly Item[]): { readonly body: readonly Item[]; readonly end: readonly Item[] } {
  const last = items.at(-1);
  return last !== undefined && lastOf(last).kind === ';'
    ? { body: items.slice(0, -1), end: [last] }
    : { body: items, end: [] };
}

/** Whether a sign is unary: it belongs only to what follows it. */
function isUnary(item: Item | undefined, last: Item | undefined): boolean {
  if (item === undefined || !('kind' in item) || (item.kind !== '-' && item.kind !== '+')) return false;
  if (last === undefined) return true;
  if (!('kind' in last)) return false;
  return OPERATORS.has(last.kind) || (last.word !== '' && !OPERANDS.has(last.word));
}

function wordOf(item: Item | undefined): string {
  return item !== undefined && 'kind' in item ? item.word : '';
}

function firstOf(item: Item): Piece {
  return 'kind' in item ? item : item.open;
}

function lastOf(item: Item): Piece {
  return 'kind' in item ? item : (item.close ?? item.open);
}
