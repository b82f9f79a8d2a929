import type { ConnectorConfig, ShortFormResult, SinkSource } from '../client/api.ts';
import type { ConnectorPlugin } from '../api/connector.ts';
import { nearest } from './nearest.ts';
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
  if (name === undefined || config['connector.class'] !== undefined) return { config, problems: [] };
  const plugin = blessedNamed(name, catalog, type);
  if (!plugin) {
    const names = [
      ...new Set(catalog.connectors.filter((p) => p.shortForm).map((p) => p.name.replace(/-(source|sink)$/, ''))),
    ];
    const guess = nearest(name, names);
    return {
      config,
      problems: [
        `Invalid value ${name} for configuration connector: String must be one of: ${names.join(', ')}${guess === undefined ? '' : ` (did you mean ${guess}?)`}`,
      ],
    };
  }
  const form = plugin.shortForm!;
  const problems: string[] = [];
  const expanded: Record<string, string> = { 'connector.class': plugin.className, ...form.defaults };
  const shortNames = new Set(['connector', ...form.keys.map((k) => k.name)]);
  for (const key of form.keys) {
    const value = config[key.name];
    if (value === undefined) {
      const givenInFull = key.sets.some((s) => config[s] !== undefined);
      if (key.required === true && !givenInFull) problems.push(missingKey(key.name));
      continue;
    }
    const long = key.transform?.(value, config) ?? value;
    for (const setting of key.sets) if (long !== '' || key.transform === undefined) expanded[setting] = long;
  }
  for (const [key, value] of Object.entries(config)) if (!shortNames.has(key)) expanded[key] = value;
  return { config: expanded, problems };
}

function blessedNamed(
  name: string,
  catalog: PluginCatalog,
  type: 'source' | 'sink' | undefined,
): ConnectorPlugin | undefined {
  const wanted = name.trim().toLowerCase();
  const fits = catalog.connectors.filter((p) => p.shortForm && (p.name === wanted || p.name === `${wanted}-${p.type}`));
  return fits.find((p) => p.type === (type ?? 'source')) ?? fits[0];
}

/** Settings with which a sink reads the topics of SQL sources: topics, converters that know the columns, the connector's defaults. */
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
  const converters: Record<string, string> = {};
  for (const side of ['key', 'value'] as const) {
    if (config[`${side}.converter`] !== undefined) continue;
    converters[`${side}.converter`] = 'sluice.connect.SqlConverter';
    converters[`${side}.converter.sources`] = sides(side);
    converters[`${side}.converter.names.case`] = 'lower';
  }
  const { sources: _sources, ...rest } = config;
  return {
    topics: sources.map((s) => s.topic).join(','),
    ...converters,
    ...plugin?.sourcesDefaults?.(
      sources.map((s) => ({ topic: s.topic, name: s.name, hasKey: s.key.length > 0, isTable: s.isTable })),
      config,
    ),
    ...rest,
  };
}
