import type { DurationMs, TimestampMs } from '../base/quantities.ts';
import type { WindowSpec } from '../plan/steps/steps.ts';
import type { Key } from '../types/row.ts';

/** Window arithmetic. All times are ms since the epoch; windows are [start, start + size). */

/** Starts of the windows that hold `timestamp`, oldest first, as in Kafka Streams: none starts before 0. */
export function windowStarts(timestamp: TimestampMs, sizeMs: DurationMs, advanceMs: DurationMs): number[] {
  const starts: number[] = [];
  let start = Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs;
  for (; start <= timestamp; start += advanceMs) starts.push(start);
  return starts;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** ksqlDB's grace where none is given: a day, less the size of the window (a session's gap). With EMIT FINAL: none. */
export function graceMs(given: number | undefined, sizeMs: DurationMs, final: boolean): number {
  return given ?? (final ? 0 : Math.max(0, DAY_MS - sizeMs));
}

/**
 * How long an aggregation's store keeps windows by their start, sessions by their end (ms): as long as records for them
 * are taken, or as RETENTION says. With EMIT FINAL a session stays until it has closed, which is a moment after the
 * last record that it takes.
 */
export function storeRetentionMs(window: WindowSpec, final: boolean): number {
  const lengthMs = window.type === 'SESSION' ? window.gapMs : window.sizeMs;
  const neededMs = Math.max(window.retentionMs ?? 0, lengthMs + graceMs(window.graceMs, lengthMs, final));
  return window.type === 'SESSION' && !final ? neededMs - SESSION_LIMIT_MS : neededMs;
}

/** A session at the very limit of the retention takes no more records, as in Kafka Streams. */
export const SESSION_LIMIT_MS = 1;

/** The key columns, then start and end (ms since the epoch). `key` may have more columns behind the first `width`. */
export function windowedKey(key: Key, width: number, start: number, end: number): Key {
  const windowed = key.slice(0, width);
  windowed.push(start, end);
  return windowed;
}
