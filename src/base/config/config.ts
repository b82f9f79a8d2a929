import { SluiceError } from '../errors.ts';
import type { ConfigKey, RawConfig } from './key.ts';
import { invalidValue, missingKey, parseConfigValue } from './parse.ts';

export type Overrides = Readonly<Record<string, unknown>>;

/** Gives the canonical name of a setting, for tables that accept several spellings. */
export type Spelling = (name: string) => string;

const asWritten: Spelling = (name) => name;

/** Resolved settings, read by the keys of a table: given values with overrides on top, then defaults. Immutable. */
export class Config {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #spelling: Spelling;
  /** Parsed values by key: the same settings are read again and again. */
  readonly #read = new Map<ConfigKey, unknown>();

  private constructor(texts: ReadonlyMap<string, string>, spelling: Spelling) {
    this.#texts = texts;
    this.#spelling = spelling;
  }

  static of(settings: Overrides, spelling: Spelling = asWritten): Config {
    return new Config(new Map(), spelling).with(settings);
  }

  /** The same settings with overrides; null and undefined remove a setting. */
  with(overrides: Overrides): Config {
    const texts = new Map(this.#texts);
    for (const [name, value] of Object.entries(overrides)) {
      if (value === null || value === undefined) texts.delete(this.#spelling(name));
      else texts.set(this.#spelling(name), String(value));
    }
    return new Config(texts, this.#spelling);
  }

  /**
   * The value of a key, or its default.
   * @throws SluiceError CONFIG for a required key without a value, and a text that does not fit
   */
  get<V>(key: ConfigKey<V>): V {
    const known = this.#read.get(key);
    if (known !== undefined) return known as V;
    const value = this.#value(key);
    this.#read.set(key, value);
    return value as V;
  }

  /** The value of a key that must be set because of another setting. @throws SluiceError CONFIG where it is not */
  require<V>(key: ConfigKey<V>): NonNullable<V> {
    const value = this.get(key);
    if (value === undefined || value === null) throw new SluiceError('CONFIG', missingKey(key.name));
    return value;
  }

  /** Whether the key was given a value, rather than its default. */
  isSet(key: ConfigKey): boolean {
    return this.#given(key) !== undefined;
  }

  /** The text of a key as it was given, or its default, for display. */
  text(key: ConfigKey): string | undefined {
    return this.#given(key) ?? key.default ?? undefined;
  }

  /**
   * The text of any setting by its name, whether it is in the table or not: for code that passes settings on to
   * functions or Kafka clients.
   */
  passed(name: string): string | undefined {
    return this.#texts.get(this.#spelling(name));
  }

  /** All given settings as they were written, where the table has a single spelling. */
  get raw(): RawConfig {
    return Object.fromEntries(this.#texts);
  }

  /** All given settings by their canonical names. */
  entries(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  #given(key: ConfigKey): string | undefined {
    const text = this.#texts.get(key.name);
    if (text !== undefined || key.aliases === undefined) return text;
    for (const name of key.aliases) {
      const other = this.#texts.get(name);
      if (other !== undefined) return other;
    }
    return undefined;
  }

  #value(key: ConfigKey): unknown {
    const { type } = key;
    const given = this.#given(key);
    const isText = type === 'STRING' || type === 'CLASS' || type === 'PASSWORD' || type === 'LIST';
    // A number or a flag that is left blank counts as not set.
    const text = given === undefined || (given.trim() === '' && !isText) ? key.default : given;
    if (text === undefined) throw new SluiceError('CONFIG', missingKey(key.name));
    if (text === null) return type === 'LIST' ? [] : undefined;
    const parsed = parseConfigValue(type, text);
    if ('reason' in parsed) throw new SluiceError('CONFIG', invalidValue(key, text, parsed.reason));
    const { value } = parsed;
    if (typeof value === 'bigint') return Number(value);
    return Array.isArray(value) ? value.filter((item) => item !== '') : value;
  }
}
