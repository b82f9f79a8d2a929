import {
  heartbeatV4,
  joinGroupV6,
  joinGroupV7,
  joinGroupV8,
  joinGroupV9,
  leaveGroupV4,
  leaveGroupV5,
  syncGroupV4,
  syncGroupV5,
} from './client-library.ts';
import { isSluiceError, messageOf } from '../../base/errors.ts';
import type { GroupMember, GroupMembership, GroupOptions, TopicPartition } from '../api.ts';
import { assign, unitsOf } from './assignor.ts';
import type { ApiVersion, Cluster } from './cluster.ts';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts';
import { Membership } from './membership.ts';
import { isCoordinatorMove, KafkaCode, kafkaCodeOf, kafkaError } from './protocol-error.ts';

const PROTOCOL_TYPE = 'consumer';
const PROTOCOL = 'sluice-cooperative-sticky';

type JoinArgs = Parameters<typeof joinGroupV9.createRequest>;

let nextGroup = 1;

/**
 * Membership of a classic consumer group with a cooperative, sticky assignor of our own (assignor.ts): work on
 * partitions that stay continues during a rebalance, and those that move are committed before.
 */
export class ConsumerGroup implements GroupMembership {
  readonly #cluster: Cluster;
  readonly #options: GroupOptions;
  readonly #sessionTimeoutMs: number;
  readonly #heartbeatIntervalMs: number;
  readonly #rebalanceTimeoutMs: number;
  readonly #purpose: string;
  readonly #topics: readonly string[];
  #memberId = '';
  #generationId = -1;
  #membership: Membership;
  #owned: TopicPartition[] = [];
  #isLeader = false;
  /** The partition counts for which the leader made its assignment. */
  #assignedFor = '';
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();
  #lastContactMs = 0;
  #joining: Promise<unknown> | undefined;

  constructor(cluster: Cluster, options: GroupOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 45_000;
    this.#heartbeatIntervalMs = options.heartbeatIntervalMs ?? 3_000;
    this.#rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? 300_000;
    this.#membership = new Membership(options.groupInstanceId);
    this.#purpose = `group-${nextGroup++}`;
    this.#topics = [...new Set(options.topicGroups.flat())].sort();
  }

  /**
   * The member to commit with: the group refuses offsets of an outdated member. Take it when partitions are assigned,
   * and keep it with them.
   */
  get member(): GroupMember {
    return this.#membership;
  }

  get owned(): readonly TopicPartition[] {
    return this.#owned;
  }

  get isSettled(): boolean {
    return this.#joining === undefined && this.#generationId >= 0;
  }

  async settled(): Promise<void> {
    while (this.#joining !== undefined) await this.#joining.catch(() => undefined);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Gives up all partitions (onRevoked), then leaves, so that others take over at once. */
  async leave(): Promise<void> {
    this.#stop.abort();
    // A join that waits for others is cut off.
    await this.#cluster.connections.dropPurpose(this.#purpose);
    await this.#running;
    const { callbacks, groupId, groupInstanceId } = this.#options;
    if (this.#owned.length > 0) {
      const owned = this.#owned;
      this.#owned = [];
      await callbacks.onRevoked(owned);
    }
    // A static member keeps its place until its session ends.
    if (this.#memberId !== '' && groupInstanceId === undefined) {
      const args: [string, { memberId: string; groupInstanceId: null; reason: string }[]] = [
        groupId,
        [{ memberId: this.#memberId, groupInstanceId: null, reason: 'stopped' }],
      ];
      await this.#send([leaveGroupV5, leaveGroupV4] as unknown as readonly (typeof leaveGroupV5)[], args).catch(
        (error: unknown) => {
          this.#cluster.env.logger.debug('Cannot leave the group: its session will end', {
            groupId,
            error: messageOf(error),
          });
        },
      );
    }
    this.#memberId = '';
    this.#generationId = -1;
    this.#membership.end();
    await this.#cluster.connections.dropPurpose(this.#purpose);
  }

  async #run(): Promise<void> {
    const backoff = () => this.#cluster.backoff(Infinity);
    let pause = backoff();
    while (!this.#stop.signal.aborted) {
      try {
        await this.#rebalance();
        pause = backoff();
        await this.#heartbeatUntilRebalance();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        const final = await this.#recover(error);
        if (final) {
          this.#options.callbacks.onFailed(error);
          return;
        }
        await pause.wait();
      }
    }
  }

  /** Prepares for another attempt; true when there is no point in one. */
  async #recover(error: unknown): Promise<boolean> {
    const code = kafkaCodeOf(error);
    this.#cluster.env.logger.debug('Group membership is interrupted', {
      groupId: this.#options.groupId,
      error: messageOf(error),
    });
    switch (code) {
      case KafkaCode.REBALANCE_IN_PROGRESS:
        return false;
      case KafkaCode.UNKNOWN_MEMBER_ID:
        this.#memberId = '';
        await this.#lose();
        return false;
      case KafkaCode.ILLEGAL_GENERATION:
        await this.#lose();
        return false;
      default:
        if (code !== undefined && isCoordinatorMove(code))
          this.#cluster.forgetCoordinator('group', this.#options.groupId);
        else if (code === undefined && isSluiceError(error))
          this.#cluster.forgetCoordinator('group', this.#options.groupId);
        // After a whole session without contact, the group has assigned the partitions to others.
        if (this.#cluster.env.clock.monotonicMs() - this.#lastContactMs > this.#sessionTimeoutMs) await this.#lose();
        if (isSluiceError(error) && error.retriable) return false;
        await this.#lose();
        return true;
    }
  }

  async #lose(): Promise<void> {
    this.#generationId = -1;
    this.#membership.end();
    this.#membership = new Membership(this.#options.groupInstanceId);
    if (this.#owned.length === 0) return;
    const lost = this.#owned;
    this.#owned = [];
    await this.#options.callbacks.onLost(lost);
  }

  /** Joins until the assignment contains nothing that must be given up. */
  async #rebalance(): Promise<void> {
    for (;;) {
      this.#joining = this.#joinAndSync();
      let assigned: readonly TopicPartition[];
      try {
        assigned = (await this.#joining) as readonly TopicPartition[];
      } finally {
        this.#joining = undefined;
      }
      const revoked = without(this.#owned, assigned);
      const added = without(assigned, this.#owned);
      if (revoked.length > 0) {
        await this.#whileBeating(() => this.#options.callbacks.onRevoked(revoked));
        this.#owned = without(this.#owned, revoked);
      }
      if (added.length > 0) {
        this.#owned = [...this.#owned, ...added];
        await this.#whileBeating(() => this.#options.callbacks.onAssigned(added));
      }
      if (revoked.length === 0 || this.#stop.signal.aborted) return;
    }
  }

  async #joinAndSync(): Promise<readonly TopicPartition[]> {
    const { groupId, groupInstanceId } = this.#options;
    const subscription = encodeSubscription({
      topics: this.#topics,
      owned: this.#owned,
      generationId: this.#generationId,
      userData: this.#options.userData,
    });
    const joinArgs: JoinArgs = [
      groupId,
      this.#sessionTimeoutMs,
      this.#rebalanceTimeoutMs,
      this.#memberId,
      groupInstanceId ?? null,
      PROTOCOL_TYPE,
      [{ name: PROTOCOL, metadata: subscription }],
    ];
    const joinVersions = [
      joinGroupV9,
      joinGroupV8,
      joinGroupV7,
      joinGroupV6,
    ] as unknown as readonly (typeof joinGroupV9)[];
    let joined = await this.#send(joinVersions, joinArgs, this.#rebalanceTimeoutMs + 10_000);
    if (joined.errorCode === KafkaCode.MEMBER_ID_REQUIRED && joined.memberId) {
      this.#memberId = joined.memberId;
      joinArgs[3] = joined.memberId;
      joined = await this.#send(joinVersions, joinArgs, this.#rebalanceTimeoutMs + 10_000);
    }
    if (joined.errorCode !== 0) throw kafkaError(joined.errorCode, `join group '${groupId}'`);
    this.#memberId = joined.memberId!;
    this.#generationId = joined.generationId;
    this.#membership.update(this.#memberId, this.#generationId);
    this.#isLeader = joined.leader === this.#memberId;
    const assignments = this.#isLeader ? await this.#assign(joined.members) : [];
    const synced = await this.#send(
      [syncGroupV5, syncGroupV4],
      [groupId, joined.generationId, this.#memberId, groupInstanceId ?? null, PROTOCOL_TYPE, PROTOCOL, assignments],
      this.#rebalanceTimeoutMs + 10_000,
    );
    if (synced.errorCode !== 0) throw kafkaError(synced.errorCode, `join group '${groupId}'`);
    return decodeAssignment(synced.assignment);
  }

  async #assign(
    members: readonly { readonly memberId: string; readonly metadata: Buffer | null }[],
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const counts = await this.#partitionCounts();
    this.#assignedFor = JSON.stringify([...counts]);
    const units = unitsOf(this.#options.topicGroups, (topic) => counts.get(topic) ?? 0);
    const claims = members.map(({ memberId, metadata }) => ({
      memberId,
      ...decodeSubscription(metadata ?? Buffer.alloc(0)),
    }));
    return [...assign(units, claims)].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(partitions),
    }));
  }

  async #partitionCounts(): Promise<Map<string, number>> {
    await this.#cluster.refresh(this.#topics);
    return new Map(this.#topics.map((topic) => [topic, this.#cluster.knownTopic(topic)?.partitions.length ?? 0]));
  }

  async #heartbeatUntilRebalance(): Promise<void> {
    let checkAtMs = this.#cluster.env.clock.monotonicMs() + this.#cluster.config.metadataMaxAgeMs;
    while (!this.#stop.signal.aborted) {
      await this.#sleep(this.#heartbeatIntervalMs);
      if (this.#stop.signal.aborted) return;
      const code = await this.#heartbeat();
      if (code === KafkaCode.REBALANCE_IN_PROGRESS) return;
      if (code !== 0) throw kafkaError(code, `stay in group '${this.#options.groupId}'`);
      // The leader watches for new partitions, and for topics that are created later.
      const nowMs = this.#cluster.env.clock.monotonicMs();
      if (this.#isLeader && (nowMs >= checkAtMs || this.#assignedFor.includes(',0]'))) {
        checkAtMs = nowMs + this.#cluster.config.metadataMaxAgeMs;
        if (JSON.stringify([...(await this.#partitionCounts())]) !== this.#assignedFor) return;
      }
    }
  }

  async #heartbeat(): Promise<number> {
    const { groupId, groupInstanceId } = this.#options;
    const { errorCode } = await this.#send(
      [heartbeatV4],
      [groupId, this.#generationId, this.#memberId, groupInstanceId ?? null],
    );
    return errorCode;
  }

  /** Callbacks may take long, so heartbeats continue. Their responses are handled afterwards. */
  async #whileBeating(work: () => Promise<void>): Promise<void> {
    const done = new AbortController();
    const beating = (async () => {
      while (!done.signal.aborted) {
        await this.#cluster.env.timers.sleep(this.#heartbeatIntervalMs, done.signal).catch(() => {});
        if (!done.signal.aborted) await this.#heartbeat().catch(() => {});
      }
    })();
    try {
      await work();
    } finally {
      done.abort();
      await beating;
    }
  }

  async #sleep(ms: number): Promise<void> {
    await this.#cluster.env.timers.sleep(ms, this.#stop.signal).catch(() => {});
  }

  async #send<Args extends unknown[], Response extends { readonly throttleTimeMs: number }>(
    versions: readonly ApiVersion<Args, Response>[],
    args: Args,
    timeoutMs?: number,
  ): Promise<Response> {
    const address = await this.#cluster.coordinator('group', this.#options.groupId);
    // A join blocks its connection until all members have joined, so it has one of its own with a sufficient time-out.
    const response = await this.#cluster.send(
      address,
      this.#purpose,
      versions,
      args,
      timeoutMs ?? this.#rebalanceTimeoutMs + 10_000,
    );
    this.#lastContactMs = this.#cluster.env.clock.monotonicMs();
    return response;
  }
}

/** The partitions that are not in `others`. */
function without(partitions: readonly TopicPartition[], others: readonly TopicPartition[]): TopicPartition[] {
  return partitions.filter((p) => !others.some((o) => o.topic === p.topic && o.partition === p.partition));
}
