/**
 * A region of one text. Offsets are UTF-16 code units from 0; `line` is 1-based, `column` 0-based, both of the start.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** The span of nodes that were created by rewriting and have no position in the text. */
export const NO_SPAN: Span = { start: 0, end: 0, line: 0, column: 0 };

/**
 * The span of `text` between two offsets. Scans the text up to `start`, so it is for errors and not for the hot path.
 */
export function spanOf(text: string, start: number, end: number): Span {
  let line = 1;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < start; i = text.indexOf('\n', i + 1)) {
    line++;
    lineStart = i + 1;
  }
  return { start, end, line, column: start - lineStart };
}

/**
 * The source line of a span with a caret under it:
 *
 *     line 2:7
 *     SELECT FRM x
 *            ^^^
 *
 * @param columns the most characters of the line that are shown
 */
export function renderCaret(text: string, span: Span, columns = 160): string {
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const newline = text.indexOf('\n', span.start);
  const line = text.slice(lineStart, newline === -1 ? text.length : newline);
  const width = Math.max(1, Math.min(span.end, lineStart + line.length) - span.start);
  // A statement may be a megabyte on one line: show a window around the fault.
  const isWhole = line.length <= columns;
  const from = isWhole ? 0 : Math.max(0, span.start - lineStart - Math.min(60, Math.floor(columns / 2)));
  const shown = line.slice(from, from + columns);
  const before = span.start - lineStart - from;
  return `${shown}\n${' '.repeat(before)}${'^'.repeat(Math.max(1, Math.min(width, 100, columns - before)))}`;
}
