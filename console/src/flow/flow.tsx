import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Lineage, LineageEdge, LineageNode } from '../../../src/wire/lineage.ts';
import { live, mood, ratesOf } from '../server/live.ts';
import { server } from '../server/server.ts';
import { Icon, type IconName } from '../ui/icon.tsx';
import { Facts } from '../ui/detail.tsx';
import { brief, State } from '../ui/state.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { useEscape } from '../ui/use-escape.ts';
import { count } from '../ui/numbers.ts';
import { go, href } from '../ui/route.ts';
import { around } from './graph.ts';
import { pageOf } from '../pages/pages.ts';
import { HEIGHT, place, short } from './place.ts';

/** From this many waiting records on, the lag is highlighted. */
const LAGGING = 1000;

/** The smallest zoom at which names are legible. */
const LEGIBLE = 0.7;

const ICONS: Readonly<Record<LineageNode['kind'], IconName>> = {
  EXTERNAL: 'server',
  CONNECTOR: 'connector',
  TOPIC: 'topic',
  STREAM: 'stream',
  TABLE: 'table',
  QUERY: 'query',
};

/** The graph of all connectors, topics, streams, tables and queries. */
export function Flow({ name }: { readonly name: string | undefined }) {
  // The graph depends only on which objects exist; states and rates are drawn into it.
  const shape = JSON.stringify([
    live.sources.value?.sources.map((s) => s.name),
    live.queries.value?.queries.map((q) => q.id),
    live.connectors.value?.connectors.map((c) => c.name),
    live.topics.value?.topics.length,
  ]);
  const { value: lineage, problem } = useAnswer((signal) => server().lineage(undefined, signal), [shape]);
  const [isAlone, setAlone] = useState(false);
  const [search, setSearch] = useState('');
  const [zoom, setZoom] = useState<number>();
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const chosen = lineage?.nodes.find((n) => n.id === name || n.name === name);
  const lit = useMemo(() => {
    if (lineage === undefined || chosen === undefined) return undefined;
    return new Set(
      [chosen, ...around(lineage, chosen.id, 'up'), ...around(lineage, chosen.id, 'down')].map((n) => n.id),
    );
  }, [lineage, chosen]);
  const shown = useMemo(() => {
    if (lineage === undefined || lit === undefined || !isAlone) return lineage;
    return {
      nodes: lineage.nodes.filter((n) => lit.has(n.id)),
      edges: lineage.edges.filter((e) => lit.has(e.from) && lit.has(e.to)),
    };
  }, [lineage, lit, isAlone]);
  const placed = useMemo(() => shown && place(shown), [shown]);
  const wanted = search.trim().toLowerCase();
  const named = (fits: (name: string) => boolean): LineageNode | undefined =>
    wanted === '' ? undefined : shown?.nodes.find((n) => fits(n.name.toLowerCase()));
  const first = named((n) => n === wanted) ?? named((n) => n.startsWith(wanted)) ?? named((n) => n.includes(wanted));
  /** @param least the smallest zoom */
  const fit = (least: number): void => {
    if (placed === undefined || box.current === null) return;
    const { clientWidth, clientHeight } = box.current;
    setZoom(Math.min(1, Math.max(least, Math.min(clientWidth / placed.width, clientHeight / placed.height))));
  };
  // A graph that is too large to be legible as a whole is shown from its beginning.
  useEffect(() => fit(LEGIBLE), [placed]);
  useEffect(() => {
    if (first === undefined) return;
    // The node that was searched for has to be legible.
    setZoom((now) => Math.max(now ?? 1, LEGIBLE));
    setTimeout(() =>
      document.getElementById(`node-${first.id}`)?.scrollIntoView({ block: 'center', inline: 'center' }),
    );
  }, [wanted]);
  useEffect(() => {
    if (chosen !== undefined)
      document.getElementById(`node-${chosen.id}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen?.id, placed]);
  const scale = zoom ?? 1;
  const isCut =
    placed !== undefined &&
    box.current !== null &&
    (placed.width * scale > box.current.clientWidth + 1 || placed.height * scale > box.current.clientHeight + 1);
  const choose = (id: string): void => (chosen?.id === id ? go('flow') : go('flow', id));
  return (
    <div class="page flow-page">
      <header class="page-head">
        <h1>
          Flow{' '}
          <span class="dim">
            {shown === lineage ? lineage?.nodes.length : `${shown?.nodes.length} of ${lineage?.nodes.length}`}
          </span>
        </h1>
        <span class="space" />
        <label class="filter">
          <Icon name="search" />
          <input
            ref={input}
            type="search"
            placeholder="Search"
            aria-label="Search the flow"
            value={search}
            onInput={() => setSearch(input.current!.value)}
            onKeyDown={(e) => e.key === 'Enter' && first !== undefined && go('flow', first.id)}
          />
        </label>
        <label class="check" title="Only what the chosen one comes from, and where it goes to">
          <input
            type="checkbox"
            checked={isAlone}
            disabled={chosen === undefined}
            onChange={(e) => setAlone(e.currentTarget.checked)}
          />{' '}
          Only its lineage
        </label>
        <span class="switch" role="group" aria-label="Size">
          <button type="button" onClick={() => setZoom(Math.max(0.2, scale / 1.25))} aria-label="Smaller">
            −
          </button>
          <button type="button" onClick={() => fit(0.1)}>
            Fit
          </button>
          <button type="button" onClick={() => setZoom(Math.min(2, scale * 1.25))} aria-label="Larger">
            +
          </button>
        </span>
      </header>
      {problem === '' ? null : <div class="problem-box">{problem}</div>}
      {lineage?.nodes.length === 0 ? (
        <p class="note">Nothing flows yet: streams, tables, queries and connectors stand here as they are made.</p>
      ) : null}
      {isCut ? <p class="note">There is more than is seen: scroll, or press Fit.</p> : null}
      <div class="flow-split">
        <div
          class="flow-box"
          ref={box}
          tabIndex={0}
          role="region"
          aria-label="What flows where"
          onClick={(e) => e.target === e.currentTarget && go('flow')}
          onWheel={(e) => {
            if (!e.ctrlKey) return;
            e.preventDefault();
            setZoom(Math.min(2, Math.max(0.1, scale * (e.deltaY < 0 ? 1.1 : 1 / 1.1))));
          }}
        >
          {placed === undefined ? null : (
            <svg
              class="flow"
              width={placed.width * scale}
              height={placed.height * scale}
              viewBox={`0 0 ${placed.width} ${placed.height}`}
              role="group"
              aria-label="Picture"
            >
              <defs>
                <marker
                  id="arrow"
                  viewBox="0 0 8 8"
                  refX="7"
                  refY="4"
                  markerWidth="7"
                  markerHeight="7"
                  orient="auto-start-reverse"
                >
                  <path d="M0 0L8 4L0 8z" class="arrow" />
                </marker>
              </defs>
              {placed.edges.map(({ edge, path, x, y }) => {
                const label = edgeText(edge);
                const isOff = lit !== undefined && !(lit.has(edge.from) && lit.has(edge.to));
                return (
                  <g
                    key={`${edge.from} ${edge.to}`}
                    class={`edge${isOff ? ' faint' : ''}${label.moves ? ' moves' : ''}`}
                  >
                    <path d={path} marker-end="url(#arrow)" />
                    {label.text === '' ? null : (
                      <text x={x} y={y - 5} class={label.lags ? 'lags' : ''}>
                        {label.text}
                      </text>
                    )}
                  </g>
                );
              })}
              {placed.nodes.map(({ key, node, x, y, width }) => {
                const state = stateOf(node);
                const label = short(node.name, width);
                const found = isAlone || wanted === '' || node.name.toLowerCase().includes(wanted);
                // The lineage of a search result is highlighted whatever its names are.
                const isOff = lit === undefined ? !found : !lit.has(node.id);
                return (
                  <g key={key} transform={`translate(${x} ${y})`}>
                    <a
                      id={`node-${key}`}
                      href={href('flow', node.id)}
                      class={`node ${node.kind.toLowerCase()} ${mood(state)}${isOff ? ' faint' : ''}${node === chosen ? ' chosen' : ''}`}
                      aria-label={labelOf(node, label, state)}
                      onClick={(e) => {
                        e.preventDefault();
                        choose(node.id);
                      }}
                    >
                      <title>{`${node.kind.toLowerCase()} ${node.name}`}</title>
                      <rect width={width} height={HEIGHT} rx="6" />
                      <svg x="8" y="12" width="16" height="16">
                        <Icon name={ICONS[node.kind]} />
                      </svg>
                      <text x="31" y={state === undefined && node.kind !== 'QUERY' ? 24 : 18}>
                        {label}{' '}
                      </text>
                      {state === undefined ? null : (
                        <text x="31" y="32" class="sub">
                          {brief(state)}
                          {lagText(node)}
                        </text>
                      )}
                      {state === undefined ? null : <circle cx={width - 10} cy="10" r="4" class="mark" />}
                    </a>
                  </g>
                );
              })}
            </svg>
          )}
        </div>
        {chosen === undefined || lineage === undefined ? null : <Details node={chosen} lineage={lineage} />}
      </div>
    </div>
  );
}

function Details({ node, lineage }: { readonly node: LineageNode; readonly lineage: Lineage }) {
  const state = stateOf(node);
  const cause = causeOf(node);
  const rates = node.kind === 'QUERY' ? ratesOf(node.name) : undefined;
  const page = pageOf(node);
  useEscape(() => go('flow'));
  const list = (direction: 'up' | 'down') => (
    <ul class="plain">
      {around(lineage, node.id, direction).length === 0 ? <li class="dim">Nothing.</li> : null}
      {around(lineage, node.id, direction).map((n) => (
        <li key={n.id}>
          <a href={href('flow', n.id)}>{n.name}</a> <span class="dim">{n.kind.toLowerCase()}</span>
        </li>
      ))}
    </ul>
  );
  return (
    <aside class="detail drawer" aria-label={node.name}>
      <button type="button" class="close" onClick={() => go('flow')} aria-label="Close">
        <Icon name="close" />
      </button>
      <h2>{node.name}</h2>
      <p class="dim">{node.kind.toLowerCase()}</p>
      {state === undefined ? null : <State state={state} />}
      {cause === undefined ? null : <div class="problem-box">{cause}</div>}
      <Facts
        facts={[
          ['Read', rates && `${count(rates.readPerSecond)} /s`],
          ['Written', rates && `${count(rates.writtenPerSecond)} /s`],
          ['Lag', rates && count(rates.lag)],
          [
            'Records',
            node.kind === 'CONNECTOR' ? `${count(live.metrics.value?.connectors[node.name]?.recordsPerSecond)} /s` : '',
          ],
          ['Topic', node.topic],
        ]}
      />
      {page === undefined ? null : (
        <p>
          <a href={page}>Its page</a>
        </p>
      )}
      {node.statement === undefined ? null : <pre class="code wrap">{node.statement}</pre>}
      <h2>Comes from</h2>
      {list('up')}
      <h2>Goes to</h2>
      {list('down')}
    </aside>
  );
}

/** The most recently reported state; that in the graph may be older. */
function stateOf(node: LineageNode): string | undefined {
  if (node.kind === 'QUERY') return live.queries.value?.queries.find((q) => q.id === node.name)?.state ?? node.state;
  if (node.kind === 'CONNECTOR')
    return (
      live.connectors.value?.connectors.find((c) => c.name === node.name && c.cluster === null)?.state ?? node.state
    );
  return undefined;
}

function causeOf(node: LineageNode): string | undefined {
  if (node.kind === 'QUERY') return live.queries.value?.queries.find((q) => q.id === node.name)?.error ?? node.cause;
  if (node.kind === 'CONNECTOR')
    return (
      live.connectors.value?.connectors.find((c) => c.name === node.name && c.cluster === null)?.cause ?? node.cause
    );
  return undefined;
}

/** Records per second on an edge, and how many are waiting. */
function edgeText({ from, to, topic }: LineageEdge): {
  readonly text: string;
  readonly moves: boolean;
  readonly lags: boolean;
} {
  const metrics = live.metrics.value;
  const [fromKind, fromName] = parts(from);
  const [toKind, toName] = parts(to);
  let rate: number | undefined;
  let lag = 0;
  if (toKind === 'query') {
    const own = topic === undefined ? undefined : metrics?.queries[toName]?.topics[topic];
    rate = own?.readPerSecond;
    lag = own?.lag ?? 0;
  } else if (fromKind === 'query') rate = metrics?.queries[fromName]?.writtenPerSecond;
  else if (fromKind === 'connector') rate = metrics?.connectors[fromName]?.recordsPerSecond;
  else if (toKind === 'connector') rate = metrics?.connectors[toName]?.recordsPerSecond;
  const moves = rate !== undefined && rate > 0;
  const text = [moves ? `${count(rate)}/s` : '', lag > 0 ? `lag ${count(lag)}` : '']
    .filter((t) => t !== '')
    .join(' · ');
  return { text, moves, lags: lag > LAGGING };
}

/** For a query with a large lag, which includes records in its internal topics. */
function lagText(node: LineageNode): string {
  const lag = node.kind === 'QUERY' ? (ratesOf(node.name)?.lag ?? 0) : 0;
  return lag > LAGGING ? ` · lag ${count(lag)}` : '';
}

/** The accessible label contains the visible text literally. */
function labelOf(node: LineageNode, shown: string, state: string | undefined): string {
  const seen = `${node.kind.toLowerCase()} ${shown}${state === undefined ? '' : ` ${brief(state)}`}`;
  return shown === node.name ? seen : `${seen}, ${node.name}`;
}

function parts(id: string): readonly [string, string] {
  const at = id.indexOf(':');
  return [id.slice(0, at), id.slice(at + 1)];
}
