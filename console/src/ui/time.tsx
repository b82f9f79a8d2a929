/** A time in the browser's time zone, with UTC in its tooltip. Renders nothing for an invalid time. */
export function Time({ ms }: { readonly ms: number }) {
  if (!(ms >= 0)) return null;
  return <span title={new Date(ms).toISOString()}>{timeText(ms)}</span>;
}

/** `2026-11-29 18:37:30.300`, in the format of time input fields. */
export function timeText(ms: number): string {
  const at = new Date(ms);
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${clockText(ms)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** `18:37:30`, for times of today. */
export function clockText(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
