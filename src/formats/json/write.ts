import { formatDecimal } from '../../types/decimal.ts';
import { formatDouble } from '../../types/double-text.ts';
import type { NativeBuffer } from '../internal/native-slice.ts';
import { PLAIN } from './json-reader.ts';

/**
 * Primitives of the JSON encoder. Each writes at position `at` into a buffer that is known to be large enough and
 * returns the next position. The worst case is 6 bytes for a UTF-16 unit (a \u escape), 20 for an integer, 26 for a
 * double.
 */

const HEX = '0123456789ABCDEF';
const SHORT: Readonly<Record<number, number>> = { 8: 98, 9: 116, 10: 110, 12: 102, 13: 114, 34: 34, 92: 92 };

/** Writes a JSON string with its quotes. */
export function writeString(bytes: NativeBuffer, at: number, text: string): number {
  const length = text.length;
  bytes[at] = 34;
  let pos = at + 1;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c > 126 || PLAIN[c] === 0) return writeStringSlow(bytes, pos, text, i);
    bytes[pos++] = c;
  }
  bytes[pos] = 34;
  return pos + 1;
}

/** Writes the rest of a string, from unit `i` on, that needs escapes or UTF-8. */
function writeStringSlow(bytes: NativeBuffer, at: number, text: string, i: number): number {
  const length = text.length;
  let pos = at;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (code < 128) {
      i++;
      if (PLAIN[code] === 1 || code === 127) bytes[pos++] = code;
      else {
        bytes[pos++] = 92;
        const short = SHORT[code];
        if (short !== undefined) bytes[pos++] = short;
        else pos += bytes.latin1Write(`u00${HEX[code >> 4]}${HEX[code & 15]}`, pos);
      }
      continue;
    }
    // A run of characters beyond ASCII is written by the native encoder (which pairs surrogates).
    let j = i + 1;
    while (j < length && text.charCodeAt(j) > 127) j++;
    pos += bytes.utf8Write(text.slice(i, j), pos);
    i = j;
  }
  bytes[pos] = 34;
  return pos + 1;
}

/** Writes ASCII text unchanged. */
export function writeAscii(b: Buffer, at: number, text: string): number {
  const n = text.length;
  for (let i = 0; i < n; i++) b[at + i] = text.charCodeAt(i);
  return at + n;
}

/** Writes a BIGINT or INTEGER: a safe integer, or a bigint beyond. */
export function writeInteger(bytes: Buffer, at: number, value: number | bigint): number {
  if (typeof value !== 'number') return writeAscii(bytes, at, value.toString());
  let rest = value;
  let pos = at;
  if (rest < 0) {
    bytes[pos++] = 45;
    rest = -rest;
  }
  if (rest < 1e9) return writeDigits(bytes, pos, rest | 0);
  // Split so that the divisions stay within 32-bit integers.
  const high = Math.floor(rest / 1e8);
  if (high < 1e9) pos = writeDigits(bytes, pos, high | 0);
  else return writeAscii(bytes, pos, String(rest));
  let low = (rest - high * 1e8) | 0;
  for (let i = pos + 7; i >= pos; i--) {
    const q = (low / 10) | 0;
    bytes[i] = 48 + low - q * 10;
    low = q;
  }
  return pos + 8;
}

/** 0 <= v < 2^31. */
function writeDigits(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  const digits =
    rest < 10
      ? 1
      : rest < 100
        ? 2
        : rest < 1000
          ? 3
          : rest < 10000
            ? 4
            : rest < 100000
              ? 5
              : rest < 1e6
                ? 6
                : rest < 1e7
                  ? 7
                  : rest < 1e8
                    ? 8
                    : rest < 1e9
                      ? 9
                      : 10;
  for (let i = at + digits - 1; i >= at; i--) {
    const q = (rest / 10) | 0;
    bytes[i] = 48 + rest - q * 10;
    rest = q;
  }
  return at + digits;
}

/** Java's text of a double; NaN and the infinities are JSON strings, as Jackson writes them. */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? formatDouble(value) : `"${formatDouble(value)}"`;
}

/** The JSON number of a decimal, in plain notation. */
export function decimalJson(unscaled: bigint, scale: number): string {
  return formatDecimal(unscaled, scale);
}
