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
export function writeString(b: NativeBuffer, at: number, text: string): number {
  const n = text.length;
  b[at] = 34;
  let p = at + 1;
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i);
    if (c > 126 || PLAIN[c] === 0) return writeStringSlow(b, p, text, i);
    b[p++] = c;
  }
  b[p] = 34;
  return p + 1;
}

/** Writes the rest of a string, from unit `i` on, that needs escapes or UTF-8. */
function writeStringSlow(b: NativeBuffer, at: number, text: string, i: number): number {
  const n = text.length;
  let p = at;
  while (i < n) {
    const c = text.charCodeAt(i);
    if (c < 128) {
      i++;
      if (PLAIN[c] === 1 || c === 127) b[p++] = c;
      else {
        b[p++] = 92;
        const short = SHORT[c];
        if (short !== undefined) b[p++] = short;
        else p += b.latin1Write(`u00${HEX[c >> 4]}${HEX[c & 15]}`, p);
      }
      continue;
    }
    // A run of characters beyond ASCII is written by the native encoder (which pairs surrogates).
    let j = i + 1;
    while (j < n && text.charCodeAt(j) > 127) j++;
    p += b.utf8Write(text.slice(i, j), p);
    i = j;
  }
  b[p] = 34;
  return p + 1;
}

/** Writes ASCII text unchanged. */
export function writeAscii(b: Buffer, at: number, text: string): number {
  const n = text.length;
  for (let i = 0; i < n; i++) b[at + i] = text.charCodeAt(i);
  return at + n;
}

/** Writes a BIGINT or INTEGER: a safe integer, or a bigint beyond. */
export function writeInteger(b: Buffer, at: number, value: number | bigint): number {
  if (typeof value !== 'number') return writeAscii(b, at, value.toString());
  let v = value;
  let p = at;
  if (v < 0) {
    b[p++] = 45;
    v = -v;
  }
  if (v < 1e9) return writeDigits(b, p, v | 0);
  // Split so that the divisions stay within 32-bit integers.
  const high = Math.floor(v / 1e8);
  if (high < 1e9) p = writeDigits(b, p, high | 0);
  else return writeAscii(b, p, String(v));
  let low = (v - high * 1e8) | 0;
  for (let i = p + 7; i >= p; i--) {
    const q = (low / 10) | 0;
    b[i] = 48 + low - q * 10;
    low = q;
  }
  return p + 8;
}

/** 0 <= v < 2^31. */
function writeDigits(b: Buffer, at: number, value: number): number {
  let v = value;
  const n =
    v < 10
      ? 1
      : v < 100
        ? 2
        : v < 1000
          ? 3
          : v < 10000
            ? 4
            : v < 100000
              ? 5
              : v < 1e6
                ? 6
                : v < 1e7
                  ? 7
                  : v < 1e8
                    ? 8
                    : v < 1e9
                      ? 9
                      : 10;
  for (let i = at + n - 1; i >= at; i--) {
    const q = (v / 10) | 0;
    b[i] = 48 + v - q * 10;
    v = q;
  }
  return at + n;
}

/** Java's text of a double; NaN and the infinities are JSON strings, as Jackson writes them. */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? formatDouble(value) : `"${formatDouble(value)}"`;
}

/** The JSON number of a decimal, in plain notation. */
export function decimalJson(unscaled: bigint, scale: number): string {
  return formatDecimal(unscaled, scale);
}
