import { BatchBuilder } from '../record-batch/builder.ts';
import { baseOffsetOf, lastOffsetOf, maxTimestampOf, setLogAppendTime } from '../record-batch/batch-header.ts';
import type { RecordColumns } from '../record-batch/columns.ts';
import { CODECS, type CodecName } from '../record-batch/compression.ts';
import { RecordCursor } from '../record-batch/cursor.ts';
import {
  ATTRIBUTES_AT,
  BASE_TIMESTAMP_AT,
  CODEC_MASK,
  DELETE_HORIZON_FLAG,
  LOG_APPEND_TIME_FLAG,
  readInt53,
} from '../record-batch/layout.ts';
import { numberConfig } from '../topic-configs.ts';
import { BATCHES, partitionEnd, partitionKey, positionKey } from './keys.ts';
import type { OrderedStore } from './ordered-store.ts';
import { countBytes } from './retention.ts';
import { type Partition, putPartition, type Topic } from './topics.ts';

/** Batches looked at between two breaths: the process has other work. */
const SLICE_BATCHES = 64;

/**
 * Keeps of each key the last record (cleanup.policy=compact), rewriting batches with their offsets. A tombstone stays for
 * delete.retention.ms after the first pass that met it, so that whoever reads along sees the delete; the pass writes the moment when it
 * may go into the batch, as Kafka does (KIP-534). Records without a key are kept. Returns the number of records dropped.
 */
export async function compact(
  store: OrderedStore,
  topic: Topic,
  partition: Partition,
  nowMs: number,
  breathe: () => Promise<void>,
  mayGoOn: () => boolean,
): Promise<number> {
  const end = compactableEnd(store, topic, partition, nowMs);
  if (end === undefined) return 0;
  const deleteRetentionMs = numberConfig(topic.configs, 'delete.retention.ms');
  const cursor = new RecordCursor();
  const last = new Map<string, number>();
  for await (const batches of slices(store, partition, end, breathe)) {
    if (!mayGoOn() || topic.deleted) return 0;
    for (const { value } of batches) {
      cursor.open(value, 0, value.length, partition.start);
      while (cursor.next()) {
        const c = cursor.columns;
        for (let i = 0; i < c.count; i++) {
          const key = c.key(i);
          if (key !== null) last.set(key.toString('latin1'), c.offset[i]!);
        }
      }
    }
  }
  let dropped = 0;
  for await (const batches of slices(store, partition, end, breathe)) {
    if (!mayGoOn() || topic.deleted) return dropped;
    const rewritten: { key: Buffer; before: Buffer; after: Buffer | null }[] = [];
    for (const { key, value } of batches) {
      // Between reading the slice and here, records may have been deleted.
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

/** The offset up to which to compact; undefined when it is not worth it yet. */
function compactableEnd(store: OrderedStore, topic: Topic, partition: Partition, nowMs: number): number | undefined {
  const lagMs = numberConfig(topic.configs, 'min.compaction.lag.ms');
  const maxLagMs = numberConfig(topic.configs, 'max.compaction.lag.ms');
  let end = Math.max(partition.cleanedTo, partition.start);
  let dirtyBytes = 0;
  let overdue = false;
  const dirty = {
    gte: positionKey(partition.topicId, partition.partition, end),
    lt: partitionEnd(partition.topicId, partition.partition),
  };
  for (const { value } of store.range(BATCHES, dirty)) {
    if (lagMs > 0 && maxTimestampOf(value) > nowMs - lagMs) break;
    end = lastOffsetOf(value) + 1;
    dirtyBytes += value.length;
    overdue ||= maxTimestampOf(value) < nowMs - maxLagMs;
  }
  const ratio = dirtyBytes / Math.max(1, countBytes(store, partition));
  if (dirtyBytes > 0 && (overdue || ratio >= numberConfig(topic.configs, 'min.cleanable.dirty.ratio'))) return end;
  return hasOverdueTombstones(store, partition, nowMs) ? end : undefined;
}

/** Batches that carry a delete horizon which has passed hold tombstones that may go. */
function hasOverdueTombstones(store: OrderedStore, partition: Partition, nowMs: number): boolean {
  const whole = {
    gte: partitionKey(partition.topicId, partition.partition),
    lt: partitionEnd(partition.topicId, partition.partition),
  };
  for (const { value } of store.range(BATCHES, whole)) {
    if (baseOffsetOf(value) >= partition.cleanedTo) return false;
    const horizon = horizonOf(value);
    if (horizon !== undefined && horizon <= nowMs) return true;
  }
  return false;
}

function horizonOf(batch: Buffer): number | undefined {
  return (batch.readInt16BE(ATTRIBUTES_AT) & DELETE_HORIZON_FLAG) === 0
    ? undefined
    : readInt53(batch, BASE_TIMESTAMP_AT);
}

/** The batch without what is outdated: null when nothing is left, undefined when it stays as it is. */
function rewrite(
  batch: Buffer,
  last: ReadonlyMap<string, number>,
  nowMs: number,
  deleteRetentionMs: number,
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
  const codec = (Object.keys(CODECS) as CodecName[]).find((name) => CODECS[name].id === (attributes & CODEC_MASK))!;
  const out = builder.finish({ baseOffset: base, codec, lastOffsetDelta: lastOffsetOf(batch) - base });
  if ((attributes & LOG_APPEND_TIME_FLAG) !== 0) setLogAppendTime(out, maxTimestampOf(batch));
  return { batch: out, dropped };
}

function* runsOf(batch: Buffer): Generator<RecordColumns> {
  const cursor = new RecordCursor();
  cursor.open(batch, 0, batch.length, 0);
  while (cursor.next()) yield cursor.columns;
}

function copyRecord(c: RecordColumns, i: number, offsetDelta: number, into: BatchBuilder): void {
  const keyStart = c.keyStart[i]!;
  const keyLength = c.keyLength[i]!;
  const valueStart = c.valueStart[i]!;
  const valueLength = c.valueLength[i]!;
  into.appendAt(
    offsetDelta,
    c.timestamp[i]!,
    keyLength < 0 ? null : c.buffer,
    keyStart,
    keyStart + keyLength,
    valueLength < 0 ? null : c.buffer,
    valueStart,
    valueStart + valueLength,
    { bytes: c.buffer, from: c.headersStart[i]!, to: c.recordEnd[i]!, count: c.headerCount[i]! },
  );
}

/** The partition's batches before `end`, some at a time, with a pause between. */
async function* slices(
  store: OrderedStore,
  partition: Partition,
  end: number,
  breathe: () => Promise<void>,
): AsyncGenerator<{ key: Buffer; value: Buffer }[]> {
  let gte = partitionKey(partition.topicId, partition.partition);
  const lt = positionKey(partition.topicId, partition.partition, end);
  for (;;) {
    const slice = [...store.range(BATCHES, { gte, lt, limit: SLICE_BATCHES })];
    if (slice.length === 0) return;
    yield slice;
    gte = positionKey(partition.topicId, partition.partition, baseOffsetOf(slice.at(-1)!.value) + 1);
    if (slice.length < SLICE_BATCHES) return;
    await breathe();
  }
}
