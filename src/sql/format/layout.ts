/*
 * Text with places where a line may end, and the lines made of it: Wadler's pretty printer ("A prettier printer",
 * 1998), with comments, which force the end of a line behind them.
 */

/** A comment as written; `own`: alone on its line. */
export interface Comment {
  readonly text: string;
  readonly own: boolean;
}

interface Part {
  /** Cannot stand on one line. */
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
  /** What stands here where the line does not end. */
  readonly flat: string;
}
interface Remark extends Part {
  readonly kind: 'comment';
  readonly comment: Comment;
}

export type Doc = string | Concat | Indent | Group | Line | Remark;

/** A blank, or the end of the line. */
export const LINE: Doc = { kind: 'line', flat: ' ', forced: false };
/** Nothing, or the end of the line. */
export const SOFT_LINE: Doc = { kind: 'line', flat: '', forced: false };

export function concat(...parts: readonly Doc[]): Doc {
  return { kind: 'concat', parts, forced: parts.some(isForced) };
}

/** Two blanks deeper. */
export function indent(inner: Doc): Doc {
  return { kind: 'indent', inner, forced: isForced(inner) };
}

/** On one line where there is room for it, else with the end of a line at each of its own LINEs. */
export function group(inner: Doc): Doc {
  return { kind: 'group', inner, forced: isForced(inner) };
}

/** A comment of the line, or on a line of its own. */
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
/** What stays on the line of what is before it, in front of that line's comment. */
const CLINGS = /^[,;)\]>]$/;

/** The lines of a text, no wider than `width` characters where it can be helped. */
export function render(doc: Doc, width: number): string {
  const writer = new Writer();
  const stack: Command[] = [{ depth: 0, flat: false, doc }];
  for (let c = stack.pop(); c !== undefined; c = stack.pop()) {
    const { depth, flat, doc: d } = c;
    if (typeof d === 'string') {
      writer.text(d, depth);
      continue;
    }
    switch (d.kind) {
      case 'concat':
        for (const part of d.parts.toReversed()) stack.push({ depth, flat, doc: part });
        break;
      case 'indent':
        stack.push({ depth: depth + 1, flat, doc: d.inner });
        break;
      case 'group': {
        const inner = { depth, flat: true, doc: d.inner };
        const isFlat = flat || (!d.forced && fits(width - writer.column(depth), inner, stack));
        stack.push(isFlat ? inner : { ...inner, flat: false });
        break;
      }
      case 'line':
        if (flat) writer.text(d.flat, depth);
        else writer.breakLine();
        break;
      case 'comment':
        writer.comment(d.comment, depth);
    }
  }
  return writer.end();
}

/** Whether a group, and what follows it up to the next place where a line may end, has room. */
function fits(room: number, first: Command, behind: readonly Command[]): boolean {
  const stack = [first];
  let next = behind.length - 1;
  let left = room;
  while (left >= 0) {
    const c = stack.pop() ?? behind[next--];
    if (c === undefined) return true;
    const { doc: d } = c;
    if (typeof d === 'string') {
      const end = d.indexOf('\n');
      if (end !== -1) return left >= end;
      left -= d.length;
      continue;
    }
    switch (d.kind) {
      case 'concat':
        for (const part of d.parts.toReversed()) stack.push({ ...c, doc: part });
        break;
      case 'indent':
      case 'group':
        stack.push({ ...c, doc: d.inner });
        break;
      case 'line':
        if (!c.flat) return true;
        left -= d.flat.length;
        break;
      case 'comment':
        return true;
    }
  }
  return false;
}

class Writer {
  #lines: string[] = [];
  /** The line that is written; blanks alone where it has just begun. */
  #line = '';
  /** Comments that go to the end of the line. */
  #behind = '';
  #isBroken = false;

  /** Where the next text would begin. */
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
