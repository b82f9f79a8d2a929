import { must } from '../../base/assert.ts';
import type { Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { asciiText } from '../internal/ascii-text.ts';

/** Reads a field's bytes. May throw anything: the general parser then reads the line again and reports the error. */
type ReadField = (bytes: Uint8Array, from: number, to: number) => unknown;

/**
 * Reads lines of plain ASCII without quotes directly from the bytes, and only the wanted columns. The returned function
 * returns false for any other line (quotes, line ends, other characters, a different number of fields, a field that
 * cannot be parsed), which is left to the general parser.
 */
export function plainLineReader(
  columns: readonly { readonly type: SqlType }[],
  wanted: readonly number[],
  delimiter: string,
  readers: readonly ((text: string) => unknown)[],
): (bytes: Uint8Array, from: number, to: number, row: Row) => boolean {
  const separator = delimiter.charCodeAt(0);
  if (separator > 126) return () => false;
  const fields: readonly ReadField[] = columns.map((c, i) => fieldReader(c.type, must(readers[i], 'reader')));
  const count = columns.length;
  return (bytes, from, to, row) => {
    let i = from;
    for (let n = 0; n < count; n++) {
      const start = i;
      for (; i < to; i++) {
        const c = bytes[i]!;
        if (c === separator) break;
        if (c < 32 || c > 126 || c === 34) return false;
      }
      const target = wanted[n]!;
      if (target >= 0) {
        if (i === start) row[target] = null;
        else {
          try {
            row[target] = fields[n]!(bytes, start, i);
          } catch {
            return false;
          }
        }
      }
      if (i >= to) return n === count - 1 && to > from;
      i++;
    }
    return false;
  };
}

function fieldReader(type: SqlType, read: (text: string) => unknown): ReadField {
  switch (type.kind) {
    case 'STRING':
      return asciiText;
    case 'INTEGER':
      return (bytes, from, to) => shortInteger(bytes, from, to, 9) ?? read(asciiText(bytes, from, to));
    case 'BIGINT':
    case 'TIMESTAMP':
      return (bytes, from, to) => shortInteger(bytes, from, to, 15) ?? read(asciiText(bytes, from, to));
    default:
      return (bytes, from, to) => read(asciiText(bytes, from, to));
  }
}

/** Parses an integer with few enough digits to be exact; undefined for anything else. */
function shortInteger(bytes: Uint8Array, from: number, to: number, digits: number): number | undefined {
  const first = bytes[from] === 45 ? from + 1 : from;
  if (to - first > digits || to === first) return undefined;
  let value = 0;
  for (let i = first; i < to; i++) {
    const c = bytes[i]!;
    if (c < 48 || c > 57) return undefined;
    value = value * 10 + (c - 48);
  }
  return first === from ? value : 0 - value;
}
