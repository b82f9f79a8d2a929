/**
 * Kafka's murmur2 of bytes[from, to) as in its Java client (org.apache.kafka.common.utils.Utils.murmur2): a signed
 * 32-bit number.
 */
export function murmur2(bytes: Uint8Array, from = 0, to = bytes.length): number {
  const length = to - from;
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ length;
  let i = from;
  for (const last = from + (length & ~3); i < last; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length & 3;
  if (rest === 3) h ^= bytes[i + 2]! << 16;
  if (rest >= 2) h ^= bytes[i + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[i]!, m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return h;
}

/** The partition that the Java client's default partitioner chooses for a key. */
export function partitionOfKey(key: Uint8Array, partitions: number, from = 0, to = key.length): number {
  return partitions === 1 ? 0 : (murmur2(key, from, to) & 0x7fffffff) % partitions;
}

/**
 * Chooses partitions for records without a key: like the Java client, one partition until `stickyBytes` have been
 * written, then the next. Round robin rather than random, so that a run can be repeated.
 */
export class NullKeyPartitioner {
  readonly #stickyBytes: number;
  #partition = 0;
  #bytes = 0;

  constructor(stickyBytes = 16384) {
    this.#stickyBytes = stickyBytes;
  }

  next(partitions: number, recordBytes: number): number {
    if (this.#bytes >= this.#stickyBytes) {
      this.#partition++;
      this.#bytes = 0;
    }
    this.#bytes += recordBytes;
    return this.#partition % partitions;
  }
}
