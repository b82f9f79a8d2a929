import { ConnectError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { primitive, type ConnectSchema, type StructSchema } from '../../api/schema.ts';

export interface SinkSettings {
  readonly name: string;
  readonly insertMode: 'insert' | 'upsert' | 'update';
  readonly pkMode: 'none' | 'kafka' | 'record_key' | 'record_value';
  readonly pkFields: readonly string[];
  readonly deletes: boolean;
  readonly whitelist: readonly string[];
  readonly fold: boolean;
}

/** A column to write and where its value stands in a record. */
export interface PlannedColumn {
  readonly name: string;
  readonly schema: ConnectSchema;
  readonly isKey: boolean;
  readonly read: (record: SinkRecord) => unknown;
}

/** How records of one pair of schemas become rows. */
export interface SinkPlan {
  readonly columns: readonly PlannedColumn[];
  readonly key: readonly PlannedColumn[];
}

const KAFKA_FIELDS = ['__connect_topic', '__connect_partition', '__connect_offset'];

/** @throws ConnectError when the records lack what the settings ask for */
export function planFor(settings: SinkSettings, record: SinkRecord): SinkPlan {
  const value = valueSchemaOf(settings, record);
  const key = keyColumns(settings, record, value);
  const keyNames = new Set(key.map((c) => c.name));
  const wanted = settings.whitelist;
  const rest = (value?.fields ?? [])
    .map((f, i): PlannedColumn => ({
      name: fold(settings, f.name),
      schema: f.schema,
      isKey: false,
      read: (r) => (r.value as unknown[])[i],
    }))
    .filter((c) => !keyNames.has(c.name) && (wanted.length === 0 || wanted.includes(c.name)));
  const columns = [...key, ...rest];
  if (columns.length === 0) throw new ConnectError(`No fields are left to write for ${placeOf(record)}`);
  return { columns, key };
}

function valueSchemaOf(settings: SinkSettings, record: SinkRecord): StructSchema | undefined {
  if (record.value === null && settings.deletes) return undefined;
  if (record.value !== null && record.valueSchema?.type === 'STRUCT') return record.valueSchema;
  const found =
    record.value === null
      ? 'a null value'
      : record.valueSchema === null
        ? 'a value without a schema'
        : `a ${record.valueSchema.type} value`;
  throw new ConnectError(
    `Sink connector '${settings.name}' is configured with 'delete.enabled=${settings.deletes}' and 'pk.mode=${settings.pkMode}' and therefore requires ` +
      `records with a non-null Struct value and non-null Struct schema, but found record at ${placeOf(record)} with ${found}. ` +
      "Use a converter that knows the schema: JsonConverter with schemas.enable=true, Avro, or create the sink with sources='...'",
  );
}

function keyColumns(settings: SinkSettings, record: SinkRecord, value: StructSchema | undefined): PlannedColumn[] {
  switch (settings.pkMode) {
    case 'none':
      return [];
    case 'kafka': {
      const [topic, partition, offset] = settings.pkFields.length === 3 ? settings.pkFields : KAFKA_FIELDS;
      return [
        { name: topic!, schema: primitive('STRING', false), isKey: true, read: (r) => r.originalTopic },
        { name: partition!, schema: primitive('INT32', false), isKey: true, read: (r) => r.partition },
        { name: offset!, schema: primitive('INT64', false), isKey: true, read: (r) => r.offset },
      ];
    }
    case 'record_key': {
      const { keySchema } = record;
      if (keySchema === null || record.key === null) {
        throw new ConnectError(
          `Sink connector '${settings.name}' is configured with 'pk.mode=record_key' and therefore requires records with a non-null key and ` +
            `non-null key schema, but found record at ${placeOf(record)} with ${record.key === null ? 'a null key' : 'a key without a schema'}.`,
        );
      }
      if (keySchema.type === 'STRUCT') return fieldsOf(settings, keySchema, 'key', (r) => r.key as unknown[]);
      if (settings.pkFields.length !== 1) {
        throw new ConnectError(
          `Need exactly one PK column defined since the key schema for records is a primitive type, defined columns are: [${settings.pkFields.join(', ')}]`,
        );
      }
      return [{ name: fold(settings, settings.pkFields[0]!), schema: keySchema, isKey: true, read: (r) => r.key }];
    }
    case 'record_value':
      return value === undefined ? [] : fieldsOf(settings, value, 'value', (r) => r.value as unknown[]);
    default:
      return settings.pkMode satisfies never;
  }
}

function fieldsOf(
  settings: SinkSettings,
  schema: StructSchema,
  what: string,
  struct: (record: SinkRecord) => unknown[],
): PlannedColumn[] {
  const names = settings.pkFields.length > 0 ? settings.pkFields : schema.fields.map((f) => f.name);
  return names.map((name) => {
    const i = schema.fields.findIndex((f) => f.name === name);
    if (i === -1) {
      throw new ConnectError(
        `PK mode for table is ${settings.pkMode.toUpperCase()} with configured PK fields [${names.join(', ')}], but record ${what} schema does not contain field: ${name}`,
      );
    }
    return { name: fold(settings, name), schema: schema.fields[i]!.schema, isKey: true, read: (r) => struct(r)[i] };
  });
}

/** Unquoted names fold to lower case in Postgres. */
function fold(settings: SinkSettings, name: string): string {
  return settings.fold ? name.toLowerCase() : name;
}

export function placeOf(record: SinkRecord): string {
  return `(topic='${record.originalTopic}',partition=${record.partition},offset=${record.offset},timestamp=${record.timestamp ?? -1})`;
}
