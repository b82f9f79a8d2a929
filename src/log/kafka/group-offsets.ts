import { must } from '../../base/assert.ts';
import { listTransactionsV0, listTransactionsV1, offsetFetchV8, offsetFetchV9 } from './client-library.ts';
import type { CommittedOffset, TopicPartition } from '../api.ts';
import { byTopic } from './by-topic.ts';
import type { Cluster } from './cluster.ts';
import { KafkaCode, kafkaError } from './protocol-error.ts';
import { addGroup, endTransaction, initProducer } from './transaction-requests.ts';

/**
 * So long after its time-out a transaction is over, whatever became of it: the coordinator looks for those that have
 * timed out every 10 s (`transaction.abort.timed.out.transaction.cleanup.interval.ms`, which clients cannot ask for
 * without a right to describe the cluster), and then writes their markers.
 */
const PENDING_GRACE_MS = 15_000;

/** A transaction's marker is written before the coordinator calls it ended: later by so much, it was lost. */
const LOST_MARKER_MS = 2_000;

/** States of transactions whose markers are all written. */
const ENDED = new Set(['Empty', 'CompleteCommit', 'CompleteAbort', 'Dead']);

/**
 * Offsets of a group: what a transaction is about to commit is waited for, or a restarted task would begin too early.
 * An offset that stays pending though the transactions of all `writers` (what their transactional ids begin with) have
 * ended, has lost its marker when the group's coordinator went down, and nobody else would end it.
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
    // Who goes on writing has something pending at most times: what was settled once is not asked for again.
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

/** What the group has of these partitions, else of all that it has an offset of. */
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
    // Stable: what is pending is said to be so.
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
 * Ends what transactions have left pending in a group: each transactional id of the group's writers is taken over, and
 * an empty transaction of it aborted, whose marker ends all that its producer has pending. A writer that lives finds
 * itself fenced and begins again.
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
