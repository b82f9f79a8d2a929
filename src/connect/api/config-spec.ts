import { HIDDEN } from '../../base/secrets/find.ts';
import { isSecretSetting, maskSettings, maskValue, type TypeOfSetting } from '../../base/secrets/mask.ts';
import { didYouMean } from '../../base/suggest.ts';

/**
 * Configuration as data: one table of keys per plugin serves parsing, validation, the REST API, docs and masking. The rules and
 * sentences are Kafka's ConfigDef.
 */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';
export type Importance = 'HIGH' | 'MEDIUM' | 'LOW';
export type Width = 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';

/** Settings as the user wrote them. */
export type RawConfig = Readonly<Record<string, string>>;

export interface ConfigKey {
  readonly name: string;
  readonly type: ConfigType;
  /** The default as text; null: no value; absent: the key is required. */
  readonly default?: string | null;
  readonly importance: Importance;
  readonly documentation: string;
  readonly validator?: ConfigValidator | undefined;
  readonly group?: string | undefined;
  /** Position in the group, from 1; absent: unordered. */
  readonly order?: number | undefined;
  readonly width?: Width | undefined;
  readonly displayName?: string | undefined;
  /** Keys whose validity or visibility depends on this one. */
  readonly dependents?: readonly string[] | undefined;
  readonly recommend?: ((config: RawConfig) => readonly string[]) | undefined;
  readonly visible?: ((config: RawConfig) => boolean) | undefined;
  /** Other spellings of the key that are accepted. */
  readonly aliases?: readonly string[] | undefined;
}

/** Gives the reason why a parsed value is refused, or undefined. null stands for a value that is missing or did not parse. */
export type ConfigValidator = (value: ConfigValue, key: ConfigKey) => string | undefined;

export type ConfigValue = string | number | boolean | bigint | readonly string[] | null;

/** One thing that is wrong, at the key that mends it. */
export interface ConfigProblem {
  readonly key: string;
  /** The whole sentence. */
  readonly message: string;
}

const INTEGRAL: Partial<Record<ConfigType, readonly [bigint, bigint]>> = {
  SHORT: [-(2n ** 15n), 2n ** 15n - 1n],
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Parses one value; a string in the answer's `reason` when it has not the type. */
export function parseConfigValue(type: ConfigType, raw: string): { value: ConfigValue } | { reason: string } {
  const text = raw.trim();
  switch (type) {
    case 'BOOLEAN':
      if (/^true$/i.test(text)) return { value: true };
      if (/^false$/i.test(text)) return { value: false };
      return { reason: 'Expected value to be either true or false' };
    case 'SHORT':
    case 'INT':
    case 'LONG': {
      const [min, max] = INTEGRAL[type]!;
      if (!/^[+-]?\d+$/.test(text)) return { reason: `Not a number of type ${type}` };
      const parsed = BigInt(text.replace(/^\+/, ''));
      if (parsed < min || parsed > max) return { reason: `Not a number of type ${type}` };
      return { value: Number.isSafeInteger(Number(parsed)) ? Number(parsed) : parsed };
    }
    case 'DOUBLE': {
      const parsed = Number(text);
      return text === '' || Number.isNaN(parsed) ? { reason: 'Not a number of type DOUBLE' } : { value: parsed };
    }
    case 'LIST':
      return { value: text === '' ? [] : text.split(/\s*,\s*/) };
    case 'STRING':
    case 'CLASS':
      return { value: text };
    case 'PASSWORD':
      return { value: raw };
    default:
      return type satisfies never;
  }
}

/** The text of a value as ConfigInfos shows it; passwords are hidden. */
export function configValueText(type: ConfigType, value: ConfigValue): string | null {
  if (value === null) return null;
  if (type === 'PASSWORD') return HIDDEN;
  return Array.isArray(value) ? value.join(',') : String(value as string | number | boolean | bigint);
}

/** `Invalid value X for configuration NAME: REASON`. Values of passwords stay out of the sentence. */
export function invalidValue(key: Pick<ConfigKey, 'name' | 'type'>, value: unknown, reason: string): string {
  const shown =
    isSecretSetting(key.name, key.type) && value !== null
      ? HIDDEN
      : Array.isArray(value)
        ? `[${value.join(', ')}]`
        : String(value);
  return `Invalid value ${maskValue(shown)} for configuration ${key.name}: ${reason}`;
}

export function missingKey(name: string): string {
  return `Missing required configuration "${name}" which has no default value.`;
}

/** What `parseConfig` made of one key. */
export interface ParsedKey {
  readonly key: ConfigKey;
  readonly value: ConfigValue;
  readonly given: boolean;
  readonly errors: readonly string[];
}

/** Parses and validates every key of the table; never throws. */
export function parseKeys(spec: readonly ConfigKey[], raw: RawConfig): ParsedKey[] {
  return spec.map((key) => {
    const text = [key.name, ...(key.aliases ?? [])].map((name) => raw[name]).find((value) => value !== undefined);
    const errors: string[] = [];
    let value: ConfigValue = null;
    if (text === undefined) {
      if (key.default === undefined) return { key, value, given: false, errors: [missingKey(key.name)] };
      if (key.default !== null) {
        const parsed = parseConfigValue(key.type, key.default);
        value = 'value' in parsed ? parsed.value : null;
      }
      return { key, value, given: false, errors };
    }
    const parsed = parseConfigValue(key.type, text);
    if ('reason' in parsed) errors.push(invalidValue(key, text, parsed.reason));
    else value = parsed.value;
    const refused = key.validator?.(value, key);
    if (refused !== undefined) errors.push(invalidValue(key, value, refused));
    return { key, value, given: true, errors };
  });
}

/** Settings after parsing, with typed access. Asking for a key that the table lacks, or by another type, is a defect. */
export class Config {
  readonly raw: RawConfig;
  private readonly values: ReadonlyMap<string, ParsedKey>;

  constructor(keys: readonly ParsedKey[], raw: RawConfig) {
    this.raw = raw;
    this.values = new Map(keys.map((k) => [k.key.name, k]));
  }

  string(name: string): string {
    return this.optionalString(name) ?? '';
  }
  /** undefined where neither the user nor the table gives a value. */
  optionalString(name: string): string | undefined {
    const value = this.value(name);
    return value === null ? undefined : String(value as string);
  }
  number(name: string): number {
    return Number(this.value(name) ?? 0);
  }
  optionalNumber(name: string): number | undefined {
    const value = this.value(name);
    return value === null ? undefined : Number(value);
  }
  boolean(name: string): boolean {
    return this.value(name) === true;
  }
  list(name: string): readonly string[] {
    const value = this.value(name);
    return Array.isArray(value) ? value : [];
  }
  /** Whether the user set the key. */
  given(name: string): boolean {
    return this.entry(name).given;
  }

  private value(name: string): ConfigValue {
    return this.entry(name).value;
  }
  private entry(name: string): ParsedKey {
    const entry = this.values.get(name);
    if (!entry) throw new Error(`Defect: configuration key ${name} is in no table`);
    return entry;
  }
}

/** Parses settings that were validated before; the first problem becomes an error. */
export function configOf(spec: readonly ConfigKey[], raw: RawConfig): Config {
  const keys = parseKeys(spec, raw);
  const problem = keys.find((k) => k.errors.length > 0);
  if (problem) throw new Error(problem.errors[0]);
  return new Config(keys, raw);
}

// Validators. Their reasons are ConfigDef's.

export const atLeast =
  (min: number): ConfigValidator =>
  (value) =>
    value === null ? 'Value must be non-null' : Number(value) < min ? `Value must be at least ${min}` : undefined;

export const between =
  (min: number, max: number): ConfigValidator =>
  (value) => {
    if (value === null) return 'Value must be non-null';
    if (Number(value) < min) return `Value must be at least ${min}`;
    return Number(value) > max ? `Value must be no more than ${max}` : undefined;
  };

export const oneOf =
  (...allowed: readonly string[]): ConfigValidator =>
  (value) =>
    value !== null && allowed.includes(String(value as string))
      ? undefined
      : `String must be one of: ${allowed.join(', ')}${nearestOf(value, allowed)}`;

export const oneOfIgnoringCase =
  (...allowed: readonly string[]): ConfigValidator =>
  (value) =>
    value !== null && allowed.some((a) => a.toLowerCase() === String(value as string).toLowerCase())
      ? undefined
      : `String must be one of (case insensitive): ${allowed.map((a) => a.toUpperCase()).join(', ')}${nearestOf(value, allowed)}`;

/** Kafka's sentence goes on with what was probably meant. */
function nearestOf(value: unknown, allowed: readonly string[]): string {
  const meant = typeof value === 'string' ? didYouMean(value, allowed) : undefined;
  return meant === undefined ? '' : `. ${meant}`;
}

export const notEmpty: ConfigValidator = (value) =>
  value === null || value === '' ? 'String may not be empty' : undefined;

/** A regular expression, or a list of them. */
export const isRegex: ConfigValidator = (value) => {
  for (const pattern of Array.isArray(value)
    ? (value as readonly string[])
    : [String((value as string | null) ?? '')]) {
    try {
      new RegExp(pattern);
    } catch (error) {
      return `Not a regular expression: ${(error as Error).message}`;
    }
  }
  return undefined;
};

/** A config fit to be shown: secrets by type where the table has the key, by name otherwise; inside of values always. */
export function maskConfig(raw: RawConfig, spec: readonly ConfigKey[] | undefined): Record<string, string> {
  return maskSettings(raw, typesOf(spec));
}

/** The type of a setting by any of its spellings. */
export function typesOf(spec: readonly ConfigKey[] | undefined): TypeOfSetting {
  const types = new Map<string, ConfigType>();
  for (const key of spec ?? []) for (const name of [key.name, ...(key.aliases ?? [])]) types.set(name, key.type);
  return (name) => types.get(name);
}
