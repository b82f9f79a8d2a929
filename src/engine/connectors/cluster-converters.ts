import { must } from '../../base/assert.ts';
import { KEYS } from '../../config/keys.ts';
import type { ConnectorConfig, SinkSource } from '../../connect/client/api.ts';
import type { Config } from '../../base/config/config.ts';

/** What a Connect cluster has installed, and what the user has set. */
export interface ClusterSite {
  readonly config: Config;
  /** The sink's own settings. */
  readonly settings: ConnectorConfig;
  /** Classes of the converters that are installed. */
  readonly converters: readonly string[];
}

export interface ConverterChoice {
  readonly settings: ConnectorConfig;
  readonly problems: readonly string[];
}

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
const APICURIO_AVRO = 'io.apicurio.registry.utils.converter.AvroConverter';

/** The converter for each format whose schemas are in a registry. */
export const REGISTRY_CONVERTERS: Readonly<Record<string, string>> = {
  AVRO: 'io.confluent.connect.avro.AvroConverter',
  PROTOBUF: 'io.confluent.connect.protobuf.ProtobufConverter',
  JSON_SR: 'io.confluent.connect.json.JsonSchemaConverter',
};

/**
 * Converter settings with which a connector of a Java Connect cluster reads SQL topics, and what stands in the way: it
 * has one converter for all of them. A converter that the user names is left alone.
 */
export function clusterConverters(sources: readonly SinkSource[], site: ClusterSite): ConverterChoice {
  const settings: Record<string, string> = {};
  const problems: string[] = [];
  const neededBy = new Map<string, string>();
  for (const source of sources) {
    const choice = convertersOf(source, site);
    problems.push(...choice.problems);
    for (const [key, value] of Object.entries(choice.settings)) {
      const other = neededBy.get(key);
      if (other === undefined) {
        neededBy.set(key, source.name);
        settings[key] = value;
      } else if (settings[key] !== value)
        problems.push(
          `${source.name} and ${other} have different formats ('${key}'='${value}' and '${settings[key]}'), and a connector of a Connect cluster has one converter: use one connector for each`,
        );
    }
  }
  return { settings, problems };
}

function convertersOf(source: SinkSource, site: ClusterSite): ConverterChoice {
  const settings: Record<string, string> = {};
  const problems: string[] = [];
  if (site.settings['key.converter'] === undefined) {
    const key = keyConverter(source, site);
    if (typeof key === 'string') problems.push(key);
    else Object.assign(settings, key);
  }
  if (site.settings['value.converter'] === undefined) {
    const value = converter('value', source.valueFormat, undefined, site);
    if (typeof value === 'string') problems.push(`${source.name}: ${value}`);
    else if (needsSchema(site.settings) && !hasSchema(source.valueFormat, value))
      problems.push(
        `${source.name} is written as ${source.valueFormat}, without a schema, and a JDBC sink needs one to know the columns: create it WITH (VALUE_FORMAT='CONNECT_JSON'), or AVRO with a schema registry`,
      );
    else Object.assign(settings, value);
  }
  return { settings, problems };
}

/** A windowed key is followed by its window in the key's bytes, which no Java converter understands. */
function keyConverter(source: SinkSource, site: ClusterSite): Record<string, string> | string {
  if (source.windowType !== undefined) {
    if (takesKey(site.settings))
      return `The key of ${source.name} is windowed, and Connect's converters do not read windows: select WINDOWSTART AS WINDOW_START and AS_VALUE(key) into the value, and name them as the primary key (primary.key.mode=record_value, primary.key.fields=...)`;
    return { 'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter' };
  }
  if (source.key.length === 0) return { 'key.converter': 'org.apache.kafka.connect.storage.StringConverter' };
  const found = converter('key', source.keyFormat, source.key[0]?.type, site);
  if (typeof found !== 'string' && found['key.converter'] === APICURIO_AVRO && source.key.length === 1)
    return `The key of ${source.name} is bare AVRO, of which Apicurio's converter gives sinks no schema: create it WITH (KEY_FORMAT='CONNECT_JSON')`;
  return typeof found === 'string' ? `${source.name}: ${found}` : found;
}

/** Settings, or the reason why there are none. */
function converter(
  side: 'key' | 'value',
  format: string,
  type: string | undefined,
  site: ClusterSite,
): Record<string, string> | string {
  const name = `${side}.converter`;
  switch (format) {
    case 'JSON':
      return { [name]: JSON_CONVERTER, [`${name}.schemas.enable`]: 'false' };
    case 'CONNECT_JSON':
      return { [name]: JSON_CONVERTER, [`${name}.schemas.enable`]: 'true' };
    case 'AVRO':
    case 'PROTOBUF':
    case 'JSON_SR':
      return registryConverter(name, format, site);
    case 'KAFKA':
      switch (type) {
        case 'INTEGER':
          return { [name]: 'org.apache.kafka.connect.converters.IntegerConverter' };
        case 'BIGINT':
          return { [name]: 'org.apache.kafka.connect.converters.LongConverter' };
        case 'DOUBLE':
          return { [name]: 'org.apache.kafka.connect.converters.DoubleConverter' };
        default:
          return { [name]: 'org.apache.kafka.connect.storage.StringConverter' };
      }
    default:
      return `Kafka Connect has no converter for ${side.toUpperCase()}_FORMAT='${format}': set ${name}, or use ${side.toUpperCase()}_FORMAT='CONNECT_JSON'`;
  }
}

function registryConverter(name: string, format: string, site: ClusterSite): Record<string, string> | string {
  const url = site.config.get(KEYS.schemaRegistryUrl).join(',');
  if (url === '')
    return `${format} needs a schema registry that the Connect cluster reaches too: set ksql.schema.registry.url, or use CONNECT_JSON`;
  const confluent = must(REGISTRY_CONVERTERS[format], 'registry converter');
  if (format === 'AVRO' && !site.converters.includes(confluent) && site.converters.includes(APICURIO_AVRO)) {
    const own = `${name}.apicurio.registry`;
    return {
      [name]: APICURIO_AVRO,
      [`${own}.url`]: url.replace(/\/apis\/ccompat\/v\d+\/?$/, '/apis/registry/v2'),
      [`${own}.as-confluent`]: 'true',
      [`${own}.use-id`]: 'contentId',
      [`${own}.headers.enabled`]: 'false',
    };
  }
  if (site.converters.length > 0 && !site.converters.includes(confluent))
    return `The Connect cluster has no converter for ${format} (${confluent}): install it, or use CONNECT_JSON`;
  return { [name]: confluent, [`${name}.schema.registry.url`]: url };
}

function isJdbcSink(settings: ConnectorConfig): boolean {
  return /jdbc.*sink/i.test(settings['connector.class'] ?? '');
}

function needsSchema(settings: ConnectorConfig): boolean {
  return isJdbcSink(settings);
}

function hasSchema(format: string, settings: Readonly<Record<string, string>>): boolean {
  return format !== 'KAFKA' && settings['value.converter.schemas.enable'] !== 'false';
}

/** Whether the sink's table takes its primary key from the record's key. */
function takesKey(settings: ConnectorConfig): boolean {
  const mode = settings['primary.key.mode'] ?? settings['pk.mode'];
  return mode === 'record_key' || settings['delete.enabled'] === 'true';
}
