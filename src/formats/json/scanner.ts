import { must } from '../../base/assert.ts';
import type { Row } from '../../types/row.ts';
import { FieldIndex } from './coerce.ts';
import { KeyOrder } from './key-order.ts';
import { compileScanner, type Column, type ScanScope } from './scan-scope.ts';
import { readSource, skipBlanks, skipSource } from './value-source.ts';

/** Decodes `bytes[from, to)` into `row`; false if the bytes represent a null record. */
export type Scan = (bytes: Uint8Array, from: number, to: number, row: Row) => boolean;

const GENERAL = 'return general(b, from, to, row);';
const BLANKS = skipBlanks(GENERAL);
const EXITS = { done: 'break;', fail: GENERAL };

/**
 * Generates a scanner for the wanted columns: one pass over the bytes that creates strings only for them and skips
 * everything else. In unusual cases (a duplicate key, a bare value, anything malformed) the whole record is passed to
 * `general`, which decides.
 */
export function createScanner(
  columns: readonly Column[],
  wanted: readonly number[],
  index: FieldIndex,
  scope: ScanScope,
  general: Scan,
): Scan {
  const order = new KeyOrder((key) => actionOf(index, wanted, key));
  return compileScanner<Scan>(sourceFor(columns, wanted), scope, { general, order });
}

/** What to do for a key: 0 skips its value, n reads it into column n - 1. */
export function actionOf(index: FieldIndex, wanted: readonly number[], key: string): number {
  const column = index.lookup(key);
  return column >= 0 && must(wanted[column], 'wanted field') >= 0 ? column + 1 : 0;
}

function sourceFor(columns: readonly Column[], wanted: readonly number[]): string {
  const active = columns.map((_, i) => i).filter((i) => must(wanted[i], 'wanted field') >= 0);
  // One bit for each wanted column detects duplicates; beyond 30 another word is used.
  const words = Math.max(1, Math.ceil(active.length / 30));
  const seen = Array.from({ length: words }, (_, w) => `let seen${w} = 0;`).join(' ');
  const cases = active.map((column, index) => {
    const word = Math.floor(index / 30);
    const bit = 1 << (index % 30);
    const slot = must(wanted[column], 'wanted field');
    return `case ${column + 1}: {
          if ((seen${word} & ${bit}) !== 0) return general(b, from, to, row);
          seen${word} |= ${bit};
          ${readSource(must(columns[column], 'column').type, column, slot, EXITS)}
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
      ${active.map((column) => `row[${must(wanted[column], 'wanted field')}] = null;`).join(' ')}
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
            ${skipSource(EXITS)}
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
