import { renderCaret, type Span } from '../../base/span.ts';
import { messageOf } from '../../base/errors.ts';
import { ClientError } from '../../client/client-error.ts';
import { foldText, printable } from './width.ts';
import type { Style } from './style.ts';

/**
 * An error for a person: message, the line of the statement with a caret, what can be done.
 * @param columns of the terminal
 */
export function renderError(error: unknown, statement: string, style: Style, columns = Infinity): string {
  const parts = [style.error(foldText(printable(messageOf(error)), columns))];
  const span = error instanceof ClientError ? placeOf(error, statement) : undefined;
  if (span) parts.push(renderCaret(statement, span, Number.isFinite(columns) ? columns : undefined));
  if (error instanceof ClientError && error.hint !== undefined)
    parts.push(foldText(`Hint: ${printable(error.hint)}`, columns));
  return parts.join('\n');
}

/** Statements whose settings have names with dots, without quotes. */
const OF_CONNECTORS = /^\s*(?:CREATE|ALTER|EXPLAIN)\b[^(]*\bCONNECTOR\b/i;

/**
 * Where an error stands. The beginning of a statement says nothing, unless it is the very word that was not understood.
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
