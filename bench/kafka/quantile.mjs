/**
 * The upper bound of the histogram bucket that contains the quantile, in ms; null above all bounds. `boundsMs`: those
 * of base/histogram.
 */
export function quantile({ counts }, q, boundsMs) {
  let left = counts.reduce((sum, n) => sum + n, 0) * q;
  return boundsMs[counts.findIndex((n) => (left -= n) <= 0)] ?? null;
}
