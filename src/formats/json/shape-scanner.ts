import { must } from '../../base/assert.ts';
import { JsonReader } from './json-reader.ts';
import { compileScanner, type Column, type ScanScope } from './scan-scope.ts';
import type { Scan } from './scanner.ts';
import { readSource, skipSource } from './value-source.ts';

/**
 * The shape of a record: the exact bytes between its values, and the use of each value. Since producers usually write
 * all records alike, a scanner generated for the shape compares constants instead of looking up keys.
 */
export interface Shape {
  readonly fields: readonly { readonly before: Buffer; readonly action: number }[];
}

/** With more fields, or more bytes between them, a generated function does not pay off. */
const MAX_FIELDS = 60;
const MAX_BETWEEN = 200;

/** The shape of one record; undefined if it is not a plain object, or if a wanted column occurs twice. */
export function shapeOf(
  bytes: Uint8Array,
  from: number,
  to: number,
  actionOf: (key: string) => number,
): Shape | undefined {
  const reader = new JsonReader();
  reader.reset(bytes, from, to);
  const fields: { before: Buffer; action: number }[] = [];
  const seen = new Set<number>();
  try {
    if (bytes[from] !== 123) return undefined;
    let start = from;
    do {
      reader.pos++;
      reader.skipBlanks();
      if (bytes[reader.pos] !== 34) return undefined;
      const action = actionOf(reader.readString());
      if (action > 0 && seen.has(action)) return undefined;
      seen.add(action);
      reader.skipBlanks();
      if (bytes[reader.pos] !== 58) return undefined;
      reader.pos++;
      reader.skipBlanks();
      const before = Buffer.from(bytes.subarray(start, reader.pos));
      if (before.length > MAX_BETWEEN || fields.length === MAX_FIELDS) return undefined;
      fields.push({ before, action });
      reader.skipValue();
      start = reader.pos;
    } while (bytes[reader.pos] === 44 && reader.pos < to);
  } catch {
    return undefined;
  }
  return bytes[reader.pos] === 125 && reader.pos < to ? { fields } : undefined;
}

/** Generates the scanner of a shape. A record of another shape is passed to `miss`. */
export function createShapeScanner(
  shape: Shape,
  columns: readonly Column[],
  wanted: readonly number[],
  scope: ScanScope,
  miss: Scan,
): Scan {
  return compileScanner<Scan>(sourceFor(shape, columns, wanted), scope, { miss });
}

function sourceFor(shape: Shape, columns: readonly Column[], wanted: readonly number[]): string {
  const fail = 'return miss(b, from, to, row);';
  const present = new Set(shape.fields.map((f) => f.action));
  const absent = wanted.filter((slot, column) => slot >= 0 && !present.has(column + 1));
  const fields = shape.fields.map(({ before, action }, index) => {
    const exits = { done: `break f${index};`, fail };
    return `f${index}: {
        if (!(i + ${before.length} <= size && ${comparison(before)})) ${fail}
        i += ${before.length};
        c = b[i];
        ${action === 0 ? skipSource(exits) : readSource(must(columns[action - 1], 'column').type, action - 1, must(wanted[action - 1], 'wanted field'), exits)}
      }`;
  });
  return `
    let seenBytes = null;
    let dv = null;
    let size = 0;
    return function shaped(b, from, to, row) {
      let i = from;
      let c = 0;
      if (b !== seenBytes) { seenBytes = b; dv = new DataView(b.buffer, b.byteOffset, b.byteLength); size = b.byteLength; }
      ${absent.map((slot) => `row[${slot}] = null;`).join(' ')}
      ${fields.join('\n      ')}
      if (b[i] === 125 && i < to) return true;
      ${fail}
    };`;
}

/** A condition that is true if the bytes at `i` equal `bytes`. */
function comparison(bytes: Buffer): string {
  const terms: string[] = [];
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) terms.push(`dv.getInt32(i + ${at}, true) === ${bytes.readInt32LE(at)}`);
  for (; at < bytes.length; at++) terms.push(`b[i + ${at}] === ${bytes[at]!}`);
  return terms.join(' && ');
}
