import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { timeText } from '../ui/time.tsx';
import { cells, type Line } from './rows.ts';

const ROW_PX = 24;
const SPARE = 8;
/** The duration of the animation `flash`. */
const FLASH_MS = 1200;
const NUMERIC = /^(?:INTEGER|BIGINT|DOUBLE|DECIMAL)/;
/** Column widths in characters. */
const NARROWEST = 6;
const WIDEST = 48;

export interface GridProps {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly lines: readonly Line[];
  /** Whether new lines are appended: the view then stays at the end while it is there. */
  readonly follows: boolean;
  /** Whether changed lines are highlighted briefly. */
  readonly flashes: boolean;
  readonly selected: number | undefined;
  onSelect(line: Line): void;
}

/** A grid that renders only the visible rows. */
export function Grid({ columns, types, lines, follows, flashes, selected, onSelect }: GridProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  const widths = useRef<number[]>([]);
  const atEnd = useRef(true);
  const now = performance.now();

  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => setView((v) => ({ ...v, height: element.clientHeight })));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = box.current!;
    if (follows && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines, follows]);

  const onScroll = (): void => {
    const element = box.current!;
    atEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW_PX;
    setView({ top: element.scrollTop, height: element.clientHeight });
  };

  const first = Math.max(0, Math.min(Math.floor(view.top / ROW_PX) - SPARE, lines.length));
  const last = Math.min(lines.length, Math.ceil((view.top + view.height) / ROW_PX) + SPARE);
  const shown = lines.slice(first, last).map((line) => ({ line, values: cells(line.json) }));

  // Columns grow with visible values and never shrink: changing widths would make the grid hard to read.
  for (const [i, name] of columns.entries()) {
    let width = widths.current[i] ?? Math.max(NARROWEST, name.length + 1);
    for (const { values } of shown)
      width = Math.max(width, Math.min(WIDEST, shownValue(name, values[i] ?? 'NULL').length + 1));
    widths.current[i] = Math.min(WIDEST, width);
  }
  const template = widths.current
    .slice(0, columns.length)
    .map((w) => `calc(${w}ch + 18px)`)
    .join(' ');

  const onKeyDown = (event: KeyboardEvent): void => {
    const at = lines.findIndex((l) => l.seq === selected);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const next = step === 0 ? undefined : lines[at === -1 ? first : at + step];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next);
    const y = lines.indexOf(next) * ROW_PX;
    const element = box.current!;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + 2 * ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = y + 2 * ROW_PX - element.clientHeight;
  };

  return (
    <div
      class="grid"
      ref={box}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      role="table"
      aria-label="Rows"
      aria-rowcount={lines.length + 1}
      tabIndex={0}
    >
      <div class="grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {columns.map((name, i) => (
          <div
            key={i}
            role="columnheader"
            class={NUMERIC.test(types[i] ?? '') ? 'num' : ''}
            title={`${name} ${types[i]}`}
          >
            {name}
          </div>
        ))}
      </div>
      <div role="rowgroup" class="grid-body" style={{ height: `${lines.length * ROW_PX}px` }}>
        {shown.map(({ line, values }, i) => (
          <div
            // A changed row gets a new key, so that its animation starts again.
            key={flashes ? `${first + i}-${line.seq}` : line.seq}
            role="row"
            aria-rowindex={first + i + 2}
            aria-selected={line.seq === selected}
            class={`grid-row${line.isTombstone ? ' gone' : ''}${flashes && now - line.atMs < FLASH_MS ? ' flash' : ''}`}
            style={{ gridTemplateColumns: template, top: `${(first + i) * ROW_PX}px` }}
            onClick={() => onSelect(line)}
          >
            {values.map((value, column) => (
              <div
                key={column}
                role="cell"
                class={NUMERIC.test(types[column] ?? '') ? 'num' : ''}
                title={timeOf(columns[column], value)}
              >
                {value === null ? <span class="null">NULL</span> : shownValue(columns[column], value)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Ms since the epoch, for a column that contains times; otherwise undefined. */
function msOf(column: string | undefined, value: string | null): number | undefined {
  if (value === null || !/^(?:WINDOWSTART|WINDOWEND|ROWTIME)$/.test(column ?? '')) return undefined;
  const ms = Number(value);
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? ms : undefined;
}

/** A value in readable form: times in the browser's time zone. Exported or copied values keep the number. */
export function shownValue(column: string | undefined, value: string): string {
  const ms = msOf(column, value);
  return ms === undefined ? value : timeText(ms);
}

/** The number of a time, and the time in UTC. */
function timeOf(column: string | undefined, value: string | null): string | undefined {
  const ms = msOf(column, value);
  return ms === undefined ? undefined : `${ms}, ${new Date(ms).toISOString()}`;
}
