import { isSluiceError, SluiceError } from '../../base/errors.ts';
import { recordsHeld } from '../../dataflow/views/topic-scan.ts';
import { formatBareName, formatName, formatString } from '../../sql/printer/names.ts';
import type { Services } from '../services.ts';
import { ownWorker } from './topic-users.ts';
import { textOf, type CreateSource } from './source-properties.ts';

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
