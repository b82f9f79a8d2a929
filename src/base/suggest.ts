import { must } from './assert.ts';

/**
 * The number of edits between two words: insertion, deletion, replacement, or exchange of two neighbours. Stops early
 * and returns `limit + 1` when there are more than `limit`. Case-sensitive.
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
      let cost = Math.min(
        must(last[j], 'cost') + 1,
        must(row[j - 1], 'cost') + 1,
        must(last[j - 1], 'cost') + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, must(beforeLast[j - 2], 'cost') + 1);
      row.push(cost);
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return must(last[b.length], 'cost');
}

/**
 * The longest word that is compared; class names are long. A longer word is not a misspelled name, and the comparison
 * is quadratic.
 */
const LONGEST_WORD = 100;

/**
 * The candidates of which `word` may be a misspelling: the nearest ones, ignoring case. Allowed are one edit per three
 * characters (one in words of up to three, none in a single character) and at most three edits. One or two candidates
 * that it may abbreviate come first (`amt`). When there are none, the one or two candidates that contain the word:
 * KAFKA_TOPIC for `topic`, a class in a package for `Datagen`.
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

/**
 * Whether one word abbreviates another, as `AMT` does AMOUNT and `QTY` QUANTITY: its letters occur in order, and the
 * first and last letters agree.
 */
function isShortFor(short: string, long: string): boolean {
  if (short.length < 3 || short.length > 4 || long.length < short.length + 2) return false;
  if (short[0] !== long[0] || short.at(-1) !== long.at(-1) || /[._ -]/.test(long)) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}

/** Shorter words occur in too many names. */
const SHORTEST_PART = 4;

/** The candidate of which `word` is most likely a misspelling; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return suggestions(word, candidates, 1)[0];
}

/** "Did you mean X?" or "Did you mean X or Y?" for a hint; undefined when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = suggestions(word, candidates);
  return near.length === 0 ? undefined : `Did you mean ${near.join(' or ')}?`;
}

/**
 * Advice for a class that does not exist: the nearest name, also when the package is left out; all classes when there
 * are few. Empty when none is near and there are many.
 */
export function classAdvice(name: string, classes: readonly string[]): string {
  const near = didYouMean(name, classes);
  if (near !== undefined) return ` ${near}`;
  // `ReplaceField` for org.apache.kafka.connect.transforms.ReplaceField$Value.
  const simple = (full: string): string => (full.split('.').at(-1) ?? full).split('$')[0] ?? full;
  const names = new Set(classes.map(simple));
  const meant = names.has(simple(name)) ? simple(name) : nearest(simple(name), names);
  const found = new Set(classes.filter((c) => simple(c) === meant).map((c) => c.split('.').at(-1) ?? c));
  if (found.size > 0) return ` Did you mean ${[...found].toSorted().join(' or ')}?`;
  return names.size <= 6 && names.size > 0 ? ` There are ${[...names].toSorted().join(', ')}.` : '';
}
