import type { ByteCount } from '../../base/quantities.ts';
import { must } from '../../base/assert.ts';
import { baseOffsetOf, lastOffsetOf, maxTimestampOf } from '../record-batch/batch-header.ts';
import { mayMerge, mergeBatches } from '../record-batch/merge.ts';
import { numberConfig } from '../topic-configs.ts';
import { BATCHES, partitionEnd, positionKey, TIMES } from './keys.ts';
import type { OrderedStore, StoreWriter } from '../../store/ordered-store.ts';
import { type Partition, putPartition, type Topic } from './topics.ts';

/**
 * Smaller batches are inefficient: each takes pages of its own on disk, and a header, a look-up and a copy at every
 * read.
 */
export const SMALL_BYTES = 16 << 10;
/** Small batches are merged up to this size. */
const MERGED_BYTES = 128 << 10;
/** The number of small batches at the end of a partition from which they are merged. */
const TAIL_MIN = 16;
/** Batches and bytes that are processed in one piece. */
const SLICE_BATCHES = 256;
const SLICE_BYTES = 512 << 10;

interface Run {
  readonly keys: Buffer[];
  readonly batches: Buffer[];
  bytes: ByteCount;
}

/**
 * Merges small consecutive batches, keeping offsets and timestamps, so that rows that were written one by one do not
 * remain inefficient. Each slice is read and written without interruption, so that nothing else changes the partition
 * in between. Returns the number of batches saved.
 */
export async function mergeSmallBatches(
  store: OrderedStore,
  topic: Topic,
  partition: Partition,
  breathe: () => Promise<void>,
  mayGoOn: () => boolean,
): Promise<number> {
  const maxBytes = Math.min(MERGED_BYTES, numberConfig(topic.configs, 'max.message.bytes'));
  let saved = 0;
  partition.small = 0;
  for (;;) {
    if (!mayGoOn() || topic.deleted) return saved;
    const from = Math.max(partition.mergedTo, partition.start);
    const runs: Run[] = [];
    let run: Run | undefined;
    let count = 0;
    let bytes = 0;
    let end = from;
    let isWhole = true;
    const range = {
      gte: positionKey(partition.topicId, partition.partition, from),
      lt: partitionEnd(partition.topicId, partition.partition),
    };
    for (const { key, value } of store.range(BATCHES, range)) {
      if (count >= SLICE_BATCHES || bytes >= SLICE_BYTES) {
        isWhole = false;
        break;
      }
      count++;
      bytes += value.length;
      end = lastOffsetOf(value) + 1;
      if (value.length >= SMALL_BYTES) {
        run = undefined;
        continue;
      }
      if (run === undefined || run.bytes + value.length > maxBytes || !mayMerge(must(run.batches[0], 'batch'), value))
        runs.push((run = { keys: [], batches: [], bytes: 0 }));
      run.keys.push(key);
      run.batches.push(value);
      run.bytes += value.length;
    }
    // The last run may still grow: it is examined again, and a few batches wait for more.
    const last = runs.at(-1);
    if (isWhole && last !== undefined && last === run && last.bytes < SMALL_BYTES) {
      if (last.batches.length < TAIL_MIN) runs.pop();
      end = baseOffsetOf(last.batches[0]!);
    }
    const merged = runs.filter((r) => r.batches.length > 1).map((r) => ({ run: r, batch: mergeBatches(r.batches) }));
    if (end > partition.mergedTo || merged.length > 0) {
      let change = 0;
      store.write(
        (writes) => {
          for (const { run: r, batch } of merged) {
            change += replace(store, writes, partition, r, batch);
            saved += r.batches.length - 1;
          }
          putPartition(writes, { ...partition, mergedTo: end }, partition.start, partition.cleanedTo);
        },
        { evenIfFull: true },
      );
      partition.mergedTo = end;
      if (partition.bytes !== undefined) partition.bytes += change;
    }
    if (isWhole) return saved;
    await breathe();
  }
}

/** Replaces batches by the merged one. Returns the number of bytes by which the partition grows. */
function replace(store: OrderedStore, writes: StoreWriter, partition: Partition, run: Run, batch: Buffer): number {
  const { topicId, partition: number } = partition;
  writes.put(BATCHES, must(run.keys[0], 'key'), batch);
  for (const key of run.keys.slice(1)) writes.delete(BATCHES, key);
  // Of the times that refer to these batches, the highest refers to the merged one: a record is searched from its batch
  // on.
  let highest: Buffer | undefined;
  let isFirst = true;
  let above = -Infinity;
  for (const one of run.batches) {
    const timestamp = maxTimestampOf(one);
    if (timestamp <= above) continue;
    above = timestamp;
    const key = positionKey(topicId, number, timestamp);
    const base = store.get(TIMES, key);
    if (base === undefined || Number(base.readBigInt64BE()) !== baseOffsetOf(one)) continue;
    if (highest !== undefined) writes.delete(TIMES, highest);
    isFirst = one === run.batches[0];
    highest = key;
  }
  if (highest !== undefined && !isFirst) {
    const base = Buffer.allocUnsafe(8);
    base.writeBigInt64BE(BigInt(baseOffsetOf(batch)));
    writes.put(TIMES, highest, base);
  }
  return batch.length - run.bytes;
}
