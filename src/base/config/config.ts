import { SluiceError } from '../errors.ts';
import type { ConfigKey, RawConfig } from './key.ts';
import { invalidValue, missingKey, parseConfigValue } from './parse.ts';

export type Overrides = Readonly<Record<string, unknown>>;

/** The name under which a setting is kept: a table may let users write it in several ways. */
export type Spelling = (name: string) => string;

const asWritten: Spelling = (name) => name;

/**
 * A resolved view of settings, read by the keys of a table: what was given, with overrides on top, then the defaults.
 * Immutable.
 */
export class Config {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #spelling: Spelling;
  /** What reading gave: settings are asked for again and again. */
  readonly #read = new Map<ConfigKey, unknown>();

  private constructor(texts: ReadonlyMap<string, string>, spelling: Spelling) {
    this.#texts = texts;
    this.#spelling = spelling;
  }

  static of(settings: Overrides, spelling: Spelling = asWritten): Config {
    return new Config(new Map(), spelling).with(settings);
  }

  /** null and undefined take a setting away. */
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

  /** The value of a key that another setting asks for. @throws SluiceError CONFIG where there is none */
  require<V>(key: ConfigKey<V>): NonNullable<V> {
    const value = this.get(key);
    if (value === undefined || value === null) throw new SluiceError('CONFIG', missingKey(key.name));
    return value;
  }

  /** Whether the key was set: its value is no default. */
  isSet(key: ConfigKey): boolean {
    return this.#given(key) !== undefined;
  }

  /** The text of a key as it was given, or its default. For who shows settings. */
  text(key: ConfigKey): string | undefined {
    return this.#given(key) ?? key.default ?? undefined;
  }

  /**
   * The text of any setting by its name, in a table or not. For who passes settings on: to functions, to clients of
   * Kafka.
   */
  passed(name: string): string | undefined {
    return this.#texts.get(this.#spelling(name));
  }

  /** Everything that was set, as it was written where a table has one spelling. */
  get raw(): RawConfig {
    return Object.fromEntries(this.#texts);
  }

  /** Everything that was set, by the names under which it is kept. */
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
    // A number or a flag that is left blank is not set.
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
