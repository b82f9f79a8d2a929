import type { Log, LogAdmin, TopicDescription, TopicSpec } from '../../src/log/api.ts';

/**
 * A log in which every topic has one partition and says it has as many as were declared: the suite's cases count partitions when they
 * plan, and run as if there were one.
 */
export function declaredLog(log: Log): Log & { readonly declared: ReadonlyMap<string, number> } {
  const declared = new Map<string, number>();
  const shown = (topic: TopicDescription): TopicDescription => ({
    ...topic,
    partitions: declared.get(topic.name) ?? topic.partitions,
  });
  const { admin } = log;
  const proxy: LogAdmin = {
    createTopic: async (spec: TopicSpec) => {
      await admin.createTopic({ ...spec, partitions: 1 });
      declared.set(spec.name, spec.partitions);
    },
    deleteTopic: (name) => admin.deleteTopic(name),
    listTopics: async () => (await admin.listTopics()).map(shown),
    describeTopic: async (name) => {
      const found = await admin.describeTopic(name);
      return found && shown(found);
    },
    alterTopicConfigs: (name, configs) => admin.alterTopicConfigs(name, configs),
    createPartitions: async (name, total) => {
      declared.set(name, total);
      await Promise.resolve();
    },
    earliestOffset: (at) => admin.earliestOffset(at),
    latestOffset: (at) => admin.latestOffset(at),
    offsetForTimestamp: (at, ms) => admin.offsetForTimestamp(at, ms),
    deleteRecords: (at, offset) => admin.deleteRecords(at, offset),
    committedOffsets: (group) => admin.committedOffsets(group),
    deleteGroup: (group) => admin.deleteGroup(group),
    listGroups: () => admin.listGroups(),
  };
  return {
    kind: log.kind,
    admin: proxy,
    createReader: (options) => log.createReader(options),
    createWriter: (options) => log.createWriter(options),
    close: () => log.close(),
    declared,
  };
}
