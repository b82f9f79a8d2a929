import { requireZone } from '../../../types/datetime-pattern.ts';
import { parseTimestampText } from '../../../types/time-text.ts';
import type { Config } from '../../api/config-spec.ts';
import { DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { LOGICAL, type ConnectSchema } from '../../api/schema.ts';
import { jsonTextOf } from '../internal/plain-value.ts';
import { extractorKind, partitionerKind, timeFolders } from './folder-words.ts';
import { OBJECT_SINK } from './sink-keys.ts';

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
/** Hive's folder name for rows without a value. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** Determines the folder of a record's file, below its topic's folder. */
export interface Partitioner {
  /**
   * @param wallMs the wall-clock time to use
   * @throws DataError for a record without the value that determines its folder
   */
  folderOf(record: SinkRecord, wallMs: number): string;
  /** The record's time, for rotate.interval.ms. @throws DataError */
  timeOf(record: SinkRecord, wallMs: number): number;
  /** Whether folders depend on the clock: a record that is read again later would have another folder. */
  readonly usesClock: boolean;
}

/** The partitioner selected by the settings: by partition, by fields, or by time. */
export function partitionerOf(config: Config): Partitioner {
  const kind = partitionerKind(config.get(OBJECT_SINK.partitionerClass)) ?? 'default';
  const extract = timeExtractor(config);
  const delimiter = config.get(OBJECT_SINK.directoryDelim);
  const isClock = extractorKind(config.get(OBJECT_SINK.timestampExtractor)) === 'wallclock';
  if (kind === 'default')
    return {
      folderOf: ({ partition }) => `partition=${partition}`,
      timeOf: extract,
      usesClock: false,
    };
  if (kind === 'field') {
    const fields = config.get(OBJECT_SINK.partitionFieldName);
    const folderOf = (record: SinkRecord): string =>
      fields.map((field) => `${field}=${folderName(fieldOf(record, field))}`).join(delimiter);
    return { folderOf, timeOf: extract, usesClock: false };
  }
  const { pattern, durationMs } = timeFolders(kind, {
    path: config.get(OBJECT_SINK.pathFormat) ?? '',
    durationMs: config.get(OBJECT_SINK.partitionDurationMs),
    zone: config.get(OBJECT_SINK.timezone),
  });
  const zone = requireZone(config.get(OBJECT_SINK.timezone));
  let last: { readonly from: number; readonly to: number; readonly folder: string } | undefined;
  const folderAt = (ms: number): string => {
    if (last !== undefined && ms >= last.from && ms < last.to) return last.folder;
    const offsetMs = zone.offsetAt(ms) * 60_000;
    // Days and hours begin in local time of the zone, whose UTC offset changes only at a quarter of an hour.
    const from = Math.floor((ms + offsetMs) / durationMs) * durationMs - offsetMs;
    const quarter = Math.floor(ms / QUARTER_MS) * QUARTER_MS;
    const folder = pattern(from);
    last = { from: Math.max(from, quarter), to: Math.min(from + durationMs, quarter + QUARTER_MS), folder };
    return folder;
  };
  return {
    folderOf: (record, wallMs) => folderAt(extract(record, wallMs)),
    timeOf: extract,
    usesClock: isClock,
  };
}

function timeExtractor(config: Config): (record: SinkRecord, wallMs: number) => number {
  switch (extractorKind(config.get(OBJECT_SINK.timestampExtractor))) {
    case 'record':
      return ({ timestamp }) => {
        if (timestamp === undefined)
          throw new DataError('the record has no timestamp, and timestamp.extractor is Record');
        return timestamp;
      };
    case 'recordfield': {
      const field = config.get(OBJECT_SINK.timestampField);
      return (record) => msOf(fieldOf(record, field), field);
    }
    default:
      return (_, wallMs) => wallMs;
  }
}

interface FieldValue {
  readonly schema: ConnectSchema | null;
  readonly value: unknown;
}

/** A field of the value, or else of the key; `a.b` is field b of struct a. @throws DataError if it does not exist */
function fieldOf(record: SinkRecord, name: string): FieldValue {
  const found =
    within({ schema: record.valueSchema, value: record.value }, name) ??
    within({ schema: record.keySchema, value: record.key }, name);
  if (found === undefined) throw new DataError(`it has no field ${name}`);
  return found;
}

function within({ schema, value }: FieldValue, name: string): FieldValue | undefined {
  if (schema === null && (typeof value !== 'object' || value === null)) return undefined;
  if (schema !== null && schema.type !== 'STRUCT') return undefined;
  const own = (part: string): FieldValue | undefined => {
    if (schema === null) {
      const object = value as Readonly<Record<string, unknown>>;
      return part in object ? { schema: null, value: object[part] } : undefined;
    }
    const i = schema.fields.findIndex((f) => f.name === part);
    const field = schema.fields[i];
    return field && { schema: field.schema, value: (value as readonly unknown[] | null)?.[i] ?? null };
  };
  const direct = own(name);
  if (direct !== undefined) return direct;
  const dot = name.indexOf('.');
  const parent = dot < 0 ? undefined : own(name.slice(0, dot));
  return parent && within(parent, name.slice(dot + 1));
}

/** The text of a value in a folder name. */
function folderName({ schema, value }: FieldValue): string {
  if (value === null || value === undefined) return NO_VALUE;
  const json = jsonTextOf(schema, value);
  const text = typeof value === 'string' ? value : json.startsWith('"') ? (JSON.parse(json) as string) : json;
  if (text === '') return NO_VALUE;
  // A slash would start another folder.
  return text.replaceAll(/[%/\\\u0000-\u001f\u007f]/g, (c) => encodeURIComponent(c));
}

function msOf({ schema, value }: FieldValue, field: string): number {
  if (value === null || value === undefined) throw new DataError(`its field ${field} has no time`);
  if (schema?.name === LOGICAL.date) return (value as number) * DAY_MS;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  const parsed = typeof value === 'string' ? parseTimestampText(value) : undefined;
  if (parsed === undefined)
    throw new DataError(`its field ${field} holds no time: ${jsonTextOf(schema, value).slice(0, 100)}`);
  return parsed;
}
