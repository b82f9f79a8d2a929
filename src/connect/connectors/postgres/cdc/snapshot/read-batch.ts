import type { SourceBatch } from '../../../../api/record.ts';
import { progressOffset } from '../offsets.ts';
import type { RowsRead } from './rows-again.ts';
import type { ReadChunk } from './snapshot-table.ts';

/**
 * The valid rows of a chunk, with the progress of its table. @param committed the position of the last commit in the
 * stream
 */
export function chunkBatch(
  { table, chunk, form, timeMs, isFirst, isLast, progress }: ReadChunk,
  committed: bigint | undefined,
): SourceBatch {
  const { rows, numbers } = chunk.standing();
  table.open.delete(chunk);
  const begins = table.progress.rows === 0;
  const ends = progress.state === 'done' || progress.state === 'sweeping';
  return {
    count: numbers.length,
    record: (i) =>
      form.row(rows, numbers[i]!, {
        // For a table without a key, the position of its first chunk applies to all.
        lsn: chunk.high === 0n ? BigInt(progress.until ?? 0) : chunk.high,
        timeMs,
        isFirst: begins && i === 0,
        isLast: ends && i === numbers.length - 1,
        isFirstOfAll: isFirst && i === 0,
        isLastOfAll: isLast && i === numbers.length - 1,
        xid: chunk.xid,
        asked: progress.asked,
        committed,
      }),
    offsets: new Map([[table.partition, progressOffset(progress)]]),
  };
}

/** The valid rows among those that were read again. */
export function rowsBatch({ table, chunk, form, timeMs }: RowsRead): SourceBatch {
  const { rows, numbers } = chunk.standing();
  table.open.delete(chunk);
  const place = {
    lsn: chunk.high,
    timeMs,
    isFirst: false,
    isLast: false,
    isFirstOfAll: false,
    isLastOfAll: false,
    xid: chunk.xid,
    asked: undefined,
    committed: undefined,
  };
  return { count: numbers.length, record: (i) => form.row(rows, numbers[i]!, place) };
}
