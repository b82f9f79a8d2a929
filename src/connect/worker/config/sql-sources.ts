import type { ConnectorConfig, SinkSource } from '../../client/api.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';

/** The converter that knows the columns of SQL sources. */
export const SQL_CONVERTER = 'sluice.connect.SqlConverter';

/**
 * Settings with which a sink reads the topics of SQL sources: topics, converters that know the columns, and the
 * connector's defaults. Converters for sources that it read before are replaced.
 */
export function settingsForSources(
  config: ConnectorConfig,
  sources: readonly SinkSource[],
  catalog: PluginCatalog,
): ConnectorConfig {
  const plugin = catalog.connectorOf(config);
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
