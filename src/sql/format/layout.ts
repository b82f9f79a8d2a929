/*
 * Text with places where a line may be broken, and its rendering as lines: Wadler's pretty printer ("A prettier
 * printer", 1998), extended by comments, which force a line break after them.
 */

/** A comment as written; `own`: it is alone on its line. */
export interface Comment {
  readonly text: string;
  readonly own: boolean;
}

interface Part {
  /** Whether the document cannot be rendered on one line. */
  readonly forced: boolean;
}
interface Concat extends Part {
  readonly kind: 'concat';
  readonly parts: readonly Doc[];
}
interface Indent extends Part {
  readonly kind: 'indent';
  readonly inner: Doc;
}
interface Group extends Part {
  readonly kind: 'group';
  readonly inner: Doc;
}
interface Line extends Part {
  readonly kind: 'line';
  /** The text to write when the line is not broken here. */
  readonly flat: string;
}
interface Remark extends Part {
  readonly kind: 'comment';
  readonly comment: Comment;
}

/** A document: text with places where a line may be broken. */
export type Doc = string | Concat | Indent | Group | Line | Remark;

/** A space, or a line break. */
export const LINE: Doc = { kind: 'line', flat: ' ', forced: false };
/** Nothing, or a line break. */
export const SOFT_LINE: Doc = { kind: 'line', flat: '', forced: false };

export function concat(...parts: readonly Doc[]): Doc {
  return { kind: 'concat', parts, forced: parts.some(isForced) };
}

/** Indents by two more spaces. */
export function indent(inner: Doc): Doc {
  return { kind: 'indent', inner, forced: isForced(inner) };
}

/** Rendered on one line when it fits, otherwise with a line break at each of its own LINEs. */
export function group(inner: Doc): Doc {
  return { kind: 'group', inner, forced: isForced(inner) };
}

/** A comment at the end of a line, or on a line of its own. */
export function remark(comment: Comment): Doc {
  return { kind: 'comment', comment, forced: true };
}

function isForced(doc: Doc): boolean {
  return typeof doc === 'string' ? doc.includes('\n') : doc.forced;
}

interface Command {
  readonly depth: number;
  readonly flat: boolean;
  readonly doc: Doc;
}

const STEP = '  ';
/** Tokens that stay on the line of the preceding token, before the comment of that line. */
const CLINGS = /^[,;)\]>]$/;

/** Renders the document as lines that are no longer than `width` characters where possible. */
export function render(doc: Doc, width: number): string {
  const writer = new Writer();
  const stack: Command[] = [{ depth: 0, flat: false, doc }];
  for (let command = stack.pop(); command !== undefined; command = stack.pop()) {
    const { depth, flat, doc: current } = command;
    if (typeof current === 'string') {
      writer.text(current, depth);
      continue;
    }
    switch (current.kind) {
      case 'concat':
        for (const part of current.parts.toReversed()) stack.push({ depth, flat, doc: part });
        break;
      case 'indent':
        stack.push({ depth: depth + 1, flat, doc: current.inner });
        break;
      case 'group': {
        const inner = { depth, flat: true, doc: current.inner };
        const isFlat = flat || (!current.forced && fits(width - writer.column(depth), inner, stack));
        stack.push(isFlat ? inner : { ...inner, flat: false });
        break;
      }
      case 'line':
        if (flat) writer.text(current.flat, depth);
        else writer.breakLine();
        break;
      case 'comment':
        writer.comment(current.comment, depth);
    }
  }
  return writer.end();
}

/** Whether a group fits on the line, together with what follows it up to the next possible line break. */
function fits(room: number, first: Command, behind: readonly Command[]): boolean {
  const stack = [first];
  let next = behind.length - 1;
  let left = room;
  while (left >= 0) {
    const command = stack.pop() ?? behind[next--];
    if (command === undefined) return true;
    const { doc: current } = command;
    if (typeof current === 'string') {
      const end = current.indexOf('\n');
      if (end !== -1) return left >= end;
      left -= current.length;
      continue;
    }
    switch (current.kind) {
      case 'concat':
        for (const part of current.parts.toReversed()) stack.push({ ...command, doc: part });
        break;
      case 'indent':
      case 'group':
        stack.push({ ...command, doc: current.inner });
        break;
      case 'line':
        if (!command.flat) return true;
        left -= current.flat.length;
        break;
      case 'comment':
        return true;
    }
  }
  return false;
}

class Writer {
  #lines: string[] = [];
  /** The current line; only indentation when it has just begun. */
  #line = '';
  /** The comments to append at the end of the line. */
  #behind = '';
  #isBroken = false;

  /** The column at which the next text would begin. */
  column(depth: number): number {
    return this.#isBroken || this.#line === '' ? depth * STEP.length : this.#line.length;
  }

  text(text: string, depth: number): void {
    if (text === '' || (text === ' ' && (this.#isBroken || this.#behind !== '' || this.#line === ''))) return;
    if (this.#behind !== '' && !CLINGS.test(text)) this.#isBroken = true;
    if (this.#isBroken) this.#flush();
    if (this.#line === '') this.#line = STEP.repeat(depth);
    const lines = text.split('\n');
    this.#lines.push(...lines.slice(0, -1).map((l, i) => (i === 0 ? this.#line + l : l)));
    this.#line = lines.length === 1 ? this.#line + text : lines.at(-1)!;
  }

  breakLine(): void {
    this.#isBroken = true;
  }

  comment({ text, own }: Comment, depth: number): void {
    if (!own && !this.#isBroken && this.#line !== '') {
      this.#behind += ` ${text}`;
      return;
    }
    this.#flush();
    this.#line = STEP.repeat(depth) + text;
    this.#isBroken = true;
  }

  #flush(): void {
    this.#isBroken = false;
    const line = this.#line + this.#behind;
    this.#behind = '';
    this.#line = '';
    if (line !== '') this.#lines.push(line.trimEnd());
  }

  end(): string {
    this.#flush();
    return this.#lines.join('\n');
  }
}
