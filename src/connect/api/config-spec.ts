import { Config } from '../../base/config/config.ts';
import type { ConfigKey, ConfigType, RawConfig } from '../../base/config/key.ts';
import { parseKeys } from '../../base/config/parse.ts';
import { maskSettings, type TypeOfSetting } from '../../base/secrets/mask.ts';

/** Configuration of plugins: what a connector, converter or transform needs of the settings' room. */
export { Config } from '../../base/config/config.ts';
export * from '../../base/config/key.ts';
export * from '../../base/config/parse.ts';
export * from '../../base/config/problems.ts';
export * from '../../base/config/rule-check.ts';
export * from '../../base/config/validators.ts';

/** Parses settings that were validated before; the first problem becomes an error. */
export function configOf(spec: readonly ConfigKey[] | Readonly<Record<string, ConfigKey>>, raw: RawConfig): Config {
  const problem = parseKeys(Object.values(spec), raw).find((k) => k.errors.length > 0);
  if (problem) throw new Error(problem.errors[0]);
  return Config.of(raw);
}

/**
 * A config in a form that may be shown. Secrets are recognized by type if the table has the key, otherwise by name, and
 * within values always.
 */
export function maskConfig(raw: RawConfig, spec: readonly ConfigKey[] | undefined): Record<string, string> {
  return maskSettings(raw, typesOf(spec));
}

/** The type of a setting by any of its spellings. */
export function typesOf(spec: readonly ConfigKey[] | undefined): TypeOfSetting {
  const types = new Map<string, ConfigType>();
  for (const key of spec ?? []) for (const name of [key.name, ...(key.aliases ?? [])]) types.set(name, key.type);
  return (name) => types.get(name);
}
