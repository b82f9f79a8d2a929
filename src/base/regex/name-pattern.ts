import { Work } from '../budget/work.ts';
import { isSluiceError, SluiceError } from '../errors.ts';
import { javaRegex, type JavaRegex } from './java-regex.ts';
import { replacer } from './java-replacement.ts';

/** Steps that one name may take: some 20 ms. */
const STEPS_MAX = 1_000_000;
/** For one name after the other. */
const WORK = new Work(STEPS_MAX, 'one name');

/**
 * A regular expression of a setting, for names of topics, tables and columns. Java's, as in Kafka Connect; it ends soon
 * whatever it is.
 */
export class NamePattern {
  readonly #pattern: string;
  readonly #whole: JavaRegex;

  /** @throws SluiceError EVALUATION for what is no pattern */
  constructor(pattern: string, ignoreCase = false) {
    this.#pattern = pattern;
    // By itself first: a)(b would be a pattern between parentheses.
    javaRegex(pattern);
    const [flags = '', letters = ''] = /^\(\?([a-zA-Z]+)\)/.exec(pattern) ?? [];
    const all = ignoreCase ? `${letters}i` : letters;
    this.#whole = javaRegex(`${all === '' ? '' : `(?${all})`}\\A(?:${pattern.slice(flags.length)})\\z`);
  }

  /** Whether it matches the whole name. @throws SluiceError CONFIG when it takes too long */
  test(name: string): boolean {
    return this.#within(name, (work) => this.#whole.first(name, work) !== null);
  }

  /**
   * Java's `matches` and then `replaceFirst`: what a name becomes whose whole the pattern matches; undefined: it does
   * not. @throws SluiceError EVALUATION at a name that matches, for a replacement with a group that is not there
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

/** Patterns that are made already: each row that is inserted is looked at with the same ones. */
const made = new Map<string, NamePattern>();
const MADE_MAX = 500;

/** Whether one of the patterns matches the whole name. @throws SluiceError as NamePattern */
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

/** Why a text is no regular expression; undefined: it is one. */
export function patternProblem(pattern: string): string | undefined {
  try {
    javaRegex(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
