import { must } from '../../../base/assert.ts';
import type { Config } from '../../api/config-spec.ts';
import { DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { LOGICAL, type ConnectSchema } from '../../api/schema.ts';
import { jsonTextOf } from '../internal/plain-value.ts';
import { jsonWriter, membersWriter, type JsonStyle } from '../internal/json-writer.ts';
import { fieldsOf, type Field } from './mapping.ts';
import { SINK } from './sink-keys.ts';

const ID_BYTES = 512;

/** The settings that concern documents. */
export interface RecordSettings extends JsonStyle {
  readonly keyColumns: boolean;
  readonly isStream: boolean;
  /** Fields from which the @timestamp of a data stream is taken. */
  readonly timestampFields: readonly string[];
}

export function recordSettings(config: Config, isStream: boolean): RecordSettings {
  return {
    isoTimes: config.get(SINK.timeFormat).toLowerCase() === 'iso',
    compactMaps: config.get(SINK.compactMapEntries),
    keyColumns: config.get(SINK.recordKeyColumns),
    isStream,
    timestampFields: config.get(SINK.dataStreamTimestampField),
  };
}

/** How records of one pair of schemas become documents. */
export interface RecordPlan {
  readonly keySchema: ConnectSchema | null;
  readonly valueSchema: ConnectSchema | null;
  /** The fields of the documents; undefined when there is no schema. */
  readonly fields: Readonly<Record<string, Field>> | undefined;
  /** The JSON of a record's document. @throws DataError for a value that is not an object */
  document(record: SinkRecord): string;
}

/** Plans how records of a pair of schemas become documents; called once for each pair. */
export function planRecords(
  settings: RecordSettings,
  keySchema: ConnectSchema | null,
  valueSchema: ConnectSchema | null,
): RecordPlan {
  if (valueSchema === null)
    return { keySchema, valueSchema, fields: undefined, document: (record) => schemaless(settings, record) };
  if (valueSchema.type === 'MAP' && valueSchema.keys.type === 'STRING') {
    const write = jsonWriter(valueSchema, { ...settings, compactMaps: true });
    const document = (record: SinkRecord): string =>
      withTimestamp(settings, record, write(record.value), (name) => (record.value as Map<string, unknown>).get(name));
    return { keySchema, valueSchema, fields: undefined, document };
  }
  if (valueSchema.type !== 'STRUCT') throw new DataError(noObject(valueSchema.type));
  const keyFields = settings.keyColumns && keySchema?.type === 'STRUCT' ? keySchema : undefined;
  const own = new Set(valueSchema.fields.map((f) => f.name));
  const ofKey = keyFields && membersWriter(keyFields, settings, own);
  const ofValue = membersWriter(valueSchema, settings, new Set());
  const stamped = settings.timestampFields.find((name) => own.has(name));
  const stamp = valueSchema.fields.find((f) => f.name === (own.has('@timestamp') ? '@timestamp' : stamped));
  const at = stamp && valueSchema.fields.indexOf(stamp);
  const writeStamp = stamp && jsonWriter(stamp.schema, { ...settings, isoTimes: false });
  return {
    keySchema,
    valueSchema,
    fields: {
      ...(keyFields && fieldsOf(keyFields, settings)),
      ...fieldsOf(valueSchema, settings),
      ...(settings.isStream && { '@timestamp': { type: 'date' } }),
    },
    document: (record) => {
      const members = [
        ofKey === undefined || record.key === null ? '' : ofKey(record.key),
        ofValue(record.value),
        settings.isStream && !own.has('@timestamp')
          ? `"@timestamp":${timeOf(record, at === undefined ? undefined : (record.value as unknown[])[at], writeStamp)}`
          : '',
      ];
      return `{${members.filter((m) => m !== '').join(',')}}`;
    },
  };
}

function schemaless(settings: RecordSettings, record: SinkRecord): string {
  const { value } = record;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw new DataError(noObject(Array.isArray(value) ? 'list' : typeof value));
  const key =
    settings.keyColumns && record.keySchema === null && isObject(record.key) ? { ...record.key, ...value } : value;
  return withTimestamp(settings, record, jsonTextOf(null, key), (name) => (value as Record<string, unknown>)[name]);
}

function withTimestamp(
  { isStream, timestampFields }: RecordSettings,
  record: SinkRecord,
  json: string,
  field: (name: string) => unknown,
): string {
  if (!isStream || (field('@timestamp') ?? null) !== null) return json;
  const found = timestampFields.map(field).find((v) => v !== undefined && v !== null);
  const stamp = `"@timestamp":${timeOf(record, found, (v) => jsonTextOf(null, v))}`;
  return json === '{}' ? `{${stamp}}` : `{${stamp},${json.slice(1)}`;
}

/** The time of a field, or else the record's timestamp. */
function timeOf(record: SinkRecord, value: unknown, write: ((value: unknown) => string) | undefined): string {
  if (value !== undefined && value !== null && write !== undefined) return write(value);
  if (record.timestamp === undefined) throw new DataError('the record has no time for @timestamp');
  return String(record.timestamp);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const noObject = (what: string): string =>
  `the value is a ${what.toLowerCase()}, and a document is an object: the transform org.apache.kafka.connect.transforms.HoistField$Value gives it a name`;

/**
 * The document id of a key: the key itself, or for several columns a JSON list of them.
 * @throws DataError when the record has no key, or for an id longer than the maximum of 512 bytes
 */
export function idOf(record: SinkRecord): string {
  const { key, keySchema } = record;
  if (key === null || key === undefined)
    throw new DataError(
      'it has no key to be the id of its document: key.ignore=true takes topic, partition and offset',
    );
  const id =
    keySchema?.type === 'STRUCT'
      ? ofParts(
          key as unknown[],
          keySchema.fields.map((f) => f.schema),
        )
      : ofPlain(key, keySchema);
  if (id === '') throw new DataError('its key is empty, which no id can be');
  const bytes = Buffer.byteLength(id);
  if (bytes > ID_BYTES) throw new DataError(`its key makes an id of ${bytes} bytes; ${ID_BYTES} are the most`);
  return id;
}

function ofParts(values: readonly unknown[], schemas: readonly ConnectSchema[]): string {
  if (values.length === 1) {
    if (values[0] === null) throw new DataError('the column of its key is NULL');
    return ofPlain(values[0], must(schemas[0], 'schema'));
  }
  return `[${values.map((v, i) => jsonTextOf(must(schemas[i], 'schema'), v)).join(',')}]`;
}

function ofPlain(key: unknown, schema: ConnectSchema | null): string {
  if (typeof key === 'string') return key;
  if (schema === null && isObject(key)) {
    const values = Object.values(key);
    return values.length === 1 && !isObject(values[0]) && values[0] !== null
      ? ofPlain(values[0], null)
      : jsonTextOf(null, values);
  }
  const text = jsonTextOf(schema, key);
  const isText =
    key instanceof Uint8Array || [LOGICAL.date, LOGICAL.time, LOGICAL.timestamp].some((n) => n === schema?.name);
  return isText && schema?.name !== LOGICAL.decimal ? (JSON.parse(text) as string) : text;
}
