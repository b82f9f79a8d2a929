import {
  type GroupOptions,
  type Log,
  type LogAdmin,
  type LogReader,
  type LogWriter,
  OffsetOutOfRange,
  type TopicPartition,
} from '../../src/log/api.ts';

/**
 * A part of a log that is shared by many cases: the names of topics, groups and transactional ids have the scope as a
 * prefix in the shared log, and no prefix here. `elsewhere` maps names of topics here to the topics that replace them.
 */
export function scopedLog(log: Log, scope: string, elsewhere: ReadonlyMap<string, string> = new Map()): Log {
  const here = new Map([...elsewhere].map(([name, real]) => [scope + real, name]));
  const names: Names = {
    real: (name) => scope + (elsewhere.get(name) ?? name),
    own: (real) => here.get(real) ?? real.slice(scope.length),
  };
  return {
    kind: log.kind,
    admin: scopedAdmin(log.admin, scope, names),
    createReader: (options) => scopedReader(log.createReader(options), names),
    createWriter: async ({ transactionalId }) =>
      scopedWriter(
        await log.createWriter(transactionalId === undefined ? {} : { transactionalId: scope + transactionalId }),
        scope,
        names,
      ),
    ...(log.joinGroup !== undefined && {
      joinGroup: (options: GroupOptions) => log.joinGroup!(scopedGroup(options, scope, names)),
    }),
    // The shared log is not closed: it outlives this part.
    close: () => Promise.resolve(),
  };
}

interface Names {
  real(name: string): string;
  own(real: string): string;
}

function scopedAdmin(admin: LogAdmin, scope: string, { real, own }: Names): LogAdmin {
  const at = <T extends TopicPartition>(o: T): T => ({ ...o, topic: real(o.topic) });
  return {
    createTopic: (spec) => admin.createTopic({ ...spec, name: real(spec.name) }),
    deleteTopic: (name) => admin.deleteTopic(real(name)),
    listTopics: async () =>
      (await admin.listTopics()).filter((t) => t.name.startsWith(scope)).map((t) => ({ ...t, name: own(t.name) })),
    describeTopic: async (name) => {
      const found = await admin.describeTopic(real(name));
      return found && { ...found, name };
    },
    alterTopicConfigs: (name, configs) => admin.alterTopicConfigs(real(name), configs),
    createPartitions: (name, total) => admin.createPartitions(real(name), total),
    earliestOffset: (o) => admin.earliestOffset(at(o)),
    latestOffset: (o) => admin.latestOffset(at(o)),
    ...(admin.endOffset !== undefined && { endOffset: (o: TopicPartition) => admin.endOffset!(at(o)) }),
    offsetForTimestamp: (o, ms) => admin.offsetForTimestamp(at(o), ms),
    deleteRecords: (o, offset) => admin.deleteRecords(at(o), offset),
    committedOffsets: async (group, { partitions, ...options } = {}) =>
      (
        await admin.committedOffsets(scope + group, {
          ...options,
          ...(partitions && { partitions: partitions.map((o) => at(o)) }),
        })
      ).map((o) => ({ ...o, topic: own(o.topic) })),
    deleteGroup: (group) => admin.deleteGroup(scope + group),
    listGroups: async () =>
      (await admin.listGroups()).filter((g) => g.startsWith(scope)).map((g) => g.slice(scope.length)),
  };
}

function scopedReader(reader: LogReader, { real, own }: Names): LogReader {
  const at = <T extends TopicPartition>(o: T): T => ({ ...o, topic: real(o.topic) });
  return {
    assign: (partitions) => reader.assign(partitions.map(at)),
    seek: (o, offset) => reader.seek(at(o), offset),
    pause: (o) => reader.pause(at(o)),
    resume: (o) => reader.resume(at(o)),
    position: (o) => reader.position(at(o)),
    poll: async (timeoutMs) => {
      try {
        return (await reader.poll(timeoutMs)).map((f) => ({ ...f, topic: own(f.topic) }));
      } catch (error) {
        if (!(error instanceof OffsetOutOfRange)) throw error;
        throw new OffsetOutOfRange({ ...error.at, topic: own(error.at.topic) }, error.offset);
      }
    },
    wakeup: () => reader.wakeup(),
    close: () => reader.close(),
  };
}

function scopedWriter(writer: LogWriter, scope: string, { real }: Names): LogWriter {
  return {
    append: (topic, partition, batch, owned) => writer.append(real(topic), partition, batch, owned),
    commitOffsets: (group, offsets, member) =>
      writer.commitOffsets(
        scope + group,
        offsets.map((o) => ({ ...o, topic: real(o.topic) })),
        member,
      ),
    sharesState: writer.sharesState,
    putState: (space, key, value) => writer.putState(space, key, value),
    get pendingBytes() {
      return writer.pendingBytes;
    },
    ...(writer.writtenUpTo !== undefined && {
      writtenUpTo: (topic: string, partition: number) => writer.writtenUpTo!(real(topic), partition),
    }),
    commit: () => writer.commit(),
    abort: () => writer.abort(),
    close: () => writer.close(),
  };
}

function scopedGroup(options: GroupOptions, scope: string, { real, own }: Names): GroupOptions {
  const { callbacks } = options;
  const ours = (partitions: readonly TopicPartition[]): TopicPartition[] =>
    partitions.map((o) => ({ ...o, topic: own(o.topic) }));
  return {
    ...options,
    groupId: scope + options.groupId,
    topicGroups: options.topicGroups.map((topics) => topics.map(real)),
    callbacks: {
      onAssigned: (partitions) => callbacks.onAssigned(ours(partitions)),
      onRevoked: (partitions) => callbacks.onRevoked(ours(partitions)),
      onLost: (partitions) => callbacks.onLost(ours(partitions)),
      onFailed: (error) => callbacks.onFailed(error),
    },
  };
}
