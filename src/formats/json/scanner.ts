import type { Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { asciiText } from '../internal/ascii-text.ts';
import { coercerFor, FieldIndex, type CoerceOptions, type Coercer } from './coerce.ts';
import { INSIDE_STRING, JsonReader, PLAIN } from './json-reader.ts';
import { KeyOrder } from './key-order.ts';
import { StringCache } from './string-cache.ts';

export type Scan = (bytes: Uint8Array, from: number, to: number, row: Row) => boolean;

/** What the generated source calls when a value is not the plain case; positions travel through `at`. */
export class ScanHelp {
  /** Position behind what was last read; -1 when it did not parse or fit, and the careful parser must say so. */
  at = 0;
  private readonly reader = new JsonReader();
  private readonly coercers: readonly (Coercer | undefined)[];

  constructor(columns: readonly Column[], wanted: readonly number[], options: CoerceOptions) {
    this.coercers = columns.map((c, i) => (wanted[i]! < 0 ? undefined : coercerFor(c.type, options)));
  }

  /** Reads any value at `i` for a column. */
  value(bytes: Uint8Array, i: number, to: number, column: number): unknown {
    const { reader } = this;
    reader.reset(bytes, i, to);
    try {
      const value = this.coercers[column]!(reader.readValue());
      this.at = reader.pos;
      return value;
    } catch {
      this.at = -1;
      return null;
    }
  }

  /** Moves over any value. Returns the position behind it, -1 when it is not JSON. */
  skip(bytes: Uint8Array, i: number, to: number): number {
    const { reader } = this;
    reader.reset(bytes, i, to);
    try {
      reader.skipValue();
    } catch {
      return -1;
    }
    return reader.pos;
  }
}

interface Column {
  readonly name: string;
  readonly type: SqlType;
}

/**
 * Generates a scanner for the wanted columns: one pass over the bytes, strings made for them only, everything else skipped. Where the
 * bytes take an unusual turn (a duplicate key, a bare value, anything malformed) the whole record goes to `general`, which decides.
 * Undefined when a key cannot tell the column (`a` and `A`).
 */
export function createJsonScanner(
  columns: readonly Column[],
  wanted: readonly number[],
  general: Scan,
  options: CoerceOptions = {},
): Scan | undefined {
  const index = new FieldIndex(columns.map((c) => c.name));
  if (index.ambiguous) return undefined;
  const order = new KeyOrder((key) => {
    const column = index.lookup(key);
    return column >= 0 && wanted[column]! >= 0 ? column + 1 : 0;
  });
  const help = new ScanHelp(columns, wanted, options);
  const active = columns.map((_, i) => i).filter((i) => wanted[i]! >= 0);
  const caches = columns.map((c, i) => (wanted[i]! >= 0 && c.type.kind === 'STRING' ? new StringCache() : undefined));
  const compile = new Function(
    'general',
    'order',
    'help',
    'PLAIN',
    'INSIDE',
    'POW10',
    'caches',
    'asciiText',
    sourceFor(columns, wanted, active),
  );
  return compile(general, order, help, PLAIN, INSIDE_STRING, POWERS_OF_TEN, caches, asciiText) as Scan;
}

/** Exact doubles: a quotient of two of them is correctly rounded. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * Whether one of the four bytes in the word `w` is a quote, a backslash, a control character or beyond ASCII: the high bit of a byte shows
 * it directly, or after a subtraction that borrows. (A borrow may raise a false alarm one byte further up, never hide one.)
 */
const NOT_PLAIN =
  '((w | ((w - 0x20202020) | 0) | (((w ^ 0x22222222) - 0x01010101) | 0) | (((w ^ 0x5c5c5c5c) - 0x01010101) | 0)) & 0x80808080) !== 0';

/** Blanks: the check costs one comparison where there are none. */
const BLANKS =
  'while (b[i] <= 32) { c = b[i]; if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return general(b, from, to, row); i++; }';

function sourceFor(columns: readonly Column[], wanted: readonly number[], active: readonly number[]): string {
  // One bit for each wanted column tells duplicates; beyond 30 another word.
  const words = Math.max(1, Math.ceil(active.length / 30));
  const seen = Array.from({ length: words }, (_, w) => `let seen${w} = 0;`).join(' ');
  const cases = active.map((column, n) => {
    const word = Math.floor(n / 30);
    const bit = 1 << (n % 30);
    const slot = wanted[column]!;
    return `case ${column + 1}: {
          if ((seen${word} & ${bit}) !== 0) return general(b, from, to, row);
          seen${word} |= ${bit};
          ${readerSource(columns[column]!.type, column, slot)}
          break;
        }`;
  });
  return `
    const { keys, actions, words } = order;
    let seenBytes = null;
    let dv = null;
    let size = 0;
    return function scan(b, from, to, row) {
      let i = from;
      let c = 0;
      if (b !== seenBytes) { seenBytes = b; dv = new DataView(b.buffer, b.byteOffset, b.byteLength); size = b.byteLength; }
      if (b[i] !== 123) return general(b, from, to, row);
      ${active.map((column) => `row[${wanted[column]!}] = null;`).join(' ')}
      ${seen}
      i++;
      ${BLANKS}
      if (b[i] === 125) { if (i < to) return true; return general(b, from, to, row); }
      let f = 0;
      for (;;) {
        if (b[i] !== 34) return general(b, from, to, row);
        let action = 0;
        // The key that stood here in earlier records, with its closing quote and the colon.
        const key = keys[f];
        const n = key.length;
        let j = 0;
        i++;
        const w = words[f];
        const whole = w.length;
        if (i + n <= size) {
          let k = 0;
          while (k < whole && dv.getInt32(i + (k << 2), true) === w[k]) k++;
          if (k === whole) { j = whole << 2; while (j < n && b[i + j] === key[j]) j++; }
        }
        if (j === n) {
          action = actions[f];
          i += n;
          f++;
        } else {
          f = order.find(b, i, to, f);
          if (f < 0) return general(b, from, to, row);
          action = order.action;
          i = order.at;
        }
        ${BLANKS}
        c = b[i];
        switch (action) {
          case 0: {
            if (c === 34) {
              i++;
              while (i + 4 <= size) {
                const w = dv.getInt32(i, true);
                if (${NOT_PLAIN}) break;
                i += 4;
              }
              while (INSIDE[b[i]] === 1) i++;
              if (b[i] === 34 && i < to) { i++; break; }
              return general(b, from, to, row);
            }
            if (c >= 48 && c <= 57) {
              const s = i;
              do c = b[++i]; while (c >= 48 && c <= 57);
              if (b[s] !== 48 || i === s + 1) {
                if (c === 46) {
                  const p = i + 1;
                  do c = b[++i]; while (c >= 48 && c <= 57);
                  if (i === p) return general(b, from, to, row);
                }
                if (c === 44 || c === 125) break;
              }
              i = s;
            }
            i = help.skip(b, i, to);
            if (i < 0) return general(b, from, to, row);
            break;
          }
          ${cases.join('\n          ')}
        }
        c = b[i];
        if (c <= 32) { ${BLANKS} c = b[i]; }
        if (c === 44) {
          i++;
          ${BLANKS}
          continue;
        }
        if (c === 125 && i < to) return true;
        return general(b, from, to, row);
      }
    };`;
}

/** Leaves through here when the value is not the plain case. */
function slow(column: number, slot: number): string {
  return `row[${slot}] = help.value(b, i, to, ${column}); i = help.at; if (i < 0) return general(b, from, to, row);`;
}

function readerSource(type: SqlType, column: number, slot: number): string {
  const otherwise = slow(column, slot);
  switch (type.kind) {
    case 'STRING':
      return `
          if (c === 34) {
            const s = i + 1;
            let e = s;
            let h = 0;
            while (e + 4 <= size) {
              const w = dv.getInt32(e, true);
              if (${NOT_PLAIN}) break;
              h = Math.imul(h, 0x9e3779b1) ^ w;
              e += 4;
            }
            while (PLAIN[c = b[e]] === 1) { h = (Math.imul(h, 31) + c) | 0; e++; }
            h ^= h >>> 16;
            if (c === 34 && e < to) {
              row[${slot}] = e - s <= 24 ? caches[${column}].text(b, s, e, h) : asciiText(b, s, e);
              i = e + 1;
              break;
            }
          }
          ${otherwise}`;
    case 'INTEGER':
    case 'DATE':
      return integerSource(slot, otherwise, 9);
    case 'BIGINT':
    case 'TIME':
    case 'TIMESTAMP':
      return integerSource(slot, otherwise, 15);
    case 'DOUBLE':
      return `
          {
            let s = i;
            const negative = c === 45;
            if (negative) c = b[++s];
            let e = s;
            let v = 0;
            while (c >= 48 && c <= 57) { v = v * 10 + (c - 48); c = b[++e]; }
            const whole = e - s;
            let fraction = 0;
            if (c === 46) {
              const p = e + 1;
              c = b[++e];
              while (c >= 48 && c <= 57) { v = v * 10 + (c - 48); c = b[++e]; }
              fraction = e - p;
              if (fraction === 0) fraction = 99;
            }
            if ((c === 44 || c === 125) && whole > 0 && whole + fraction <= 15 && (b[s] !== 48 || whole === 1) && e < to) {
              if (fraction > 0) v /= POW10[fraction];
              row[${slot}] = negative ? -v : v;
              i = e;
              break;
            }
          }
          ${otherwise}`;
    case 'BOOLEAN':
      return `
          if (c === 116 && b[i + 1] === 114 && b[i + 2] === 117 && b[i + 3] === 101 && (b[i + 4] === 44 || b[i + 4] === 125)) { row[${slot}] = true; i += 4; break; }
          if (c === 102 && b[i + 1] === 97 && b[i + 2] === 108 && b[i + 3] === 115 && b[i + 4] === 101 && (b[i + 5] === 44 || b[i + 5] === 125)) { row[${slot}] = false; i += 5; break; }
          ${otherwise}`;
    default:
      return otherwise;
  }
}

function integerSource(slot: number, otherwise: string, digits: number): string {
  return `
          {
            let s = i;
            const negative = c === 45;
            if (negative) c = b[++s];
            let e = s;
            let v = 0;
            while (c >= 48 && c <= 57) { v = v * 10 + (c - 48); c = b[++e]; }
            const n = e - s;
            if ((c === 44 || c === 125) && n > 0 && n <= ${digits} && (b[s] !== 48 || n === 1) && e < to) {
              row[${slot}] = negative ? 0 - v : v;
              i = e;
              break;
            }
          }
          ${otherwise}`;
}
