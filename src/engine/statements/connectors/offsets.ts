import { SluiceError } from '../../../base/errors.ts';
import type { ConnectClient, ConnectorOffset } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { OffsetsPosition } from '../../../sql/ast/connectors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { parseTimestampText } from '../../../types/time-text.ts';
import { sinkTopics } from '../../connectors/sink-sources.ts';
import type { Services } from '../../services.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';
import { betweenRuns } from './stopped.ts';

export async function listOffsets(statement: StatementOf<'ListConnectorOffsets'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const offsets = await guarded(() => connect.offsets(name), 'Failed to list connector offsets: ');
  return { kind: 'connector_offsets', connectorName: name, offsets };
}

/** Stops a running connector, as Connect requires, and resumes it afterwards. */
export async function alterOffsets(statement: StatementOf<'AlterConnectorOffsets'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const prefix = 'Failed to alter connector offsets: ';
  const wanted = await offsetsAt(statement, name, connect, call.services);
  const message = await betweenRuns(connect, name, call.services, prefix, () =>
    wanted === 'none' ? connect.deleteOffsets(name) : connect.alterOffsets(name, wanted),
  );
  const offsets = await guarded(() => connect.offsets(name), 'Failed to list connector offsets: ');
  return { kind: 'connector_offsets', connectorName: name, offsets, notes: notesOf(message, connect) };
}

export async function resetOffsets(statement: StatementOf<'ResetConnectorOffsets'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const message = await betweenRuns(connect, name, call.services, 'Failed to reset connector offsets: ', () =>
    connect.deleteOffsets(name),
  );
  return {
    kind: 'connector_changed',
    connectorName: name,
    message: `Reset the offsets of connector ${name}: it begins anew`,
    notes: notesOf(message, connect),
  };
}

/**
 * What an answer of Connect's adds to the statement's own. That it went well, and what holds for connectors that keep
 * their offsets elsewhere, is nothing to be warned of where the connectors are this worker's.
 */
function notesOf(message: string, { embedded }: ConnectClient): readonly string[] {
  if (embedded === undefined) return [message];
  const rest = message
    .replace(/^The (?:Connect framework-managed )?offsets for this connector have been \w+ successfully\.?/, '')
    .replace(/^ However, if this connector manages offsets externally, [^.]*\./, '')
    .trim();
  return rest === '' ? [] : [rest];
}

/** The offsets of a position; `none`: those of a connector that has read nothing. @throws SluiceError */
async function offsetsAt(
  { position, span }: StatementOf<'AlterConnectorOffsets'>,
  name: string,
  connect: ConnectClient,
  services: Services,
): Promise<readonly ConnectorOffset[] | 'none'> {
  if (position.at === 'OFFSETS') return offsetsOfJson(position.json, span);
  const { config, type } = await guarded(() => connect.info(name), 'Failed to alter connector offsets: ');
  if (type === 'source') {
    if (position.at === 'BEGINNING') return 'none';
    throw new SluiceError('STATEMENT', `${name} is a source: only it knows where ${position.at} is in what it reads`, {
      span,
      hint: `SHOW CONNECTOR OFFSETS OF ${name}; shows how its offsets look: ALTER CONNECTOR OFFSETS OF ${name} SET '[{"partition": {…}, "offset": {…}}]';`,
    });
  }
  const known = (await guarded(() => connect.offsets(name), 'Failed to list connector offsets: ')).map((o) =>
    String(o.partition['kafka_topic']),
  );
  const wanted: ConnectorOffset[] = [];
  for (const topic of new Set([...sinkTopics(config), ...known])) {
    const partitions = (await services.log.admin.describeTopic(topic))?.partitions ?? 0;
    for (let partition = 0; partition < partitions; partition++)
      wanted.push({
        partition: { kafka_topic: topic, kafka_partition: partition },
        offset: { kafka_offset: await offsetIn({ topic, partition }, position, span, services) },
      });
  }
  if (wanted.length > 0) return wanted;
  throw new SluiceError('STATEMENT', `${name} reads no topic that exists`, { span });
}

async function offsetIn(
  at: { readonly topic: string; readonly partition: number },
  position: Exclude<OffsetsPosition, { readonly at: 'OFFSETS' }>,
  span: SluiceError['span'],
  { log: { admin } }: Services,
): Promise<number> {
  switch (position.at) {
    case 'BEGINNING':
      return await admin.earliestOffset(at);
    case 'END':
      return await admin.latestOffset(at);
    default: {
      const timestampMs = parseTimestampText(position.text);
      if (timestampMs === undefined)
        throw new SluiceError('STATEMENT', `'${position.text}' is no TIMESTAMP`, {
          span,
          hint: "A time as in TIMESTAMP '2026-01-31T12:00:00'.",
        });
      return (await admin.offsetForTimestamp(at, timestampMs)) ?? (await admin.latestOffset(at));
    }
  }
}

/**
 * `[{"partition": {...}, "offset": {...}}]`, the same within `{"offsets": [...]}` as Connect returns it, or a single
 * entry.
 */
function offsetsOfJson(json: string, span: SluiceError['span']): readonly ConnectorOffset[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new SluiceError('STATEMENT', `The offsets are not JSON: ${(error as Error).message}`, { span, hint: FORM });
  }
  const inside = isObject(parsed) && 'offsets' in parsed ? parsed['offsets'] : parsed;
  const list: unknown[] = Array.isArray(inside) ? inside : [inside];
  if (list.length > 0 && list.every(isOffset)) return list;
  throw new SluiceError('STATEMENT', 'The offsets do not have the form that Connect takes', { span, hint: FORM });
}

const FORM = `'[{"partition": {"kafka_topic": "t", "kafka_partition": 0}, "offset": {"kafka_offset": 42}}]' for a sink; a source has its own, as SHOW CONNECTOR OFFSETS OF shows them. "offset": null forgets one.`;

function isOffset(value: unknown): value is ConnectorOffset {
  return isObject(value) && isObject(value['partition']) && (value['offset'] === null || isObject(value['offset']));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
