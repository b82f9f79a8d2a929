import type { Env } from '../../src/base/env.ts';
import { isSluiceError, SluiceError } from '../../src/base/errors.ts';
import type { CommittedOffset, TopicPartition } from '../../src/log/api.ts';
import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { type Address, clientConfigOf } from '../../src/log/kafka/client-config.ts';
import { type ApiVersion, Cluster } from '../../src/log/kafka/cluster.ts';
import { KafkaCode } from '../../src/log/kafka/protocol-error.ts';
import { recordCountOf } from '../../src/log/record-batch/batch-header.ts';
import { BASE_SEQUENCE_AT, PRODUCER_EPOCH_AT, PRODUCER_ID_AT } from '../../src/log/record-batch/layout.ts';
import type { SimCoordinator } from './sim-coordinator.ts';
import type { SimGroups } from './sim-groups.ts';
import type { Machine } from './virtual-time.ts';

/** The faults and delays of the network between a server and its brokers, and of their coordinators. */
export interface NetWeather {
  latencyMs(): number;
  /** Whether a request is lost: before it has its effect, or after it (the response is lost). */
  fault(): 'before' | 'after' | undefined;
  /** Whether a coordinator refuses a request for now: before or after it has had its effect. */
  refusal(): 'before' | 'after' | undefined;
  random(): number;
}

/** Time-outs of the clients: shorter than a transaction's, so that it is still open when they give up. */
const PROPERTIES = {
  'bootstrap.servers': 'sim:9092',
  'request.timeout.ms': '100',
  'delivery.timeout.ms': '500',
  'transaction.timeout.ms': '900',
};
const NODE = { nodeId: 1, host: 'sim', port: 9092 };
/** How long a produce request may be under way after its sender has given up. */
const LATE_MS = 300;

/** API keys (https://kafka.apache.org/protocol#protocol_api_keys). */
const API = {
  PRODUCE: 0,
  METADATA: 3,
  OFFSET_COMMIT: 8,
  OFFSET_FETCH: 9,
  FIND_COORDINATOR: 10,
  INIT_PRODUCER_ID: 22,
  ADD_PARTITIONS: 24,
  ADD_OFFSETS: 25,
  END_TXN: 26,
  TXN_OFFSET_COMMIT: 28,
  LIST_TRANSACTIONS: 66,
} as const;

/** How a coordinator that is moving or busy refuses. */
const REFUSALS = [
  KafkaCode.COORDINATOR_NOT_AVAILABLE,
  KafkaCode.NOT_COORDINATOR,
  KafkaCode.COORDINATOR_LOAD_IN_PROGRESS,
  KafkaCode.CONCURRENT_TRANSACTIONS,
];
/** What it responds when the effect was not confirmed in time. */
const UNCONFIRMED = [KafkaCode.COORDINATOR_NOT_AVAILABLE, KafkaCode.REQUEST_TIMED_OUT];
const REFUSED: ReadonlySet<number> = new Set([
  API.INIT_PRODUCER_ID,
  API.ADD_PARTITIONS,
  API.ADD_OFFSETS,
  API.END_TXN,
  API.TXN_OFFSET_COMMIT,
]);

interface OffsetTopics {
  readonly name: string;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly committedOffset: bigint;
    readonly committedMetadata: string | null;
  }[];
}

/** The last batch that a producer wrote to a partition. */
interface Sequence {
  readonly epoch: number;
  readonly next: number;
}

/** The brokers' side of the protocol, as the library's objects for requests and responses. */
export class SimBrokers {
  readonly #log: EmbeddedLog;
  readonly #machine: Machine;
  readonly #coordinator: SimCoordinator;
  readonly #groups: SimGroups;
  /** By producer, topic and partition. */
  readonly #sequences = new Map<string, Sequence>();

  constructor(log: EmbeddedLog, machine: Machine, coordinator: SimCoordinator, groups: SimGroups) {
    this.#log = log;
    this.#machine = machine;
    this.#coordinator = coordinator;
    this.#groups = groups;
  }

  async answer(key: number, args: readonly unknown[]): Promise<object> {
    switch (key) {
      case API.METADATA:
        return this.#metadata(args[0] as string[] | null);
      case API.FIND_COORDINATOR:
        return { coordinators: [{ errorCode: 0, errorMessage: null, ...NODE }] };
      case API.PRODUCE:
        return this.#produce(args[0] as string | null, args[2] as (TopicPartition & { batch: Buffer })[]);
      case API.INIT_PRODUCER_ID: {
        const [id, timeoutMs, producerId, epoch] = args as [string | null, number, bigint, number];
        if (id === null) return { errorCode: 0, producerId: this.#coordinator.newProducerId(), producerEpoch: 0 };
        const given = this.#coordinator.initProducer(id, timeoutMs, { id: producerId, epoch });
        return { errorCode: given.code, producerId: given.id ?? -1n, producerEpoch: given.epoch ?? -1 };
      }
      case API.ADD_PARTITIONS:
        return this.#addPartitions(args as never);
      case API.ADD_OFFSETS: {
        const [id, producerId, epoch, group] = args as [string, bigint, number, string];
        return { errorCode: this.#coordinator.add(id, { id: producerId, epoch }, [], group) };
      }
      case API.TXN_OFFSET_COMMIT: {
        const [id, group, producerId, epoch, generationId, memberId, , topics] = args as [
          string,
          string,
          bigint,
          number,
          number,
          string,
          unknown,
          readonly OffsetTopics[],
        ];
        const member = { generationId, memberId };
        const code = this.#coordinator.commitOffsets(id, { id: producerId, epoch }, group, member, offsetsOf(topics));
        return codesOf(topics, code);
      }
      case API.END_TXN: {
        const [id, producerId, epoch, isCommit] = args as [string, bigint, number, boolean];
        return { errorCode: await this.#coordinator.end(id, { id: producerId, epoch }, isCommit) };
      }
      case API.OFFSET_COMMIT:
        return this.#commitOffsets(args as never);
      case API.OFFSET_FETCH:
        return this.#offsets(args[0] as never);
      case API.LIST_TRANSACTIONS:
        return { errorCode: 0, transactionStates: this.#coordinator.states() };
      default:
        throw new Error(`API ${key} is not simulated`);
    }
  }

  /** A request that arrives late, and whose response nobody receives. */
  answerLater(ms: number, key: number, args: readonly unknown[]): void {
    this.#machine.env.timers.after(ms, () => void this.answer(key, args));
  }

  async #metadata(names: readonly string[] | null): Promise<object> {
    const known = await this.#log.admin.listTopics();
    const topics = known
      .filter(({ name }) => names?.includes(name) !== false)
      .map(({ name, partitions, id }) => ({
        errorCode: 0,
        name,
        topicId: id ?? '',
        isInternal: false,
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          leaderId: NODE.nodeId,
          leaderEpoch: 0,
          replicaNodes: [NODE.nodeId],
        })),
      }));
    return { brokers: [NODE], controllerId: NODE.nodeId, topics };
  }

  async #addPartitions([[request]]: [
    [
      {
        readonly transactionalId: string;
        readonly producerId: bigint;
        readonly producerEpoch: number;
        readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
      },
    ],
  ]): Promise<object> {
    const { transactionalId, producerId, producerEpoch, topics } = request;
    const all = topics.flatMap(({ name: topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
    const known = new Set<string>();
    for (const { name } of topics) if ((await this.#log.admin.describeTopic(name)) !== undefined) known.add(name);
    const isWhole = topics.every(({ name }) => known.has(name));
    const code = isWhole ? this.#coordinator.add(transactionalId, { id: producerId, epoch: producerEpoch }, all) : 0;
    const codeOf = (topic: string): number =>
      isWhole ? code : known.has(topic) ? KafkaCode.OPERATION_NOT_ATTEMPTED : KafkaCode.UNKNOWN_TOPIC_OR_PARTITION;
    const topicResults = topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: codeOf(name),
      })),
    }));
    return { errorCode: 0, resultsByTransaction: [{ transactionalId, topicResults }] };
  }

  async #produce(id: string | null, batches: readonly (TopicPartition & { batch: Buffer })[]): Promise<object> {
    const partitions: object[] = [];
    for (const { topic, partition, batch } of batches) {
      const at = { topic, partition };
      let errorCode: number = KafkaCode.NONE;
      let baseOffset = -1;
      try {
        const end = await this.#log.admin.latestOffset(at);
        errorCode = this.#sequenceCode(at, batch, () => (id === null ? 0 : this.#write(id, at, batch, end)));
        if (errorCode === 0 && id === null) {
          await this.#append(at, batch);
          baseOffset = end;
        }
      } catch (error) {
        if (isSluiceError(error, 'NOT_FOUND')) errorCode = KafkaCode.UNKNOWN_TOPIC_OR_PARTITION;
        else if (isSluiceError(error, 'RECORD_TOO_LARGE')) errorCode = KafkaCode.MESSAGE_TOO_LARGE;
        else throw error;
      }
      partitions.push({ ...at, errorCode, baseOffset, message: null });
    }
    return { partitions };
  }

  #write(id: string, at: TopicPartition, batch: Buffer, end: number): number {
    const producer = { id: batch.readBigInt64BE(PRODUCER_ID_AT), epoch: batch.readInt16BE(PRODUCER_EPOCH_AT) };
    return this.#coordinator.write(id, producer, at, batch, end);
  }

  async #append({ topic, partition }: TopicPartition, batch: Buffer): Promise<void> {
    const writer = await this.#log.createWriter({});
    writer.append(topic, partition, batch, true);
    await writer.commit();
    await writer.close();
  }

  /** The code for a batch by its producer's epoch and its sequence number; 0 if `accept` takes it. */
  #sequenceCode({ topic, partition }: TopicPartition, batch: Buffer, accept: () => number): number {
    const producer = `${batch.readBigInt64BE(PRODUCER_ID_AT)}\0${topic}\0${partition}`;
    const [epoch, sequence] = [batch.readInt16BE(PRODUCER_EPOCH_AT), batch.readInt32BE(BASE_SEQUENCE_AT)];
    const known = this.#sequences.get(producer);
    if (known !== undefined && epoch < known.epoch) return KafkaCode.INVALID_PRODUCER_EPOCH;
    const expected = known?.epoch === epoch ? known.next : 0;
    if (sequence < expected) return KafkaCode.DUPLICATE_SEQUENCE_NUMBER;
    if (sequence > expected) return KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
    const code = accept();
    if (code === 0) this.#sequences.set(producer, { epoch, next: sequence + recordCountOf(batch) });
    return code;
  }

  async #commitOffsets([group, generationId, memberId, , topics]: [
    string,
    number,
    string,
    unknown,
    readonly OffsetTopics[],
  ]): Promise<object> {
    const code = this.#groups.refusal(group, { generationId, memberId });
    if (code === 0) {
      const writer = await this.#log.createWriter({});
      writer.commitOffsets(group, offsetsOf(topics));
      await writer.commit();
      await writer.close();
    }
    return codesOf(topics, code);
  }

  async #offsets([{ groupId, topics }]: [
    {
      readonly groupId: string;
      readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
    },
  ]): Promise<object> {
    const committed = await this.#log.admin.committedOffsets(groupId);
    const wanted: readonly TopicPartition[] =
      topics?.flatMap(({ name: topic, partitionIndexes }) =>
        partitionIndexes.map((partition) => ({ topic, partition })),
      ) ?? committed;
    const partitions = wanted.map((at) => {
      const found = committed.find((o) => o.topic === at.topic && o.partition === at.partition);
      const isPending = this.#coordinator.isPending(groupId, at);
      return {
        name: at.topic,
        partitions: [
          {
            partitionIndex: at.partition,
            committedOffset: BigInt(isPending ? -1 : (found?.offset ?? -1)),
            metadata: found?.metadata ?? null,
            errorCode: isPending ? KafkaCode.UNSTABLE_OFFSET_COMMIT : 0,
          },
        ],
      };
    });
    return { groups: [{ groupId, errorCode: 0, topics: partitions }] };
  }
}

function offsetsOf(topics: readonly OffsetTopics[]): CommittedOffset[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, committedOffset, committedMetadata }) => ({
      topic,
      partition,
      offset: Number(committedOffset),
      ...(committedMetadata !== null && { metadata: committedMetadata }),
    })),
  );
}

function codesOf(topics: readonly OffsetTopics[], errorCode: number): object {
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

/** A response as it is when every code in it is this one. */
function refused(key: number, args: readonly unknown[], code: number): object {
  switch (key) {
    case API.ADD_PARTITIONS:
      return { errorCode: code, resultsByTransaction: [] };
    case API.TXN_OFFSET_COMMIT:
      return codesOf(args[7] as readonly OffsetTopics[], code);
    default:
      return { errorCode: code, producerId: -1n, producerEpoch: -1 };
  }
}

/** The cluster as a real client sees it: all of its code but for the connections. */
export class SimCluster extends Cluster {
  readonly #brokers: SimBrokers;
  readonly #weather: NetWeather;

  constructor(brokers: SimBrokers, env: Env, weather: NetWeather) {
    super(clientConfigOf(PROPERTIES), env);
    this.#brokers = brokers;
    this.#weather = weather;
  }

  override async send<Args extends unknown[], Response extends { readonly throttleTimeMs: number }>(
    _address: Address,
    _purpose: string,
    versions: readonly ApiVersion<Args, Response>[],
    args: Args,
  ): Promise<Response> {
    const { timers } = this.env;
    const key = versions[0]!.api.key;
    // The network has the bytes: their owner may change them meanwhile.
    const sent = key === API.PRODUCE ? copied(args) : args;
    await timers.sleep(this.#weather.latencyMs());
    const fault = this.#weather.fault();
    if (fault === 'before') {
      if (key === API.PRODUCE) this.#late(sent);
      throw await this.#lost();
    }
    const refusal = REFUSED.has(key) ? this.#weather.refusal() : undefined;
    if (refusal === 'before') return refused(key, args, this.#one(REFUSALS)) as Response;
    const response = await this.#brokers.answer(key, sent);
    // The brokers run on other machines: a dead server does not receive the response.
    await timers.turn();
    if (fault === 'after') throw await this.#lost();
    if (refusal === 'after') return refused(key, args, this.#one(UNCONFIRMED)) as Response;
    return { throttleTimeMs: 0, ...response } as never;
  }

  /** What a server has sent may arrive when it has given up, or died. */
  #late(args: readonly unknown[]): void {
    if (this.#weather.random() < 0.5) return;
    this.#brokers.answerLater(this.#weather.random() * LATE_MS, API.PRODUCE, args);
  }

  /** A connection breaks at once, or nothing is heard until the time-out. */
  async #lost(): Promise<SluiceError> {
    if (this.#weather.random() < 0.5) await this.env.timers.sleep(this.config.requestTimeoutMs);
    return new SluiceError('LOG_UNAVAILABLE', 'The broker does not answer', { retriable: true });
  }

  #one<T>(items: readonly T[]): T {
    return items[Math.floor(this.#weather.random() * items.length)]!;
  }
}

function copied(args: readonly unknown[]): readonly unknown[] {
  const [id, timeoutMs, batches] = args as [unknown, unknown, (TopicPartition & { batch: Buffer })[]];
  return [id, timeoutMs, batches.map((one) => ({ ...one, batch: Buffer.from(one.batch) }))];
}
