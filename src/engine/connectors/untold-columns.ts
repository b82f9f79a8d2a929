import { isSluiceError, SluiceError } from '../../base/errors.ts';
import { recordsHeld } from '../../dataflow/views/topic-scan.ts';
import { formatBareName, formatName, formatString } from '../../sql/printer/names.ts';
import type { Services } from '../services.ts';
import { formatType } from '../../types/sql-type.ts';
import { inferTopic } from './infer-topic.ts';
import { sampleTopic } from './sample-topic.ts';
import { ownWorker } from './topic-users.ts';
import { textOf, type CreateSource } from './source-properties.ts';

const READ_TIMEOUT_MS = 1000;

/**
 * Completes the error for a timestamp column that is not declared but occurs in the topic's records: which column to
 * declare.
 */
export async function withUntoldTimestamp(
  error: unknown,
  statement: CreateSource,
  services: Services,
): Promise<unknown> {
  const topic = textOf(statement, 'KAFKA_TOPIC');
  const missing = isSluiceError(error)
    ? /^The TIMESTAMP column set in the WITH clause does not exist in the schema: '(.+)'$/.exec(error.message)?.[1]
    : undefined;
  if (!isSluiceError(error) || missing === undefined || topic === undefined) return error;
  const declared = services.catalog.current
    .sourcesOfTopic(topic)
    .flatMap(({ schema }) => schema.value.map(({ name, type }) => ({ name, type: formatType(type) })));
  const { env, log } = services;
  const records = await sampleTopic(log, topic, () => env.clock.monotonicMs(), READ_TIMEOUT_MS).catch(() => []);
  const column = [...declared, ...inferTopic(records, new Map()).value].find(
    ({ name }) => name.toUpperCase() === missing.toUpperCase(),
  );
  if (column === undefined) return error;
  const { code, message, span, cause, status, restCode } = error;
  const form =
    column.type === 'STRING' || column.type === 'VARCHAR' ? ", and TIMESTAMP_FORMAT='…' how its text is read" : '';
  return new SluiceError(code, message, {
    span,
    cause,
    status,
    restCode,
    hint: `The records of topic ${topic} have it: add ${formatName(missing)} ${column.type} to the columns${form}.`,
  });
}

/** Completes the error for a missing format that the topic could provide, if anything were known of it. */
export async function withUntoldTopic(error: unknown, statement: CreateSource, services: Services): Promise<unknown> {
  const topic = textOf(statement, 'KAFKA_TOPIC');
  if (!isSluiceError(error) || topic === undefined || statement.columns.length > 0) return error;
  if (!/^Statement is missing the '(?:KEY|VALUE)_FORMAT' property/.test(error.message)) return error;
  const writer = writerOf(topic, services);
  const exists = (await services.log.admin.describeTopic(topic)) !== undefined;
  const isEmpty = !exists || (await recordsHeld(topic, services.log)) === 0;
  if (writer === undefined && !isEmpty) return error;
  const kind = statement.sourceType;
  const known = !exists
    ? `There is no topic ${topic} yet`
    : isEmpty
      ? `Topic ${topic} has no records yet, which would tell its columns`
      : `What connector ${writer} writes to topic ${topic} is told by its records alone`;
  const way =
    writer === undefined
      ? 'name the columns and VALUE_FORMAT'
      : `CREATE ${kind} ${formatName(statement.name.name)} FROM CONNECTOR ${formatBareName(writer)} TOPIC ${formatString(topic)}; once ${writer} has written some, or name the columns and VALUE_FORMAT`;
  const { code, message, span, cause, status, restCode, hint } = error;
  return new SluiceError(code, message, {
    span,
    cause,
    status,
    restCode,
    hint: `${known}: ${way}. ${hint ?? ''}`.trim(),
  });
}

/** The source connector that writes a topic, or is configured to. */
function writerOf(topic: string, services: Services): string | undefined {
  return (
    ownWorker(services)?.writerOf(topic) ??
    services.connectors?.pictures.find(
      ({ type, topics, details }) =>
        type === 'source' && [...topics, details?.config['topic'], details?.config['kafka.topic']].includes(topic),
    )?.name
  );
}
