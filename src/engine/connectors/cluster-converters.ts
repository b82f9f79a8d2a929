import type { ConnectorConfig, SinkSource } from '../../connect/client/api.ts';
import type { Config } from '../config/config.ts';

/** Converter settings with which a Java Connect cluster reads a SQL topic. A format Connect has no converter for gets none: the user names one. */
export function clusterConverters(source: SinkSource, config: Config): ConnectorConfig {
  return {
    ...converter('key', source.keyFormat, source.key[0]?.type, config),
    ...converter('value', source.valueFormat, undefined, config),
  };
}

function converter(
  side: 'key' | 'value',
  format: string,
  keyType: string | undefined,
  config: Config,
): Record<string, string> {
  const name = `${side}.converter`;
  const registryUrl = config.list('ksql.schema.registry.url')[0];
  const registry = registryUrl === undefined ? {} : { [`${name}.schema.registry.url`]: registryUrl };
  switch (format) {
    case 'JSON':
      return { [name]: 'org.apache.kafka.connect.json.JsonConverter', [`${name}.schemas.enable`]: 'false' };
    case 'AVRO':
      return { [name]: 'io.confluent.connect.avro.AvroConverter', ...registry };
    case 'PROTOBUF':
      return { [name]: 'io.confluent.connect.protobuf.ProtobufConverter', ...registry };
    case 'JSON_SR':
      return { [name]: 'io.confluent.connect.json.JsonSchemaConverter', ...registry };
    case 'KAFKA':
      switch (keyType) {
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
      return {};
  }
}
