import { must } from '../../base/assert.ts';
import { isSluiceError, SluiceError } from '../../base/errors.ts';
import type { TopicPartition } from '../api.ts';
import { baseOffsetOf, lastOffsetOf, setProducer } from '../record-batch/batch-header.ts';
import type { TimedBackoff } from '../../base/backoff.ts';
import type { Cluster } from './cluster.ts';
import {
  decodeProduce,
  encodeProduce,
  PRODUCE_KEY,
  PRODUCE_VERSION,
  type ProducedPartition,
} from './produce-request.ts';
import { isRetriableCode, isStaleMetadata, KafkaCode, kafkaError } from './protocol-error.ts';
import { rawRequest } from './raw-request.ts';
import type { ProducerId } from './transaction-requests.ts';

const PURPOSE = 'produce';

const produceApi = rawRequest(PRODUCE_KEY, PRODUCE_VERSION, encodeProduce, decodeProduce);

/** A partition that is being written to. */
export interface OutPartition extends TopicPartition {
  readonly queue: Buffer[];
  /** Sequence number of the batch at the head of the queue. */
  sequence: number;
  /** Whether the batch at the head has its sequence number, which it keeps however often it is sent. */
  stamped: boolean;
  /** The offset after the newest acknowledged batch; undefined when the broker did not report it. */
  writtenUpTo: number | undefined;
}

/**
 * Sends queued batches to the leaders: in each round one request per node, with the first batch of each partition. A
 * partition has one batch in progress, so that sequence numbers and order remain right when a batch must be sent again.
 */
export class BatchSender {
  readonly #cluster: Cluster;
  readonly #transactionalId: string | null;
  readonly #onAcknowledged: (batch: Buffer) => void;

  constructor(cluster: Cluster, transactionalId: string | null, onAcknowledged: (batch: Buffer) => void) {
    this.#cluster = cluster;
    this.#transactionalId = transactionalId;
    this.#onAcknowledged = onAcknowledged;
  }

  /**
   * Sends one round of queued batches; those that must be sent again stay queued. Returns true when something was
   * acknowledged.
   * @throws final errors; SluiceError NOT_FOUND, RECORD_TOO_LARGE; Fenced
   */
  async sendRound(partitions: readonly OutPartition[], producer: ProducerId, backoff: TimedBackoff): Promise<boolean> {
    const byNode = await this.#byLeader(partitions);
    const outcomes = await Promise.allSettled([...byNode].map(([node, list]) => this.#sendTo(node, list, producer)));
    let acknowledged = false;
    let again: unknown;
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') {
        acknowledged ||= outcome.value.acknowledged;
        again ??= outcome.value.again;
      } else if (isSluiceError(outcome.reason) && outcome.reason.retriable) {
        again ??= outcome.reason;
      } else {
        throw outcome.reason;
      }
    }
    if (byNode.size === 0)
      again = new SluiceError('LOG_UNAVAILABLE', 'The partitions to write to have no leader', { retriable: true });
    if (again !== undefined && !acknowledged && !(await backoff.wait())) throw again;
    return acknowledged;
  }

  async #byLeader(partitions: readonly OutPartition[]): Promise<Map<number, OutPartition[]>> {
    const byNode = new Map<number, OutPartition[]>();
    const bytes = new Map<number, number>();
    for (const out of partitions) {
      if (out.queue.length === 0) continue;
      let topic = this.#cluster.knownTopic(out.topic);
      if (topic === undefined || this.#cluster.isStale(out.topic)) {
        try {
          topic = await this.#cluster.topic(out.topic, true);
        } catch (error) {
          if (isSluiceError(error) && error.retriable) continue;
          throw error;
        }
      }
      if (topic === undefined) throw new SluiceError('NOT_FOUND', `Topic '${out.topic}' does not exist`);
      const info = topic.partitions[out.partition];
      if (info === undefined)
        throw new SluiceError('NOT_FOUND', `Topic '${out.topic}' has no partition ${out.partition}`);
      if (info.leader === undefined) {
        this.#cluster.forgetTopic(out.topic);
        continue;
      }
      const size = (bytes.get(info.leader) ?? 0) + must(out.queue[0], 'batch').length;
      const list = byNode.get(info.leader);
      if (list === undefined) byNode.set(info.leader, [out]);
      else if (size <= this.#cluster.config.maxRequestBytes) list.push(out);
      else continue;
      bytes.set(info.leader, size);
    }
    return byNode;
  }

  async #sendTo(
    node: number,
    partitions: readonly OutPartition[],
    producer: ProducerId,
  ): Promise<{ acknowledged: boolean; again: unknown }> {
    const batches = partitions.map((out) => {
      const batch = must(out.queue[0], 'batch');
      if (!out.stamped) {
        setProducer(batch, {
          producerId: producer.id,
          epoch: producer.epoch,
          sequence: out.sequence,
          transactional: this.#transactionalId !== null,
        });
        out.stamped = true;
      }
      return { topic: out.topic, partition: out.partition, batch };
    });
    let answers: readonly ProducedPartition[];
    try {
      const timeoutMs = this.#cluster.config.requestTimeoutMs;
      const address = this.#cluster.addressOf(node);
      answers = (await this.#cluster.send(address, PURPOSE, [produceApi], [this.#transactionalId, timeoutMs, batches]))
        .partitions;
    } catch (error) {
      for (const { topic } of batches) this.#cluster.forgetTopic(topic);
      throw error;
    }
    let acknowledged = false;
    let again: unknown;
    let refusal: unknown;
    for (const out of partitions) {
      const answer = answers.find((a) => a.partition === out.partition && a.topic === out.topic);
      const code = answer?.errorCode ?? KafkaCode.REQUEST_TIMED_OUT;
      if (code === 0 || code === KafkaCode.DUPLICATE_SEQUENCE_NUMBER) {
        const batch = out.queue.shift();
        // Aborted meanwhile. It stays stamped, so that the writer sees that something was in progress.
        if (batch === undefined) continue;
        const records = lastOffsetOf(batch) - baseOffsetOf(batch) + 1;
        out.sequence = nextSequence(out.sequence, records);
        out.writtenUpTo = answer !== undefined && answer.baseOffset >= 0 ? answer.baseOffset + records : undefined;
        out.stamped = false;
        acknowledged = true;
        this.#onAcknowledged(batch);
        continue;
      }
      const error = kafkaError(code, `write to ${out.topic}-${out.partition}`, answer?.message);
      if (!isRetriableCode(code)) {
        refusal ??= error;
        continue;
      }
      if (isStaleMetadata(code)) this.#cluster.forgetTopic(out.topic);
      again ??= error;
    }
    // Thrown only now, because batches that other partitions accepted have been stored.
    if (refusal !== undefined) throw refusal;
    return { acknowledged, again };
  }
}

/** Sequence numbers go up to 2^31 - 1 and start at 0 again. */
function nextSequence(sequence: number, records: number): number {
  return (sequence + records) % 2147483648;
}
