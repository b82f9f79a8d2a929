import { setDiagnostics, type Action, type Diagnostic } from '@codemirror/lint';
import type { Text } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { isSluiceError } from '../../../src/base/errors.ts';
import type { ClientError } from '../../../src/client/client-error.ts';
import { proposedStatements } from '../../../src/sql/advice/proposed.ts';
import { parseStatement } from '../../../src/sql/parse.ts';
import { splitStatements } from '../../../src/sql/split.ts';

/** The server's error for a text that has not changed since. */
const diagnostics = new WeakMap<Text, Diagnostic>();

/** The known problems of the text. */
export function problems(view: EditorView, variables: ReadonlyMap<string, string>): Diagnostic[] {
  const { doc } = view.state;
  const server = diagnostics.get(doc);
  return [...syntaxProblems(doc.toString(), variables), ...(server === undefined ? [] : [server])];
}

/** Syntax errors with their positions. A last statement that is still being typed is not reported. */
function syntaxProblems(text: string, variables: ReadonlyMap<string, string>): Diagnostic[] {
  const known = new Map(variables);
  return splitStatements(text).statements.flatMap(({ text: statement, start }) => {
    if (/^\s*(?:RUN\s+SCRIPT|HELP)\b/i.test(statement)) return [];
    try {
      const parsed = parseStatement(statement, { variables: known });
      if (parsed.kind === 'DefineVariable') known.set(parsed.name.toUpperCase(), parsed.value);
      return [];
    } catch (error) {
      if (!isSluiceError(error)) return [];
      const from = start + (error.span?.start ?? 0);
      const to = start + Math.max(error.span?.end ?? statement.length, (error.span?.start ?? 0) + 1);
      return [diagnostic(from, Math.min(to, text.length), error.message, error.hint, text)];
    }
  });
}

/** Marks the server's error for a statement that starts at `offset` of the text. */
export function showServerError(view: EditorView, statement: string, offset: number, error: ClientError): void {
  const text = view.state.doc.toString();
  if (text.slice(offset, offset + statement.length) !== statement) return;
  const place = placeIn(statement, error);
  const from = offset + place.start;
  const to = Math.min(offset + place.end, text.length);
  const found = diagnostic(from, to, error.message, error.hint, text);
  diagnostics.set(view.state.doc, found);
  view.dispatch(setDiagnostics(view.state, [found]));
}

/** The word at the error's line and column; the first word if it has no position. */
function placeIn(statement: string, { line, column }: ClientError): { readonly start: number; readonly end: number } {
  const lines = statement.split('\n');
  const before = line === undefined ? 0 : lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  const start = Math.min(before + (column ?? 0), Math.max(0, statement.length - 1));
  const word = /^(?:[\w$]+|'[^'\n]*'?|`[^`\n]*`?|"[^"\n]*"?|.)/.exec(statement.slice(start))?.[0].length ?? 1;
  return { start, end: start + word };
}

function diagnostic(from: number, to: number, message: string, hint: string | undefined, text: string): Diagnostic {
  const replacement = proposal(hint, text.slice(from, to));
  const actions: Action[] = proposedStatements(hint ?? '').map((statement) => ({
    name: statement.length > 60 ? `${statement.slice(0, 58)}…` : statement,
    apply: (view, start) => put(view, statement, start),
  }));
  if (replacement !== undefined)
    actions.unshift({
      name: `Replace by ${replacement}`,
      apply: (view, start, end) => view.dispatch({ changes: { from: start, to: end, insert: replacement } }),
    });
  return { from, to, severity: 'error', message: hint === undefined ? message : `${message}\n${hint}`, actions };
}

/** The single word that a hint proposes as a replacement for the marked one. */
function proposal(hint: string | undefined, marked: string): string | undefined {
  const found = /^[Dd]id you mean ['"`]?([\w.$-]+)['"`]?\?$/.exec(hint?.split('\n')[0]?.trim() ?? '')?.[1];
  return found !== undefined && /^[\w.$`'"-]+$/.test(marked) ? found : undefined;
}

/** Replaces the marked statement with the given one if both do the same, otherwise inserts it before the marked one. */
function put(view: EditorView, statement: string, at: number): void {
  const text = view.state.doc.toString();
  const marked = splitStatements(text).statements.find((s) => s.start <= at && at < s.end);
  const from = marked?.start ?? at;
  const isSame = marked !== undefined && beginning(marked.text) === beginning(statement);
  view.dispatch({
    changes: isSame ? { from, to: marked.end, insert: statement } : { from, insert: `${statement}\n` },
    selection: { anchor: from },
    userEvent: 'input.fix',
  });
}

/** The action and object of a statement: two statements with the same are variants of one. */
function beginning(statement: string): string {
  const words = statement
    .toUpperCase()
    .replaceAll(/\b(?:OR REPLACE|IF NOT EXISTS|IF EXISTS|SOURCE(?! CONN)|SINK)\b/g, '')
    .match(/[\w$.-]+/g);
  return words?.[0] === 'SELECT' ? 'SELECT' : `${words?.[0]} ${words?.[2]}`;
}
