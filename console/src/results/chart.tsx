import { useRef, useState, useEffect } from 'preact/hooks';
import { cells, type Line } from './rows.ts';

const NUMERIC = /^(?:INTEGER|BIGINT|DOUBLE|DECIMAL)/;
const TIMES = /^(?:WINDOWSTART|WINDOWEND|ROWTIME)$/;
/** More lines than these nobody tells apart. */
const SERIES_MAX = 8;
const MARGIN = { left: 64, right: 150, top: 12, bottom: 26 };

/** What a chart can be drawn of: a number over time, or over the order of the rows, a line for each text. */
export function chartable(columns: readonly string[], types: readonly string[]): boolean {
  return columns.some((name, i) => NUMERIC.test(types[i]!) && !TIMES.test(name));
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Rows as lines: enough to see where a number goes. */
export function Chart({
  columns,
  types,
  lines,
}: {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly lines: readonly Line[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 800, height: 260 });
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
  const series = new Map<string, Point[]>();
  for (const line of lines) {
    if (line.isTombstone) continue;
    const row = cells(line.json);
    const y = row[chosen];
    if (y === null || y === undefined) continue;
    const name = by === -1 ? columns[chosen]! : (row[by] ?? 'NULL');
    const points = series.get(name) ?? [];
    points.push({ x: over === undefined ? line.seq : Number(row[over]), y: Number(y) });
    series.set(name, points);
  }
  const largest = [...series].toSorted(
    ([, a], [, b]) => b.length - a.length || (b.at(-1)?.y ?? 0) - (a.at(-1)?.y ?? 0),
  );
  const shown = largest
    .slice(0, SERIES_MAX)
    .map(([name, points]) => [name, points.toSorted((a, b) => a.x - b.x)] as const);
  const all = shown.flatMap(([, points]) => points);
  const [x0, x1] = range(all.map((p) => p.x));
  const [low, high] = range(all.map((p) => p.y));
  const y0 = Math.min(0, low);
  const y1 = high === y0 ? y0 + 1 : high;
  const width = Math.max(50, size.width - MARGIN.left - MARGIN.right);
  const height = Math.max(50, size.height - MARGIN.top - MARGIN.bottom);
  const px = (x: number): number => MARGIN.left + (x1 === x0 ? width / 2 : ((x - x0) / (x1 - x0)) * width);
  const py = (y: number): number => MARGIN.top + height - ((y - y0) / (y1 - y0)) * height;
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
          {series.size > SERIES_MAX ? `; ${SERIES_MAX} of ${series.size} are shown` : ''}
        </span>
      </div>
      <div class="chart-box" ref={box}>
        <svg
          width={size.width}
          height={size.height}
          role="img"
          aria-label={`${columns[chosen]} of ${shown.map(([n]) => n).join(', ')}`}
        >
          {ticks(y0, y1).map((y) => (
            <g key={y} class="tick">
              <line x1={MARGIN.left} x2={MARGIN.left + width} y1={py(y)} y2={py(y)} />
              <text x={MARGIN.left - 8} y={py(y) + 4} text-anchor="end">
                {y.toLocaleString('en-US', { maximumFractionDigits: 3 })}
              </text>
            </g>
          ))}
          {[x0, x1].map((x, i) => (
            <text key={i} class="axis" x={px(x)} y={size.height - 8} text-anchor={i === 0 ? 'start' : 'end'}>
              {over === undefined ? x : new Date(x).toLocaleTimeString()}
            </text>
          ))}
          {shown.map(([name, points], i) => (
            <g key={name} class={`series s${i}`}>
              <polyline points={points.map((p) => `${px(p.x).toFixed(1)},${py(p.y).toFixed(1)}`).join(' ')} />
              {points.length < 60 ? points.map((p, j) => <circle key={j} cx={px(p.x)} cy={py(p.y)} r="2.5" />) : null}
              <text x={MARGIN.left + width + 24} y={MARGIN.top + 12 + i * 17}>
                {name.length > 16 ? `${name.slice(0, 15)}…` : name}
              </text>
              <line
                class="swatch"
                x1={MARGIN.left + width + 8}
                x2={MARGIN.left + width + 19}
                y1={MARGIN.top + 8 + i * 17}
                y2={MARGIN.top + 8 + i * 17}
              />
            </g>
          ))}
        </svg>
      </div>
    </div>
  );
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

/** Round numbers between two, five at most. */
function ticks(from: number, to: number): number[] {
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!;
  const found: number[] = [];
  for (let y = Math.ceil(from / step) * step; y <= to + step / 1e6; y += step) found.push(y);
  return found;
}
