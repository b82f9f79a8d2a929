import { computed, signal } from '@preact/signals';
import type { EditorView } from '@codemirror/view';
import { useEffect, useRef, useState } from 'preact/hooks';
import { maskProperties } from '../../../src/sql/printer/mask.ts';
import { ResultView } from '../results/result-view.tsx';
import { Run, type RunState } from '../results/run.ts';
import { session } from '../server/server.ts';
import { Icon } from '../ui/icon.tsx';
import { go } from '../ui/route.ts';
import { stored } from '../ui/stored.ts';
import { all, chosen, Editor, format, statementsOf, type Placed } from './editor.tsx';
import { EXAMPLES } from './examples.ts';
import { showServerError } from './problems.ts';

interface Tab {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

const HISTORY_MAX = 200;
/** The most results that are kept; the oldest are removed first. */
const RUNS_MAX = 30;

const tabs = stored<readonly Tab[]>('tabs', [{ id: 't1', title: 'Query 1', text: '' }], (list) =>
  list.map((t) => ({ ...t, text: maskProperties(t.text) })),
);
const current = stored('tab', 't1');
const past = stored<readonly string[]>('history', []);
const split = stored('split', 45);
const runs = signal<readonly Run[]>([]);
const shownRun = signal<number | undefined>(undefined);
const tab = computed(() => tabs.value.find((t) => t.id === current.value) ?? tabs.value[0]!);
/** Incremented when text is put into a tab from outside the editor. */
const pasted = signal(0);

/** The part of a text put into a tab that is to be selected for replacement. */
let selected = '';

/** Opens text in a new tab, and shows the editor. @param options the part to select; whether to run the text */
export function openInEditor(
  title: string,
  text: string,
  options: { readonly selects?: string; readonly runs?: boolean } = {},
): void {
  selected = options.selects ?? '';
  if (tab.value.text.trim() === '') change(tab.value.id, { title, text });
  else addTab(title, text);
  pasted.value++;
  go();
  if (options.runs === true) void runStatements(statementsOf(text, 0));
}

function addTab(title?: string, text = ''): void {
  const number = 1 + Math.max(0, ...tabs.value.map((t) => Number(t.id.slice(1))));
  tabs.value = [...tabs.value, { id: `t${number}`, title: title ?? `Query ${number}`, text }];
  current.value = `t${number}`;
}

function closeTab(id: string): void {
  const at = tabs.value.findIndex((t) => t.id === id);
  const rest = tabs.value.filter((t) => t.id !== id);
  for (const run of runs.value) if (run.tab === id) run.stop();
  runs.value = runs.value.filter((run) => run.tab !== id);
  tabs.value = rest.length === 0 ? [{ id: 't1', title: 'Query 1', text: '' }] : rest;
  if (current.value === id) current.value = (rest[at] ?? rest.at(-1) ?? tabs.value[0]!).id;
  pasted.value++;
}

function change(id: string, changes: Partial<Tab>): void {
  tabs.value = tabs.value.map((t) => (t.id === id ? { ...t, ...changes } : t));
}

/** Runs statements one after another, up to the first that fails; live ones continue while later ones run. */
export async function runStatements(statements: readonly Placed[], view?: EditorView): Promise<void> {
  const whole = view?.state.doc.toString() ?? tab.value.text;
  const batch = statements.map((s) => {
    const before = whole.slice(0, s.start).split('\n');
    return new Run(s.text, current.value, { line: before.length - 1, column: before.at(-1)!.length });
  });
  runs.value = [...runs.value, ...batch].slice(-RUNS_MAX);
  for (const [i, run] of batch.entries()) {
    remember(run.text);
    shownRun.value = run.id;
    const ended = run.start();
    if (run.isLive) {
      void ended.then((ok) => ok || mark(run, statements[i]!, view));
      continue;
    }
    if (await ended) continue;
    mark(run, statements[i]!, view);
    for (const later of batch.slice(i + 1)) later.stop();
    return;
  }
}

function mark(run: Run, placed: Placed, view: EditorView | undefined): void {
  if (view !== undefined && run.error.value !== undefined)
    showServerError(view, placed.text, placed.start, run.error.value);
}

function remember(text: string): void {
  // Values that may be secrets are not stored.
  const kept = maskProperties(text);
  past.value = [kept, ...past.value.filter((t) => t !== kept)].slice(0, HISTORY_MAX);
}

export function Workspace() {
  const view = useRef<EditorView>(undefined);
  const [panel, setPanel] = useState<'none' | 'history' | 'examples'>('none');
  const active = tab.value;
  const own = runs.value.filter((r) => r.tab === active.id);
  const run = own.find((r) => r.id === shownRun.value) ?? own.at(-1);
  const tabStrip = useRef<HTMLDivElement>(null);
  useEffect(() => showPressed(tabStrip.current), [active.id, tabs.value.length]);
  const start = (statements: readonly Placed[]): void => void runStatements(statements, view.current);
  const put = (text: string): void => {
    openInEditor(active.title, text);
    setPanel('none');
  };
  return (
    <div class="workspace">
      <div class="bar">
        <div class="tabs" role="group" aria-label="Editors" ref={tabStrip}>
          {tabs.value.map((tab) => (
            <span key={tab.id} class="tab">
              <button
                type="button"
                aria-pressed={tab.id === active.id}
                onClick={() => (current.value = tab.id)}
                onDblClick={() => {
                  const title = prompt('Name of the tab', tab.title);
                  if (title !== null && title.trim() !== '') change(tab.id, { title });
                }}
              >
                {runs.value.some((r) => r.tab === tab.id && r.state.value === 'running') ? (
                  <StateDot state="running" />
                ) : null}
                {tab.title}
              </button>
              {tabs.value.length === 1 ? null : (
                <button
                  type="button"
                  class="tab-close"
                  aria-label={`Close ${tab.title}`}
                  onClick={() => closeTab(tab.id)}
                >
                  <Icon name="close" />
                </button>
              )}
            </span>
          ))}
          <button type="button" class="tab-add" aria-label="New tab" onClick={() => addTab()}>
            <Icon name="plus" />
          </button>
        </div>
        <span class="space" />
        <Variables />
        <button
          type="button"
          aria-pressed={panel === 'examples'}
          onClick={() => setPanel(panel === 'examples' ? 'none' : 'examples')}
        >
          Examples
        </button>
        <button
          type="button"
          aria-pressed={panel === 'history'}
          onClick={() => setPanel(panel === 'history' ? 'none' : 'history')}
        >
          <Icon name="history" /> History
        </button>
        <button type="button" onClick={() => format(view.current!)} title="Shift-Alt-F">
          Format
        </button>
        <button type="button" onClick={() => start(all(view.current!.state))} title="Shift-Ctrl-Enter">
          Run all
        </button>
        <button type="button" class="primary" onClick={() => start(chosen(view.current!.state))} title="Ctrl-Enter">
          <Icon name="play" /> Run
        </button>
      </div>
      <div class="panes" style={{ gridTemplateRows: `${split.value}fr 6px ${100 - split.value}fr` }}>
        <div class="pane-top">
          <Editor
            key={pasted.value}
            tab={active.id}
            text={active.text}
            selects={selected}
            onChange={(text) => change(current.value, { text })}
            onRun={start}
            onView={(v) => (view.current = v)}
          />
          {panel === 'history' ? <Texts title="History" texts={past.value} onPick={put} /> : null}
          {panel === 'examples' ? <Examples onPick={put} /> : null}
        </div>
        <Splitter />
        <section class="results" aria-label="Results">
          <RunStrip all={own} shown={run} />
          {run === undefined ? (
            <Welcome />
          ) : (
            <ResultView key={run.id} run={run} onRun={(text) => start([{ text, start: 0 }])} />
          )}
        </section>
      </div>
    </div>
  );
}

/** Scrolls a row so that the whole selected item is visible, including its close button. */
function showPressed(row: HTMLElement | null): void {
  const pressed = row?.querySelector('[aria-pressed="true"]')?.parentElement;
  pressed?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function RunStrip({ all: own, shown }: { readonly all: readonly Run[]; readonly shown: Run | undefined }) {
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => showPressed(strip.current), [shown?.id, shown?.tookMs.value]);
  if (own.length === 0) return null;
  const ended = own.filter((r) => r.state.value !== 'running');
  return (
    <div class="strip" role="group" aria-label="Statements" ref={strip}>
      {own.map((run) => (
        <span key={run.id} class="chip">
          <button type="button" aria-pressed={run === shown} title={run.text} onClick={() => (shownRun.value = run.id)}>
            <StateDot state={run.state.value} /> {headline(run.text)}
            {run.tookMs.value === undefined ? null : <small>{duration(run.tookMs.value)}</small>}
          </button>
          <button
            type="button"
            class="tab-close"
            aria-label={`${run.state.value === 'running' ? 'Stop' : 'Close'}: ${headline(run.text)}`}
            onClick={() => {
              if (run.state.value === 'running') return run.stop();
              runs.value = runs.value.filter((x) => x !== run);
            }}
          >
            <Icon name={run.state.value === 'running' ? 'stop' : 'close'} />
          </button>
        </span>
      ))}
      {ended.length < 2 ? null : (
        <button
          type="button"
          class="close-all"
          onClick={() => (runs.value = runs.value.filter((r) => !ended.includes(r)))}
        >
          Close all that have ended
        </button>
      )}
    </div>
  );
}

const STATE_WORDS: Readonly<Record<RunState, string>> = {
  waiting: 'waits',
  running: 'runs',
  done: 'done',
  stopped: 'stopped',
  failed: 'failed',
};

function StateDot({ state }: { readonly state: RunState }) {
  return <span class={`dot ${state}`} role="img" aria-label={STATE_WORDS[state]} />;
}

function headline(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 42 ? `${line.slice(0, 40)}…` : line;
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The most characters of a setting that are shown in full. */
const PILL_MAX = 40;

/** The session's variables and properties, as set by SET and DEFINE. */
function Variables() {
  void runs.value.map((r) => r.state.value);
  const { variables = {}, properties = {} } = session.requestOptions(new AbortController().signal);
  const entries = [
    ...Object.entries(properties).map(([name, value]) => `SET ${name} = ${String(value)}`),
    ...Object.entries(variables).map(([name, value]) => `${name} = ${value}`),
  ];
  if (entries.length === 0) return null;
  return (
    <span class="pill" title={entries.join('\n')}>
      {entries.length > 1 ? `${entries.length} settings` : entries[0]!.length > PILL_MAX ? '1 setting' : entries[0]}
    </span>
  );
}

function Texts({
  title,
  texts,
  onPick,
}: {
  readonly title: string;
  readonly texts: readonly string[];
  onPick(text: string): void;
}) {
  return (
    <aside class="side" aria-label={title}>
      {texts.length === 0 ? <p class="note">Nothing was run yet.</p> : null}
      {texts.map((text) => (
        <button type="button" class="side-item" key={text} onClick={() => onPick(text)}>
          <code>{text}</code>
        </button>
      ))}
    </aside>
  );
}

function Examples({ onPick }: { onPick(text: string): void }) {
  return (
    <aside class="side" aria-label="Examples">
      {EXAMPLES.map(({ title, text }) => (
        <button type="button" class="side-item" key={title} onClick={() => onPick(text)}>
          <strong>{title}</strong>
          <code>{text}</code>
        </button>
      ))}
    </aside>
  );
}

function Welcome() {
  return (
    <div class="welcome">
      <p>
        Write SQL above, <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs the statement at the cursor or what is selected,{' '}
        <kbd>Shift</kbd> <kbd>Ctrl</kbd> <kbd>Enter</kbd> everything. <kbd>Ctrl</kbd> <kbd>Space</kbd> completes.
      </p>
      <p class="dim">Results of queries that go on stay live here while you look at other pages.</p>
    </div>
  );
}

function Splitter() {
  const move = (by: number): void => {
    split.value = Math.min(85, Math.max(15, split.value + by));
  };
  return (
    <div
      class="splitter"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Editor and results"
      aria-valuenow={Math.round(split.value)}
      aria-valuemin={15}
      aria-valuemax={85}
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key === 'ArrowUp') move(-5);
        if (event.key === 'ArrowDown') move(5);
      }}
      onPointerDown={(event) => {
        const bar = event.currentTarget;
        const box = bar.parentElement!.getBoundingClientRect();
        bar.setPointerCapture(event.pointerId);
        bar.onpointermove = (e) => {
          split.value = Math.min(85, Math.max(15, ((e.clientY - box.top) / box.height) * 100));
        };
        bar.onpointerup = () => (bar.onpointermove = null);
      }}
    />
  );
}
