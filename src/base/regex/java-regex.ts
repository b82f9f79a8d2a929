import { must } from '../assert.ts';
import type { Work } from '../budget/work.ts';
import { SluiceError } from '../errors.ts';
import { backtrackingBound } from './cost.ts';
import { Matcher } from './matcher.ts';
import { parseRegex } from './parse.ts';
import type { RegexSyntax } from './syntax.ts';
import { v8Source } from './v8-source.ts';

/** A match, as java.util.regex finds it. */
export interface RegexMatch {
  readonly index: number;
  readonly end: number;
  /** The text that a group matched, or null when it took no part. Group 0 is the whole match. The group must exist. */
  group(number: number): string | null;
}

/** The longest accepted pattern, in characters. */
const MAX_PATTERN = 20_000;
/** A pattern runs in V8 when it needs at most this many steps in the worst case. */
const MAX_V8_STEPS = 1 << 20;

/**
 * A regular expression of java.util.regex. V8 runs it where the pattern and the length of the text prove that it ends
 * soon (`cost.ts`); otherwise our own matcher runs it and counts its steps (`matcher.ts`). Both give the same result.
 */
export class JavaRegex {
  readonly #syntax: RegexSyntax;
  readonly #bound: ((length: number) => number) | undefined;
  #v8: { readonly regex: RegExp; readonly groups: readonly number[] } | undefined;
  #matcher: Matcher | undefined;

  /** @throws SluiceError EVALUATION for an invalid pattern */
  constructor(pattern: string) {
    if (pattern.length > MAX_PATTERN) {
      throw new SluiceError(
        'EVALUATION',
        `Invalid regular expression pattern: it has ${pattern.length} characters, ${MAX_PATTERN} at most are taken`,
      );
    }
    this.#syntax = parseRegex(pattern);
    this.#bound = backtrackingBound(this.#syntax);
  }

  get groupCount(): number {
    return this.#syntax.groupCount;
  }

  /** The number of a named group; undefined when there is none. */
  groupNamed(name: string): number | undefined {
    return this.#syntax.groupNames.get(name);
  }

  /** The first match. @throws SluiceError EVALUATION when `work` is used up */
  first(text: string, work: Work): RegexMatch | null {
    return this.#find(text, 0, work);
  }

  /** All matches in order. @throws SluiceError EVALUATION when `work` is used up */
  *matches(text: string, work: Work): Generator<RegexMatch, void> {
    for (let from = 0; from <= text.length;) {
      const match = this.#find(text, from, work);
      if (match === null) return;
      yield match;
      from = match.end;
      if (match.end === match.index) from += (text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1;
    }
  }

  #find(text: string, from: number, work: Work): RegexMatch | null {
    const length = text.length - from;
    const bound = this.#bound?.(length) ?? Infinity;
    return bound <= MAX_V8_STEPS ? this.#byV8(text, from, bound, work) : this.#bySteps(text, from, work);
  }

  #byV8(text: string, from: number, bound: number, work: Work): RegexMatch | null {
    if (this.#v8 === undefined) {
      const { source, groups } = v8Source(this.#syntax.root);
      this.#v8 = { regex: new RegExp(source, `g${this.#syntax.ignoreCase ? 'i' : ''}v`), groups };
    }
    const { regex, groups } = this.#v8;
    regex.lastIndex = from;
    const found = regex.exec(text);
    // A match costs about a microsecond, and there may be as many matches as characters.
    work.spend(20 + bound / 64);
    if (found === null) return null;
    const { index } = found;
    return { index, end: index + found[0].length, group: (number) => found[must(groups[number], 'group')] ?? null };
  }

  #bySteps(text: string, from: number, work: Work): RegexMatch | null {
    this.#matcher ??= new Matcher(this.#syntax);
    work.spend(20);
    const slots = this.#matcher.exec(text, from, work);
    if (slots === null) return null;
    return {
      index: must(slots[0], 'slot'),
      end: must(slots[1], 'slot'),
      group: (number) => {
        const [start, end] = [must(slots[2 * number], 'slot'), must(slots[2 * number + 1], 'slot')];
        return start < 0 || end < 0 ? null : text.slice(start, end);
      },
    };
  }
}

const cache = new Map<string, JavaRegex>();
const CACHE_MAX = 500;

/** Reads a Java pattern, or takes it from the cache. @throws SluiceError EVALUATION for an invalid one */
export function javaRegex(pattern: string): JavaRegex {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const made = new JavaRegex(pattern);
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(pattern, made);
  return made;
}
