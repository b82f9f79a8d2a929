import type { RawConfig } from '../../api/config-spec.ts';
import type { OtherWords } from '../../api/connector.ts';

const CONVERTERS: Readonly<Record<string, readonly [string, string][]>> = {
  AVRO: [['', 'io.confluent.connect.avro.AvroConverter']],
  PROTOBUF: [['', 'io.confluent.connect.protobuf.ProtobufConverter']],
  JSON_SR: [['', 'io.confluent.connect.json.JsonSchemaConverter']],
  JSON: [
    ['', 'org.apache.kafka.connect.json.JsonConverter'],
    ['.schemas.enable', 'false'],
  ],
  STRING: [['', 'org.apache.kafka.connect.storage.StringConverter']],
};

const PLACE = ['connection.host', 'connection.port', 'db.name', 'ssl.mode'];
const FORMATS: Readonly<Record<string, string>> = {
  'output.data.format': 'value.converter',
  'input.data.format': 'value.converter',
  'output.key.format': 'key.converter',
  'input.key.format': 'key.converter',
};
/** Who the connector is to the brokers: here it is the server itself. */
const LOGIN = ['kafka.auth.mode', 'kafka.api.key', 'kafka.api.secret', 'kafka.service.account.id'];

/** The settings of Confluent's cloud classes (PostgresSource, PostgresSink), in the words of the JDBC connectors. What is written in those wins. */
export const CLOUD_WORDS: OtherWords = {
  keys: [...PLACE, ...Object.keys(FORMATS), ...LOGIN],
  translate: (config: RawConfig): RawConfig => {
    const left = Object.fromEntries(Object.entries(config).filter(([key]) => !CLOUD_WORDS.keys.includes(key)));
    const said: Record<string, string> = {};
    const host = config['connection.host']?.trim();
    if (host) {
      const mode = config['ssl.mode'];
      said['connection.url'] =
        `jdbc:postgresql://${host}:${config['connection.port'] ?? '5432'}/${encodeURIComponent(config['db.name'] ?? '')}` +
        (mode === undefined ? '' : `?sslmode=${encodeURIComponent(mode)}`);
    }
    for (const [key, converter] of Object.entries(FORMATS)) {
      const format = config[key]?.trim().toUpperCase();
      if (format === undefined || config[converter] !== undefined) continue;
      for (const [suffix, value] of CONVERTERS[format] ?? []) said[converter + suffix] = value;
    }
    return { ...said, ...left };
  },
};
