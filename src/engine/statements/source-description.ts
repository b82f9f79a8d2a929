import type { Source } from '../../catalog/source.ts';
import type { OffsetSummary, SourceDescription, TopicOffsets } from '../source-results.ts';
import type { Services } from '../services.ts';
import { errorStats, querySummary } from './show-queries.ts';

/**
 * What DESCRIBE shows of a source; with `extended` also the topic's size and the offsets of the queries that write it.
 * While the log is away, nothing of the topic.
 */
export async function describeSource(
  source: Source,
  services: Services,
  { extended = false, isLogUnavailable = false }: { readonly extended?: boolean; readonly isLogUnavailable?: boolean },
): Promise<SourceDescription> {
  const catalog = services.catalog.current;
  const topic = isLogUnavailable ? undefined : await services.log.admin.describeTopic(source.topic.name);
  const writers = catalog.writersOf(source.name);
  const maker = catalog.createdByQuery(source.name);
  const runtime = maker && services.queries.status(maker.id);
  return {
    name: source.name,
    type: source.kind,
    windowType: source.topic.window?.type ?? null,
    readQueries: catalog.readersOf(source.name).map((q) => querySummary(q, services)),
    writeQueries: writers.map((q) => querySummary(q, services)),
    columns: [...source.schema.key, ...source.schema.value],
    timestamp: source.timestamp?.column ?? '',
    statistics:
      extended && runtime
        ? `messages-per-sec: n/a total-messages: ${runtime.recordsOut} last-message: ${lastMessage(runtime.lastRecordMs)}`
        : '',
    errorStats: (extended && maker && errorStats(maker.id, services)) || '',
    extended,
    keyFormat: source.topic.keyFormat.format,
    valueFormat: source.topic.valueFormat.format,
    topic: source.topic.name,
    partitions: extended ? (topic?.partitions ?? 0) : (topic?.partitions ?? source.partitions ?? 0),
    replication: topic?.replicas ?? 0,
    statement: source.sql,
    topicOffsets: extended ? await topicOffsets(source.topic.name, topic?.partitions ?? 0, services) : [],
    offsetSummaries: extended ? await offsetSummaries(source, services) : [],
    sourceConstraints: catalog.dependentsOf(source.name),
  };
}

async function topicOffsets(topic: string, partitions: number, services: Services): Promise<TopicOffsets[]> {
  const { admin } = services.log;
  return await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => ({
      partition,
      logStartOffset: await admin.earliestOffset({ topic, partition }),
      logEndOffset: await admin.latestOffset({ topic, partition }),
    })),
  );
}

function lastMessage(ms: number | undefined): string {
  return ms === undefined ? 'n/a' : new Date(ms).toISOString();
}

async function offsetSummaries(source: Source, services: Services): Promise<OffsetSummary[]> {
  const summaries: OffsetSummary[] = [];
  for (const query of services.catalog.current.writersOf(source.name)) {
    const runtime = services.queries.status(query.id);
    if (!runtime) continue;
    const topics = new Map<string, OffsetSummary['topics'][number]['offsets'][number][]>();
    for (const { topic, partition, offset } of runtime.positions) {
      const at = { topic, partition };
      const offsets = topics.get(topic) ?? [];
      offsets.push({
        partition,
        logStartOffset: await services.log.admin.earliestOffset(at),
        logEndOffset: await services.log.admin.latestOffset(at),
        consumerOffset: offset,
      });
      topics.set(topic, offsets);
    }
    summaries.push({
      groupId: runtime.consumerGroup,
      topics: [...topics].map(([topic, offsets]) => ({ topic, offsets })),
    });
  }
  return summaries;
}
