/**
 * The lines of two texts that are not in both, in order: `- was`, `+ is`. Computed by the longest common subsequence,
 * because the texts are statements of some dozen lines.
 */
export function lineDifference(before: string, after: string): string[] {
  const a = before.split('\n');
  const b = after.split('\n');
  // common(i, j): the number of common lines of a from i and b from j, with an additional row and column of zeros.
  const width = b.length + 1;
  const counts = new Uint32Array((a.length + 1) * width);
  const common = (i: number, j: number): number => counts[i * width + j]!;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      counts[i * width + j] = a[i] === b[j] ? common(i + 1, j + 1) + 1 : Math.max(common(i + 1, j), common(i, j + 1));
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || common(i + 1, j) >= common(i, j + 1))) lines.push(`- ${a[i++]}`);
    else lines.push(`+ ${b[j++]}`);
  }
  return lines;
}
