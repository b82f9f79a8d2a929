import { didYouMean } from '../../../../base/suggest.ts';
import type { SqlType } from '../../../../types/sql-type.ts';
import { ConnectError } from '../../../api/errors.ts';
import { parseTypeText } from '../../../api/sql-type-text.ts';

/** A literal of a column list: a number, a text, TRUE or FALSE. */
export type Literal = number | string | boolean;

/** How one of several things is chosen: all with the same probability, or with decreasing probability (Zipf's law). */
export interface Choice {
  /** Exponent of Zipf's law; undefined: all have the same probability. */
  readonly zipf: number | undefined;
}

/** The rule for the values of a column. */
export type Rule =
  | { readonly kind: 'default' }
  | { readonly kind: 'sequence'; readonly prefix: string; readonly start: number; readonly step: number }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'event time' }
  | { readonly kind: 'uniform'; readonly min: Literal; readonly max: Literal }
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly deviation: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: 'zipf'; readonly exponent: number; readonly count: number }
  | ({
      readonly kind: 'in';
      readonly options: readonly Literal[];
      /** Proportions of the options; undefined if none are given. */
      readonly weights: readonly number[] | undefined;
    } & Choice)
  | { readonly kind: 'matching'; readonly pattern: string }
  | ({ readonly kind: 'references'; readonly table: string; readonly column: string | undefined } & Choice);

export interface ColumnText {
  readonly name: string;
  readonly type: SqlType;
  readonly key: 'PRIMARY KEY' | 'KEY' | undefined;
  readonly rule: Rule;
  /** Proportion of values that are missing, from 0 to 1. */
  readonly nulls: number;
  /** Position of the name in the text, from 0. */
  readonly at: number;
}

/** Types that may be followed by arguments. */
const WITH_ARGUMENTS = /^(?:DECIMAL|VARCHAR|ARRAY|MAP|STRUCT)$/i;
const RULE_WORDS = ['SEQUENCE', 'UUID', 'EVENT_TIME', 'UNIFORM', 'NORMAL', 'ZIPF', 'IN', 'MATCHING', 'REFERENCES'];
const WORDS = [...RULE_WORDS, 'PRIMARY', 'KEY', 'NULLS'];

/**
 * Parses the columns of a table of example data: SQL's list of columns, each with a rule for its values behind the
 * type.
 *
 *     id BIGINT PRIMARY KEY, region STRING IN ('north' 70, 'south' 30), credit DECIMAL(9, 2) NORMAL(100, 20)
 *
 * @throws ConnectError naming the position
 */
export function parseColumns(text: string): ColumnText[] {
  const reader = new Reader(text);
  const columns: ColumnText[] = [];
  do columns.push(columnOf(reader));
  while (reader.takes(','));
  if (!reader.atEnd()) reader.fail(`',' or the end`);
  for (const [i, { name, at }] of columns.entries())
    if (columns.findIndex((c) => c.name.toUpperCase() === name.toUpperCase()) < i)
      throw new ConnectError(`column ${name} at position ${at + 1} is there twice`);
  return columns;
}

function columnOf(reader: Reader): ColumnText {
  const at = reader.here();
  const name = reader.name('the name of a column');
  const type = reader.type();
  let key: ColumnText['key'];
  let rule: Rule | undefined;
  let nulls: number | undefined;
  for (;;) {
    const from = reader.here();
    const word = reader.word();
    if (word === undefined) break;
    if (word === 'PRIMARY' || word === 'KEY') {
      if (key !== undefined) reader.fail('one KEY', from);
      if (word === 'PRIMARY' && reader.word() !== 'KEY') reader.fail('KEY');
      key = word === 'PRIMARY' ? 'PRIMARY KEY' : 'KEY';
    } else if (word === 'NULLS') {
      if (nulls !== undefined) reader.fail('one NULLS', from);
      const argumentAt = reader.here();
      [nulls] = reader.numbers(1, 1) as [number];
      if (!(nulls >= 0 && nulls <= 1)) reader.fail('a proportion from 0 to 1, as in NULLS(0.1)', argumentAt);
    } else if (RULE_WORDS.includes(word)) {
      if (rule !== undefined) reader.fail('one rule for a column', from);
      rule = ruleOf(word, reader);
    } else {
      const meant = didYouMean(word, WORDS);
      reader.fail(`',' or a rule: ${WORDS.join(', ')}${meant === undefined ? '' : `. ${meant}`}`, from);
    }
  }
  if (key !== undefined && nulls !== undefined) reader.fail('no NULLS on a key', at);
  return { name, type, key, rule: rule ?? { kind: 'default' }, nulls: nulls ?? 0, at };
}

function ruleOf(word: string, reader: Reader): Rule {
  const from = reader.here();
  switch (word) {
    case 'UUID':
      return { kind: 'uuid' };
    case 'EVENT_TIME':
      return { kind: 'event time' };
    case 'SEQUENCE': {
      const given = reader.peeks('(') ? reader.literals(1, 3) : [];
      const prefix = typeof given[0] === 'string' ? given[0] : '';
      const [start = 1, step = 1, more] = typeof given[0] === 'string' ? given.slice(1) : given;
      if (!Number.isSafeInteger(start) || !Number.isSafeInteger(step) || step === 0 || more !== undefined)
        reader.fail('SEQUENCE(start, step) of integers, for texts with a prefix before them', from);
      return { kind: 'sequence', prefix, start: start as number, step: step as number };
    }
    case 'UNIFORM': {
      const [min, max] = reader.literals(2, 2) as [Literal, Literal];
      return { kind: 'uniform', min, max };
    }
    case 'NORMAL': {
      const [mean, deviation, min = -Infinity, max = Infinity] = reader.numbers(2, 4) as [number, number];
      if (deviation < 0) reader.fail('a standard deviation of at least 0', from);
      if (!(min <= mean && mean <= max)) reader.fail('min ≤ mean ≤ max in NORMAL(mean, deviation, min, max)', from);
      return { kind: 'normal', mean, deviation, min, max };
    }
    case 'ZIPF': {
      const [exponent, count] = reader.numbers(2, 2) as [number, number];
      if (!(exponent > 0)) reader.fail('an exponent above 0', from);
      if (!Number.isSafeInteger(count) || count < 1) reader.fail('ZIPF(exponent, count) with a whole count', from);
      return { kind: 'zipf', exponent, count };
    }
    case 'MATCHING':
      return { kind: 'matching', pattern: reader.text('an expression in quotes') };
    case 'IN': {
      const { options, weights } = reader.options();
      const zipf = choiceOf(reader);
      if (weights !== undefined && zipf !== undefined) reader.fail('weights or ZIPF, not both', from);
      return { kind: 'in', options, weights, zipf };
    }
    default: {
      const table = reader.name('the name of a table');
      let column: string | undefined;
      if (reader.takes('(')) {
        column = reader.name('the name of a column');
        reader.take(')');
      }
      return { kind: 'references', table, column, zipf: choiceOf(reader) };
    }
  }
}

/** `ZIPF(exponent)` after a set to choose from, or `UNIFORM`, the default. */
function choiceOf(reader: Reader): number | undefined {
  const from = reader.here();
  const word = reader.word();
  if (word === 'UNIFORM') return undefined;
  if (word !== 'ZIPF') {
    reader.back(from);
    return undefined;
  }
  const [exponent] = reader.numbers(1, 1) as [number];
  if (!(exponent > 0)) reader.fail('an exponent above 0', from);
  return exponent;
}

/** Reads words, literals and types one after another. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fail(expected: string, at = this.here()): never {
    throw new ConnectError(
      at >= this.#text.length
        ? `expected ${expected} at the end`
        : `expected ${expected} at position ${at + 1} ('${this.#text.slice(at, at + 20)}')`,
    );
  }

  /** The position of the next token. */
  here(): number {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at;
  }

  back(at: number): void {
    this.#at = at;
  }

  atEnd(): boolean {
    return this.here() >= this.#text.length;
  }

  peeks(symbol: string): boolean {
    return this.#text[this.here()] === symbol;
  }

  takes(symbol: string): boolean {
    if (!this.peeks(symbol)) return false;
    this.#at++;
    return true;
  }

  take(symbol: string): void {
    if (!this.takes(symbol)) this.fail(`'${symbol}'`);
  }

  /** The next word in upper case; undefined if the next token is not a word. */
  word(): string | undefined {
    return this.#match(/[A-Za-z_]\w*/y)?.toUpperCase();
  }

  /** A name as written; in back-quotes or double quotes it may contain any characters. */
  name(what: string): string {
    const plain = this.#match(/[A-Za-z_]\w*/y);
    if (plain !== undefined) return plain;
    const quoted = this.#match(/`(?:[^`]|``)+`|"(?:[^"]|"")+"/y) ?? this.fail(what);
    const quote = quoted.charAt(0);
    return quoted.slice(1, -1).replaceAll(quote + quote, quote);
  }

  type(): SqlType {
    const from = this.here();
    const word = this.word() ?? this.fail('a type');
    if (WITH_ARGUMENTS.test(word)) this.#skipArguments();
    try {
      return parseTypeText(this.#text.slice(from, this.#at));
    } catch {
      return this.fail('a SQL type, such as STRING, BIGINT, DECIMAL(9, 2) or TIMESTAMP,', from);
    }
  }

  text(what: string): string {
    const quoted = this.#match(/'(?:[^']|'')*'/y) ?? this.fail(what);
    return quoted.slice(1, -1).replaceAll("''", "'");
  }

  number(what: string): number {
    const from = this.here();
    const value = Number(this.#match(/[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y) ?? this.fail(what));
    return Number.isFinite(value) ? value : this.fail('a number of reasonable size', from);
  }

  literal(): Literal {
    const from = this.here();
    if (this.peeks("'")) return this.text('a text with its closing quote');
    const word = this.word();
    if (word === 'TRUE' || word === 'FALSE') return word === 'TRUE';
    this.back(from);
    return this.number('a number, a text in single quotes, TRUE or FALSE');
  }

  literals(least: number, most: number): Literal[] {
    return this.#list(least, most, () => this.literal());
  }

  numbers(least: number, most: number): number[] {
    return this.#list(least, most, () => this.number('a number'));
  }

  /** `('a', 'b')`, or with proportions `('a' 70, 'b' 30)`. */
  options(): { options: Literal[]; weights: number[] | undefined } {
    const from = this.here();
    const weights: number[] = [];
    const options = this.#list(1, Infinity, () => {
      const option = this.literal();
      if (!this.peeks(',') && !this.peeks(')')) weights.push(this.number("',', ')' or a proportion"));
      return option;
    });
    if (weights.length > 0 && weights.length < options.length)
      this.fail("a proportion behind each option or behind none, as in IN ('a' 70, 'b' 30)", from);
    if (weights.some((w) => w < 0) || (weights.length > 0 && !weights.some((w) => w > 0)))
      this.fail('proportions of at least 0, and one above', from);
    return { options, weights: weights.length === 0 ? undefined : weights };
  }

  #list<T>(least: number, most: number, item: () => T): T[] {
    const from = this.here();
    this.take('(');
    const items: T[] = [];
    do items.push(item());
    while (this.takes(','));
    this.take(')');
    if (items.length < least || items.length > most)
      this.fail(`${least === most ? least : `${least} to ${most}`} in the brackets`, from);
    return items;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.here();
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Moves behind `(10, 2)` or `<STRING>`. */
  #skipArguments(): void {
    let depth = 0;
    if (!this.peeks('(') && !this.peeks('<')) return;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text.charAt(this.#at);
      if (c === '(' || c === '<') depth++;
      else if ((c === ')' || c === '>') && --depth === 0) {
        this.#at++;
        return;
      }
    }
    this.fail("')' or '>'");
  }
}
