import { assertNever } from '../../base/assert.ts';
import type { Work } from '../../base/budget/work.ts';
import { finder } from '../../base/find-text.ts';
/** The test for a LIKE pattern, in its cheapest form. */
export type LikePlan =
  | { readonly kind: 'any' }
  | { readonly kind: 'equals'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'suffix'; readonly text: string }
  | { readonly kind: 'contains'; readonly text: string }
  | { readonly kind: 'around'; readonly prefix: string; readonly suffix: string }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] };

type Piece = string | { readonly any: true } | { readonly one: true };

/** Plans a pattern: `%` matches any text, `_` one character, and the character after `escape` is literal. */
export function planLike(pattern: string, escape: string | null): LikePlan {
  const pieces = split(pattern, escape);
  if (pieces.some((p) => typeof p === 'object' && 'one' in p)) return { kind: 'pieces', pieces };
  const isAny = (p: Piece | undefined): boolean => typeof p === 'object';
  const texts = pieces.filter((p): p is string => typeof p === 'string');
  if (texts.length === 0) return pieces.length === 0 ? { kind: 'equals', text: '' } : { kind: 'any' };
  const open = isAny(pieces[0]);
  const close = isAny(pieces.at(-1));
  if (texts.length === 1) {
    const text = texts[0]!;
    if (open && close) return { kind: 'contains', text };
    if (open) return { kind: 'suffix', text };
    return close ? { kind: 'prefix', text } : { kind: 'equals', text };
  }
  if (texts.length === 2 && !open && !close) return { kind: 'around', prefix: texts[0]!, suffix: texts[1]! };
  return { kind: 'pieces', pieces };
}

function split(pattern: string, escape: string | null): Piece[] {
  const pieces: Piece[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') pieces.push(text);
    text = '';
  };
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === escape && i + 1 < pattern.length) text += pattern[++i]!;
    else if (char === '%') {
      flush();
      const last = pieces.at(-1);
      if (typeof last !== 'object' || !('any' in last)) pieces.push({ any: true });
    } else if (char === '_') {
      flush();
      pieces.push({ one: true });
    } else text += char;
  }
  flush();
  return pieces;
}

/** Represent `_` and `%` among code points. */
const ONE = -1;
const ANY = -2;

/**
 * Advances in the text and the pattern together, and after a mismatch returns only to the last `%`, which then matches
 * one character more: what an earlier one matched need not be reconsidered. The steps are at most the product of both
 * lengths, and are counted.
 */
function piecesMatcher(pieces: readonly Piece[], work: Work): (value: string) => boolean {
  const pattern = pieces.flatMap((piece) =>
    typeof piece === 'string' ? Array.from(piece, (char) => char.codePointAt(0)!) : ['any' in piece ? ANY : ONE],
  );
  return (value) => {
    let [at, patternAt, steps] = [0, 0, 0];
    /** The position of the last `%` in the pattern, and the end of the text that it matches. */
    let [any, taken] = [-1, 0];
    while (at < value.length) {
      if ((++steps & 63) === 0) work.spend(8);
      const wanted = pattern[patternAt];
      if (wanted === ANY) {
        any = patternAt++;
        taken = at;
        continue;
      }
      const char = value.codePointAt(at)!;
      if (wanted === char || wanted === ONE) {
        at += char > 0xffff ? 2 : 1;
        patternAt++;
        continue;
      }
      if (any < 0) return false;
      taken += value.codePointAt(taken)! > 0xffff ? 2 : 1;
      at = taken;
      patternAt = any + 1;
    }
    while (pattern[patternAt] === ANY) patternAt++;
    return patternAt === pattern.length;
  };
}

/** A test of whether a value contains the text. */
export function contains(text: string): (value: string) => boolean {
  const find = finder(text);
  return (value) => find(value, 0) >= 0;
}

/** A matcher for patterns that are only known for each row; it caches the last one. */
export function likeMatcher(escape: string | null, work: Work): (value: string, pattern: string) => boolean {
  let lastPattern: string | undefined;
  let last: (value: string) => boolean = () => false;
  return (value, pattern) => {
    if (pattern !== lastPattern) {
      last = matcherOf(planLike(pattern, escape), work);
      lastPattern = pattern;
    }
    return last(value);
  };
}

/** The matcher of a planned pattern; `work` counts its steps. */
export function matcherOf(plan: LikePlan, work: Work): (value: string) => boolean {
  switch (plan.kind) {
    case 'any':
      return () => true;
    case 'equals':
      return (value) => value === plan.text;
    case 'prefix':
      return (value) => value.startsWith(plan.text);
    case 'suffix':
      return (value) => value.endsWith(plan.text);
    case 'contains':
      return contains(plan.text);
    case 'around': {
      const { prefix, suffix } = plan;
      const min = prefix.length + suffix.length;
      return (value) => value.length >= min && value.startsWith(prefix) && value.endsWith(suffix);
    }
    case 'pieces':
      return piecesMatcher(plan.pieces, work);
    default:
      return assertNever(plan);
  }
}
