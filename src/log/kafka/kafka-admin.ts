import type { Offset, TimestampMs } from '../../base/quantities.ts';
import { must } from '../../base/assert.ts';
import {
  ConfigResourceTypes,
  createPartitionsV1,
  createPartitionsV2,
  createPartitionsV3,
  createTopicsV7,
  deleteGroupsV2,
  deleteRecordsV2,
  deleteTopicsV6,
  describeConfigsV2,
  describeConfigsV3,
  describeConfigsV4,
  describeGroupsV5,
  incrementalAlterConfigsV1,
  listGroupsV4,
  listGroupsV5,
  listOffsetsV5,
  listOffsetsV6,
  listOffsetsV7,
  listOffsetsV8,
  listOffsetsV9,
} from './client-library.ts';
import { isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import { within } from '../../base/within.ts';
import type {
  CommittedOffset,
  CommittedOffsetsOptions,
  DescribedMember,
  LogAdmin,
  TopicDescription,
  TopicPartition,
  TopicSpec,
} from '../api.ts';
import { decodeAssignment, decodeSubscription } from './consumer-protocol.ts';
import { checkTopicName } from '../../base/topic-name.ts';
import type { Cluster, TopicInfo } from './cluster.ts';
import { committedOffsets } from './group-offsets.ts';
import { KafkaCode, kafkaError } from './protocol-error.ts';

/** Special timestamps of ListOffsets. */
const EARLIEST = -2n;
const LATEST = -1n;

/** For how long a broker may be silent before it counts as away, where somebody looks and waits, in ms. */
const SILENCE_MS = 2000;

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

const offsetVersions = [listOffsetsV9, listOffsetsV8, listOffsetsV7, listOffsetsV6, listOffsetsV5];

/** Topics, offsets and groups of a Kafka cluster. */
export class KafkaAdmin implements LogAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async silence(): Promise<SluiceError | undefined> {
    const asked = this.#cluster.refresh([]).then(
      (): { readonly error?: SluiceError } => ({}),
      (error: unknown) => ({
        error: isSluiceError(error)
          ? error
          : new SluiceError('LOG_UNAVAILABLE', messageOf(error), { cause: error, retriable: true }),
      }),
    );
    const answer = await within(this.#cluster.env.timers, SILENCE_MS, asked);
    if (answer !== undefined) return answer.error;
    return new SluiceError('LOG_UNAVAILABLE', `Kafka gives no answer within ${SILENCE_MS} ms`, { retriable: true });
  }

  async createTopic({ name, partitions, replicas, configs = {} }: TopicSpec): Promise<void> {
    checkTopicName(name);
    const topic = {
      name,
      numPartitions: partitions,
      replicationFactor: replicas,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    };
    await this.#cluster.toController(
      `create topic '${name}'`,
      [createTopicsV7],
      [[topic], this.#timeoutMs, false],
      (r) => {
        const result = must(r.topics[0], 'topic');
        return [result.errorCode, result.errorMessage];
      },
    );
    await this.#waitUntil(name, (found) => found !== undefined && isComplete(found, partitions));
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#cluster.toController(`delete topic '${name}'`, [deleteTopicsV6], [[{ name }], this.#timeoutMs], (r) => {
      const result = must(r.responses[0], 'response');
      return [result.errorCode, result.errorMessage];
    });
    await this.#waitUntil(name, (found) => found === undefined);
  }

  async listTopics(): Promise<readonly TopicDescription[]> {
    const topics = [...(await this.#cluster.retrying('list topics', () => this.#cluster.allTopics()))].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    const configs = await this.#configsOf(topics.map((topic) => topic.name));
    return topics.map((topic) => describe(topic, configs.get(topic.name) ?? {}));
  }

  async describeTopic(name: string): Promise<TopicDescription | undefined> {
    const topic = await this.#cluster.retrying(`describe topic '${name}'`, () => this.#cluster.topic(name, true));
    if (topic === undefined) return undefined;
    const configs = await this.#configsOf([name]);
    return describe(topic, configs.get(name) ?? {});
  }

  async alterTopicConfigs(name: string, configs: Readonly<Record<string, string | null>>): Promise<void> {
    const changes = Object.entries(configs).map(([key, value]) =>
      value === null ? { name: key, configOperation: 1 as const } : { name: key, configOperation: 0 as const, value },
    );
    const action = `alter the configs of topic '${name}'`;
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configs: changes };
    await this.#cluster.retrying(action, async () => {
      const { responses } = await this.#cluster.sendToAny([incrementalAlterConfigsV1], [[resource], false]);
      const { errorCode, errorMessage } = must(responses[0], 'response');
      if (errorCode === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
        throw new SluiceError('NOT_FOUND', `Topic '${name}' does not exist`);
      if (errorCode !== 0) throw kafkaError(errorCode, action, errorMessage);
    });
  }

  async createPartitions(name: string, total: number): Promise<void> {
    const versions = [createPartitionsV3, createPartitionsV2, createPartitionsV1];
    const topic = { name, count: total };
    await this.#cluster.toController(
      `add partitions to topic '${name}'`,
      versions,
      [[topic], this.#timeoutMs, false],
      (r) => {
        const result = must(r.results[0], 'result');
        return [result.errorCode, result.errorMessage];
      },
    );
    await this.#waitUntil(name, (found) => found !== undefined && isComplete(found, total));
  }

  async earliestOffset(at: TopicPartition): Promise<number> {
    return (await this.#offset(at, EARLIEST)) ?? 0;
  }

  async latestOffset(at: TopicPartition): Promise<number> {
    return (await this.#offset(at, LATEST)) ?? 0;
  }

  async endOffset(at: TopicPartition): Promise<number> {
    return (await this.#offset(at, LATEST, READ_UNCOMMITTED)) ?? 0;
  }

  async offsetForTimestamp(at: TopicPartition, timestampMs: TimestampMs): Promise<number | undefined> {
    return this.#offset(at, BigInt(timestampMs));
  }

  async deleteRecords(at: TopicPartition, offset: Offset): Promise<void> {
    const partitionIndex: number = at.partition;
    const topics = [{ name: at.topic, partitions: [{ partitionIndex, offset: BigInt(offset) }] }];
    await this.#cluster.toLeader(
      at,
      `delete records of ${at.topic}-${at.partition}`,
      [deleteRecordsV2],
      () => [topics, this.#timeoutMs],
      (r) => must(must(r.topics[0], 'topic').partitions[0], 'partition').errorCode,
    );
  }

  async committedOffsets(
    group: string,
    { writers = `${group}-`, partitions }: CommittedOffsetsOptions = {},
  ): Promise<readonly CommittedOffset[]> {
    return committedOffsets(this.#cluster, group, writers, partitions);
  }

  async deleteGroup(group: string): Promise<void> {
    await this.#cluster.toCoordinator(
      'group',
      group,
      `delete group '${group}'`,
      [deleteGroupsV2],
      () => [[group]],
      (r) => must(r.results[0], 'result').errorCode,
    );
  }

  /** Each group is listed by the node that coordinates it, so all nodes are asked. */
  async listGroups(): Promise<readonly string[]> {
    await this.#cluster.retrying('list groups', () => this.#cluster.refresh([]));
    const names = new Set<string>();
    for (const address of this.#cluster.nodes()) {
      const { errorCode, groups } = await this.#cluster.retrying('list groups', async () => {
        const response = await this.#cluster.send(
          address,
          'control',
          [listGroupsV5, listGroupsV4] as unknown as readonly (typeof listGroupsV5)[],
          [[], []],
        );
        if (response.errorCode !== 0) throw kafkaError(response.errorCode, 'list groups');
        return response;
      });
      if (errorCode === 0) for (const { groupId } of groups) names.add(groupId);
    }
    return [...names].sort();
  }

  async groupMembers(group: string): Promise<readonly DescribedMember[]> {
    const { groups } = await this.#cluster.toCoordinator(
      'group',
      group,
      `describe group '${group}'`,
      [describeGroupsV5],
      () => [[group], false],
      (r) => must(r.groups[0], 'group').errorCode,
    );
    return must(groups[0], 'group').members.map((m) => ({
      memberId: m.memberId,
      host: m.clientHost.replace(/^\//, ''),
      partitions: decodeAssignment(m.memberAssignment),
      // During a rebalance there is none.
      userData: m.memberMetadata.length === 0 ? undefined : decodeSubscription(m.memberMetadata).userData,
    }));
  }

  get #timeoutMs(): number {
    return this.#cluster.config.requestTimeoutMs;
  }

  async #offset(at: TopicPartition, timestamp: bigint, isolation: 0 | 1 = READ_COMMITTED): Promise<number | undefined> {
    const partitionIndex: number = at.partition;
    const response = await this.#cluster.toLeader(
      at,
      `find an offset of ${at.topic}-${at.partition}`,
      offsetVersions,
      ({ leaderEpoch }) => [
        -1,
        isolation,
        [
          {
            name: at.topic,
            partitions: [{ partitionIndex, currentLeaderEpoch: leaderEpoch, timestamp }],
          },
        ],
      ],
      (r) => must(must(r.topics[0], 'topic').partitions[0], 'partition').errorCode,
    );
    const { offset } = must(must(response.topics[0], 'topic').partitions[0], 'partition');
    return offset < 0n ? undefined : Number(offset);
  }

  async #configsOf(names: readonly string[]): Promise<Map<string, Record<string, string>>> {
    const configs = new Map<string, Record<string, string>>();
    if (names.length === 0) return configs;
    const resources = names.map((resourceName) => ({
      resourceType: ConfigResourceTypes.TOPIC,
      resourceName,
      configurationKeys: null,
    }));
    const { results } = await this.#cluster.retrying('read topic configs', () =>
      this.#cluster.sendToAny(
        [describeConfigsV4, describeConfigsV3, describeConfigsV2] as unknown as readonly (typeof describeConfigsV4)[],
        [resources, false, false],
      ),
    );
    for (const result of results) {
      // A topic may be deleted, or become inaccessible, between the two requests.
      if (result.errorCode !== 0) continue;
      const values: Record<string, string> = {};
      for (const { name, value } of result.configs) if (typeof value === 'string') values[name] = value;
      configs.set(result.resourceName, values);
    }
    return configs;
  }

  /** Brokers learn of a change shortly after the controller makes it: waits until ours has. */
  async #waitUntil(name: string, done: (topic: TopicInfo | undefined) => boolean): Promise<void> {
    await this.#cluster.retrying(`see the change of topic '${name}'`, async () => {
      if (!done(await this.#cluster.topic(name, true)))
        throw kafkaError(KafkaCode.LEADER_NOT_AVAILABLE, `see the change of topic '${name}'`);
    });
  }
}

function isComplete(topic: TopicInfo, partitions: number): boolean {
  const count = Math.max(1, partitions);
  for (let i = 0; i < count; i++) if (topic.partitions[i]?.leader === undefined) return false;
  return true;
}

function describe(topic: TopicInfo, configs: Record<string, string>): TopicDescription {
  return {
    name: topic.name,
    id: topic.id,
    partitions: topic.partitions.length,
    replicas: topic.replicas,
    configs,
    internal: topic.internal,
  };
}
