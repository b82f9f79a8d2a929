import { MORE_CONNECTORS, type ConnectorConfig, type ShortFormResult, type SinkSource } from '../client/api.ts';
import type { ShortForm } from '../api/connector.ts';
import { nearest } from '../../base/suggest.ts';
import type { PluginCatalog } from './plugin-catalog.ts';
import { missingKey } from '../api/config-spec.ts';

/**
 * `connector='postgres', url='postgres://...', tables='users,orders'` -> a full config with the connector's defaults. What the user
 * writes in full always wins. `type` chooses between a source and a sink of one name.
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
    const guess = nearest(name, names);
    return {
      config,
      problems: [
        `Invalid value ${name} for configuration connector: String must be one of: ${names.join(', ')}. ${guess === undefined ? MORE_CONNECTORS : `Did you mean ${guess}?`}`,
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
 * The same for what ALTER CONNECTOR changes in the config `current`: the short keys of its connector become settings, and nothing else
 * comes in. A connector stays what it is: `connector` may only name that again.
 */
export function expandChanges(
  written: ConnectorConfig,
  current: ConnectorConfig,
  catalog: PluginCatalog,
): ShortFormResult {
  const plugin = catalog.connectorNamed(written['connector.class'] ?? current['connector.class'] ?? '');
  const words = plugin?.otherWords;
  // What came through Connect's REST API in other words is kept in them.
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

/** What is written, its short keys replaced by what they stand for. What is written in full wins. */
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

/** The converter that knows the columns of SQL sources. */
const SQL_CONVERTER = 'sluice.connect.SqlConverter';

/**
 * Settings with which a sink reads the topics of SQL sources: topics, converters that know the columns, the connector's defaults. The
 * converters of other sources that it read before are made anew.
 */
export function sinkSettings(
  config: ConnectorConfig,
  sources: readonly SinkSource[],
  catalog: PluginCatalog,
): ConnectorConfig {
  const plugin = catalog.connectorNamed(config['connector.class'] ?? '');
  const window = (s: SinkSource) => s.windowType && { window: { type: s.windowType, sizeMs: s.windowSizeMs } };
  const sides = (side: 'key' | 'value') =>
    JSON.stringify(
      Object.fromEntries(
        sources.map((s) => [
          s.topic,
          side === 'key'
            ? { format: s.keyFormat, columns: s.key, wrapped: s.keyWrapped, ...window(s) }
            : { format: s.valueFormat, columns: s.value, wrapped: s.valueWrapped },
        ]),
      ),
    );
  const { sources: _sources, ...given } = config;
  const settings: Record<string, string> = { ...given };
  for (const converter of ['key.converter', 'value.converter'] as const) {
    if ((given[converter] ?? SQL_CONVERTER) !== SQL_CONVERTER) continue;
    settings[converter] = SQL_CONVERTER;
    settings[`${converter}.sources`] = sides(converter === 'key.converter' ? 'key' : 'value');
    settings[`${converter}.names.case`] ??= 'lower';
  }
  return {
    topics: sources.map((s) => s.topic).join(','),
    ...plugin?.sourcesDefaults?.(
      sources.map((s) => ({ topic: s.topic, name: s.name, hasKey: s.key.length > 0, isTable: s.isTable })),
      config,
    ),
    ...settings,
  };
}
