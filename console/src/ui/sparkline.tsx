import { history, HISTORY } from '../server/live.ts';
import { count } from './numbers.ts';

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
