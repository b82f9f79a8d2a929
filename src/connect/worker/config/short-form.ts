import { KAFKA_NEEDS_NONE, MORE_CONNECTORS, type ConnectorConfig, type ShortFormResult } from '../../client/api.ts';
import type { ShortForm } from '../../api/connector.ts';
import { nearest } from '../../../base/suggest.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import { missingKey } from '../../api/config-spec.ts';

/** Products that use another product's protocol, and the connector that works with both. */
const KIN: Readonly<Record<string, string>> = {
  opensearch: 'elasticsearch',
  es: 'elasticsearch',
  mariadb: 'mysql',
  minio: 's3',
  sqlite3: 'sqlite',
  mosquitto: 'mqtt',
};

/**
 * `connector='postgres', url='postgres://...', tables='users,orders'` -> a full config with the connector's defaults.
 * Settings that the user writes in full take precedence. `type` chooses between a source and a sink of the same name.
 */
export function expandShortForm(
  config: ConnectorConfig,
  catalog: PluginCatalog,
  type?: 'source' | 'sink',
): ShortFormResult {
  const name = config['connector'];
  const named = config['connector.class'];
  if (name === undefined || named !== undefined) {
    return { config: catalog.inOwnWords(config), problems: [] };
  }
  const plugin = catalog.blessedNamed(name, type);
  if (!plugin) {
    const names = [
      ...new Set(catalog.connectors.filter((p) => p.shortForm).map((p) => p.name.replace(/-(source|sink)$/, ''))),
    ];
    const guess =
      nearest(name, names) ?? names.find((known) => name.length > 3 && known.startsWith(name.toLowerCase()));
    const byClass = catalog.connectors.find((p) => p.name === `${name.toLowerCase()}-${type ?? 'source'}`);
    const kin = Object.hasOwn(KIN, name.toLowerCase()) ? KIN[name.toLowerCase()] : undefined;
    const advice =
      kin !== undefined && names.includes(kin)
        ? `connector='${kin}' works with ${name} as well`
        : byClass !== undefined
          ? `${name} is named by its class: 'connector.class'='${byClass.className}'`
          : /^kafka\b/i.test(name)
            ? KAFKA_NEEDS_NONE
            : guess === undefined
              ? MORE_CONNECTORS
              : `Did you mean ${guess}?`;
    return {
      config,
      problems: [
        `Invalid value ${name} for configuration connector: String must be one of: ${names.join(', ')}. ${advice}`,
      ],
    };
  }
  const form = plugin.shortForm!;
  const problems = form.keys
    .filter((key) => key.required === true && [key.name, ...key.sets].every((name) => config[name] === undefined))
    .map((key) => missingKey(key.name));
  return {
    config: { 'connector.class': plugin.className, ...form.defaults, ...inFull(form, config, config) },
    problems,
  };
}

/**
 * The same for changes by ALTER CONNECTOR to the config `current`: the connector's short keys become settings, and
 * nothing is added. The plugin cannot change: `connector` may only name the same one.
 */
export function expandChanges(
  written: ConnectorConfig,
  current: ConnectorConfig,
  catalog: PluginCatalog,
): ShortFormResult {
  const plugin = catalog.connectorOf({ ...current, ...written });
  const words = plugin?.otherWords;
  // A config that was given in other words through Connect's REST API is kept in them.
  const speaksOwn = words?.keys.every((key) => current[key] === undefined) === true;
  const isOther = words?.keys.some((key) => written[key] !== undefined) === true;
  const changes = words !== undefined && speaksOwn && isOther ? words.translate(written, current) : written;
  if (plugin?.shortForm === undefined) return { config: changes, problems: [] };
  const name = changes['connector'];
  if (name !== undefined && catalog.blessedNamed(name, plugin.type) !== plugin) {
    return {
      config: changes,
      problems: [
        `Invalid value ${name} for configuration connector: The connector is ${plugin.className}. Drop it and create another`,
      ],
    };
  }
  return { config: inFull(plugin.shortForm, changes, { ...current, ...changes }), problems: [] };
}

/** The given settings, with short keys expanded. Settings that are written in full take precedence. */
function inFull(form: ShortForm, written: ConnectorConfig, all: ConnectorConfig): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const key of form.keys) {
    const value = written[key.name];
    if (value === undefined) continue;
    const long = key.transform?.(value, all) ?? value;
    for (const setting of key.sets) if (long !== '' || key.transform === undefined) settings[setting] = long;
  }
  const shortNames = new Set(['connector', ...form.keys.map((k) => k.name)]);
  for (const [key, value] of Object.entries(written)) if (!shortNames.has(key)) settings[key] = value;
  return settings;
}
