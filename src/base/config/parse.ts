import { must } from '../assert.ts';
import { HIDDEN } from '../secrets/find.ts';
import { isSecretSetting, maskValue } from '../secrets/mask.ts';
import type { ConfigKey, ConfigType, ConfigValue, RawConfig } from './key.ts';
import { oneOf } from './validators.ts';

const INTEGRAL: Partial<Record<ConfigType, readonly [bigint, bigint]>> = {
  SHORT: [-(2n ** 15n), 2n ** 15n - 1n],
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Parses one value. The result has a `reason` when the text does not fit the type. */
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
      const [min, max] = must(INTEGRAL[type], 'bounds of the type');
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

/** The text of a value in Connect's ConfigInfos; passwords are hidden. */
export function configValueText(type: ConfigType, value: ConfigValue): string | null {
  if (value === null) return null;
  if (type === 'PASSWORD') return HIDDEN;
  return Array.isArray(value) ? value.join(',') : String(value as string | number | boolean | bigint);
}

/** `Invalid value X for configuration NAME: REASON`. The value of a password is not shown. */
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

/** The given value of a key, under any of its names; undefined when it is not set. */
export function givenText(raw: RawConfig, key: ConfigKey): string | undefined {
  return [key.name, ...(key.aliases ?? [])].map((name) => raw[name]).find((value) => value !== undefined);
}

/**
 * The given value of a key or its default, trimmed; '' when there is neither. For rules between settings, which run
 * before the values are parsed.
 */
export function writtenText(raw: RawConfig, key: ConfigKey): string {
  return (givenText(raw, key) ?? key.default ?? '').trim();
}

/** The result of parsing one key. */
export interface ParsedKey {
  readonly key: ConfigKey;
  readonly value: ConfigValue;
  readonly given: boolean;
  readonly errors: readonly string[];
}

/** Parses and validates every key of the table. Never throws. */
export function parseKeys(spec: readonly ConfigKey[], raw: RawConfig): ParsedKey[] {
  return spec.map((key) => {
    const text = givenText(raw, key);
    const given = [key.name, ...(key.aliases ?? [])].filter((name) => raw[name] !== undefined);
    const errors: string[] = [];
    const other = given.find((name) => raw[name] !== text);
    if (other !== undefined)
      errors.push(`Configurations ${given[0]} and ${other} are the same setting, and differ: leave one of them out`);
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
    const refused = (key.validator ?? (key.allowed && oneOf(...key.allowed)))?.(value, key);
    if (refused !== undefined) errors.push(invalidValue(key, value, refused));
    return { key, value, given: true, errors };
  });
}
