import { commaList } from '../../base/comma-list.ts';
import { must } from '../../base/assert.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Source } from '../../catalog/source.ts';
import type { ConnectorConfig, SinkSource } from '../../connect/client/api.ts';
import { formatType } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';
import { REGISTRY_CONVERTERS, clusterConverters } from './cluster-converters.ts';

/**
 * `sources='a,b'` of a sink connector names streams and tables: it becomes `topics` and the converters that read their
 * formats. Settings that the user gave stay. The embedded worker's converter reads each topic by its own formats; in a
 * cluster of Java workers a connector has one converter, and sources that need different ones are refused.
 */
export async function withSinkSources(
  config: ConnectorConfig,
  services: Services,
  catalog: Catalog = services.catalog.current,
): Promise<{ readonly config: ConnectorConfig; readonly problems: readonly string[] }> {
  const { sources: list, ...rest } = config;
  if (list === undefined) return withTopicConverters(config, services, catalog);
  const problems: string[] = [];
  const found: Source[] = [];
  for (const written of commaList(list)) {
    const source = catalog.source(written) ?? catalog.source(written.toUpperCase());
    if (source) found.push(source);
    else {
      const hint = didYouMean(written.toUpperCase(), [...catalog.sources.keys()]);
      problems.push(
        `sources - Source ${written} does not exist. ${hint ?? 'SHOW STREAMS; and SHOW TABLES; list what there is.'}`,
      );
    }
  }
  if (found.length === 0 && problems.length === 0) problems.push('sources - Name at least one stream or table');
  if (problems.length > 0) return { config: rest, problems };
  if (rest['topics'] !== undefined || rest['topics.regex'] !== undefined) {
    return { config: rest, problems: ['sources - Give either sources or topics, not both'] };
  }
  const described = found.map(sinkSource);
  if (services.connect?.embedded) {
    problems.push(...unlikeUnderOneConverter(found, rest));
    return { config: services.connect.embedded.sinkConfig(config, described), problems };
  }
  const converters = (await services.connect?.plugins(false).catch(() => [])) ?? [];
  const choice = clusterConverters(described, {
    config: services.config,
    settings: rest,
    converters: converters.filter((p) => p.type === 'converter').map((p) => p.class),
  });
  problems.push(...choice.problems.map((problem) => `sources - ${problem}`));
  return { config: { topics: found.map((s) => s.topic.name).join(','), ...choice.settings, ...rest }, problems };
}

/** A converter that the user names reads all topics alike, so their formats on its side must be one. */
function unlikeUnderOneConverter(sources: readonly Source[], settings: ConnectorConfig): readonly string[] {
  const first = must(sources[0], 'source');
  return (['key', 'value'] as const).flatMap((side) => {
    if (settings[`${side}.converter`] === undefined) return [];
    const formatOf = ({ topic }: Source): string => (side === 'key' ? topic.keyFormat : topic.valueFormat).format;
    const odd = sources.find((source) => formatOf(source) !== formatOf(first));
    if (odd === undefined) return [];
    return [
      `sources - ${odd.name} and ${first.name} have different formats (${side}s of ${formatOf(odd)} and ${formatOf(first)}), and ${side}.converter reads all alike: leave it out, or use one connector for each`,
    ];
  });
}

/**
 * On the embedded worker, a sink over topics in AVRO, PROTOBUF or JSON_SR that names no converters gets those that read
 * them, because its registry is available. The formats are known from streams and tables over the topics, otherwise
 * from the registry.
 */
async function withTopicConverters(
  config: ConnectorConfig,
  services: Services,
  catalog: Catalog,
): Promise<{ readonly config: ConnectorConfig; readonly problems: readonly string[] }> {
  const topics = sinkTopics(config);
  if (services.connect?.embedded === undefined || topics.length === 0) return { config, problems: [] };
  const chosen: Record<string, string> = {};
  const problems: string[] = [];
  for (const side of ['key', 'value'] as const) {
    if (config[`${side}.converter`] !== undefined) continue;
    const formats = new Map<string, string>();
    for (const topic of topics) {
      const format = await registeredFormat(topic, side, services, catalog);
      if (format !== undefined) formats.set(topic, format);
    }
    const [format, ...others] = new Set(formats.values());
    if (format === undefined) continue;
    if (others.length > 0 || formats.size < topics.length)
      problems.push(
        `topics - The ${side}s of ${topics.map((t) => `${t} are ${formats.get(t) ?? 'of a format without schemas'}`).join(', those of ')}: use one connector for each, or set ${side}.converter`,
      );
    else chosen[`${side}.converter`] = must(REGISTRY_CONVERTERS[format], 'registry converter');
  }
  return { config: { ...chosen, ...config }, problems };
}

async function registeredFormat(
  topic: string,
  side: 'key' | 'value',
  { registry }: Services,
  catalog: Catalog,
): Promise<string | undefined> {
  const source = catalog.sourcesOfTopic(topic)[0]?.topic;
  const declared = side === 'key' ? source?.keyFormat.format : source?.valueFormat.format;
  if (declared !== undefined) return declared in REGISTRY_CONVERTERS ? declared : undefined;
  const registered = await registry.latest(`${topic}-${side}`).catch(() => undefined);
  return registered && (registered.schema.schemaType === 'JSON' ? 'JSON_SR' : registered.schema.schemaType);
}

/**
 * The settings of a sink with `sources` in place of what it stands for, as one would write them; undefined where the
 * sink was made otherwise, or its sources are others by now.
 */
export function writtenWithSources(
  config: ConnectorConfig,
  { connect, catalog }: Services,
): ConnectorConfig | undefined {
  const embedded = connect?.embedded;
  if (embedded === undefined || config['value.converter.sources'] === undefined) return undefined;
  const sources: Source[] = [];
  for (const topic of sinkTopics(config)) {
    const [source] = catalog.current.sourcesOfTopic(topic);
    if (source === undefined) return undefined;
    sources.push(source);
  }
  const described = sources.map(sinkSource);
  const { 'connector.class': connectorClass = '' } = config;
  const implied = embedded.sinkConfig({ 'connector.class': connectorClass }, described);
  const own = Object.fromEntries(
    Object.entries(config).filter(([key, value]) => key === 'connector.class' || implied[key] !== value),
  );
  const again = embedded.sinkConfig(own, described);
  const isSame =
    Object.keys(again).length === Object.keys(config).length &&
    Object.entries(config).every(([key, value]) => again[key] === value);
  return isSame ? { ...own, sources: sources.map((s) => s.name).join(',') } : undefined;
}

/** The topics that a sink names. */
export function sinkTopics(config: ConnectorConfig): string[] {
  return commaList(config['topics']);
}

/** What a sink needs to know of a source: columns with SQL types, formats, window. */
export function sinkSource(source: Source): SinkSource {
  return {
    name: source.name,
    isTable: source.kind === 'TABLE',
    topic: source.topic.name,
    key: source.schema.key.map((c) => ({ name: c.name, type: formatType(c.type) })),
    value: source.schema.value
      .filter((c) => c.role === 'VALUE')
      .map((c) => ({ name: c.name, type: formatType(c.type) })),
    keyFormat: source.topic.keyFormat.format,
    valueFormat: source.topic.valueFormat.format,
    windowType: source.topic.window?.type,
    windowSizeMs: source.topic.window?.sizeMs,
    keyWrapped: source.topic.keyFeatures.includes('WRAP_SINGLES'),
    valueWrapped: !source.topic.valueFeatures.includes('UNWRAP_SINGLES'),
  };
}
