/** The bound of the class that the quantile lies in, ms; null above all bounds. `boundsMs`: those of base/histogram. */
export function quantile({ counts }, q, boundsMs) {
  let left = counts.reduce((sum, n) => sum + n, 0) * q;
  return boundsMs[counts.findIndex((n) => (left -= n) <= 0)] ?? null;
}
