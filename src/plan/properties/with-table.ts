/**
 * The properties of WITH (...) in CREATE STREAM/TABLE, CREATE ... AS SELECT and INSERT INTO. Parsing, validation and
 * the reference page use this one table. Names ignore case.
 */
export type PropertyType =
  | 'STRING'
  | 'INT'
  | 'LONG'
  | 'BOOLEAN'
  | 'DURATION'
  | 'FORMAT'
  | 'WINDOW_TYPE'
  | 'DELIMITER'
  | 'NULLABLE';

/** Where a property is allowed: C = CREATE without AS, A = CREATE ... AS SELECT, I = INSERT INTO. */
export type PropertyPlace = 'C' | 'A' | 'I';

export interface WithProperty {
  readonly name: string;
  readonly type: PropertyType;
  readonly places: readonly PropertyPlace[];
  readonly doc: string;
}

const define = (name: string, type: PropertyType, places: string, doc: string): WithProperty => ({
  name,
  type,
  places: places.split('') as PropertyPlace[],
  doc,
});

export const WITH_PROPERTIES: readonly WithProperty[] = [
  define(
    'KAFKA_TOPIC',
    'STRING',
    'CA',
    'The topic that holds the data. CREATE requires it; of CREATE ... AS it defaults to the name of the stream or table.',
  ),
  define('FORMAT', 'FORMAT', 'CA', 'Format of both key and value. Excludes KEY_FORMAT and VALUE_FORMAT.'),
  define(
    'KEY_FORMAT',
    'FORMAT',
    'CA',
    "Format of the key. Default: ksql.persistence.default.format.key, or the source's.",
  ),
  define(
    'VALUE_FORMAT',
    'FORMAT',
    'CA',
    "Format of the value. Default: ksql.persistence.default.format.value, or the source's.",
  ),
  define('PARTITIONS', 'INT', 'CA', 'Number of partitions of a topic that is created.'),
  define('REPLICAS', 'INT', 'CA', 'Number of replicas of a topic that is created.'),
  define('RETENTION_MS', 'LONG', 'CA', 'How long a topic that is created keeps records, in milliseconds.'),
  define('CLEANUP_POLICY', 'STRING', 'CA', 'compact, delete, or both with a comma, of a topic that is created.'),
  define('TIMESTAMP', 'STRING', 'CA', 'The column that gives each record its time (ROWTIME).'),
  define(
    'TIMESTAMP_FORMAT',
    'STRING',
    'CA',
    "Pattern of a STRING column in TIMESTAMP, as Java's DateTimeFormatter takes it.",
  ),
  define(
    'WRAP_SINGLE_VALUE',
    'BOOLEAN',
    'CA',
    'Whether a single value column is written as a record with one field, or bare.',
  ),
  define('WINDOW_TYPE', 'WINDOW_TYPE', 'C', 'SESSION, HOPPING or TUMBLING: the key was written by a windowed query.'),
  define('WINDOW_SIZE', 'DURATION', 'C', "Size of the windows of a HOPPING or TUMBLING key, e.g. '30 SECONDS'."),
  define('KEY_DELIMITER', 'DELIMITER', 'CA', 'Delimiter of a DELIMITED key: one character, SPACE or TAB.'),
  define('VALUE_DELIMITER', 'DELIMITER', 'CA', 'Delimiter of a DELIMITED value: one character, SPACE or TAB.'),
  define('KEY_SCHEMA_ID', 'INT', 'CA', "Id of the key's schema in the schema registry."),
  define('VALUE_SCHEMA_ID', 'INT', 'CA', "Id of the value's schema in the schema registry."),
  define('KEY_SCHEMA_FULL_NAME', 'STRING', 'CA', "Full name of the key's schema or message."),
  define('VALUE_SCHEMA_FULL_NAME', 'STRING', 'CA', "Full name of the value's schema or message."),
  define('KEY_AVRO_SCHEMA_FULL_NAME', 'STRING', 'CA', 'Older name of KEY_SCHEMA_FULL_NAME.'),
  define('VALUE_AVRO_SCHEMA_FULL_NAME', 'STRING', 'CA', 'Older name of VALUE_SCHEMA_FULL_NAME.'),
  define(
    'KEY_PROTOBUF_NULLABLE_REPRESENTATION',
    'NULLABLE',
    'CA',
    'OPTIONAL or WRAPPER: how a PROTOBUF key writes fields that may be null.',
  ),
  define(
    'VALUE_PROTOBUF_NULLABLE_REPRESENTATION',
    'NULLABLE',
    'CA',
    'OPTIONAL or WRAPPER: how a PROTOBUF value writes fields that may be null.',
  ),
  define('KEY_TIME_UNIT', 'STRING', 'C', 'As VALUE_TIME_UNIT, for the key.'),
  define(
    'VALUE_TIME_UNIT',
    'STRING',
    'C',
    'MILLIS, MICROS or NANOS: what numbers in TIMESTAMP and TIME columns of a CONNECT_JSON value count where no schema travels with them.',
  ),
  define('SOURCED_BY_CONNECTOR', 'STRING', 'C', 'Name of the connector that fills the topic.'),
  define('QUERY_ID', 'STRING', 'I', 'Id of the query instead of a generated one.'),
];
