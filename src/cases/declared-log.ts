import type { Log, LogAdmin, LogWriter, TopicDescription, TopicSpec } from '../log/api.ts';

/**
 * A log in which every topic has one replica and a fixed number of partitions, by default one, but reports the declared
 * numbers: the suite's cases plan with the declared partitions, and run as if there were one.
 */
export function declaredLog(log: Log, partitions = 1): Log & { readonly declared: ReadonlyMap<string, Declared> } {
  const declared = new Map<string, Declared>();
  const shown = (topic: TopicDescription): TopicDescription => ({ ...topic, ...declared.get(topic.name) });
  const { admin } = log;
  const proxy: LogAdmin = {
    createTopic: async (spec: TopicSpec) => {
      await admin.createTopic({ ...spec, partitions, replicas: 1 });
      declared.set(spec.name, { partitions: spec.partitions, replicas: spec.replicas });
    },
    deleteTopic: (name) => admin.deleteTopic(name),
    listTopics: async () => (await admin.listTopics()).map(shown),
    describeTopic: async (name) => {
      const found = await admin.describeTopic(name);
      return found && shown(found);
    },
    alterTopicConfigs: (name, configs) => admin.alterTopicConfigs(name, configs),
    createPartitions: async (name, total) => {
      declared.set(name, { replicas: 1, ...declared.get(name), partitions: total });
      await Promise.resolve();
    },
    earliestOffset: (at) => admin.earliestOffset(at),
    latestOffset: (at) => admin.latestOffset(at),
    offsetForTimestamp: (at, ms) => admin.offsetForTimestamp(at, ms),
    deleteRecords: (at, offset) => admin.deleteRecords(at, offset),
    committedOffsets: (group, options) => admin.committedOffsets(group, options),
    deleteGroup: (group) => admin.deleteGroup(group),
    listGroups: () => admin.listGroups(),
  };
  return {
    kind: log.kind,
    admin: proxy,
    createReader: (options) => log.createReader(options),
    createWriter: async (options) => onePartition(await log.createWriter(options)),
    close: () => log.close(),
    declared,
  };
}

interface Declared {
  readonly partitions: number;
  readonly replicas: number;
}

/** Replaces the partition that a writer chooses among the declared ones by the first one. */
function onePartition(writer: LogWriter): LogWriter {
  return {
    append: (topic, _partition, batch, owned) => writer.append(topic, 0, batch, owned),
    commitOffsets: (group, offsets, member) => writer.commitOffsets(group, offsets, member),
    sharesState: writer.sharesState,
    putState: (space, key, value) => writer.putState(space, key, value),
    get pendingBytes() {
      return writer.pendingBytes;
    },
    ...(writer.writtenUpTo !== undefined && { writtenUpTo: (topic: string) => writer.writtenUpTo!(topic, 0) }),
    commit: () => writer.commit(),
    abort: () => writer.abort(),
    close: () => writer.close(),
  };
}
