import { must } from '../../base/assert.ts';
import type {
  ConnectClient,
  ConnectorConfig,
  ConnectorInfo,
  ConnectorStatus,
  StateInfo,
} from '../../connect/client/api.ts';
import { driftNotes } from '../connectors/drift.ts';
import { failureCause } from '../connectors/failure-cause.ts';
import { connectorHealth } from '../connectors/health.ts';
import { maskConfig, maskStatus } from '../connectors/mask.ts';
import { sinkTopics } from '../connectors/sink-sources.ts';
import type { Services } from '../services.ts';
import type { Details, Picture } from './picture.ts';

/** The current picture of a connector. `used`: the topics that it has used. */
export async function look(
  connect: ConnectClient,
  reported: ConnectorStatus,
  info: ConnectorInfo | undefined,
  used: readonly string[],
  services: Services,
): Promise<Picture> {
  const config = info?.config ?? {};
  // A sink names the topics that it reads, even before it has read them.
  const topics = [...new Set([...used, ...(reported.type === 'sink' ? sinkTopics(config) : [])])];
  const status = await maskStatus(connect, reported, config);
  const isCluster = connect.embedded === undefined;
  const health = connectorHealth(status, { config, isCluster });
  return {
    name: status.name,
    type: info?.type ?? status.type,
    className: config['connector.class'] ?? null,
    state: must(health.state.split(' ', 1)[0], 'part of the text'),
    summary: health.state,
    cause: health.cause,
    advice: health.advice,
    worker: status.connector.worker_id,
    tasks: status.tasks.map((task) => ({
      id: task.id,
      state: task.state,
      ...causeOf(task, status.name, config),
      worker: task.worker_id,
    })),
    topics: topics.toSorted(),
    details: detailsOf(connect, status.name, await maskConfig(connect, config), topics, services),
  };
}

function causeOf(
  { trace }: StateInfo,
  connector: string,
  config: ConnectorConfig,
): { readonly cause: string | null; readonly advice: string | null } {
  if (trace === undefined) return { cause: null, advice: null };
  const { text, advice } = failureCause(trace, connector, config);
  return { cause: text, advice };
}

function detailsOf(
  { embedded }: ConnectClient,
  name: string,
  config: Details['config'],
  topics: readonly string[],
  services: Services,
): Details {
  const schemas = new Map<string, string>();
  for (const topic of topics) {
    const schema = embedded?.topicSchema(topic);
    if (schema?.connector !== name) continue;
    const key = new Set(schema.key);
    schemas.set(
      topic,
      [...schema.key, ...schema.value].map((c) => `${c.name} ${c.type}${key.has(c) ? ' KEY' : ''}`).join(', '),
    );
  }
  return {
    config,
    schemas,
    remarks: embedded?.remarks(name) ?? [],
    drift: driftNotes(name, config, services, new Set(topics)),
    readings: (embedded?.progress(name)?.readings ?? []).map(({ name: table, topic, state }) => ({
      name: table,
      topic,
      state,
    })),
  };
}
