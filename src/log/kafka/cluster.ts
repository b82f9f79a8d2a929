import { must } from '../../base/assert.ts';
import {
  findCoordinatorV4,
  findCoordinatorV5,
  findCoordinatorV6,
  metadataV10,
  metadataV11,
  metadataV12,
  metadataV9,
  type Connection,
} from './client-library.ts';
import type { Env } from '../../base/env.ts';
import { isSluiceError, SluiceError } from '../../base/errors.ts';
import type { TopicPartition } from '../api.ts';
import { TimedBackoff } from '../../base/backoff.ts';
import type { Address, ClientConfig } from './client-config.ts';
import { Connections, networkError } from './connections.ts';
import {
  isCoordinatorMove,
  isRetriableCode,
  KafkaCode,
  kafkaCodeOf,
  kafkaError,
  KafkaRefusal,
} from './protocol-error.ts';

/** One version of one request as the library implements it. */
export interface ApiVersion<Args extends unknown[], Response> {
  readonly api: {
    readonly key: number;
    readonly version: number;
    async(connection: Connection, ...args: Args): Promise<Response>;
  };
}

export interface PartitionInfo {
  /** Undefined while there is no leader. */
  readonly leader: number | undefined;
  readonly leaderEpoch: number;
}

export interface TopicInfo {
  readonly name: string;
  readonly id: string;
  readonly internal: boolean;
  readonly replicas: number;
  readonly partitions: readonly (PartitionInfo | undefined)[];
}

export type CoordinatorKind = 'group' | 'transaction';

/** Short requests that may share a connection. */
const CONTROL = 'control';

/** The cluster as the client sees it: nodes, leaders and coordinators, and how to send requests to each. */
export class Cluster {
  readonly config: ClientConfig;
  readonly env: Env;
  readonly connections: Connections;
  readonly #nodes = new Map<number, Address>();
  #controller: number | undefined;
  readonly #topics = new Map<string, TopicInfo>();
  readonly #refreshedAt = new Map<string, number>();
  readonly #coordinators = new Map<string, Address>();
  #closed = false;

  constructor(config: ClientConfig, env: Env) {
    this.config = config;
    this.env = env;
    this.connections = new Connections(config, env);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.connections.close();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  backoff(limitMs = this.config.deliveryTimeoutMs): TimedBackoff {
    return new TimedBackoff(this.env, this.config.retryBackoffMs, this.config.retryBackoffMaxMs, limitMs);
  }

  /**
   * Sends one request in the newest of `versions` that the node supports. A response with error codes is returned to
   * the caller.
   * @throws SluiceError LOG_UNAVAILABLE
   */
  async send<Args extends unknown[], Response extends { readonly throttleTimeMs: number }>(
    address: Address,
    purpose: string,
    versions: readonly ApiVersion<Args, Response>[],
    args: Args,
    requestTimeoutMs?: number,
  ): Promise<Response> {
    await this.connections.waitForThrottle(address);
    const { connection, versions: known } = await this.connections.get(address, purpose, requestTimeoutMs);
    const found = versions.find(({ api }) => {
      const range = known.get(api.key);
      return range !== undefined && api.version >= range.min && api.version <= range.max;
    });
    if (found === undefined) {
      throw new SluiceError(
        'LOG_UNAVAILABLE',
        `Kafka at ${address.host}:${address.port} is too old or too new: it lacks API ${must(versions[0], 'version').api.key}`,
      );
    }
    let response: Response;
    try {
      response = await found.api.async(connection, ...args);
    } catch (error) {
      const answered = (error as { response?: Response }).response;
      if (answered === undefined) {
        this.connections.drop(address, purpose);
        throw networkError(address, error);
      }
      response = answered;
    }
    this.connections.throttle(address, response.throttleTimeMs);
    return response;
  }

  /** Like send, over the shared control connection of any node that responds. */
  async sendToAny<Args extends unknown[], Response extends { readonly throttleTimeMs: number }>(
    versions: readonly ApiVersion<Args, Response>[],
    args: Args,
  ): Promise<Response> {
    let last: unknown;
    // Known nodes first; the bootstrap list when none of them responds.
    for (const address of [...this.#nodes.values(), ...this.config.bootstrap]) {
      try {
        return await this.send(address, CONTROL, versions, args);
      } catch (error) {
        last = error;
        if (!isSluiceError(error) || !error.retriable) throw error;
      }
    }
    throw last;
  }

  /** The address of a node. Any node's control connection serves requests that are not for a particular node. */
  addressOf(node: number): Address {
    const address = this.#nodes.get(node);
    if (address === undefined)
      throw new SluiceError('LOG_UNAVAILABLE', `Kafka node ${node} is not known`, { retriable: true });
    return address;
  }

  /** Addresses of all known nodes. */
  nodes(): readonly Address[] {
    return [...this.#nodes.values()];
  }

  /** Reads the metadata of these topics again (undefined: of all topics). */
  async refresh(names: readonly string[] | undefined): Promise<void> {
    const response = await this.sendToAny(
      [metadataV12, metadataV11, metadataV10, metadataV9] as never as readonly ApiVersion<
        [string[] | null, boolean, boolean],
        Awaited<ReturnType<typeof metadataV12.api.async>>
      >[],
      [names === undefined ? null : [...names], false, false],
    );
    this.#nodes.clear();
    for (const { nodeId, host, port } of response.brokers) this.#nodes.set(nodeId, { host, port });
    this.#controller = response.controllerId;
    const now = this.env.clock.monotonicMs();
    if (names === undefined) this.#topics.clear();
    for (const name of names ?? []) {
      this.#topics.delete(name);
      this.#refreshedAt.set(name, now);
    }
    for (const topic of response.topics) {
      if (typeof topic.name !== 'string') continue;
      if (topic.errorCode === KafkaCode.LEADER_NOT_AVAILABLE) continue;
      if (topic.errorCode === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
      if (topic.errorCode !== 0) {
        if (names === undefined || isRetriableCode(topic.errorCode)) continue;
        throw kafkaError(topic.errorCode, `read the metadata of topic '${topic.name}'`);
      }
      const partitions: (PartitionInfo | undefined)[] = [];
      for (const { partitionIndex, leaderId, leaderEpoch } of topic.partitions) {
        partitions[partitionIndex] = { leader: leaderId < 0 ? undefined : leaderId, leaderEpoch };
      }
      const replicas = topic.partitions[0]?.replicaNodes.length ?? 0;
      this.#topics.set(topic.name, {
        name: topic.name,
        // After an upgrade from a version without topic ids, topics have none.
        id: /[1-9a-f]/.test(topic.topicId ?? '') ? topic.topicId! : '',
        internal: topic.isInternal,
        replicas,
        partitions,
      });
      this.#refreshedAt.set(topic.name, now);
    }
  }

  /** All topics, freshly read. */
  async allTopics(): Promise<readonly TopicInfo[]> {
    await this.refresh(undefined);
    return [...this.#topics.values()];
  }

  /** The topic, from the cache while it is recent; undefined when it does not exist. */
  async topic(name: string, fresh = false): Promise<TopicInfo | undefined> {
    const known = this.#topics.get(name);
    const age = this.env.clock.monotonicMs() - (this.#refreshedAt.get(name) ?? -Infinity);
    if (!fresh && known !== undefined && age < this.config.metadataMaxAgeMs) return known;
    await this.refresh([name]);
    return this.#topics.get(name);
  }

  /** What is known of a partition without a request. */
  knownPartition({ topic, partition }: TopicPartition): PartitionInfo | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  knownTopic(name: string): TopicInfo | undefined {
    return this.#topics.get(name);
  }

  /** Removes a topic from the cache, after a response showed that it is outdated. */
  forgetTopic(name: string): void {
    this.#refreshedAt.delete(name);
  }

  isStale(name: string): boolean {
    const at = this.#refreshedAt.get(name);
    return at === undefined || this.env.clock.monotonicMs() - at > this.config.metadataMaxAgeMs;
  }

  /**
   * Sends to the leader of a partition, and looks the leader up again when the response says so, until `codeOf` returns
   * no retriable code.
   * @throws SluiceError NOT_FOUND, LOG_UNAVAILABLE; Kafka's refusal
   */
  async toLeader<Args extends unknown[], Response extends { readonly throttleTimeMs: number }>(
    at: TopicPartition,
    action: string,
    versions: readonly ApiVersion<Args, Response>[],
    argsFor: (info: PartitionInfo) => Args,
    codeOf: (response: Response) => number,
  ): Promise<Response> {
    return this.retrying(action, async (before) => {
      const topic = await this.topic(at.topic, before !== undefined);
      if (topic === undefined) throw new SluiceError('NOT_FOUND', `Topic '${at.topic}' does not exist`);
      const info = topic.partitions[at.partition];
      if (info === undefined)
        throw new SluiceError('NOT_FOUND', `Topic '${at.topic}' has no partition ${at.partition}`);
      if (info.leader === undefined) throw kafkaError(KafkaCode.LEADER_NOT_AVAILABLE, action);
      const response = await this.send(this.addressOf(info.leader), CONTROL, versions, argsFor(info));
      const code = codeOf(response);
      if (code !== 0) throw kafkaError(code, action);
      return response;
    });
  }

  /** Sends to the controller. */
  async toController<Args extends unknown[], Response extends { readonly throttleTimeMs: number }>(
    action: string,
    versions: readonly ApiVersion<Args, Response>[],
    args: Args,
    codeOf: (response: Response) => readonly [code: number, message?: string | null | undefined],
  ): Promise<Response> {
    return this.retrying(action, async (before) => {
      if (before !== undefined || this.#controller === undefined || !this.#nodes.has(this.#controller))
        await this.refresh([]);
      const response = await this.send(this.addressOf(this.#controller!), CONTROL, versions, args);
      const [code, message] = codeOf(response);
      // Waiting does not bring back a topic that does not exist.
      const mayMend = code === KafkaCode.NOT_CONTROLLER || code === KafkaCode.REQUEST_TIMED_OUT;
      if (code !== 0) throw new KafkaRefusal(code, action, message, mayMend);
      return response;
    });
  }

  /**
   * Sends to the coordinator of a group or a transactional id, looking it up again when it has moved, until there is no
   * retriable code. `argsNow` is called before each attempt.
   */
  async toCoordinator<Args extends unknown[], Response extends { readonly throttleTimeMs: number }>(
    kind: CoordinatorKind,
    key: string,
    action: string,
    versions: readonly ApiVersion<Args, Response>[],
    argsNow: () => [...Args],
    codeOf: (response: Response) => number,
    limitMs?: number,
  ): Promise<Response> {
    return this.retrying(
      action,
      async (before) => {
        const earlier = kafkaCodeOf(before);
        if (before !== undefined && (earlier === undefined || isCoordinatorMove(earlier)))
          this.forgetCoordinator(kind, key);
        const address = await this.coordinator(kind, key);
        const response = await this.send<Args, Response>(address, CONTROL, versions, argsNow());
        const code = codeOf(response);
        if (code !== 0) throw kafkaError(code, action);
        return response;
      },
      limitMs,
    );
  }

  /** The node that coordinates a group or a transactional id. */
  async coordinator(kind: CoordinatorKind, key: string): Promise<Address> {
    const id = `${kind}/${key}`;
    const known = this.#coordinators.get(id);
    if (known !== undefined) return known;
    const { coordinators } = await this.sendToAny(
      [findCoordinatorV6, findCoordinatorV5, findCoordinatorV4],
      [kind === 'group' ? 0 : 1, [key]],
    );
    const { errorCode, errorMessage, host, port } = must(coordinators[0], 'coordinator');
    if (errorCode !== 0) throw kafkaError(errorCode, `find the coordinator of ${kind} '${key}'`, errorMessage);
    const address = { host, port };
    this.#coordinators.set(id, address);
    return address;
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.delete(`${kind}/${key}`);
  }

  /**
   * Retries until success, a final error, or the time limit. `before` is the error of the previous attempt: cached data
   * may be outdated.
   */
  async retrying<T>(action: string, attempt: (before: unknown) => Promise<T>, limitMs?: number): Promise<T> {
    const backoff = this.backoff(limitMs);
    let before: unknown;
    for (;;) {
      try {
        return await attempt(before);
      } catch (error) {
        if (!isSluiceError(error) || !error.retriable || this.#closed) throw error;
        this.env.logger.debug('Kafka request will be tried again', { action, error: error.message });
        // The end of the previous transaction is being written, which takes milliseconds.
        const soon = kafkaCodeOf(error) === KafkaCode.CONCURRENT_TRANSACTIONS;
        if (!(await backoff.wait(soon ? 10 : undefined))) throw error;
        before = error;
      }
    }
  }
}
