import { ByteWriter } from '../../base/byte-writer.ts';
import { SluiceError } from '../../base/errors.ts';
import type { TopicPartition } from '../api.ts';
import { byTopic } from './by-topic.ts';

/*
 * What members and leader of a "consumer" group tell each other through the coordinator, in Kafka's own format, so that
 * Kafka's tools can show it (ConsumerProtocolSubscription v2, ConsumerProtocolAssignment v0; not "compact").
 *
 * Subscription => version int16 = 2, [topic string], user_data nullable bytes, [owned], generation_id int32
 * Assignment   => version int16 = 0, [assigned], user_data nullable bytes
 *   owned, assigned => topic string, [partition int32]
 */
export interface Subscription {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
  /** What the member says of itself; whoever describes the group is told. */
  readonly userData?: string | undefined;
}

const SUBSCRIPTION_VERSION = 2;

export function encodeSubscription({ topics, owned, generationId, userData }: Subscription): Buffer {
  const out = new ByteWriter(256);
  writeInt16(out, SUBSCRIPTION_VERSION);
  out.writeInt32BE(topics.length);
  for (const topic of topics) writeString(out, topic);
  if (userData === undefined) out.writeInt32BE(-1);
  else {
    out.writeInt32BE(Buffer.byteLength(userData));
    out.writeUtf8(userData);
  }
  writePartitions(out, owned);
  out.writeInt32BE(generationId);
  return out.toBuffer();
}

export function decodeSubscription(bytes: Buffer): Subscription {
  const reader = new Cursor(bytes);
  const version = reader.int16();
  const topics = reader.list(() => reader.string());
  const userData = reader.nullableText();
  const owned = version >= 1 ? reader.partitions() : [];
  const generationId = version >= 2 ? reader.int32() : -1;
  return { topics, owned, generationId, ...(userData !== undefined && { userData }) };
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const out = new ByteWriter(256);
  writeInt16(out, 0);
  writePartitions(out, partitions);
  out.writeInt32BE(-1);
  return out.toBuffer();
}

export function decodeAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return [];
  const reader = new Cursor(bytes);
  reader.int16();
  return reader.partitions();
}

function writeInt16(out: ByteWriter, value: number): void {
  out.reserve(2);
  out.length = out.bytes.writeInt16BE(value, out.length);
}

function writeString(out: ByteWriter, text: string): void {
  writeInt16(out, Buffer.byteLength(text));
  out.writeUtf8(text);
}

function writePartitions(out: ByteWriter, partitions: readonly TopicPartition[]): void {
  const topics = byTopic(partitions);
  out.writeInt32BE(topics.size);
  for (const [topic, list] of topics) {
    writeString(out, topic);
    out.writeInt32BE(list.length);
    for (const { partition } of list) out.writeInt32BE(partition);
  }
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(n: number): number {
    const at = this.#at;
    if (n < 0 || at + n > this.#bytes.length)
      throw new SluiceError('LOG_UNAVAILABLE', 'A member of the group sent what cannot be read');
    this.#at += n;
    return at;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  string(): string {
    const n = this.int16();
    const at = this.#take(n);
    return this.#bytes.toString('utf8', at, at + n);
  }

  /** Bytes that are text, or were never written. */
  nullableText(): string | undefined {
    const n = this.int32();
    if (n < 0) return undefined;
    const at = this.#take(n);
    return this.#bytes.toString('utf8', at, at + n);
  }

  list<T>(one: () => T): T[] {
    const items: T[] = [];
    for (let n = this.int32(); n > 0; n--) items.push(one());
    return items;
  }

  partitions(): TopicPartition[] {
    return this.list(() => {
      const topic = this.string();
      return this.list(() => ({ topic, partition: this.int32() }));
    }).flat();
  }
}
