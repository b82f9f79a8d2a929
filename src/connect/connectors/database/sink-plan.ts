import { must } from '../../../base/assert.ts';
import { ConnectError, DataError } from '../../api/errors.ts';
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
  /** Whether columns of the record's key that are not the primary key are written in addition to the value's. */
  readonly keyColumns: boolean;
  /** Bytes of a name that the database keeps. */
  readonly nameBytes: number;
}

/** A column to write, and where its value is in a record. */
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

/** The columns of `pk.mode=kafka`. */
export const KAFKA_FIELDS: readonly string[] = ['__connect_topic', '__connect_partition', '__connect_offset'];

/**
 * @throws DataError for a record without a required key or value; ConnectError when records of these schemas cannot be
 * written
 */
export function planFor(settings: SinkSettings, record: SinkRecord): SinkPlan {
  const value = valueSchemaOf(settings, record);
  const key = keyColumns(settings, record, value);
  const keyNames = new Set(key.map((c) => c.name));
  const wanted = wantedFields(settings, value);
  const rest = (value?.fields ?? [])
    .map((f, i): PlannedColumn & { readonly field: string } => ({
      field: f.name,
      name: columnName(settings, f.name),
      schema: f.schema,
      isKey: false,
      read: (r) => (r.value as unknown[])[i],
    }))
    .filter((c) => !keyNames.has(c.name) && (wanted === undefined || wanted.has(c.field)));
  const columns = [...key, ...besidesKey(settings, record, [...key, ...rest]), ...rest];
  if (columns.length === 0) throw new ConnectError(`No fields are left to write for ${placeOf(record)}`);
  const twice = columns.find((c, i) => columns.findIndex((other) => other.name === c.name) !== i);
  if (twice)
    throw new ConnectError(
      `Two fields of the records at ${placeOf(record)} would be written to one column "${twice.name}": names are told apart by their first ` +
        `${settings.nameBytes} bytes${settings.fold ? ', and with quote.sql.identifiers=never not by case' : ''}`,
    );
  return { columns, key };
}

/** The columns of a record's key when the primary key is something else; they may be missing if there is no value. */
function besidesKey(
  settings: SinkSettings,
  { keySchema }: SinkRecord,
  others: readonly PlannedColumn[],
): PlannedColumn[] {
  if (!settings.keyColumns || settings.pkMode === 'record_key' || keySchema?.type !== 'STRUCT') return [];
  return keySchema.fields
    .map((f, i): PlannedColumn => ({
      name: columnName(settings, f.name),
      schema: { ...f.schema, optional: true },
      isKey: false,
      read: (r) => (r.key === null ? null : (r.key as unknown[])[i]),
    }))
    .filter((c) => !others.some((other) => other.name === c.name));
}

/** The fields named in the whitelist, by exact name, otherwise by the name that differs only in case. */
function wantedFields(settings: SinkSettings, value: StructSchema | undefined): ReadonlySet<string> | undefined {
  if (settings.whitelist.length === 0 || value === undefined) return undefined;
  const names = value.fields.map((f) => f.name);
  const found = settings.whitelist.flatMap((name) => fieldNamed(name, names) ?? []);
  if (found.length === 0)
    throw new ConnectError(
      `fields.whitelist [${settings.whitelist.join(', ')}] names none of the fields of the records: ${names.join(', ')}`,
    );
  return new Set(found);
}

/** The exact name, otherwise the only one that differs just in case. */
function fieldNamed(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return name;
  const alike = names.filter((n) => n.toLowerCase() === name.toLowerCase());
  return alike.length === 1 ? alike[0] : undefined;
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
  throw new DataError(
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
        throw new DataError(
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
      return [
        {
          name: columnName(settings, must(settings.pkFields[0], 'pk field')),
          schema: keySchema,
          isKey: true,
          read: (r) => r.key,
        },
      ];
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
  const all = schema.fields.map((f) => f.name);
  return names.map((name) => {
    const field = fieldNamed(name, all);
    if (field === undefined) {
      throw new ConnectError(
        `PK mode for table is ${settings.pkMode.toUpperCase()} with configured PK fields [${names.join(', ')}], but record ${what} schema does not contain field: ${name}. ` +
          `Its fields are ${all.join(', ')}`,
      );
    }
    const i = all.indexOf(field);
    return {
      name: columnName(settings, field),
      schema: must(schema.fields[i], 'field').schema,
      isKey: true,
      read: (r) => struct(r)[i],
    };
  });
}

/**
 * The name as the database keeps it: unquoted names become lower-case, and long ones are cut before the character that
 * does not fit.
 */
function columnName(settings: SinkSettings, name: string): string {
  const folded = settings.fold ? name.toLowerCase() : name;
  const { nameBytes } = settings;
  if (Buffer.byteLength(folded) <= nameBytes) return folded;
  const bytes = Buffer.from(folded).subarray(0, nameBytes + 1);
  let end = nameBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end).toString();
}

export function placeOf(record: SinkRecord): string {
  return `(topic='${record.originalTopic}',partition=${record.partition},offset=${record.offset},timestamp=${record.timestamp ?? -1})`;
}
