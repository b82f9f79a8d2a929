import type { ConnectorProgress } from '../../connect/client/api.ts';

type Reading = ConnectorProgress['readings'][number];

/** A source that retains more than this in its database causes a warning. */
const RETAINED_WARNING_BYTES = 1024 * 1024 * 1024;

/**
 * The progress of a source, one sentence each: `news` are normal, `warnings` are not. `all` includes what is complete,
 * and small retained amounts.
 */
export function progressNotes(
  progress: ConnectorProgress | undefined,
  all: boolean,
): { readonly news: readonly string[]; readonly warnings: readonly string[] } {
  if (progress === undefined) return { news: [], warnings: [] };
  const { readings, retainedBytes = 0 } = progress;
  const isMuch = retainedBytes > RETAINED_WARNING_BYTES;
  const retained = retainedText(progress);
  return {
    news: [...readings.filter((r) => all || r.state !== 'done').map(readingText), ...(all && !isMuch ? retained : [])],
    warnings: isMuch ? retained : [],
  };
}

/** `Table public.users: 120,000 of about 1,000,000 rows read (12 %), 45,000 a second, 20 s left`. */
export function readingText({ name, state, rows, estimate, rowsPerSecond }: Reading): string {
  if (state === 'done')
    return `Table ${name}: its first reading is done, ${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
  if (state === 'paused')
    return `Table ${name}: its reading is held at ${count(rows)} rows. ALTER CONNECTOR ... RESUME SNAPSHOT; goes on, STOP SNAPSHOT ends it`;
  if (state === 'waiting') return `Table ${name}: its rows wait to be read`;
  const rate = rowsPerSecond > 0 ? `, ${count(rowsPerSecond)} a second` : '';
  if (estimate === 0) return `Table ${name}: ${count(rows)} rows read so far${rate}`;
  // The estimate is the planner's; there may be more.
  const total = Math.max(estimate, rows);
  const share = total === 0 ? 0 : Math.floor((100 * rows) / total);
  const left = rowsPerSecond > 0 ? `, ${duration((total - rows) / rowsPerSecond)} left` : '';
  return `Table ${name}: ${count(rows)} of about ${count(total)} rows read (${share} %)${rate}${left}`;
}

function retainedText({ retainedBytes }: ConnectorProgress): readonly string[] {
  if (retainedBytes === undefined) return [];
  const text = `The database keeps ${size(retainedBytes)} of its log for this connector`;
  return [retainedBytes > RETAINED_WARNING_BYTES ? `${text}: it is that far behind, or stands` : text];
}

const count = (n: number): string => Math.round(n).toLocaleString('en-US');

function duration(seconds: number): string {
  const s = Math.ceil(seconds);
  return s < 120 ? `${s} s` : s < 7200 ? `${Math.ceil(s / 60)} min` : `${Math.ceil(s / 3600)} h`;
}

function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let n = bytes;
  let unit = 0;
  for (; n >= 1024 && unit < units.length - 1; unit++) n /= 1024;
  return `${n >= 10 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${units[unit]!}`;
}
