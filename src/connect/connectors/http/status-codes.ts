/** Whether a status is among those of a list. */
export type StatusCodes = (status: number) => boolean;

/** Parses `408,429,500-504` and `500-`; a text describes the problem. */
export function parseStatusCodes(text: string): StatusCodes | string {
  const ranges: (readonly [from: number, to: number])[] = [];
  for (const part of text.split(',').map((p) => p.trim())) {
    if (part === '') continue;
    const [, from, dash, to] = /^([1-5]\d\d)\s*(?:(-)\s*([1-5]\d\d)?)?$/.exec(part) ?? [];
    if (from === undefined) return `'${part}' is no status, range 500-504, or 500- for all from there on`;
    const last = to === undefined ? (dash === undefined ? Number(from) : 599) : Number(to);
    if (last < Number(from)) return `the range ${part} has no status`;
    ranges.push([Number(from), last]);
  }
  return (status) => ranges.some(([from, to]) => status >= from && status <= to);
}
