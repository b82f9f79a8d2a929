import { must } from '../../base/assert.ts';
import { listTransactionsV0, listTransactionsV1, offsetFetchV8, offsetFetchV9 } from './client-library.ts';
import type { CommittedOffset, TopicPartition } from '../api.ts';
import { byTopic } from './by-topic.ts';
import type { Cluster } from './cluster.ts';
import { KafkaCode, kafkaError } from './protocol-error.ts';
import { addGroup, endTransaction, initProducer } from './transaction-requests.ts';

/**
 * A transaction has ended this long after its time-out, whatever became of it: every 10 s the coordinator looks for
 * those that have timed out (`transaction.abort.timed.out.transaction.cleanup.interval.ms`, which clients cannot read
 * without the right to describe the cluster) and writes their markers.
 */
const PENDING_GRACE_MS = 15_000;

/**
 * A transaction's marker is written before the coordinator reports its end; if it is still missing this much later, it
 * was lost.
 */
const LOST_MARKER_MS = 2_000;

/** States of transactions whose markers have all been written. */
const ENDED = new Set(['Empty', 'CompleteCommit', 'CompleteAbort', 'Dead']);

/**
 * The offsets of a group. Waits for offsets that a transaction is about to commit, since a restarted task would
 * otherwise start too early. If an offset remains pending although the transactions of all `writers` (a prefix of their
 * transactional ids) have ended, its marker was lost when the group's coordinator failed, and nothing else would end
 * it.
 */
export async function committedOffsets(
  cluster: Cluster,
  group: string,
  writers: string,
  partitions?: readonly TopicPartition[],
): Promise<readonly CommittedOffset[]> {
  if (partitions?.length === 0) return [];
  const { clock } = cluster.env;
  const found: CommittedOffset[] = [];
  let wanted = partitions;
  let backoff = cluster.backoff(cluster.config.transactionTimeoutMs + PENDING_GRACE_MS);
  let endedAtMs: number | undefined;
  let isOverdue = false;
  let hasMended = false;
  for (;;) {
    const { committed, pending } = await fetchOffsets(cluster, group, wanted);
    found.push(...committed);
    if (pending.length === 0) return found;
    // An active writer nearly always has something pending, so settled offsets are not requested again.
    wanted = pending;
    if (!hasMended) {
      const transactions = await transactionsOf(cluster, writers);
      const areEnded = transactions.length > 0 && transactions.every(({ state }) => ENDED.has(state));
      endedAtMs = areEnded ? (endedAtMs ?? clock.monotonicMs()) : undefined;
      if (isOverdue || (endedAtMs !== undefined && clock.monotonicMs() - endedAtMs >= LOST_MARKER_MS)) {
        await endPendingOffsets(cluster, group, writers);
        hasMended = true;
        backoff = cluster.backoff();
        continue;
      }
    }
    if (await backoff.wait()) continue;
    if (hasMended) throw kafkaError(KafkaCode.UNSTABLE_OFFSET_COMMIT, `read the offsets of group '${group}'`);
    isOverdue = true;
  }
}

/** The group's offsets of these partitions, or of all partitions for which it has one. */
async function fetchOffsets(
  cluster: Cluster,
  group: string,
  partitions: readonly TopicPartition[] | undefined,
): Promise<{ readonly committed: readonly CommittedOffset[]; readonly pending: readonly TopicPartition[] }> {
  const topics =
    partitions === undefined
      ? null
      : [...byTopic(partitions)].map(([name, list]) => ({ name, partitionIndexes: list.map((p) => p.partition) }));
  const { groups } = await cluster.toCoordinator(
    'group',
    group,
    `read the offsets of group '${group}'`,
    [offsetFetchV9, offsetFetchV8],
    // `stable`: pending offsets are reported as such.
    () => [[{ groupId: group, memberId: null, memberEpoch: -1, topics }], true],
    (r) => {
      const codes = must(r.groups[0], 'group').topics.flatMap((t) => t.partitions.map((p) => p.errorCode));
      return (
        must(r.groups[0], 'group').errorCode ||
        (codes.find((c) => c !== 0 && c !== KafkaCode.UNSTABLE_OFFSET_COMMIT) ?? 0)
      );
    },
  );
  const committed: CommittedOffset[] = [];
  const pending: TopicPartition[] = [];
  for (const { name: topic, partitions: found } of must(groups[0], 'group').topics) {
    for (const { partitionIndex: partition, committedOffset, metadata, errorCode } of found) {
      if (errorCode !== 0) pending.push({ topic, partition });
      else if (committedOffset >= 0n)
        committed.push({ topic, partition, offset: Number(committedOffset), ...(metadata && { metadata }) });
    }
  }
  return { committed, pending };
}

/**
 * Ends pending offsets that transactions have left in a group. Each transactional id of the group's writers is taken
 * over, and an empty transaction of it aborted, whose marker ends everything that its producer has pending. A live
 * writer is fenced and starts again.
 */
async function endPendingOffsets(cluster: Cluster, group: string, writers: string): Promise<void> {
  for (const { id } of await transactionsOf(cluster, writers)) {
    cluster.env.logger.warn('offsets of a transaction that is over are pending; ending them', {
      group,
      transactionalId: id,
    });
    const producer = await initProducer(cluster, id);
    await addGroup(cluster, id, producer, group);
    await endTransaction(cluster, id, producer, false);
  }
}

async function transactionsOf(
  cluster: Cluster,
  prefix: string,
): Promise<readonly { readonly id: string; readonly state: string }[]> {
  const action = `list the transactions of '${prefix}'`;
  await cluster.retrying(action, () => cluster.refresh([]));
  const states = new Map<string, string>();
  for (const address of cluster.nodes()) {
    const { transactionStates } = await cluster.retrying(action, async () => {
      const response = await cluster.send(
        address,
        'control',
        [listTransactionsV1, listTransactionsV0],
        [[], [], -1n, null],
      );
      if (response.errorCode !== 0) throw kafkaError(response.errorCode, action);
      return response;
    });
    for (const { transactionalId, transactionState } of transactionStates)
      if (transactionalId.startsWith(prefix)) states.set(transactionalId, transactionState);
  }
  return [...states].map(([id, state]) => ({ id, state })).sort((a, b) => (a.id < b.id ? -1 : 1));
}
