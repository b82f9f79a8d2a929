import { visibleText } from '../../base/visible-text.ts';

const SEGMENTS = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Characters of one column that never combine with others: Latin, without the soft hyphen. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]*$/;
const MARK = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F/u;

/** Ranges of code points that take two columns (East Asian Wide and Fullwidth). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
];

/** The width of a text on a terminal, in columns. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTS.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** Splits a text into lines of at most `width` columns, at spaces where possible. Line breaks of the text are kept. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

/** The first line of a text in at most `width` columns; an ellipsis marks that more follows. */
export function firstLine(text: string, width: number): string {
  const lines = wrapText(text, width);
  if (lines.length <= 1) return lines[0] ?? '';
  return `${wrapText(text.split('\n')[0] ?? '', Math.max(1, width - 1))[0] ?? ''}…`;
}

/**
 * Folds the lines of a text at spaces to at most `width` columns, and indents continuation lines. Names are not split,
 * and a quoted text of SQL stays on one line, because a line break would change it.
 */
export function foldText(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  return text
    .split('\n')
    .map((line) => (displayWidth(line) <= width ? line : foldLine(line, width)))
    .join('\n');
}

function foldLine(line: string, width: number): string {
  const lead = /^ */.exec(line)![0];
  const indent = `${lead.length < width / 2 ? lead : ''}  `;
  // An unpaired quote is an apostrophe.
  const isQuoted = ["'", '"'].every((quote) => line.split(quote).length % 2 === 1);
  const words = line.slice(lead.length).match(isQuoted ? /(?:'[^']*'|"[^"]*"|[^ '"])+|['"]|  +/g : /[^ ]+|  +/g) ?? [];
  const lines = [lead];
  for (const word of words) {
    const current = lines.at(-1)!;
    const isBlank = current.trim() === '';
    if (isBlank) lines[lines.length - 1] = current + word.trimStart();
    else if (displayWidth(current) + 1 + displayWidth(word) <= width)
      lines[lines.length - 1] = `${current} ${word.startsWith('  ') ? word.slice(2) : word}`;
    else lines.push(indent + word.trimStart());
  }
  return lines.map((l) => l.trimEnd()).join('\n');
}

/** Pads a text with spaces. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const missing = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + missing : missing + text;
}

/**
 * Makes text of data safe for a terminal: controls, which could command it, and other characters that nobody sees but
 * that change what is seen become visible. Line breaks are kept. The result may pass again unchanged.
 */
export function printable(text: string): string {
  if (NARROW.test(text)) return text;
  return visibleText(text.replaceAll('\r\n', '\n').replaceAll('\t', '    '));
}

/** `printable` on one line, for names: a line break is `\u000a`. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\u000a');
}

/** `printable`, with further lines indented by `by` columns, so that none of them passes for a line of the console. */
export function printableBelow(text: string, by = 2): string {
  return printable(text).replaceAll('\n', `\n${' '.repeat(by)}`);
}

/** A value of JSON in which all texts, and all names of members, are printable. */
export function printableValue<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(printableValue) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [printable(name), printableValue(part)])) as T;
}

/** The width of one grapheme, in columns. */
export function graphemeWidth(segment: string): number {
  const code = segment.codePointAt(0)!;
  if (code < 0x300) return code === 0x0a ? 0 : 1;
  if (MARK.test(segment)) return 0;
  if (EMOJI.test(segment)) return 2;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

function wrapLine(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line];
  if (NARROW.test(line)) return wrapNarrow(line, width);
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const { segment } of SEGMENTS.segment(line)) {
    const size = graphemeWidth(segment);
    if (used + size > width && piece !== '') {
      const blank = piece.lastIndexOf(' ');
      // Break at the last space if the line is then at least a quarter full; otherwise split inside a word.
      const atBlank = segment !== ' ' && blank >= 0 && displayWidth(piece.slice(0, blank)) >= width / 4;
      const cut = atBlank ? blank + 1 : piece.length;
      pieces.push(piece.slice(0, cut).trimEnd());
      piece = piece.slice(cut);
      used = displayWidth(piece);
      if (piece === '' && segment === ' ') continue;
    }
    piece += segment;
    used += size;
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

/** Like `wrapLine`, for texts whose characters all have one column, which most texts are: many times faster. */
function wrapNarrow(line: string, width: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (line.length - start > width) {
    const end = start + Math.max(1, width);
    const blank = line.lastIndexOf(' ', end - 1) - start;
    const atBlank = line[end] !== ' ' && blank >= width / 4;
    const cut = atBlank ? start + blank + 1 : end;
    pieces.push(line.slice(start, cut).trimEnd());
    start = !atBlank && line[end] === ' ' ? end + 1 : cut;
  }
  if (start < line.length) pieces.push(line.slice(start));
  return pieces;
}
