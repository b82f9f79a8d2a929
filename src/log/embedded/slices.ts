import { baseOffsetOf, lastOffsetOf } from '../record-batch/batch-header.ts';
import { BATCHES, partitionEnd, positionKey } from './keys.ts';
import type { OrderedStore, StoreEntry } from '../../store/ordered-store.ts';
import { batchKeyFor, type Partition } from './topics.ts';

/** The most batches, and bytes, that are processed between two pauses for other work. */
const SLICE_BATCHES = 256;
const SLICE_BYTES = 1 << 20;

/**
 * The partition's batches from the one that contains `from` to those before `end`, in slices with pauses in between. No
 * slice is empty.
 */
export async function* slices(
  store: OrderedStore,
  partition: Partition,
  from: number,
  end: number,
  breathe: () => Promise<void>,
): AsyncGenerator<readonly StoreEntry[]> {
  let gte = batchKeyFor(store, partition, from);
  const lt = partitionEnd(partition.topicId, partition.partition);
  for (;;) {
    const slice: StoreEntry[] = [];
    let bytes = 0;
    let isLast = true;
    for (const entry of store.range(BATCHES, { gte, lt })) {
      if (baseOffsetOf(entry.value) >= end) break;
      if (slice.length >= SLICE_BATCHES || bytes >= SLICE_BYTES) {
        isLast = false;
        break;
      }
      slice.push(entry);
      bytes += entry.value.length;
    }
    if (slice.length > 0) yield slice;
    if (isLast) return;
    gte = positionKey(partition.topicId, partition.partition, lastOffsetOf(slice.at(-1)!.value) + 1);
    await breathe();
  }
}
