import { must } from '../../base/assert.ts';
import { baseOffsetOf, lastOffsetOf } from './batch-header.ts';
import { BatchBuilder } from './builder.ts';
import type { RecordColumns } from './columns.ts';
import { CODECS, type CodecName } from './compression.ts';
import { RecordCursor } from './cursor.ts';
import {
  ATTRIBUTES_AT,
  CODEC_MASK,
  CONTROL_FLAG,
  DELETE_HORIZON_FLAG,
  LOG_APPEND_TIME_FLAG,
  TRANSACTIONAL_FLAG,
} from './layout.ts';

const NOT_MERGED = LOG_APPEND_TIME_FLAG | DELETE_HORIZON_FLAG | TRANSACTIONAL_FLAG | CONTROL_FLAG;

/** Whether two batches may be merged: their common attributes are equal. */
export function mayMerge(a: Buffer, b: Buffer): boolean {
  const attributes = a.readInt16BE(ATTRIBUTES_AT);
  return (attributes & NOT_MERGED) === 0 && attributes === b.readInt16BE(ATTRIBUTES_AT);
}

/** Merges consecutive batches, each two of which `mayMerge`, keeping the offsets. */
export function mergeBatches(batches: readonly Buffer[]): Buffer {
  const base = baseOffsetOf(must(batches[0], 'batch'));
  const builder = new BatchBuilder(batches.reduce((sum, b) => sum + b.length, 0));
  const cursor = new RecordCursor();
  for (const batch of batches) {
    cursor.open(batch, 0, batch.length, 0);
    while (cursor.next()) {
      const { columns } = cursor;
      for (let i = 0; i < columns.count; i++) copyRecord(columns, i, columns.offset[i]! - base, builder);
    }
  }
  return builder.finish({
    baseOffset: base,
    codec: codecOf(must(batches[0], 'batch')),
    lastOffsetDelta: lastOffsetOf(batches.at(-1)!) - base,
  });
}

export function codecOf(batch: Buffer): CodecName {
  const id = batch.readInt16BE(ATTRIBUTES_AT) & CODEC_MASK;
  return (Object.keys(CODECS) as CodecName[]).find((name) => CODECS[name].id === id)!;
}

/** Appends record `i` of `c`, with its headers, at a distance from the base offset. */
export function copyRecord(columns: RecordColumns, i: number, offsetDelta: number, into: BatchBuilder): void {
  const keyStart = columns.keyStart[i]!;
  const keyLength = columns.keyLength[i]!;
  const valueStart = columns.valueStart[i]!;
  const valueLength = columns.valueLength[i]!;
  into.appendAt(
    offsetDelta,
    columns.timestamp[i]!,
    keyLength < 0 ? null : columns.buffer,
    keyStart,
    keyStart + keyLength,
    valueLength < 0 ? null : columns.buffer,
    valueStart,
    valueStart + valueLength,
    {
      bytes: columns.buffer,
      from: columns.headersStart[i]!,
      to: columns.recordEnd[i]!,
      count: columns.headerCount[i]!,
    },
  );
}
