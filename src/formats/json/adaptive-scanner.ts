import type { CoerceOptions } from './coerce.ts';
import { FieldIndex } from './coerce.ts';
import { scanScope, type Column } from './scan-scope.ts';
import { actionOf, createScanner, type Scan } from './scanner.ts';
import { createShapeScanner, shapeOf } from './shape-scanner.ts';

/** Number of records before a function is generated for a shape. */
const WARM_UP = 500;
/**
 * Number of misses after which a shape is abandoned, if they are more than one in eight of the records since it was
 * adopted.
 */
const MISSES = 500;
/** The most shapes that a decoder tries. */
const SHAPES = 4;

/**
 * Scans by the shape of earlier records, otherwise key by key, otherwise with the general parser: three readers that
 * agree on every input, the first being the fastest and least general. Undefined when a key does not identify the
 * column (`a` and `A`).
 */
export function createJsonScanner(
  columns: readonly Column[],
  wanted: readonly number[],
  general: Scan,
  options: CoerceOptions = {},
  warmUp = WARM_UP,
): Scan | undefined {
  const index = new FieldIndex(columns.map((c) => c.name));
  if (index.ambiguous) return undefined;
  const scope = scanScope(columns, wanted, options);
  const byKeys = createScanner(columns, wanted, index, scope, general);
  let current: Scan = warming;
  let records = 0;
  let misses = 0;
  let shapes = 0;

  function warming(bytes: Uint8Array, from: number, to: number, row: unknown[]): boolean {
    if (++records >= warmUp) takeShape(bytes, from, to);
    return byKeys(bytes, from, to, row);
  }

  function takeShape(bytes: Uint8Array, from: number, to: number): void {
    records = 0;
    misses = 0;
    if (shapes++ === SHAPES) {
      current = byKeys;
      return;
    }
    const shape = shapeOf(bytes, from, to, (key) => actionOf(index, wanted, key));
    if (shape === undefined) return;
    const shaped = createShapeScanner(shape, columns, wanted, scope, miss);
    current = (b, f, t, row) => {
      records++;
      return shaped(b, f, t, row);
    };
  }

  function miss(bytes: Uint8Array, from: number, to: number, row: unknown[]): boolean {
    if (++misses >= MISSES) {
      if (misses * 8 > records) current = warming;
      records = 0;
      misses = 0;
    }
    return byKeys(bytes, from, to, row);
  }

  return (bytes, from, to, row) => current(bytes, from, to, row);
}
