import type { ComponentChildren } from 'preact';
import { State } from './state.tsx';

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
