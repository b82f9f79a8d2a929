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

const FORMATS: Readonly<Record<string, string>> = {
  'output.data.format': 'value.converter',
  'input.data.format': 'value.converter',
  'output.key.format': 'key.converter',
  'input.key.format': 'key.converter',
};

/** Settings of Confluent's cloud classes for the formats of topics. */
export const CLOUD_FORMATS: readonly string[] = Object.keys(FORMATS);

/** The connector's login to the brokers, which is the server's own here. */
export const CLOUD_LOGIN = ['kafka.auth.mode', 'kafka.api.key', 'kafka.api.secret', 'kafka.service.account.id'];

/** The converters for the formats, where none is given. */
export function convertersOf(config: RawConfig): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [key, converter] of Object.entries(FORMATS)) {
    const format = config[key]?.trim().toUpperCase();
    if (format === undefined || config[converter] !== undefined) continue;
    for (const [suffix, value] of CONVERTERS[format] ?? []) settings[converter + suffix] = value;
  }
  return settings;
}

/** What all cloud classes have besides their own settings. */
export const CLOUD_SETTINGS: OtherWords = {
  keys: [...CLOUD_FORMATS, ...CLOUD_LOGIN],
  translate: (config) => ({
    ...convertersOf(config),
    ...Object.fromEntries(Object.entries(config).filter(([key]) => !CLOUD_SETTINGS.keys.includes(key))),
  }),
};
