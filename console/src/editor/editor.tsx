import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, toggleComment } from '@codemirror/commands';
import { bracketMatching, codeFolding, foldGutter, foldKeymap, foldService, indentUnit } from '@codemirror/language';
import { linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, Prec, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';
import { formatSql } from '../../../src/sql/format/format.ts';
import { splitStatements } from '../../../src/sql/split.ts';
import { session } from '../server/server.ts';
import { highlight } from './highlight.ts';
import { completeSql } from './names.ts';
import { problems } from './problems.ts';

/** A statement and its position in the text. */
export interface Placed {
  readonly text: string;
  readonly start: number;
}

export interface EditorProps {
  readonly tab: string;
  readonly text: string;
  /** The part of the text that is initially selected, to be replaced by typing. */
  readonly selects: string;
  onChange(text: string): void;
  onRun(statements: readonly Placed[]): void;
  onView(view: EditorView): void;
}

export function Editor({ tab, text, selects, onChange, onRun, onView }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const callbacks = useRef({ onChange, onRun });
  callbacks.current = { onChange, onRun };
  const states = useRef(new Map<string, EditorState>());
  const shown = useRef(tab);

  useEffect(() => {
    const made = new EditorView({
      parent: host.current!,
      state: stateOf(text, callbacks, selects),
    });
    view.current = made;
    onView(made);
    made.focus();
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current!;
    if (shown.current === tab) return;
    states.current.set(shown.current, editor.state);
    editor.setState(states.current.get(tab) ?? stateOf(text, callbacks));
    shown.current = tab;
    editor.focus();
  }, [tab]);

  return <div class="editor" ref={host} />;
}

type Callbacks = { readonly current: Pick<EditorProps, 'onChange' | 'onRun'> };

function stateOf(text: string, callbacks: Callbacks, selects = ''): EditorState {
  const at = selects === '' ? -1 : text.indexOf(selects);
  return EditorState.create({
    doc: text,
    ...(at !== -1 && { selection: { anchor: at, head: at + selects.length } }),
    extensions: extensions(callbacks),
  });
}

function extensions(callbacks: Callbacks): Extension[] {
  const run = (statements: readonly Placed[]): boolean => {
    callbacks.current.onRun(statements);
    return true;
  };
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.content;
  return [
    nonce === undefined ? [] : EditorView.cspNonce.of(nonce),
    EditorState.languageData.of(() => [
      { commentTokens: { line: '--' }, closeBrackets: { brackets: ['(', '[', "'"] } },
    ]),
    Prec.highest(
      keymap.of([
        { key: 'Mod-Enter', run: (v) => run(chosen(v.state)) },
        { key: 'Shift-Mod-Enter', run: (v) => run(all(v.state)) },
        { key: 'Mod-/', run: toggleComment },
        { key: 'Shift-Alt-f', run: format },
      ]),
    ),
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    indentUnit.of('  '),
    codeFolding({ placeholderText: '…' }),
    foldGutter({ openText: '▾', closedText: '▸' }),
    foldService.of(foldStatement),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ override: [completeSql], icons: false, maxRenderedOptions: 60 }),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    lintGutter(),
    linter((v) => problems(v, session.variables), { delay: 400 }),
    highlight,
    placeholder('SELECT * FROM … EMIT CHANGES;'),
    EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) callbacks.current.onChange(update.state.doc.toString());
    }),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...lintKeymap,
      ...foldKeymap,
      ...defaultKeymap,
    ]),
  ];
}

/** Formats the selection, or the whole text if there is none. */
export function format(view: EditorView): boolean {
  const { state } = view;
  const { from, to, empty } = state.selection.main;
  const [start, end] = empty ? [0, state.doc.length] : [from, to];
  const written = state.sliceDoc(start, end);
  const formatted = formatSql(written, { variables: session.variables });
  if (formatted === written) return true;
  const cursor = empty ? placeAfter(written, formatted, from) : start + formatted.length;
  view.dispatch({
    changes: { from: start, to: end, insert: formatted },
    selection: empty ? { anchor: cursor } : { anchor: start, head: cursor },
    scrollIntoView: true,
    userEvent: 'format',
  });
  return true;
}

/**
 * The position in formatted text that corresponds to a position in the original: after the same number of non-blank
 * characters.
 */
function placeAfter(written: string, formatted: string, at: number): number {
  let left = written.slice(0, at).replaceAll(/\s/g, '').length;
  for (let i = 0; i < formatted.length; i++) {
    if (left === 0) return i;
    if (!/\s/.test(formatted[i]!)) left--;
  }
  return formatted.length;
}

/** What Ctrl-Enter runs: the selection, or the statement that contains the cursor or precedes it on its line. */
export function chosen(state: EditorState): readonly Placed[] {
  const { from, to, empty } = state.selection.main;
  if (!empty) return statementsOf(state.sliceDoc(from, to), from);
  const every = all(state);
  const at = state.selection.main.head;
  const inside = every.filter((s) => s.start <= at && at <= s.start + s.text.length);
  const own = inside[0] ?? every.findLast((s) => s.start <= at) ?? every[0];
  return own === undefined ? [] : [own];
}

/** All statements of the text. */
export function all(state: EditorState): readonly Placed[] {
  return statementsOf(state.doc.toString(), 0);
}

/** The statements of a text, including one after the last semicolon. */
export function statementsOf(text: string, offset: number): readonly Placed[] {
  const split = splitStatements(text);
  const found = split.statements.map((s) => ({ text: s.text, start: offset + s.start }));
  const rest = split.rest.trim();
  if (split.state !== 'complete' && rest !== '')
    found.push({ text: rest, start: offset + split.restStart + split.rest.indexOf(rest) });
  return found;
}

/** A statement of several lines folds into its first line. */
function foldStatement(state: EditorState, lineStart: number, lineEnd: number): { from: number; to: number } | null {
  const own = all(state).find((s) => s.start >= lineStart && s.start <= lineEnd && s.start + s.text.length > lineEnd);
  return own === undefined ? null : { from: lineEnd, to: own.start + own.text.length };
}
