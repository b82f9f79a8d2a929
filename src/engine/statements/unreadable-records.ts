import { messageOf } from '../../base/errors.ts';
import { NeedsRegistration, NeedsSchema } from '../../formats/api.ts';
import { formatNamed } from '../../formats/registry.ts';
import type { StatementPlan } from '../../plan/statement-plan.ts';
import { sampleTopic } from '../connectors/sample-topic.ts';
import type { SampleRecord } from '../connectors/infer-topic.ts';
import type { Services } from '../services.ts';

const READ_TIMEOUT_MS = 1000;

/** What a stream or table that is declared over a topic with records could not read of them: to find that out by an empty answer takes long. */
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
    if (failure === undefined) return [];
    const looks = lookOf(bytes, side);
    return [
      `${failure.count === 1 ? '1' : failure.count} of the first ${bytes.length} records of topic ${source.topic.name} cannot be read: the ${side} is not ${failure.format}, ${failure.reason}.${looks}`,
    ];
  });
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
        reason = count++ === 0 ? messageOf(error).split('\n', 1)[0]! : reason;
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

function lookOf(records: readonly Uint8Array[], side: 'key' | 'value'): string {
  const setting = `${side.toUpperCase()}_FORMAT`;
  if (records.every((bytes) => bytes[0] === 0x7b)) return ` It looks like JSON: ${setting}='JSON'.`;
  if (records.every((bytes) => bytes.length > 5 && bytes[0] === 0))
    return ` It looks like a format with a schema in the registry: ${setting}='AVRO', 'PROTOBUF' or 'JSON_SR'.`;
  return '';
}
