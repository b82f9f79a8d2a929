import type { SqlType } from '../../types/sql-type.ts';

/**
 * Pieces of generated source that read or skip one value at `b[i]`, whose first byte is in `c`, and set `i` to the
 * position after it. In scope: `b`, `from`, `to`, `row`, `i`, `c`, `dv` (a DataView over `b`), `size`, and the
 * constants of `ScanScope`. Nothing but numbers from the schema is included.
 */
export interface Exits {
  /** Leaves the piece after the value has been read. */
  readonly done: string;
  /** Leaves the record to a more general reader. */
  readonly fail: string;
}

/**
 * Whether one of the four bytes in the word `w` is a quote, a backslash, a control character or not ASCII: the high bit
 * of a byte shows it directly, or after a subtraction that borrows. (A borrow may cause a false positive one byte
 * higher, but never hides one.)
 */
const NOT_PLAIN =
  '((w | ((w - 0x20202020) | 0) | (((w ^ 0x22222222) - 0x01010101) | 0) | (((w ^ 0x5c5c5c5c) - 0x01010101) | 0)) & 0x80808080) !== 0';

/** Skips blanks: one comparison if there are none. */
export function skipBlanks(fail: string): string {
  return `while (b[i] <= 32) { c = b[i]; if (c !== 32 && c !== 10 && c !== 13 && c !== 9) { ${fail} } i++; }`;
}

/** Skips a value that no column uses: plain strings and numbers in place, others by the general reader. */
export function skipSource({ done, fail }: Exits): string {
  return `
    if (c === 34) {
      const s = i++;
      while (i + 4 <= size) {
        const w = dv.getInt32(i, true);
        if (${NOT_PLAIN}) break;
        i += 4;
      }
      while (INSIDE[b[i]] === 1) i++;
      if (b[i] === 34 && i < to) { i++; ${done} }
      i = s;
    } else if (c >= 48 && c <= 57) {
      const s = i;
      do c = b[++i]; while (c >= 48 && c <= 57);
      if (b[s] !== 48 || i === s + 1) {
        if (c === 46) {
          const p = i + 1;
          do c = b[++i]; while (c >= 48 && c <= 57);
          if (i === p) { ${fail} }
        }
        if (c === 44 || c === 125) { ${done} }
      }
      i = s;
    }
    i = help.skip(b, i, to);
    if (i < 0) { ${fail} }`;
}

/** Reads a value of a column into `row[slot]`. */
export function readSource(type: SqlType, column: number, slot: number, { done, fail }: Exits): string {
  const otherwise = `
          if (c === 110 && b[i + 1] === 117 && b[i + 2] === 108 && b[i + 3] === 108 && (b[i + 4] === 44 || b[i + 4] === 125)) { row[${slot}] = null; i += 4; ${done} }
          row[${slot}] = help.value(b, i, to, ${column}); i = help.at; if (i < 0) { ${fail} }`;
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
              ${done}
            }
          }
          ${otherwise}`;
    case 'INTEGER':
    case 'DATE':
      return integerSource(slot, otherwise, 9, done);
    case 'BIGINT':
    case 'TIMESTAMP':
      return integerSource(slot, otherwise, 15, done);
    case 'TIME':
      // Seven digits are always within a day; longer or negative numbers are checked.
      return integerSource(slot, otherwise, 7, done, false);
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
              ${done}
            }
          }
          ${otherwise}`;
    case 'BOOLEAN':
      return `
          if (c === 116 && b[i + 1] === 114 && b[i + 2] === 117 && b[i + 3] === 101 && (b[i + 4] === 44 || b[i + 4] === 125)) { row[${slot}] = true; i += 4; ${done} }
          if (c === 102 && b[i + 1] === 97 && b[i + 2] === 108 && b[i + 3] === 115 && b[i + 4] === 101 && (b[i + 5] === 44 || b[i + 5] === 125)) { row[${slot}] = false; i += 5; ${done} }
          ${otherwise}`;
    default:
      return otherwise;
  }
}

function integerSource(slot: number, otherwise: string, digits: number, done: string, signed = true): string {
  return `
          {
            let s = i;
            const negative = ${signed ? 'c === 45' : 'false'};
            if (negative) c = b[++s];
            let e = s;
            let v = 0;
            while (c >= 48 && c <= 57) { v = v * 10 + (c - 48); c = b[++e]; }
            const n = e - s;
            if ((c === 44 || c === 125) && n > 0 && n <= ${digits} && (b[s] !== 48 || n === 1) && e < to) {
              row[${slot}] = negative ? 0 - v : v;
              i = e;
              ${done}
            }
          }
          ${otherwise}`;
}
