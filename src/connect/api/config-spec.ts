import { maskSettings, type TypeOfSetting } from '../../base/secrets/mask.ts';
import type { ConfigKey, ConfigType, ConfigValue, RawConfig } from '../../base/config/key.ts';
import { parseKeys, type ParsedKey } from '../../base/config/parse.ts';

export * from '../../base/config/key.ts';
export * from '../../base/config/parse.ts';
export * from '../../base/config/validators.ts';

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
