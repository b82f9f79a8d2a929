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

/**
 * Longest word that is compared (class names are long): what is longer is not a misspelt name, and the comparison is
 * quadratic.
 */
const LONGEST_WORD = 100;

/**
 * The candidates that `word` may be a misspelling of: the nearest, and those that are as near, ignoring case. At most
 * one edit in three characters (one in words of up to three characters, none in a single one), and no more than three
 * edits; before them one or two that it may be short for (`amt`). Where there are none, the one or two that have the
 * word as a part: `topic` for KAFKA_TOPIC, `Datagen` for a class in a package.
 */
export function suggestions(word: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = word.toUpperCase();
  if (wanted.length === 0 || wanted.length > LONGEST_WORD) return [];
  const limit = wanted.length === 1 ? 0 : Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  let least = limit;
  const found: { candidate: string; distance: number }[] = [];
  const parts: string[] = [];
  const short: string[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === word) continue;
    const upper = candidate.toUpperCase();
    const distance = editDistance(wanted, upper, limit);
    if (distance <= limit) {
      found.push({ candidate, distance });
      least = Math.min(least, distance);
    } else if (isShortFor(wanted, upper)) {
      short.push(candidate);
    } else if (wanted.length >= SHORTEST_PART && upper.split(/[._$-]/).includes(wanted)) {
      parts.push(candidate);
    }
  }
  if (found.length === 0 && short.length === 0) return parts.length <= 2 ? parts.toSorted() : [];
  const near = found
    .filter((f) => f.distance === least)
    .map((f) => f.candidate)
    .toSorted();
  return [...(short.length <= 2 ? short.toSorted() : []), ...near].slice(0, most);
}

/** `AMT` for AMOUNT, `QTY` for QUANTITY: the letters of the short form in their order, the first and last the same. */
function isShortFor(short: string, long: string): boolean {
  if (short.length < 3 || short.length > 4 || long.length < short.length + 2) return false;
  if (short[0] !== long[0] || short.at(-1) !== long.at(-1) || /[._ -]/.test(long)) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}

/** Shorter words are parts of too many names. */
const SHORTEST_PART = 4;

/** The candidate that `word` is most likely a misspelling of; undefined when nothing is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return suggestions(word, candidates, 1)[0];
}

/** "Did you mean X?" or "Did you mean X or Y?" for a hint; undefined when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = suggestions(word, candidates);
  return near.length === 0 ? undefined : `Did you mean ${near.join(' or ')}?`;
}

/**
 * What may be meant by a class that there is not: the nearest name, or the class whose name without its package is
 * near; where there are few, all of them. Empty where nothing is near and there are many.
 */
export function classAdvice(name: string, classes: readonly string[]): string {
  const near = didYouMean(name, classes);
  if (near !== undefined) return ` ${near}`;
  // `ReplaceField` of org.apache.kafka.connect.transforms.ReplaceField$Value.
  const simple = (full: string): string => (full.split('.').at(-1) ?? full).split('$')[0] ?? full;
  const names = new Set(classes.map(simple));
  const meant = names.has(simple(name)) ? simple(name) : nearest(simple(name), names);
  const found = new Set(classes.filter((c) => simple(c) === meant).map((c) => c.split('.').at(-1) ?? c));
  if (found.size > 0) return ` Did you mean ${[...found].toSorted().join(' or ')}?`;
  return names.size <= 6 && names.size > 0 ? ` There are ${[...names].toSorted().join(', ')}.` : '';
}
