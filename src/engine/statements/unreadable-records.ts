import { must } from '../../base/assert.ts';
import { messageOf } from '../../base/errors.ts';
import { suggestions } from '../../base/suggest.ts';
import { NeedsRegistration, NeedsSchema } from '../../formats/api.ts';
import { formatNamed } from '../../formats/registry.ts';
import type { StatementPlan } from '../../plan/statement-plan.ts';
import { sampleTopic } from '../connectors/sample-topic.ts';
import type { SampleRecord } from '../connectors/infer-topic.ts';
import type { Services } from '../services.ts';

const READ_TIMEOUT_MS = 1000;
const OPENING_BRACE = 0x7b;

/**
 * What a stream or table that is declared over a topic with records could not read of them: to find that out by an
 * empty answer takes long.
 */
export async function unreadableRecords({ ddl, query }: StatementPlan, services: Services): Promise<readonly string[]> {
  if (ddl?.kind !== 'CreateSource' || query !== undefined) return [];
  const { source } = ddl;
  const { env, log } = services;
  let records: readonly SampleRecord[];
  try {
    records = await sampleTopic(log, source.topic.name, () => env.clock.monotonicMs(), READ_TIMEOUT_MS);
  } catch (error) {
    // What cannot be looked at is no reason to refuse the statement.
    env.logger.debug('The records of a topic could not be looked at', {
      topic: source.topic.name,
      error: messageOf(error),
    });
    return [];
  }
  return (['value', 'key'] as const).flatMap((side) => {
    const bytes = records.flatMap((record) => record[side] ?? []);
    const failure = failureOf(bytes, side === 'key', ddl.source, services);
    if (failure === undefined) {
      return side === 'value' && source.topic.valueFormat.format === 'JSON' ? misspelt(bytes, source) : [];
    }
    const looks = lookOf(bytes, side);
    const fits = looks?.formats.includes(failure.format) === true;
    const what = fits ? 'does not fit the declared columns' : `is not ${failure.format}`;
    const cure = fits
      ? ' Declare the column with the type that the records hold.'
      : looks === undefined
        ? ''
        : ` It looks like ${looks.called}: ${looks.setting}.`;
    return [
      `${failure.count} of the first ${bytes.length} records of topic ${source.topic.name} cannot be read: the ${side} ${what}, ${failure.reason}.${cure}`,
    ];
  });
}

/**
 * Columns that no record has, where the records have a field that is not declared and is called nearly the same: such a
 * column is NULL in every row.
 */
function misspelt(
  records: readonly NonNullable<SampleRecord['value']>[],
  { schema, topic }: Extract<NonNullable<StatementPlan['ddl']>, { kind: 'CreateSource' }>['source'],
): readonly string[] {
  const fields = new Map<string, string>();
  try {
    for (const bytes of records) {
      if (bytes[0] !== OPENING_BRACE) return [];
      const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
      for (const field of Object.keys(value as object)) fields.set(field.toUpperCase(), field);
    }
  } catch {
    // The decoder reads only what the columns need: what stands beside it may be no JSON.
    return [];
  }
  const columns = schema.value.filter((c) => c.role === 'VALUE').map((c) => c.name);
  const declared = new Set(columns.map((name) => name.toUpperCase()));
  const others = [...fields.values()].filter((field) => !declared.has(field.toUpperCase()));
  const absent = columns
    .filter((column) => !fields.has(column.toUpperCase()))
    .map((column) => ({ column, near: suggestions(column, others, 1)[0] }));
  // A column may be absent with good reason; beside one that is misspelt it seldom is.
  if (absent.every(({ near }) => near === undefined)) return [];
  return absent.map(
    ({ column, near }) =>
      `No field ${column} is in the first ${records.length} records of topic ${topic.name}: the column is NULL. ${near === undefined ? `Its fields are ${[...fields.values()].join(', ')}.` : `Did you mean ${near}?`}`,
  );
}

function failureOf(
  records: readonly NonNullable<SampleRecord['value']>[],
  isKey: boolean,
  { topic, schema }: Extract<NonNullable<StatementPlan['ddl']>, { kind: 'CreateSource' }>['source'],
  services: Services,
): { readonly count: number; readonly format: string; readonly reason: string } | undefined {
  const info = isKey ? topic.keyFormat : topic.valueFormat;
  const columns = isKey ? schema.key : schema.value.filter((c) => c.role === 'VALUE');
  // A window stands behind the bytes of the key.
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

/** Whether the registry has yet to be asked. */
function isOpen(error: unknown): boolean {
  return error instanceof NeedsSchema || error instanceof NeedsRegistration;
}

interface Look {
  /** Names of the formats that such records may be in. */
  readonly formats: readonly string[];
  readonly called: string;
  readonly setting: string;
}

function lookOf(records: readonly Uint8Array[], side: 'key' | 'value'): Look | undefined {
  const setting = `${side.toUpperCase()}_FORMAT`;
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
