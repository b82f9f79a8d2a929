import type { DurationMs, TimestampMs } from '../base/quantities.ts';
import type { WindowSpec } from '../plan/steps/steps.ts';
import type { Key } from '../types/row.ts';

/** Window arithmetic. All times are ms since the epoch; windows are [start, start + size). */

/** The starts of the windows that contain `timestamp`, oldest first, as in Kafka Streams: none starts before 0. */
export function windowStarts(timestamp: TimestampMs, sizeMs: DurationMs, advanceMs: DurationMs): number[] {
  const starts: number[] = [];
  let start = Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs;
  for (; start <= timestamp; start += advanceMs) starts.push(start);
  return starts;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** ksqlDB's default grace: a day minus the size of the window (or a session's gap). With EMIT FINAL: none. */
export function graceMs(given: number | undefined, sizeMs: DurationMs, final: boolean): number {
  return given ?? (final ? 0 : Math.max(0, DAY_MS - sizeMs));
}

/**
 * How long an aggregation's store keeps windows by their start, and sessions by their end (ms): as long as records for
 * them are accepted, or as RETENTION says. With EMIT FINAL a session is kept until it has closed, which is a moment
 * after the last record that it accepts.
 */
export function storeRetentionMs(window: WindowSpec, final: boolean): number {
  const lengthMs = window.type === 'SESSION' ? window.gapMs : window.sizeMs;
  const neededMs = Math.max(window.retentionMs ?? 0, lengthMs + graceMs(window.graceMs, lengthMs, final));
  return window.type === 'SESSION' && !final ? neededMs - SESSION_LIMIT_MS : neededMs;
}

/** As in Kafka Streams, a session exactly at the retention limit accepts no more records. */
export const SESSION_LIMIT_MS = 1;

/**
 * The key columns, followed by start and end (ms since the epoch). `key` may have more columns after the first `width`.
 */
export function windowedKey(key: Key, width: number, start: number, end: number): Key {
  const windowed = key.slice(0, width);
  windowed.push(start, end);
  return windowed;
}
