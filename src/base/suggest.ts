/**
 * Number of edits that make one word of the other: insert, delete, replace a character, swap two neighbours.
 * Stops early and answers `limit + 1` when it must be more than `limit`. Case is the caller's concern.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** Longest word that is compared: what is longer is not a misspelt name, and the comparison is quadratic. */
const LONGEST_WORD = 64;

/**
 * The candidates that `word` may be a misspelling of, nearest first, ignoring case: at most one edit in three
 * characters (one in words of up to three characters, none in a single one), and no more than three edits.
 */
export function suggestions(word: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = word.toUpperCase();
  if (wanted.length === 0 || wanted.length > LONGEST_WORD) return [];
  const limit = wanted.length === 1 ? 0 : Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toUpperCase(), limit);
    if (distance <= limit && candidate !== word) found.push({ candidate, distance });
  }
  found.sort((x, y) => x.distance - y.distance || (x.candidate < y.candidate ? -1 : 1));
  return found.slice(0, most).map((f) => f.candidate);
}

/** "Did you mean X?" or "Did you mean X or Y?" for a hint; undefined when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = suggestions(word, candidates);
  return near.length === 0 ? undefined : `Did you mean ${near.join(' or ')}?`;
}
