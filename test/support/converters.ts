/** The classes of converters of Apache Kafka, as connector configs name them. */
export const STRING_CONVERTER = 'org.apache.kafka.connect.storage.StringConverter';
export const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';
export const BYTES_CONVERTER = 'org.apache.kafka.connect.converters.ByteArrayConverter';

/** Settings for values that are JSON without a schema. */
export const PLAIN_JSON = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'false' };
