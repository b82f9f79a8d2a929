import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { TopicSchema } from '../../connect/client/api.ts';
import { guarded } from '../../connect/client/errors.ts';
import { findConnector, requireConnect } from '../statements/connectors/names.ts';
import type { ConnectorTopicSchema } from '../../wire/connector-topic-schema.ts';
import type { Services } from '../services.ts';
import { clusterDeclarations } from './cluster-declarations.ts';
import { sqlNames } from './column-names.ts';

/** How long to wait for a cluster's topic, in ms. */
const WAIT_MS = 2000;

/** The schema of a topic that a connector writes, as known to SQL. @throws SluiceError NOT_FOUND */
export async function topicSchema(connector: string, topic: string, services: Services): Promise<ConnectorTopicSchema> {
  const connect = requireConnect(services);
  const name = await findConnector(connect, connector);
  if (name === undefined) throw new SluiceError('NOT_FOUND', `Connector ${connector} not found`);
  const known: TopicSchema | undefined =
    connect.embedded === undefined
      ? (await clusterDeclarations(connect, name, WAIT_MS, services, new Set([topic])))[0]
      : connect.embedded.topicSchema(topic);
  if (known === undefined || known.connector !== name) {
    const topics = await guarded(() => connect.topics(name), 'Failed to describe connector: ');
    throw new SluiceError('NOT_FOUND', `Nothing is known of topic ${topic} as one that connector ${name} writes`, {
      hint: didYouMean(topic, topics) ?? `It uses ${topics.length === 0 ? 'no topics yet' : topics.join(', ')}.`,
    });
  }
  return {
    connector: name,
    topic,
    keyFormat: known.keyFormat ?? null,
    valueFormat: known.valueFormat ?? null,
    isTable: known.isTable,
    columns: sqlNames(known).named.map(({ name: column, column: { name: sourceName, type } }) => ({
      name: column,
      sourceName,
      type,
      isKey: known.key.some((k) => k.name === sourceName),
    })),
    sources: services.catalog.current.sourcesOfTopic(topic).map((s) => s.name),
  };
}
