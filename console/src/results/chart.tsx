import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { clockText, timeText } from '../ui/time.tsx';
import { ChartLines, LINES_MAX, thinned, ticks } from './chart-lines.ts';
import { cells, type Line } from './rows.ts';

const NUMERIC = /^(?:INTEGER|BIGINT|DOUBLE|DECIMAL)/;
const TIMES = /^(?:WINDOWSTART|WINDOWEND|ROWTIME)$/;
const MARGIN = { left: 64, right: 24, top: 12, bottom: 26 };
/** Space for a label of the time axis, in px. */
const LABEL_PX = 90;

/**
 * Whether rows can be drawn as a chart: they need a numeric column, drawn over time or over the order of rows, with a
 * line for each value of a text column.
 */
export function chartable(columns: readonly string[], types: readonly string[]): boolean {
  return columns.some((name, i) => NUMERIC.test(types[i]!) && !TIMES.test(name));
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The shortest time between two drawings of a running query, in ms: its rows may change with each frame. */
const REDRAW_MS = 250;

/** The rows of one drawing. The array itself may grow in place. */
interface Seen {
  readonly lines: readonly Line[];
  readonly version: number;
}

/**
 * Rows as a line chart that shows the trend of a number.
 * @param version changes when `lines` may have changed in place
 */
export function Chart({
  columns,
  types,
  lines,
  version,
}: {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly lines: readonly Line[];
  readonly version: number;
}) {
  const [seen, setSeen] = useState<Seen>({ lines, version });
  const latest = useRef(seen);
  latest.current = { lines, version };
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isBehind = seen.lines !== lines || seen.version !== version;
  useEffect(() => {
    if (!isBehind || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setSeen(latest.current);
    }, REDRAW_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  // Preact does not render an unchanged element again.
  return useMemo(() => <Drawing columns={columns} types={types} seen={seen} />, [columns, types, seen]);
}

function Drawing({
  columns,
  types,
  seen,
}: {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly seen: Seen;
}) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef(new ChartLines());
  const [size, setSize] = useState({ width: 800, height: 260 });
  const [, redraw] = useState(0);
  /** The x position of the pointer, in px. */
  const [at, setAt] = useState<number>();
  const numbers = columns.flatMap((name, i) => (NUMERIC.test(types[i]!) && !TIMES.test(name) ? [i] : []));
  const [chosen, setChosen] = useState(numbers.at(-1)!);
  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const over = ['WINDOWSTART', 'ROWTIME', 'WINDOWEND'].map((n) => columns.indexOf(n)).find((i) => i !== -1);
  const by = columns.findIndex((_, i) => types[i] === 'STRING');
  // Each row is parsed once, not at each drawing.
  const read = useMemo(() => new WeakMap<Line, NamedPoint>(), [chosen, over, by]);
  const series = useMemo(
    () => seriesOf(seen.lines, { chosen, over, by, name: columns[chosen]! }, read),
    [seen, read, columns],
  );
  const names = [...series.keys()].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const largest = names.toSorted((a, b) => series.get(b)!.length - series.get(a)!.length);
  drawn.current.settle(largest);
  const shown = names.flatMap((name) => {
    const colour = drawn.current.colourOf(name);
    return colour === undefined ? [] : [{ name, colour, points: series.get(name)! }];
  });
  const all = shown.flatMap(({ points }) => points);
  const [x0, x1] = range(all.map((p) => p.x));
  const [low, high] = range(all.map((p) => p.y));
  const marks = ticks(
    Math.min(0, low),
    Math.max(0, high) === Math.min(0, low) ? Math.min(0, low) + 1 : Math.max(0, high),
  );
  const [y0, y1] = [marks[0]!, marks.at(-1)!];
  const width = Math.max(50, size.width - MARGIN.left - MARGIN.right);
  const height = Math.max(50, size.height - MARGIN.top - MARGIN.bottom);
  const px = (x: number): number => MARGIN.left + (x1 === x0 ? width / 2 : ((x - x0) / (x1 - x0)) * width);
  const py = (y: number): number => MARGIN.top + height - ((y - y0) / (y1 - y0)) * height;
  const pointed = at === undefined ? undefined : nearest(all, (p) => Math.abs(px(p.x) - at))?.x;
  const xs = x1 === x0 ? [x0] : spread(x0, x1, Math.max(2, Math.min(8, Math.floor(width / LABEL_PX))));
  return (
    <div class="chart">
      <div class="rows-bar">
        <label>
          Number{' '}
          <select value={chosen} onChange={(e) => setChosen(Number(e.currentTarget.value))}>
            {numbers.map((i) => (
              <option key={i} value={i}>
                {columns[i]}
              </option>
            ))}
          </select>
        </label>
        <span class="dim">
          over {over === undefined ? 'the order of rows' : columns[over]}
          {by === -1 ? '' : `, a line for each ${columns[by]}`}
          {series.size > shown.length ? `; ${shown.length} of ${series.size} are drawn` : ''}
        </span>
        <span class="space" />
        <span class="dim" role="status">
          {pointed === undefined ? '' : over === undefined ? `Row ${pointed}` : timeText(pointed)}
        </span>
      </div>
      <div class="chart-split">
        <div
          class="chart-box"
          ref={box}
          onPointerMove={(e) => setAt(e.clientX - e.currentTarget.getBoundingClientRect().left)}
          onPointerLeave={() => setAt(undefined)}
        >
          <svg
            width={size.width}
            height={size.height}
            role="img"
            aria-label={`${columns[chosen]} of ${shown.map((s) => s.name).join(', ')}`}
          >
            {marks.map((y) => (
              <g key={y} class="tick">
                <line x1={MARGIN.left} x2={MARGIN.left + width} y1={py(y)} y2={py(y)} />
                <text x={MARGIN.left - 8} y={py(y) + 4} text-anchor="end">
                  {y.toLocaleString('en-US', { maximumFractionDigits: 6 })}
                </text>
              </g>
            ))}
            {xs.map((x, i) => (
              <text
                key={i}
                class="axis"
                x={px(x)}
                y={size.height - 8}
                text-anchor={xs.length === 1 ? 'middle' : i === 0 ? 'start' : i === xs.length - 1 ? 'end' : 'middle'}
              >
                {over === undefined ? Math.round(x) : clockText(x)}
              </text>
            ))}
            {pointed === undefined ? null : (
              <line class="pointed" x1={px(pointed)} x2={px(pointed)} y1={MARGIN.top} y2={MARGIN.top + height} />
            )}
            {shown.map(({ name, colour, points }) => (
              <g key={name} class={`series s${colour}`}>
                <polyline
                  points={thinned(points.map((p) => ({ x: px(p.x), y: py(p.y) })))
                    .map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`)
                    .join(' ')}
                />
                {points.length < 60 ? points.map((p, i) => <circle key={i} cx={px(p.x)} cy={py(p.y)} r="2.5" />) : null}
              </g>
            ))}
          </svg>
        </div>
        <ul class="legend plain" aria-label="Lines">
          {names.map((name) => {
            const colour = drawn.current.colourOf(name);
            const points = series.get(name)!;
            const value = pointed === undefined ? points.at(-1) : points.find((p) => p.x === pointed);
            const isBarred = colour === undefined && drawn.current.isFull;
            return (
              <li key={name} class={colour === undefined ? '' : `series s${colour}`}>
                <button
                  type="button"
                  class="link"
                  aria-pressed={colour !== undefined}
                  disabled={isBarred}
                  title={isBarred ? `${LINES_MAX} lines at most: take another out first.` : name}
                  onClick={() => {
                    drawn.current.toggle(name);
                    redraw((n) => n + 1);
                  }}
                >
                  <span class="swatch" aria-hidden="true" /> {name}
                </button>
                <small>{value?.y.toLocaleString('en-US', { maximumFractionDigits: 3 })}</small>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

/** A point of the line with this name; undefined if the row has no number. */
interface NamedPoint {
  readonly name: string;
  readonly point: Point | undefined;
}

/** The columns that determine where a row is drawn, by index. */
interface Drawn {
  readonly chosen: number;
  readonly over: number | undefined;
  readonly by: number;
  readonly name: string;
}

/** Points by the name of their line, each ordered by x. */
function seriesOf(
  lines: readonly Line[],
  of: Drawn,
  read: WeakMap<Line, NamedPoint>,
): ReadonlyMap<string, readonly Point[]> {
  const series = new Map<string, Point[]>();
  for (const line of lines) {
    if (line.isTombstone) continue;
    let found = read.get(line);
    if (found === undefined) read.set(line, (found = pointOf(line, of)));
    const { name, point } = found;
    if (point === undefined) continue;
    const points = series.get(name);
    if (points === undefined) series.set(name, [point]);
    else points.push(point);
  }
  return new Map([...series].map(([name, points]) => [name, points.toSorted((a, b) => a.x - b.x)]));
}

function pointOf(line: Line, of: Drawn): NamedPoint {
  const row = cells(line.json);
  const y = row[of.chosen];
  const name = of.by === -1 ? of.name : (row[of.by] ?? 'NULL');
  if (y === null || y === undefined) return { name, point: undefined };
  return { name, point: { x: of.over === undefined ? line.seq : Number(row[of.over]), y: Number(y) } };
}

function nearest(points: readonly Point[], distance: (p: Point) => number): Point | undefined {
  let best: Point | undefined;
  for (const point of points) if (best === undefined || distance(point) < distance(best)) best = point;
  return best;
}

/** `count` evenly spaced positions from one end to the other. */
function spread(from: number, to: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}

function range(values: readonly number[]): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 1] : [low, high];
}
