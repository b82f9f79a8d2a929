import type { DurationMs, TimestampMs } from '../../base/quantities.ts';
import { BatchBuilder } from '../record-batch/builder.ts';
import { baseOffsetOf, lastOffsetOf, maxTimestampOf, setLogAppendTime } from '../record-batch/batch-header.ts';
import type { RecordColumns } from '../record-batch/columns.ts';
import { RecordCursor } from '../record-batch/cursor.ts';
import {
  ATTRIBUTES_AT,
  BASE_TIMESTAMP_AT,
  DELETE_HORIZON_FLAG,
  LOG_APPEND_TIME_FLAG,
  readInt53,
} from '../record-batch/layout.ts';
import { codecOf, copyRecord } from '../record-batch/merge.ts';
import { numberConfig } from '../topic-configs.ts';
import { BATCHES } from './keys.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import { countBytes } from './retention.ts';
import { slices } from './slices.ts';
import { type Partition, putPartition, type Topic } from './topics.ts';

/**
 * Keeps the last record of each key (cleanup.policy=compact), rewriting batches without changing offsets. A tombstone
 * remains for delete.retention.ms after the first pass that saw it, so that readers see the deletion; that pass writes
 * the time at which it may be removed into the batch, as Kafka does (KIP-534). Records without a key are kept. Returns
 * the number of removed records.
 */
export async function compact(
  store: OrderedStore,
  topic: Topic,
  partition: Partition,
  nowMs: TimestampMs,
  breathe: () => Promise<void>,
  mayGoOn: () => boolean,
): Promise<number> {
  const end = await compactableEnd(store, topic, partition, nowMs, breathe);
  if (end === undefined) return 0;
  const deleteRetentionMs = numberConfig(topic.configs, 'delete.retention.ms');
  const cursor = new RecordCursor();
  const last = new Map<string, number>();
  for await (const batches of slices(store, partition, partition.start, end, breathe)) {
    if (!mayGoOn() || topic.deleted) return 0;
    for (const { value } of batches) {
      cursor.open(value, 0, value.length, partition.start);
      while (cursor.next()) {
        const columns = cursor.columns;
        for (let i = 0; i < columns.count; i++) {
          const key = columns.key(i);
          if (key !== null) last.set(key.toString('latin1'), columns.offset[i]!);
        }
      }
    }
  }
  let dropped = 0;
  for await (const batches of slices(store, partition, partition.start, end, breathe)) {
    if (!mayGoOn() || topic.deleted) return dropped;
    const rewritten: { key: Buffer; before: Buffer; after: Buffer | null }[] = [];
    for (const { key, value } of batches) {
      // Records may have been deleted since the slice was read.
      if (lastOffsetOf(value) < partition.start) continue;
      const result = rewrite(value, last, nowMs, deleteRetentionMs);
      if (result === undefined) continue;
      dropped += result.dropped;
      rewritten.push({ key, before: value, after: result.batch });
    }
    if (rewritten.length === 0) continue;
    store.write(
      (writes) => {
        for (const { key, after } of rewritten) {
          if (after === null) writes.delete(BATCHES, key);
          else writes.put(BATCHES, key, after);
        }
        putPartition(writes, partition, partition.start, partition.cleanedTo);
      },
      { evenIfFull: true },
    );
    if (partition.bytes !== undefined) {
      for (const { before, after } of rewritten) partition.bytes += (after?.length ?? 0) - before.length;
    }
  }
  store.write((writes) => putPartition(writes, partition, partition.start, end), { evenIfFull: true });
  partition.cleanedTo = end;
  return dropped;
}

/** The offset up to which to compact; undefined when it is not worthwhile yet. */
async function compactableEnd(
  store: OrderedStore,
  topic: Topic,
  partition: Partition,
  nowMs: TimestampMs,
  breathe: () => Promise<void>,
): Promise<number | undefined> {
  const lagMs = numberConfig(topic.configs, 'min.compaction.lag.ms');
  const maxLagMs = numberConfig(topic.configs, 'max.compaction.lag.ms');
  let end = Math.max(partition.cleanedTo, partition.start);
  let dirtyBytes = 0;
  let overdue = false;
  dirty: for await (const batches of slices(store, partition, end, Infinity, breathe)) {
    for (const { value } of batches) {
      if (lagMs > 0 && maxTimestampOf(value) > nowMs - lagMs) break dirty;
      end = lastOffsetOf(value) + 1;
      dirtyBytes += value.length;
      overdue ||= maxTimestampOf(value) < nowMs - maxLagMs;
    }
  }
  const ratio = dirtyBytes / Math.max(1, await countBytes(store, partition, breathe));
  if (dirtyBytes > 0 && (overdue || ratio >= numberConfig(topic.configs, 'min.cleanable.dirty.ratio'))) return end;
  return (await hasOverdueTombstones(store, partition, nowMs, breathe)) ? end : undefined;
}

/** Whether a batch's delete horizon has passed, so that its tombstones may be removed. */
async function hasOverdueTombstones(
  store: OrderedStore,
  partition: Partition,
  nowMs: TimestampMs,
  breathe: () => Promise<void>,
): Promise<boolean> {
  for await (const batches of slices(store, partition, partition.start, partition.cleanedTo, breathe)) {
    for (const { value } of batches) {
      const horizon = horizonOf(value);
      if (horizon !== undefined && horizon <= nowMs) return true;
    }
  }
  return false;
}

function horizonOf(batch: Buffer): number | undefined {
  return (batch.readInt16BE(ATTRIBUTES_AT) & DELETE_HORIZON_FLAG) === 0
    ? undefined
    : readInt53(batch, BASE_TIMESTAMP_AT);
}

/** The batch without outdated records: null when nothing remains, undefined when it is unchanged. */
function rewrite(
  batch: Buffer,
  last: ReadonlyMap<string, number>,
  nowMs: TimestampMs,
  deleteRetentionMs: DurationMs,
): { readonly batch: Buffer | null; readonly dropped: number } | undefined {
  const knownHorizon = horizonOf(batch);
  const mayDropTombstones = knownHorizon !== undefined && knownHorizon <= nowMs;
  const survives = (c: RecordColumns, i: number): boolean => {
    const key = c.key(i);
    if (key === null) return true;
    return (last.get(key.toString('latin1')) ?? -1) <= c.offset[i]! && !(mayDropTombstones && c.valueLength[i]! < 0);
  };
  let kept = 0;
  let dropped = 0;
  let tombstones = 0;
  for (const c of runsOf(batch)) {
    for (let i = 0; i < c.count; i++) {
      if (!survives(c, i)) dropped++;
      else if (++kept && c.keyLength[i]! >= 0 && c.valueLength[i]! < 0) tombstones++;
    }
  }
  const marks = tombstones > 0 && knownHorizon === undefined;
  if (dropped === 0 && !marks) return undefined;
  if (kept === 0) return { batch: null, dropped };

  const base = baseOffsetOf(batch);
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const builder = new BatchBuilder(batch.length);
  if (tombstones > 0) builder.setDeleteHorizon(knownHorizon ?? nowMs + deleteRetentionMs);
  for (const c of runsOf(batch)) {
    for (let i = 0; i < c.count; i++) if (survives(c, i)) copyRecord(c, i, c.offset[i]! - base, builder);
  }
  const out = builder.finish({ baseOffset: base, codec: codecOf(batch), lastOffsetDelta: lastOffsetOf(batch) - base });
  if ((attributes & LOG_APPEND_TIME_FLAG) !== 0) setLogAppendTime(out, maxTimestampOf(batch));
  return { batch: out, dropped };
}

function* runsOf(batch: Buffer): Generator<RecordColumns> {
  const cursor = new RecordCursor();
  cursor.open(batch, 0, batch.length, 0);
  while (cursor.next()) yield cursor.columns;
}
