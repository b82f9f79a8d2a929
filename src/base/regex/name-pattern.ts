import { Work } from '../budget/work.ts';
import { isSluiceError, SluiceError } from '../errors.ts';
import { javaRegex, type JavaRegex } from './java-regex.ts';
import { replacer } from './java-replacement.ts';

/** Steps allowed for one name, about 20 ms. */
const STEPS_MAX = 1_000_000;
/** Shared, since names are matched one after the other. */
const WORK = new Work(STEPS_MAX, 'one name');

/**
 * A regular expression in a setting, matched against names of topics, tables and columns. The syntax is Java's, as in
 * Kafka Connect, and the time is limited whatever the pattern.
 */
export class NamePattern {
  readonly #pattern: string;
  readonly #whole: JavaRegex;

  /** @throws SluiceError EVALUATION for an invalid pattern */
  constructor(pattern: string, ignoreCase = false) {
    this.#pattern = pattern;
    // Checked by itself first: `a)(b` would become a valid pattern between parentheses.
    javaRegex(pattern);
    const [flags = '', letters = ''] = /^\(\?([a-zA-Z]+)\)/.exec(pattern) ?? [];
    const all = ignoreCase ? `${letters}i` : letters;
    this.#whole = javaRegex(`${all === '' ? '' : `(?${all})`}\\A(?:${pattern.slice(flags.length)})\\z`);
  }

  /** Whether the pattern matches the whole name. @throws SluiceError CONFIG when it takes too long */
  test(name: string): boolean {
    return this.#within(name, (work) => this.#whole.first(name, work) !== null);
  }

  /**
   * Renames like Java's `matches` followed by `replaceFirst`: the new name where the pattern matches the whole name,
   * otherwise undefined. @throws SluiceError EVALUATION at a matching name, when the replacement refers to a group that
   * does not exist
   */
  renamer(replacement: string): (name: string) => string | undefined {
    const java = javaRegex(this.#pattern);
    let replace: ReturnType<typeof replacer> | undefined;
    return (name) => {
      if (!this.test(name)) return undefined;
      replace ??= replacer(java, replacement, 'first');
      return this.#within(name, (work) => replace!(name, work));
    };
  }

  #within<T>(name: string, find: (work: Work) => T): T {
    WORK.begin();
    try {
      return find(WORK);
    } catch (error) {
      if (WORK.left >= 0 || !isSluiceError(error, 'EVALUATION')) throw error;
      throw new SluiceError(
        'CONFIG',
        `The regular expression ${this.#pattern} takes more than ${STEPS_MAX} steps for the name ${name.slice(0, 100)}`,
        { hint: 'Fewer repetitions inside one another, and no references to groups, take fewer steps.' },
      );
    }
  }
}

/** Compiled patterns: every inserted row is checked against the same ones. */
const made = new Map<string, NamePattern>();
const MADE_MAX = 500;

/** Whether one of the patterns matches the whole name. @throws SluiceError as NamePattern does */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => patternOf(pattern).test(name));
}

function patternOf(pattern: string): NamePattern {
  let known = made.get(pattern);
  if (known === undefined) {
    known = new NamePattern(pattern);
    if (made.size >= MADE_MAX) made.clear();
    made.set(pattern, known);
  }
  return known;
}

/** Why a text is not a valid regular expression; undefined when it is. */
export function patternProblem(pattern: string): string | undefined {
  try {
    javaRegex(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
