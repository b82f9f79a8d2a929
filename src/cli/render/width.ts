const SEGMENTS = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Characters that are one column each and join with nothing: Latin, without the soft hyphen. */
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

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTS.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text in pieces of at most `width` columns, cut at blanks where there are some. Line breaks of the text stay. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

/** The first line of a text in at most `width` columns; where more of it is left, a dot-dot-dot says so. */
export function firstLine(text: string, width: number): string {
  const lines = wrapText(text, width);
  if (lines.length <= 1) return lines[0] ?? '';
  return `${wrapText(text.split('\n')[0] ?? '', Math.max(1, width - 1))[0] ?? ''}…`;
}

/**
 * Text whose lines are folded at blanks to at most `width` columns, what goes on indented. Names are not cut, and a
 * quoted text of SQL stays whole: it would be another one.
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
  // A quote that stands alone is an apostrophe.
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

/** Fills up with blanks. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const missing = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + missing : missing + text;
}

/** Text of data fit for a terminal: control characters, which could steer it, become visible. Line breaks stay. */
export function printable(text: string): string {
  if (NARROW.test(text)) return text;
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '    ')
    .replaceAll(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

/** Columns of one character as a person sees it. */
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
      // A cut at a blank is worth most of a line, in a narrow column: words stay whole, what has no blanks is cut
      // anyway.
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

/** The same for texts whose characters are one column each, which most are: many times quicker. */
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
