import {
  addOffsetsToTxnV3,
  addOffsetsToTxnV4,
  addPartitionsToTxnV3,
  endTxnV3,
  endTxnV4,
  initProducerIdV3,
  initProducerIdV4,
  initProducerIdV5,
  offsetCommitV8,
  offsetCommitV9,
  txnOffsetCommitV3,
  txnOffsetCommitV4,
} from './client-library.ts';
import { SluiceError } from '../../base/errors.ts';
import type { CommittedOffset, GroupMember, TopicPartition } from '../api.ts';
import { byTopic } from './by-topic.ts';
import type { Cluster } from './cluster.ts';
import { Membership } from './membership.ts';
import { isCoordinatorMove, KafkaCode, kafkaCodeOf, kafkaError } from './protocol-error.ts';

/** A producer's identity with the brokers. */
export interface ProducerId {
  readonly id: bigint;
  readonly epoch: number;
}

/** With the library's default of 0/0, a broker would report "fenced" at a restart. */
const NEW_PRODUCER: ProducerId = { id: -1n, epoch: -1 };

const initVersions = [initProducerIdV5, initProducerIdV4, initProducerIdV3];

/** Obtains a producer id. For a transactional id this fences earlier writers and ends their open transactions. */
export async function initProducer(
  cluster: Cluster,
  transactionalId: string | null,
  current: ProducerId = NEW_PRODUCER,
): Promise<ProducerId> {
  const action = transactionalId === null ? 'get a producer id' : `begin writing as '${transactionalId}'`;
  const timeoutMs = cluster.config.transactionTimeoutMs;
  const args: [string | null, number, bigint, number] = [transactionalId, timeoutMs, current.id, current.epoch];
  if (transactionalId === null) {
    return cluster.retrying(action, async () => {
      const response = await cluster.sendToAny(initVersions, args);
      if (response.errorCode !== 0) throw kafkaError(response.errorCode, action);
      return { id: response.producerId, epoch: response.producerEpoch };
    });
  }
  const response = await cluster.toCoordinator(
    'transaction',
    transactionalId,
    action,
    initVersions,
    () => args,
    (r) => r.errorCode,
  );
  return { id: response.producerId, epoch: response.producerEpoch };
}

/** How long a new topic may be unknown: brokers learn of it within milliseconds. */
const UNKNOWN_TOPIC_MS = 2000;

/** A topic that stays unknown has been deleted; a single request does not wait for its return. */
function unknownTopics(cluster: Cluster): (codes: readonly TopicCode[]) => readonly TopicCode[] {
  const { clock } = cluster.env;
  let sinceMs: number | undefined;
  return (codes) => {
    const unknown = codes.find((c) => c.code === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION);
    if (unknown === undefined) return codes;
    sinceMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - sinceMs < UNKNOWN_TOPIC_MS) return codes;
    throw new SluiceError('NOT_FOUND', `Topic '${unknown.topic}' does not exist`);
  };
}

/**
 * Tells the coordinator which partitions the transaction will write to, in one request before the first batch is sent.
 * @throws SluiceError NOT_FOUND
 */
export async function addPartitions(
  cluster: Cluster,
  transactionalId: string,
  producer: ProducerId,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const topics = [...byTopic(partitions)].map(([name, list]) => ({ name, partitions: list.map((p) => p.partition) }));
  const transaction = {
    transactionalId,
    producerId: producer.id,
    producerEpoch: producer.epoch,
    verifyOnly: false,
    topics,
  };
  const known = unknownTopics(cluster);
  await naming(
    (topics) => `add partitions${topics} to the transaction of '${transactionalId}'`,
    (action, note) =>
      cluster.toCoordinator(
        'transaction',
        transactionalId,
        action,
        // Version 3, because later versions are reserved for brokers.
        [addPartitionsToTxnV3],
        () => [[transaction]],
        (response) =>
          response.errorCode ||
          note(
            known(
              response.resultsByTransaction.flatMap((t) =>
                t.topicResults.flatMap((p) =>
                  p.resultsByPartition.map((x) => ({ topic: p.name, code: x.partitionErrorCode })),
                ),
              ),
            ),
          ),
      ),
  );
}

/** Adds a group's offsets to the transaction. */
export async function addOffsets(
  cluster: Cluster,
  transactionalId: string,
  producer: ProducerId,
  group: string,
  offsets: readonly CommittedOffset[],
  member: GroupMember | undefined,
): Promise<void> {
  await addGroup(cluster, transactionalId, producer, group);
  await commitOffsetsOf(cluster, transactionalId, producer, group, offsets, member);
}

/** Sends offsets to the group's coordinator; they become valid at the end of the transaction. */
export async function commitOffsetsOf(
  cluster: Cluster,
  transactionalId: string,
  producer: ProducerId,
  group: string,
  offsets: readonly CommittedOffset[],
  member: GroupMember | undefined,
): Promise<void> {
  await naming(
    (topics) => `commit offsets${topics} of group '${group}' in the transaction of '${transactionalId}'`,
    (action, note) =>
      cluster.toCoordinator(
        'group',
        group,
        action,
        [txnOffsetCommitV4, txnOffsetCommitV3],
        () => [
          transactionalId,
          group,
          producer.id,
          producer.epoch,
          member?.generationId ?? -1,
          member?.memberId ?? '',
          member?.groupInstanceId ?? null,
          topicsOf(offsets),
        ],
        (r) => settled(note(codesOf(r.topics)), member),
      ),
  );
}

/** Tells the transaction's coordinator that it will include offsets of the group. */
export async function addGroup(
  cluster: Cluster,
  transactionalId: string,
  producer: ProducerId,
  group: string,
): Promise<void> {
  await cluster.toCoordinator(
    'transaction',
    transactionalId,
    `add group '${group}' to the transaction of '${transactionalId}'`,
    [addOffsetsToTxnV4, addOffsetsToTxnV3],
    () => [transactionalId, producer.id, producer.epoch, group],
    (r) => r.errorCode,
  );
}

export async function endTransaction(
  cluster: Cluster,
  transactionalId: string,
  producer: ProducerId,
  commit: boolean,
  limitMs?: number,
): Promise<void> {
  await cluster.toCoordinator(
    'transaction',
    transactionalId,
    `${commit ? 'commit' : 'abort'} the transaction of '${transactionalId}'`,
    [endTxnV4, endTxnV3],
    () => [transactionalId, producer.id, producer.epoch, commit],
    (r) => r.errorCode,
    limitMs,
  );
}

/** Commits offsets outside of a transaction. */
export async function commitOffsets(
  cluster: Cluster,
  group: string,
  offsets: readonly CommittedOffset[],
  member: GroupMember | undefined,
): Promise<void> {
  await naming(
    (topics) => `commit offsets${topics} of group '${group}'`,
    (action, note) =>
      cluster.toCoordinator(
        'group',
        group,
        action,
        [offsetCommitV9, offsetCommitV8],
        () => [
          group,
          member?.generationId ?? -1,
          member?.memberId ?? '',
          member?.groupInstanceId ?? null,
          topicsOf(offsets),
        ],
        (r) => settled(note(codesOf(r.topics)), member),
      ),
  );
}

interface TopicCode {
  readonly topic: string;
  readonly code: number;
}

function codesOf(
  topics: readonly { readonly name: string; readonly partitions: readonly { readonly errorCode: number }[] }[],
): TopicCode[] {
  return topics.flatMap(({ name, partitions }) => partitions.map((p) => ({ topic: name, code: p.errorCode })));
}

/**
 * A request over several topics: if one is not permitted the whole request is refused, and the error names that topic.
 */
async function naming(
  actionOn: (topics: string) => string,
  send: (action: string, note: (codes: readonly TopicCode[]) => number) => Promise<unknown>,
): Promise<void> {
  let refused: string[] = [];
  try {
    await send(actionOn(''), (codes) => {
      refused = codes.filter((c) => c.code === KafkaCode.TOPIC_AUTHORIZATION_FAILED).map((c) => c.topic);
      return worst(codes.map((c) => c.code));
    });
  } catch (error) {
    if (kafkaCodeOf(error) !== KafkaCode.TOPIC_AUTHORIZATION_FAILED || refused.length === 0) throw error;
    const topics = [...new Set(refused)].join(', ');
    throw kafkaError(KafkaCode.TOPIC_AUTHORIZATION_FAILED, actionOn(` of ${topics}`));
  }
}

function topicsOf(offsets: readonly CommittedOffset[]) {
  return [...byTopic(offsets)].map(([name, list]) => ({
    name,
    partitions: list.map(({ partition, offset, metadata }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: metadata ?? null,
    })),
  }));
}

/**
 * While a group rebalances, it briefly refuses commits, and commits of the previous generation. An active membership
 * soon learns the new generation or that it has ended; it retries until then.
 */
function settled(code: number, member: GroupMember | undefined): number {
  const passing =
    code === KafkaCode.REBALANCE_IN_PROGRESS || (code === KafkaCode.ILLEGAL_GENERATION && member instanceof Membership);
  return passing ? KafkaCode.COORDINATOR_LOAD_IN_PROGRESS : code;
}

/**
 * The decisive code among those of several partitions: real reasons take precedence over a moved coordinator and "not
 * attempted".
 */
function worst(codes: readonly number[]): number {
  const bad = codes.filter((code) => code !== 0);
  return bad.find((code) => !isCoordinatorMove(code) && code !== KafkaCode.OPERATION_NOT_ATTEMPTED) ?? bad[0] ?? 0;
}
