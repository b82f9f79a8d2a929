/** A time as this browser's clock has it; pointed at, as UTC. Nothing where there is none. */
export function Time({ ms }: { readonly ms: number }) {
  if (!(ms >= 0)) return null;
  return <span title={new Date(ms).toISOString()}>{timeText(ms)}</span>;
}

/** `2026-11-29 18:37:30.300`, as a field for a time takes it. */
export function timeText(ms: number): string {
  const at = new Date(ms);
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${clockText(ms)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** `18:37:30`: of what is of today. */
export function clockText(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
