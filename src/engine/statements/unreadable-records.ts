import { must } from '../../base/assert.ts';
import { messageOf } from '../../base/errors.ts';
import { suggestions } from '../../base/suggest.ts';
import type { Source } from '../../catalog/source.ts';
import type { Column } from '../../types/schema.ts';
import { NeedsRegistration, NeedsSchema } from '../../formats/api.ts';
import { formatNamed } from '../../formats/registry.ts';
import type { StatementPlan } from '../../plan/statement-plan.ts';
import { formatName, formatString } from '../../sql/printer/names.ts';
import { isProbablySeconds } from '../../types/epoch-unit.ts';
import { formatType } from '../../types/sql-type.ts';
import { specificCure } from '../queries/query-faults.ts';
import { sampleTopic } from '../connectors/sample-topic.ts';
import { dropWithTopics } from '../connectors/topic-users.ts';
import type { SampleRecord } from '../connectors/infer-topic.ts';
import type { Services } from '../services.ts';

const READ_TIMEOUT_MS = 1000;
const OPENING_BRACE = 0x7b;

/**
 * What a stream or table that is declared over a topic with records cannot read of them, since an empty result would be
 * hard to explain.
 */
export async function unreadableRecords({ ddl, query }: StatementPlan, services: Services): Promise<readonly string[]> {
  return ddl?.kind !== 'CreateSource' || query !== undefined ? [] : await recordNotes(ddl.source, services);
}

/** What reading a topic with the columns and formats of a source would drop or lose, judging by its first records. */
export async function recordNotes(source: Source, services: Services): Promise<readonly string[]> {
  const { env, log } = services;
  let records: readonly SampleRecord[];
  try {
    records = await sampleTopic(log, source.topic.name, () => env.clock.monotonicMs(), READ_TIMEOUT_MS);
  } catch (error) {
    // If the topic cannot be examined, the statement is not refused.
    env.logger.debug('The records of a topic could not be looked at', {
      topic: source.topic.name,
      error: messageOf(error),
    });
    return [];
  }
  return (['value', 'key'] as const).flatMap((side) => {
    const bytes = records.flatMap((record) => record[side] ?? []);
    const failure = failureOf(bytes, side === 'key', source, services);
    if (failure === undefined) {
      if (side === 'key') return [...keyless(records, source), ...numbersAsText(bytes, source, records)];
      return source.topic.valueFormat.format === 'JSON'
        ? oddFields(bytes, source, keysElsewhere(source, services))
        : [];
    }
    const guess = lookOf(bytes, side);
    // Of several records one may be no JSON, and the first that failed be JSON of another shape.
    const fits =
      guess?.formats.includes(failure.format) === true ||
      (failure.format === 'JSON' && !/Invalid JSON/.test(failure.reason) && bytes.some(isJson));
    const what = fits ? 'does not fit the declared columns' : `is not ${failure.format}`;
    const numbers = failure.format === 'KAFKA' ? numbersIn(bytes) : undefined;
    const moved = side === 'key' ? keyInValue(source, records) : undefined;
    if (moved !== undefined)
      return [
        `${failure.count} of the first ${bytes.length} records of topic ${source.topic.name} cannot be read: the key does not fit the declared columns, ${failure.reason}. ${moved}`,
      ];
    if (numbers !== undefined)
      return [
        `${failure.count} of the first ${bytes.length} records of topic ${source.topic.name} cannot be read: the ${side} does not fit the declared columns, ${failure.reason}. It holds numbers of ${bytes[0]?.length} bytes: declare ${numbers}.`,
      ];
    const cure = /Invalid JSON/.test(failure.reason)
      ? ` PRINT '${source.topic.name}' FROM BEGINNING LIMIT 3; shows what is there.`
      : fits
        ? ` ${quotedLines(source, failure.reason, services) ?? specificCure(failure.reason) ?? 'Declare the column with the type that the records hold.'}`
        : guess === undefined
          ? ''
          : ` It looks like ${guess.called}: ${guess.setting}.`;
    return [
      `${failure.count} of the first ${bytes.length} records of topic ${source.topic.name} cannot be read: the ${side} ${what}, ${failure.reason}.${cure}`,
    ];
  });
}

/** Lines of JSON that a connector of this server wrote as texts: how it is made anew to write them as they stand. */
function quotedLines({ topic: { name } }: Source, reason: string, services: Services): string | undefined {
  const writer = services.connect?.embedded?.writerOf(name);
  if (writer === undefined || specificCure(reason)?.includes('StringConverter') !== true) return undefined;
  return (
    `Each record is one text in quotes where an object is expected. With 'value.converter'='org.apache.kafka.connect.storage.StringConverter' connector ${writer} writes lines as they stand: ` +
    `${dropWithTopics(writer, [name], services)} and create all of it anew, ${writer} with that setting.`
  );
}

/** What reading JSON drops without an error: fields without a column, and fractions. */
function oddFields(
  records: readonly NonNullable<SampleRecord['value']>[],
  source: Source,
  keys: readonly Column[],
): readonly string[] {
  // The decoder reads only what the columns need; the rest need not be valid JSON.
  const values = objectsOf(records);
  return values === undefined
    ? []
    : [...absentColumns(values, source, keys), ...cutFractions(values, source), ...secondsAsMs(values, source)];
}

/** The key columns of other streams and tables over the topic, which do not stand in the values. */
function keysElsewhere(source: Source, { catalog }: Services): readonly Column[] {
  const own = new Set(source.schema.key.map((c) => c.name));
  const others = catalog.current.sourcesOfTopic(source.topic.name).filter((s) => s.name !== source.name);
  return others.flatMap((s) => s.schema.key).filter((c) => !own.has(c.name));
}

/** Columns that no record has: they are NULL in every row. */
function absentColumns(
  records: readonly Readonly<Record<string, unknown>>[],
  { schema, topic }: Source,
  keys: readonly Column[],
): readonly string[] {
  const fields = new Map(records.flatMap((r) => Object.keys(r).map((field) => [field.toUpperCase(), field] as const)));
  if (fields.size === 0) return [];
  const wrapped = wrapping([...fields.values()]);
  const columns = schema.value.filter((c) => c.role === 'VALUE').map((c) => c.name);
  const declared = new Set(columns.map((name) => name.toUpperCase()));
  const others = [...fields.values()].filter((field) => !declared.has(field.toUpperCase()));
  return columns
    .filter((column) => !fields.has(column.toUpperCase()))
    .map((column) => {
      const key = keys.find((k) => k.name === column || suggestions(column, [k.name], 1).length > 0);
      if (key !== undefined)
        return `No field ${column} is in the first ${records.length} records of topic ${topic.name}: the column is NULL. ${key.name} is the key of the records: ${formatName(key.name)} ${formatType(key.type)} KEY among the columns reads it.`;
      const near = suggestions(column, others, 1)[0];
      return `No field ${column} is in the first ${records.length} records of topic ${topic.name}: the column is NULL. ${near === undefined ? (wrapped ?? `Their fields are ${[...fields.values()].join(', ')}.`) : `Did you mean ${near}?`}`;
    });
}

/** The member that contains the columns, in records where they are nested one level deeper. */
function wrapping(fields: readonly string[]): string | undefined {
  if (fields.includes('schema') && fields.includes('payload'))
    return "The records have schema and payload, as Connect's JSON converter writes them: VALUE_FORMAT='CONNECT_JSON' reads the payload.";
  if (fields.includes('after') && fields.includes('op'))
    return 'The records are changes as Debezium writes them, with the row in after: a column AFTER STRUCT<…> reads it, and the transform ExtractNewRecordState of the connector writes the row alone.';
  return undefined;
}

/** Times in seconds where the column expects ms: they are read as dates in early 1970. */
function secondsAsMs(
  records: readonly Readonly<Record<string, unknown>>[],
  { schema, topic, timestamp }: Source,
): readonly string[] {
  return schema.value.flatMap(({ name, type, role }) => {
    const isTime = type.kind === 'BIGINT' && timestamp?.column === name;
    if (role !== 'VALUE' || (type.kind !== 'TIMESTAMP' && !isTime)) return [];
    const times = records.map((record) => fieldOf(record, name)).filter((value) => typeof value === 'number');
    const [first] = times;
    if (first === undefined || !times.every(isProbablySeconds)) return [];
    if (isTime)
      return [
        `TIMESTAMP=${formatString(name)} reads ${name} in ms since 1970, and the first records of topic ${topic.name} have ${first}: a day of January to April 1970, by which windows would go. ` +
          `If those are seconds, leave TIMESTAMP out here, and give the time to a stream over this one: CREATE STREAM timed WITH (TIMESTAMP='AT_MS') AS SELECT *, ${formatName(name)} * 1000 AS at_ms FROM stream;`,
      ];
    return [
      `Column ${name} is TIMESTAMP, which JSON has in ms since 1970, and the first records of topic ${topic.name} have ${first}: a day of January to April 1970. If those are seconds, declare ${name} BIGINT: FROM_UNIXTIME(${name} * 1000) is the TIMESTAMP.`,
    ];
  });
}

function fieldOf(record: Readonly<Record<string, unknown>>, column: string): unknown {
  const field = Object.keys(record).find((key) => key.toUpperCase() === column.toUpperCase());
  return field === undefined ? undefined : record[field];
}

/** Fractional numbers where the column expects whole ones: as in ksqlDB, only the integer part is read. */
function cutFractions(
  records: readonly Readonly<Record<string, unknown>>[],
  { schema, topic }: Source,
): readonly string[] {
  return schema.value.flatMap(({ name, type, role }) => {
    if (role !== 'VALUE' || (type.kind !== 'INTEGER' && type.kind !== 'BIGINT')) return [];
    const cut = records.flatMap((record) => {
      const value = fieldOf(record, name);
      return typeof value === 'number' && !Number.isInteger(value) ? [value] : [];
    });
    return cut.length === 0
      ? []
      : [
          `Column ${name} is ${formatType(type)}, and ${cut.length} of the first ${records.length} records of topic ${topic.name} have a fraction there, as ${cut[0]!}: it is cut off. DOUBLE or DECIMAL keeps it.`,
        ];
  });
}

function failureOf(
  records: readonly NonNullable<SampleRecord['value']>[],
  isKey: boolean,
  { topic, schema }: Source,
  services: Services,
): { readonly count: number; readonly format: string; readonly reason: string } | undefined {
  const info = isKey ? topic.keyFormat : topic.valueFormat;
  const columns = isKey ? schema.key : schema.value.filter((c) => c.role === 'VALUE');
  // A window follows the key's bytes.
  if (columns.length === 0 || (isKey && topic.window !== undefined)) return undefined;
  let count = 0;
  let reason = '';
  try {
    const decoder = formatNamed(info.format).createDecoder(
      {
        schema: { columns, features: isKey ? topic.keyFeatures : topic.valueFeatures, isKey },
        info,
        topic: topic.name,
        registry: services.codecs,
      },
      columns.map((_, i) => i),
    );
    for (const bytes of records) {
      try {
        decoder.decode(
          bytes,
          0,
          bytes.length,
          columns.map(() => null),
        );
      } catch (error) {
        if (isOpen(error)) return undefined;
        reason = count++ === 0 ? must(messageOf(error).split('\n', 1)[0], 'part of the text') : reason;
      }
    }
  } catch (error) {
    if (isOpen(error)) return undefined;
    throw error;
  }
  return count === 0 ? undefined : { count, format: info.format, reason };
}

/** Whether the registry has not been asked yet. */
function isOpen(error: unknown): boolean {
  return error instanceof NeedsSchema || error instanceof NeedsRegistration;
}

interface Look {
  /** Formats that such records may have. */
  readonly formats: readonly string[];
  readonly called: string;
  readonly setting: string;
}

/**
 * The numeric type of the KAFKA format that the records contain, judging by their length and by bytes that do not occur
 * in text.
 */
function numbersIn(records: readonly Uint8Array[]): string | undefined {
  const [first] = records;
  const type = first === undefined ? undefined : NUMBERS_BY_LENGTH[first.length];
  return type !== undefined &&
    records.every((bytes) => bytes.length === first?.length && bytes.some((b) => b < FIRST_PRINTABLE))
    ? type
    : undefined;
}

const NUMBERS_BY_LENGTH: Readonly<Record<number, string>> = { 4: 'INT', 8: 'BIGINT or DOUBLE' };
const FIRST_PRINTABLE = 0x20;

/** A numeric key that is declared as text: the key of each row would consist of control characters. */
function numbersAsText(
  keys: readonly Uint8Array[],
  source: Source,
  records: readonly SampleRecord[],
): readonly string[] {
  const { topic, schema } = source;
  const [column, ...others] = schema.key;
  if (topic.keyFormat.format !== 'KAFKA' || column?.type.kind !== 'STRING' || others.length > 0) return [];
  const numbers = numbersIn(keys);
  return numbers === undefined
    ? []
    : [
        `The keys of the first ${keys.length} records of topic ${topic.name} are ${keys[0]?.length} bytes each that are no text: as STRING they are unreadable characters. ${keyInValue(source, records) ?? `Declare ${column.name} as ${numbers}.`}`,
      ];
}

/** Records without any key: a table over them has no rows, and only the processing log would say why. */
function keyless(records: readonly SampleRecord[], source: Source): readonly string[] {
  if (source.kind !== 'TABLE' || records.length === 0 || records.some(({ key }) => key !== null)) return [];
  return [
    `None of the first ${records.length} records of topic ${source.topic.name} has a key, and a row of a table is found by the key of its record: the table has no rows. ` +
      (keyInValue(source, records) ?? 'A stream over the topic has them.'),
  ];
}

/** The upper-case names of the fields of JSON values; empty if one of them is not a JSON object. */
function fieldsOf(records: readonly SampleRecord[]): ReadonlySet<string> {
  const values = objectsOf(records.flatMap(({ value }) => value ?? [])) ?? [];
  return new Set(values.flatMap((value) => Object.keys(value).map((name) => name.toUpperCase())));
}

/** The records as JSON objects; undefined if one of them is not an object. */
function objectsOf(records: readonly Uint8Array[]): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    if (records.some((bytes) => bytes[0] !== OPENING_BRACE)) return undefined;
    return records.map((bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

/**
 * A declared key that is a field of the records' values, while their keys contain something else: the statements that
 * declare it among the values, and for a table keep the last row of each of its values.
 */
function keyInValue({ kind, name, schema, topic }: Source, records: readonly SampleRecord[]): string | undefined {
  const [key, ...others] = schema.key;
  if (key === undefined || others.length > 0 || !fieldsOf(records).has(key.name.toUpperCase())) return undefined;
  const column = formatName(key.name);
  const of = formatName(name);
  const values = schema.value.filter((c) => c.role === 'VALUE');
  const columns = [key, ...values].map((c) => `${formatName(c.name)} ${formatType(c.type)}`).join(', ');
  const over = `WITH (KAFKA_TOPIC=${formatString(topic.name)}, VALUE_FORMAT='${topic.valueFormat.format}')`;
  const begin = `${column} is a field of their values, and ${records.every((record) => record.key === null) ? 'not their key' : 'their key is something else'}:`;
  if (kind === 'STREAM') return `${begin} DROP STREAM ${of}; CREATE STREAM ${of} (${columns}) ${over};`;
  const events = formatName(`${name}_EVENTS`);
  const last = values.map((c) => `, LATEST_BY_OFFSET(${formatName(c.name)}) AS ${formatName(c.name)}`).join('');
  return (
    `${begin} DROP TABLE ${of}; CREATE STREAM ${events} (${columns}) ${over}; SET 'auto.offset.reset'='earliest'; ` +
    `CREATE TABLE ${of} AS SELECT ${column}${last} FROM ${events} GROUP BY ${column};`
  );
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function lookOf(records: readonly Uint8Array[], side: 'key' | 'value'): Look | undefined {
  const setting = `${side.toUpperCase()}_FORMAT`;
  const texts = records.map((bytes) => Buffer.from(bytes).toString('utf8'));
  const columnsOf = (text: string): number => text.split(',').length;
  const columns = columnsOf(texts[0] ?? '');
  if (texts.every((text) => /^[^{}[\]\u0000-\u001f]+,[^{}[\]]*$/.test(text) && columnsOf(text) === columns))
    return {
      formats: ['DELIMITED'],
      called: `${columns} columns with commas between them`,
      setting: `${setting}='DELIMITED'`,
    };
  if (records.every((bytes) => bytes[0] === OPENING_BRACE))
    return { formats: ['JSON'], called: 'JSON', setting: `${setting}='JSON'` };
  if (records.every((bytes) => bytes.length > 5 && bytes[0] === 0))
    return {
      formats: ['AVRO', 'PROTOBUF', 'JSON_SR'],
      called: 'a format with a schema in the registry',
      setting: `${setting}='AVRO', 'PROTOBUF' or 'JSON_SR'`,
    };
  return undefined;
}
