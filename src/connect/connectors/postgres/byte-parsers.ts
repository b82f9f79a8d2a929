import { daysFromCivil, MS_PER_DAY } from '../../../types/calendar.ts';

/**
 * Parses a value directly from ASCII bytes, without an intermediate string. Returns `undefined` for unusual values,
 * which must be parsed from text instead.
 */
export type ByteParser = (bytes: Uint8Array, from: number, to: number) => unknown;

/** Reads an integer of at most 15 digits. */
export function readInteger(bytes: Uint8Array, from: number, to: number): number | undefined {
  let at = from;
  const negative = bytes[at] === 45;
  if (negative) at++;
  if (to - at > 15 || at === to) return undefined;
  let value = 0;
  for (; at < to; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value + 0 : value;
}

/** Reads the unscaled value of a decimal with exactly `scale` digits after the point and at most 15 digits in total. */
export function readDecimal(bytes: Uint8Array, from: number, to: number, scale: number): bigint | undefined {
  let at = from;
  const negative = bytes[at] === 45;
  if (negative) at++;
  if (to - at > 16) return undefined;
  let value = 0;
  let point = -1;
  for (; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === 46) {
      point = at;
      continue;
    }
    const digit = byte - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if ((point === -1 ? 0 : to - point - 1) !== scale) return undefined;
  return BigInt(negative ? -value : value);
}

/** Reads `YYYY-MM-DD` as days since the epoch. */
export function readDate(b: Uint8Array, from: number, to: number): number | undefined {
  if (to - from !== 10 || b[from + 4] !== 45) return undefined;
  return daysFromCivil(two(b, from) * 100 + two(b, from + 2), two(b, from + 5), two(b, from + 8));
}

/**
 * Reads `YYYY-MM-DD HH:MM:SS[.ffffff]` as microseconds since the epoch. With `zoned` it must be followed by `+00`
 * (sessions run in UTC); otherwise the result is wall-clock time.
 */
export function readMicros(bytes: Uint8Array, from: number, to: number, zoned: boolean): number | undefined {
  const end = zoned ? to - 3 : to;
  if (zoned && (bytes[end] !== 43 || bytes[end + 1] !== 48 || bytes[end + 2] !== 48)) return undefined;
  if (end - from < 19 || bytes[from + 4] !== 45 || bytes[from + 10] !== 32) return undefined;
  const days = daysFromCivil(two(bytes, from) * 100 + two(bytes, from + 2), two(bytes, from + 5), two(bytes, from + 8));
  const seconds = two(bytes, from + 11) * 3600 + two(bytes, from + 14) * 60 + two(bytes, from + 17);
  let micros = 0;
  if (end - from > 19) {
    if (bytes[from + 19] !== 46) return undefined;
    let scale = 100_000;
    for (let at = from + 20; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return undefined;
      micros += digit * scale;
      scale /= 10;
    }
  }
  const sum = days * MS_PER_DAY * 1000 + seconds * 1_000_000 + micros;
  return Number.isSafeInteger(sum) ? sum : undefined;
}

function two(b: Uint8Array, at: number): number {
  return b[at]! * 10 + b[at + 1]! - 528;
}
