import { must } from '../../base/assert.ts';
import { HIDDEN } from '../../base/secrets/find.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';
import { PLACE } from '../../connect/client/place-names.ts';

/**
 * The config of CREATE OR REPLACE, completed with stored secrets: where it contains `[hidden]`, and where it gives no
 * secret at all. Only while the destination is the same. `namesSecret`: the config has secrets of its own. `current` is
 * the stored config as Connect returns it (the embedded worker's is masked, and it accepts `[hidden]` for the value);
 * `masked` has every secret hidden.
 */
export function withKeptSecrets(
  written: ConnectorConfig,
  current: ConnectorConfig,
  masked: ConnectorConfig,
  namesSecret: boolean,
): { readonly config: ConnectorConfig; readonly problems: readonly string[] } {
  const config: Record<string, string> = { ...written };
  // A URL that equals the stored one except for its password.
  for (const [key, shown] of Object.entries(masked))
    if (written[key] !== undefined && (written[key] === shown || written[key] === withoutPassword(shown)))
      config[key] = must(current[key], 'current value');
  const moved = [...new Set([...Object.keys(config), ...Object.keys(current)])].filter(
    (key) => isPlace(key) && config[key] !== current[key],
  );
  const hidden = Object.keys(config).filter((key) => config[key] === HIDDEN || written[key]?.includes(HIDDEN));
  if (moved.length > 0)
    return {
      config,
      problems: hidden.map(
        (key) =>
          `${key} - ${HIDDEN} stands for the stored value only while ${moved.join(', ')} ${moved.length === 1 ? 'stays' : 'stay'} as before. Give the value itself`,
      ),
    };
  for (const key of hidden) if (current[key] !== undefined) config[key] = current[key];
  if (!namesSecret)
    for (const [key, shown] of Object.entries(masked))
      if (config[key] === undefined && shown === HIDDEN) config[key] = must(current[key], 'current value');
  return { config, problems: [] };
}

/**
 * The config of ALTER for a cluster that returns its secrets in clear: a returned `[hidden]` stands for the stored
 * value, and no unchanged secret may be sent to another destination.
 * @param current the stored config, @param masked with every secret hidden, @param altered with the changes
 */
export function withSecretsInPlace(
  current: ConnectorConfig,
  masked: ConnectorConfig,
  altered: ConnectorConfig,
): { readonly config: ConnectorConfig; readonly problems: readonly string[] } {
  const config = Object.fromEntries(
    Object.entries(altered).map(([key, value]) => [
      key,
      value === masked[key] ? must(current[key], 'current value') : value,
    ]),
  );
  const moved = [...new Set([...Object.keys(config), ...Object.keys(current)])].filter(
    (key) => isPlace(key) && config[key] !== current[key],
  );
  const kept = Object.keys(config).filter((key) => masked[key] !== current[key] && config[key] === current[key]);
  if (moved.length === 0) return { config, problems: [] };
  return {
    config,
    problems: kept.map(
      (key) =>
        `${key} - the stored value stays only while ${moved.join(', ')} ${moved.length === 1 ? 'stays' : 'stay'} as before. Give the value itself`,
    ),
  };
}

/** Where a stored secret goes is said by the class as well. */
function isPlace(key: string): boolean {
  return key === 'connector.class' || PLACE.test(key);
}

/** A masked URL with the password taken out, as somebody writes it who leaves it out. */
function withoutPassword(masked: string): string {
  return masked
    .replace(`:${HIDDEN}@`, '@')
    .replaceAll(/([?&;])[\w.-]+=\[hidden\](?=[&;]|$)/g, (_, before: string) => (before === '?' ? '?' : ''))
    .replace(/\?[&;]/, '?')
    .replace(/\?$/, '');
}
