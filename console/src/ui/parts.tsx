import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { history, HISTORY, mood } from '../server/live.ts';
import type { Right } from '../../../src/base/rights.ts';
import { may, messageOf } from '../server/server.ts';
import { Icon } from './icon.tsx';
import { clockText } from './time.tsx';

export interface Column<T> {
  readonly title: string;
  /** The value for sorting and searching, which is also shown if there is no `view`. */
  readonly value: (row: T) => string | number;
  readonly view?: (row: T) => ComponentChildren;
  readonly numeric?: boolean;
  /** Whether the column is hidden on narrow screens. */
  readonly spare?: boolean;
}

export interface ListingProps<T> {
  readonly title: string;
  /** Undefined: not known yet. */
  readonly rows: readonly T[] | undefined;
  readonly columns: readonly Column<T>[];
  readonly rowKey: (row: T) => string;
  /** The page of a row, if rows have one. */
  readonly link?: (row: T) => string;
  readonly empty: string;
  readonly actions?: ComponentChildren;
  readonly problem?: string | undefined;
}

/** A list of objects by name, with search, sorting and links to their pages. */
export function Listing<T>({ title, rows, columns, rowKey, link, empty, actions, problem }: ListingProps<T>) {
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState({ column: 0, descending: false });
  const box = useRef<HTMLInputElement>(null);
  const wanted = search.toLowerCase();
  const found = (rows ?? [])
    .filter((row) => wanted === '' || columns.some((c) => String(c.value(row)).toLowerCase().includes(wanted)))
    .toSorted((a, b) => {
      const { value } = columns[order.column]!;
      const [x, y] = [value(a), value(b)];
      const sign = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
      return order.descending ? -sign : sign;
    });
  return (
    <div class="page">
      <header class="page-head">
        <h1>
          {title} <span class="dim">{rows === undefined ? '' : rows.length}</span>
        </h1>
        <span class="space" />
        <label class="filter">
          <Icon name="search" />
          <input
            ref={box}
            type="search"
            placeholder="Search"
            aria-label={`Search ${title}`}
            value={search}
            onInput={() => setSearch(box.current!.value)}
          />
        </label>
        {actions}
      </header>
      {problem === undefined ? null : (
        <div class="problem-box" role="alert">
          {problem}
        </div>
      )}
      {rows === undefined ? (
        problem === undefined ? (
          <p class="note">Loading …</p>
        ) : null
      ) : rows.length === 0 ? (
        <p class="note">{empty}</p>
      ) : (
        <div class="table-box" tabIndex={0} role="region" aria-label={title}>
          <table class="list">
            <thead>
              <tr>
                {columns.map((column, i) => (
                  <th
                    key={column.title}
                    class={classOf(column)}
                    aria-sort={order.column !== i ? 'none' : order.descending ? 'descending' : 'ascending'}
                  >
                    <button
                      type="button"
                      // Numbers are first sorted in descending order, since the largest are of most interest.
                      onClick={() =>
                        setOrder({
                          column: i,
                          descending: order.column === i ? !order.descending : column.numeric === true,
                        })
                      }
                    >
                      {column.title}
                      {order.column === i ? (order.descending ? ' ↓' : ' ↑') : ''}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {found.map((row) => (
                <tr key={rowKey(row)}>
                  {columns.map((column, i) => (
                    <td key={column.title} class={classOf(column)}>
                      {i === 0 && link !== undefined ? (
                        <a href={link(row)}>{column.view?.(row) ?? column.value(row)}</a>
                      ) : (
                        (column.view?.(row) ?? column.value(row))
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function classOf({ numeric, spare }: { readonly numeric?: boolean; readonly spare?: boolean }): string {
  return [numeric === true ? 'num' : '', spare === true ? 'spare' : ''].join(' ').trim();
}

/** Names linked to their pages, separated by commas. */
export function Names({ names }: { readonly names: readonly { readonly name: string; readonly href: string }[] }) {
  return (
    <>
      {names.map((n, i) => (
        <span key={n.name}>
          {i === 0 ? '' : ', '}
          <a href={n.href}>{n.name}</a>
        </span>
      ))}
    </>
  );
}

/** A state as a word with a coloured dot. */
export function State({ state }: { readonly state: string | null | undefined }) {
  return (
    <span class="state">
      <span class={`dot ${mood(state)}`} aria-hidden="true" /> {brief(state ?? 'unknown')}
    </span>
  );
}

/** `RUNNING 1/1` for `RUNNING (1/1 tasks RUNNING)`. */
export function brief(state: string): string {
  return state.replace(/ \((\d+\/\d+) tasks RUNNING\)/, ' $1');
}

/** The page of one object. */
export function Detail({
  kind,
  list,
  name,
  state,
  actions,
  children,
}: {
  readonly kind: string;
  readonly list: string;
  readonly name: string;
  readonly state?: string | null | undefined;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="page">
      <header class="page-head">
        <h1>
          <a href={`#/${list}`}>{kind}</a> <span class="dim">/</span> <span class="mono-name">{name}</span>
        </h1>
        {state === undefined ? null : <State state={state} />}
        <span class="space" />
        {actions}
      </header>
      <div class="page-body" tabIndex={0} role="region" aria-label={name}>
        {children}
      </div>
    </div>
  );
}

/** Shown instead of the page of an object that does not exist or cannot be read. */
export function NotThere({
  kind,
  list,
  name,
  problem,
}: {
  readonly kind: string;
  readonly list: string;
  readonly name: string;
  readonly problem: string;
}) {
  return (
    <Detail kind={kind} list={list} name={name}>
      <div class="problem-box" role="alert">
        {problem}
      </div>
    </Detail>
  );
}

export function Section({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="section">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Rows of texts with column headings. */
export function Grid2({
  head,
  rows,
}: {
  readonly head: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}) {
  if (rows.length === 0) return <p class="dim">None.</p>;
  return (
    <table class="list small">
      <thead>
        <tr>
          {head.map((h) => (
            <th key={h}>{h}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            {row.map((cell, c) => (
              <td key={c}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Names and values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== '' && value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Code({ text }: { readonly text: string }) {
  return (
    <pre class="code" tabIndex={0}>
      {text}
    </pre>
  );
}

/** A button for an operation that takes some time, one at a time; an error and its remedy are shown next to it. */
export function Action({
  label,
  run,
  icon,
  primary,
  danger,
  needs,
  done,
  about,
}: {
  readonly label: string;
  readonly run: () => Promise<unknown> | void;
  readonly icon?: Parameters<typeof Icon>[0]['name'];
  readonly primary?: boolean;
  readonly danger?: boolean;
  /** The right that is needed: users without it see this, and the button is disabled. */
  readonly needs?: Right;
  /** The message on completion, if nothing else shows it. */
  readonly done?: string;
  /** The subject of an error, which is shown as long as the subject is the same. */
  readonly about?: string;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const [message, setMessage] = useState('');
  useEffect(() => setProblem(''), [about]);
  const isAllowed = needs === undefined || may(needs);
  const start = (): void => {
    setBusy(true);
    setProblem('');
    setMessage('');
    Promise.resolve(run())
      .then(() => done !== undefined && setMessage(`${done} ${clockText(Date.now())}`))
      .catch((error: unknown) => setProblem(withHint(error)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      {problem === '' ? null : (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
      {message === '' ? null : (
        <span class="dim" role="status">
          {message}
        </span>
      )}
      <button
        type="button"
        class={primary ? 'primary' : danger ? 'danger' : ''}
        disabled={busy || !isAllowed}
        title={isAllowed ? undefined : `Your roles do not grant it: it needs ${needs}.`}
        onClick={start}
      >
        {icon === undefined ? null : <Icon name={icon} />} {label}
      </button>
    </>
  );
}

/** The error message, with the server's hint if it has one. */
function withHint(error: unknown): string {
  const hint = (error as { readonly hint?: unknown }).hint;
  return typeof hint === 'string' ? `${messageOf(error)} ${hint}` : messageOf(error);
}

/**
 * The result of a promise, requested again whenever `again` changes. The previous result is kept while the next one is
 * fetched.
 * @param beat requests again when it changes too, unless a request is pending, so that slow responses are not lost
 */
export function useAnswer<T>(
  fetch: (signal: AbortSignal) => Promise<T>,
  again: readonly unknown[],
  beat = 0,
): { readonly value: T | undefined; readonly problem: string; reload(): void } {
  const [answer, setAnswer] = useState<{ readonly value: T | undefined; readonly problem: string }>({
    value: undefined,
    problem: '',
  });
  const [turn, setTurn] = useState(0);
  const waiting = useRef<AbortController>(undefined);
  const start = (): void => {
    const abort = new AbortController();
    waiting.current?.abort();
    waiting.current = abort;
    fetch(abort.signal)
      .then(
        (value) => abort.signal.aborted || setAnswer({ value, problem: '' }),
        (error: unknown) => abort.signal.aborted || setAnswer((old) => ({ ...old, problem: messageOf(error) })),
      )
      .finally(() => waiting.current === abort && (waiting.current = undefined));
  };
  useEffect(() => {
    start();
    return () => waiting.current?.abort();
  }, [...again, turn]);
  useEffect(() => {
    if (waiting.current === undefined) start();
  }, [beat]);
  return { ...answer, reload: () => setTurn((n) => n + 1) };
}

/** Calls it on Escape, wherever the focus is, unless a closer handler has used the key. */
export function useEscape(call: (() => void) | undefined): void {
  const latest = useRef(call);
  latest.current = call;
  const isOpen = call !== undefined;
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) latest.current?.();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [isOpen]);
}

/** Label of lines that several pages have. */
export const LAG_LINE = 'Lag, last two minutes';

/** The last two minutes of a number, as a line. */
export function Sparkline({
  of,
  unit = 'a second',
  width = 110,
  height = 18,
}: {
  readonly of: string;
  readonly unit?: string;
  readonly width?: number;
  readonly height?: number;
}) {
  const values = history.get(of) ?? [];
  const most = Math.max(1, ...values);
  // The present is at the right: the time before the page was opened is left empty.
  const x = (i: number): number => (HISTORY - values.length + i) * (width / (HISTORY - 1));
  const points = values
    .map((v, i) => `${x(i).toFixed(1)},${(height - 1 - (v / most) * (height - 3)).toFixed(1)}`)
    .join(' ');
  return (
    <svg
      class="spark"
      width={width}
      height={height}
      role="img"
      aria-label={`The last ${values.length} seconds: ${count(values.at(-1) ?? 0)} ${unit} now, ${count(Math.max(0, ...values))} at most`}
    >
      <title>{`${count(values.at(-1) ?? 0)} ${unit} now, ${count(Math.max(0, ...values))} at most`}</title>
      <line x1={0} x2={width} y1={height - 1} y2={height - 1} />
      <polyline points={points} />
    </svg>
  );
}

/** A number with thousands separators, with at most one decimal place, below 10 only; empty for undefined. */
export function count(n: number | undefined): string {
  return n === undefined ? '' : n.toLocaleString('en-US', { maximumFractionDigits: n < 10 ? 1 : 0 });
}

/** `1.2 MB`: with decimal units, as for disks. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: power === 0 || value >= 100 ? 0 : 1 })} ${units[power]}`;
}
