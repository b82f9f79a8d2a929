import { childrenOf, hasReference, startsAtText } from './node-facts.ts';
import type { RegexNode, RegexSyntax } from './syntax.ts';

/** At most `factor` × n^`degree` ways, where n is the length of the text. Infinity: no such bound is known. */
interface Bound {
  readonly factor: number;
  readonly degree: number;
}

const ONE: Bound = { factor: 1, degree: 0 };
const LENGTH: Bound = { factor: 1, degree: 1 };
const UNKNOWN: Bound = { factor: Infinity, degree: 0 };

const times = (a: Bound, b: Bound): Bound => ({ factor: a.factor * b.factor, degree: a.degree + b.degree });
const plus = (a: Bound, b: Bound): Bound => ({ factor: a.factor + b.factor, degree: Math.max(a.degree, b.degree) });
const larger = (a: Bound, b: Bound): Bound => ({
  factor: Math.max(a.factor, b.factor),
  degree: Math.max(a.degree, b.degree),
});
const isOne = (a: Bound): boolean => a.degree === 0 && a.factor <= 1;

/**
 * What may come next. `sets` undefined: any character. `safe`: the rest cannot fail, so nothing before it is retried.
 */
interface Next {
  readonly sets: readonly string[] | undefined;
  readonly safe: boolean;
}

/**
 * An upper bound on the steps of a backtracking engine for a text of n characters, by a conservative analysis of the
 * pattern; undefined where no polynomial bound is known. It counts the ways in which a failing match can be divided up:
 * consecutive repetitions multiply them, unless what follows the first cannot begin with what it repeats. A repetition
 * of something that can match in several ways has no known bound.
 */
export function backtrackingBound(syntax: RegexSyntax): ((length: number) => number) | undefined {
  const { root } = syntax;
  if (hasReference(root) || capturesInRepeat(root, false) || repeatsNothing(root)) return undefined;
  const analysis = new Analysis(syntax.ignoreCase);
  const ways = analysis.ways(root, { sets: [], safe: true });
  if (!Number.isFinite(ways.factor)) return undefined;
  const size = sizeOfTree(root);
  const starts = startsAtText(root) ? 0 : 1;
  // Each way may scan to the end of the text, unless whatever scans cannot fail, or no two starts scan the same
  // characters.
  const scans = analysis.scans && !(isOne(ways) && analysis.areScansApart(root));
  return (length) => {
    const n = length + 1;
    return (
      n ** (starts + ways.degree) * ways.factor * (scans ? size + n : analysis.scans ? 2 * size : size) +
      (analysis.scans ? n : 0)
    );
  };
}

/** JavaScript resets a group's capture in each round of a repetition; Java does not. */
function capturesInRepeat(node: RegexNode, inRepeat: boolean): boolean {
  if (node.kind === 'group' && inRepeat) return true;
  const inside = inRepeat || (node.kind === 'repeat' && node.max > 1);
  return childrenOf(node).some((child) => capturesInRepeat(child, inside));
}

/**
 * Whether the pattern repeats something that may be empty (`(a|)?`): Java counts a round that matches nothing,
 * JavaScript does not.
 */
export function repeatsNothing(node: RegexNode): boolean {
  return (node.kind === 'repeat' && first(node.body).empty) || childrenOf(node).some(repeatsNothing);
}

/** The steps of one way through the pattern, with each unbounded repetition taken once. */
function sizeOfTree(node: RegexNode): number {
  const own = childrenOf(node).reduce((sum, child) => sum + sizeOfTree(child), 1);
  return node.kind === 'repeat' ? own * Math.max(1, Number.isFinite(node.max) ? node.max : node.min) : own;
}

function hasUnbounded(node: RegexNode): boolean {
  return (node.kind === 'repeat' && node.max === Infinity) || childrenOf(node).some(hasUnbounded);
}

/** Counted repetitions beyond this are slow to compile for V8, which writes them out. */
const MAX_COUNTED = 1000;

class Analysis {
  scans = false;
  readonly #disjoint: Disjoint;

  constructor(ignoreCase: boolean) {
    this.#disjoint = new Disjoint(ignoreCase);
  }

  ways(node: RegexNode, next: Next): Bound {
    switch (node.kind) {
      case 'set':
      case 'place':
        return ONE;
      case 'group':
      case 'atomic':
        return this.ways(node.body, next);
      case 'look':
        this.scans = true;
        return this.ways(node.body, { sets: undefined, safe: false });
      case 'reference':
        return UNKNOWN;
      case 'sequence': {
        let after = next;
        let ways = ONE;
        for (const item of node.items.toReversed()) {
          ways = times(ways, this.ways(item, after));
          after = before(item, after);
        }
        return ways;
      }
      case 'choice': {
        const all = node.branches.map((branch) => this.ways(branch, next));
        if (this.#areApart(node.branches)) return all.reduce(larger);
        return all.reduce(plus);
      }
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  /** Whether no two branches can begin with the same character, and none is empty. */
  #areApart(branches: readonly RegexNode[]): boolean {
    const firsts = branches.map(first);
    if (firsts.some((f) => f.sets === undefined || f.empty)) return false;
    return firsts.every((f, i) => firsts.slice(i + 1).every((g) => this.#disjoint.all(f.sets!, g.sets!)));
  }

  /**
   * Whether each unbounded repetition follows a character that it cannot itself match. Then no two starts of a search
   * scan the same text.
   */
  areScansApart(root: RegexNode): boolean {
    let behind: string[] = [];
    const flat = (node: RegexNode): readonly RegexNode[] =>
      node.kind === 'sequence' ? node.items.flatMap(flat) : node.kind === 'group' ? flat(node.body) : [node];
    return flat(root).every((item) => {
      if (item.kind === 'set') behind.push(item.text);
      if (item.kind !== 'repeat') return !hasUnbounded(item);
      if (item.max !== Infinity) {
        if (item.min > 0 && item.body.kind === 'set') behind.push(item.body.text);
        return !hasUnbounded(item.body);
      }
      const { body } = item;
      const isApart = body.kind === 'set' && behind.some((text) => this.#disjoint.all([text], [body.text]));
      behind = [];
      return isApart;
    });
  }

  #repeat(node: Extract<RegexNode, { kind: 'repeat' }>, next: Next): Bound {
    const { body, min, max } = node;
    if ((Number.isFinite(max) ? max : min) > MAX_COUNTED) return UNKNOWN;
    const start = first(body);
    const inner = this.ways(body, {
      sets: start.sets === undefined || next.sets === undefined ? undefined : [...start.sets, ...next.sets],
      safe: false,
    });
    const isApart = start.sets !== undefined && next.sets !== undefined && this.#disjoint.all(start.sets, next.sets);
    // When nothing that follows can fail, the match is complete.
    if (!(next.safe && isOne(inner)) && max === Infinity) this.scans = true;
    const rounds = isApart || next.safe ? ONE : max === Infinity ? LENGTH : { factor: max - min + 1, degree: 0 };
    if (isOne(inner)) return rounds;
    if (max > 8) return UNKNOWN;
    let ways = rounds;
    for (let i = 0; i < max; i++) ways = times(ways, inner);
    return ways;
  }
}

/** What may come where `node` begins, when `after` comes behind it. */
function before(node: RegexNode, after: Next): Next {
  const { sets, empty } = first(node);
  const own = { sets, safe: isSafe(node) && after.safe };
  if (!empty || sets === undefined) return own;
  return { ...own, sets: after.sets === undefined ? undefined : [...sets, ...after.sets] };
}

/** Whether the node matches everywhere, possibly the empty text. */
function isSafe(node: RegexNode): boolean {
  switch (node.kind) {
    case 'repeat':
      return node.min === 0 && node.mode !== 'possessive';
    case 'group':
      return isSafe(node.body);
    case 'sequence':
      return node.items.every(isSafe);
    case 'choice':
      return node.branches.some(isSafe);
    default:
      return false;
  }
}

/**
 * The character classes with which a match of this part may begin; undefined: any. `empty`: it may match the empty
 * text.
 */
function first(node: RegexNode): { readonly sets: readonly string[] | undefined; readonly empty: boolean } {
  switch (node.kind) {
    case 'set':
      return { sets: [node.text], empty: false };
    case 'group':
    case 'atomic':
      return first(node.body);
    case 'repeat': {
      const { sets, empty } = first(node.body);
      return { sets, empty: empty || node.min === 0 };
    }
    case 'sequence': {
      const sets: string[] = [];
      for (const item of node.items) {
        const { sets: own, empty } = first(item);
        if (own === undefined) return { sets: undefined, empty: node.items.every((i) => first(i).empty) };
        sets.push(...own);
        if (!empty) return { sets, empty: false };
      }
      return { sets, empty: true };
    }
    case 'choice': {
      const all = node.branches.map(first);
      const empty = all.some((f) => f.empty);
      return { sets: all.some((f) => f.sets === undefined) ? undefined : all.flatMap((f) => f.sets!), empty };
    }
    case 'place':
      // What follows must satisfy the condition of the place.
      if (node.place === 'text end') return { sets: [], empty: false };
      if (node.place === 'last line end' || node.place === 'line end')
        return { sets: ['[\\n\\r\\u0085\\u2028\\u2029]'], empty: false };
      return { sets: undefined, empty: true };
    case 'look':
    case 'reference':
      return { sets: undefined, empty: true };
  }
}

/** The characters of the basic plane that stand for themselves. */
let plane: string | undefined;
function basicPlane(): string {
  plane ??= Array.from({ length: 0xffff }, (_, code) =>
    code >= 0xd800 && code < 0xe000 ? '' : String.fromCharCode(code),
  ).join('');
  return plane;
}

/** Whether two classes have a character in common, found by trying every character of the basic plane. */
class Disjoint {
  readonly #ignoreCase: boolean;
  readonly #known = new Map<string, boolean>();

  constructor(ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase;
  }

  all(some: readonly string[], others: readonly string[]): boolean {
    return some.every((a) => others.every((b) => this.#two(a, b)));
  }

  #two(a: string, b: string): boolean {
    const key = `${a}\n${b}`;
    let disjoint = this.#known.get(key);
    if (disjoint === undefined) {
      // Beyond the basic plane it suffices that one of the two has no character there.
      disjoint =
        (isBasic(a) || isBasic(b)) &&
        !new RegExp(`[${inClass(a)}&&${inClass(b)}]`, this.#ignoreCase ? 'vi' : 'v').test(basicPlane());
      this.#known.set(key, disjoint);
    }
    return disjoint;
  }
}

const inClass = (text: string): string =>
  text.startsWith('[') ? text : `[${text.replace(/^\\?([&!#%,:;<=>@`~-])$/, '\\$1')}]`;

/** Whether a class has no negation, no property, and nothing beyond the basic plane. */
function isBasic(text: string): boolean {
  return !/\[\^|\\[pPDWSHV]|[\u{10000}-\u{10ffff}]|\\u\{[0-9a-fA-F]{5,}/u.test(text);
}
