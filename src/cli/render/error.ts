import { renderCaret, type Span } from '../../base/span.ts';
import { messageOf } from '../../base/errors.ts';
import { ClientError } from '../../client/client-error.ts';
import { foldText, printable, printableBelow } from './width.ts';
import type { Style } from './style.ts';

/**
 * An error for display: the message, the line of the statement with a caret, and the hint. Further lines of the message
 * and the hint are indented.
 * @param columns the width of the terminal
 */
export function renderError(error: unknown, statement: string, style: Style, columns = Infinity): string {
  const parts = [style.error(foldText(printableBelow(messageOf(error)), columns))];
  const span = error instanceof ClientError ? placeOf(error, statement) : undefined;
  if (span) parts.push(printable(renderCaret(statement, span, Number.isFinite(columns) ? columns : undefined)));
  if (error instanceof ClientError && error.hint !== undefined)
    parts.push(foldText(`Hint: ${printableBelow(error.hint)}`, columns));
  return parts.join('\n');
}

/** Statements in which settings have unquoted names with dots. */
const OF_CONNECTORS = /^\s*(?:CREATE|ALTER|EXPLAIN)\b[^(]*\bCONNECTOR\b/i;

/**
 * The position of an error. The beginning of a statement is no useful position, except for a syntax error in its first
 * word.
 */
function placeOf(error: ClientError, statement: string): Span | undefined {
  const { line, column } = error;
  if (line === undefined || column === undefined) return undefined;
  if (line === 1 && column === 0 && error.code !== 'SYNTAX') return undefined;
  const lines = statement.split('\n');
  if (line > lines.length || column > lines[line - 1]!.length) return undefined;
  const start = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0) + column;
  const rest = statement.slice(start);
  const setting = OF_CONNECTORS.test(statement) ? /^[\w$]+(?:[.-][\w$]+)+(?=\s*=)/.exec(rest) : null;
  const word = setting?.[0].length ?? /^(?:[\w$]+|'(?:[^'\n]|'')*'?|`[^`\n]*`?|"[^"\n]*"?)/.exec(rest)?.[0].length ?? 1;
  return { start, end: start + word, line, column };
}
