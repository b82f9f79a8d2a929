import { expect, it } from 'vitest';
import { SluiceError } from '../../base/errors.ts';
import { testEnv } from '../../../test/support/env.ts';
import { BatchBuilder } from '../record-batch/builder.ts';
import { ATTRIBUTES_AT, BASE_SEQUENCE_AT, PRODUCER_EPOCH_AT, TRANSACTIONAL_FLAG } from '../record-batch/layout.ts';
import { TimedBackoff } from '../../base/backoff.ts';
import type { Cluster } from './cluster.ts';
import { KafkaWriter } from './kafka-writer.ts';
import { KafkaCode, kafkaError } from './protocol-error.ts';

/**
 * A cluster that loses responses on demand, which a real broker in a test cannot be made to do between two requests.
 * Its coordinator keeps the state of one transaction as Kafka's does.
 */
class LossyCluster {
  readonly env = testEnv();
  readonly config = { requestTimeoutMs: 1000, maxRequestBytes: 1 << 20 };
  epoch = -1;
  state: 'EMPTY' | 'ONGOING' | 'COMMITTED' | 'ABORTED' = 'EMPTY';
  /** Whether the transactional id has expired. */
  isForgotten = false;
  readonly added = new Set<number>();
  open: Buffer[] = [];
  visible: Buffer[] = [];
  /** Error codes of the next produce requests; later ones succeed (0). */
  produceCodes: number[] = [];
  /** Partitions that accept no batch. */
  readonly full = new Set<number>();
  /** Runs before the response to the next produce request. */
  beforeProduced: (() => void) | undefined;
  /** The outcomes of the next requests that end a transaction. */
  ends: ('refused' | 'answer lost')[] = [];

  async initProducer(): Promise<object> {
    if (this.state === 'ONGOING') this.end(false);
    this.isForgotten = false;
    this.epoch++;
    return { producerId: 1n, producerEpoch: this.epoch };
  }

  async toCoordinator(_kind: string, _key: string, action: string, _versions: unknown, args: () => unknown[]) {
    if (action.startsWith('begin')) return this.initProducer();
    if (this.isForgotten) throw kafkaError(KafkaCode.INVALID_PRODUCER_ID_MAPPING, action);
    if (action.startsWith('add partitions')) {
      const [[{ topics }]] = args() as [[{ topics: { partitions: number[] }[] }]];
      this.state = 'ONGOING';
      for (const p of topics.flatMap((t) => t.partitions)) this.added.add(p);
      return {};
    }
    if (action.startsWith('add group') || action.startsWith('commit offsets')) {
      this.state = 'ONGOING';
      return {};
    }
    const fault = this.ends.shift();
    if (fault === 'refused') throw new SluiceError('LOG_UNAVAILABLE', 'no coordinator', { retriable: true });
    const isCommit = args()[3] as boolean;
    if (this.state === 'EMPTY' || (this.state === 'COMMITTED' && !isCommit))
      throw kafkaError(KafkaCode.INVALID_TXN_STATE, action);
    if (this.state === 'ONGOING') this.end(isCommit);
    if (fault === 'answer lost') throw new SluiceError('LOG_UNAVAILABLE', 'timed out', { retriable: true });
    return {};
  }

  end(isCommit: boolean): void {
    if (isCommit) this.visible.push(...this.open);
    this.open = [];
    this.added.clear();
    this.state = isCommit ? 'COMMITTED' : 'ABORTED';
  }

  async send(_address: unknown, _purpose: string, _versions: unknown, args: unknown[]): Promise<object> {
    const sent = args[2] as { topic: string; partition: number; batch: Buffer }[];
    await Promise.resolve();
    this.beforeProduced?.();
    this.beforeProduced = undefined;
    const errorCode = this.produceCodes.shift() ?? 0;
    const partitions = sent.map(({ topic, batch, partition }) => {
      const isTransactional = (batch.readInt16BE(ATTRIBUTES_AT) & TRANSACTIONAL_FLAG) !== 0;
      if (isTransactional && !this.added.has(partition)) throw kafkaError(KafkaCode.INVALID_TXN_STATE, 'write');
      const code = this.full.has(partition) ? KafkaCode.MESSAGE_TOO_LARGE : errorCode;
      if (code === 0) (isTransactional ? this.open : this.visible).push(Buffer.from(batch));
      return { topic, partition, errorCode: code, baseOffset: 0 };
    });
    return { partitions };
  }

  async sendToAny(): Promise<object> {
    return { errorCode: 0, producerId: 2n, producerEpoch: 0 };
  }

  async retrying<T>(_action: string, attempt: () => Promise<T>): Promise<T> {
    return attempt();
  }

  knownTopic(): object {
    return { partitions: [{ leader: 1 }, { leader: 1 }] };
  }

  isStale(): boolean {
    return false;
  }

  forgetTopic(): void {}

  addressOf(): object {
    return {};
  }

  backoff(): TimedBackoff {
    return new TimedBackoff(this.env, 1, 1, 1000);
  }

  get texts(): string[] {
    return this.visible.map((batch) => /[ab]\d/u.exec(batch.toString('latin1'))![0]);
  }
}

async function writerOn(cluster: LossyCluster, transactionalId: string | null = 'tx'): Promise<KafkaWriter> {
  return KafkaWriter.open(cluster as unknown as Cluster, transactionalId);
}

function batchOf(text: string): Buffer {
  const builder = new BatchBuilder();
  builder.add(1, null, Buffer.from(text));
  return builder.finish();
}

it('does not commit what was to be aborted when the abort did not get through', async () => {
  const cluster = new LossyCluster();
  const writer = await writerOn(cluster);
  writer.append('t', 0, batchOf('a1'));
  cluster.ends = ['refused', 'refused'];
  await expect(writer.commit()).rejects.toThrow('no coordinator');
  await expect(writer.abort()).rejects.toThrow('no coordinator');
  writer.append('t', 0, batchOf('b1'));
  await writer.commit();
  expect(cluster.texts).toEqual(['b1']);
});

it('goes on after the abort of a transaction that had been committed, or never begun', async () => {
  const cluster = new LossyCluster();
  const writer = await writerOn(cluster);
  writer.append('t', 0, batchOf('a1'));
  cluster.ends = ['answer lost'];
  await expect(writer.commit()).rejects.toThrow('timed out');
  await writer.abort();
  writer.append('t', 0, batchOf('b1'));
  await writer.commit();
  expect(cluster.texts).toEqual(['a1', 'b1']);
});

it.each([
  ['not answered', KafkaCode.REQUEST_TIMED_OUT],
  ['written', KafkaCode.NONE],
])('marks and numbers a batch anew that follows one aborted under way: %s', async (_, code) => {
  const cluster = new LossyCluster();
  const writer = await writerOn(cluster);
  cluster.produceCodes = [code];
  const underWay = new Promise<void>((resolve) => (cluster.beforeProduced = resolve));
  writer.append('t', 0, batchOf('a1'));
  await underWay;
  await writer.abort();
  writer.append('t', 0, batchOf('b1'));
  await writer.commit();
  expect(cluster.texts).toEqual(['b1']);
  const batch = cluster.visible[0]!;
  expect(batch.readInt16BE(ATTRIBUTES_AT) & TRANSACTIONAL_FLAG).not.toBe(0);
  expect(batch.readInt16BE(PRODUCER_EPOCH_AT)).toBe(1);
  expect(batch.readInt32BE(BASE_SEQUENCE_AT)).toBe(0);
});

it('begins anew when it has written nothing for so long that the coordinator has forgotten it', async () => {
  const cluster = new LossyCluster();
  const writer = await writerOn(cluster);
  writer.append('t', 0, batchOf('a1'));
  await writer.commit();
  cluster.isForgotten = true;
  writer.append('t', 0, batchOf('b1'));
  await writer.commit();
  cluster.isForgotten = true;
  writer.commitOffsets('g', [{ topic: 't', partition: 0, offset: 1 }]);
  await writer.commit();
  expect(cluster.texts).toEqual(['a1', 'b1']);
});

it('without a transaction: knows which batches are stored when another is refused', async () => {
  const cluster = new LossyCluster();
  cluster.full.add(0);
  const writer = await writerOn(cluster, null);
  const [refused, taken] = [batchOf('a1'), batchOf('b1')];
  writer.append('t', 0, refused, true);
  writer.append('t', 1, taken, true);
  await expect(writer.commit()).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
  expect([refused, taken].map((batch) => writer.isStored(batch))).toEqual([false, true]);
  expect(cluster.texts).toEqual(['b1']);
});
