/**
 * Counts distinct 64-bit hashes: exactly up to 256 of them, and beyond that by HyperLogLog with 4096 registers
 * (standard error 1.6 %). A sketch is an immutable byte array: 0 followed by the hashes, 8 bytes each; or 1 followed by
 * the registers.
 */
export const EMPTY_SKETCH: Uint8Array = new Uint8Array([0]);

const EXACT = 0;
const REGISTERS = 1;
const EXACT_MAX = 256;
const INDEX_BITS = 12;
const SIZE = 1 << INDEX_BITS;

/** Adds a 64-bit hash, given in two halves, to a sketch. Returns the new sketch, or the same one if nothing changed. */
export function addHash(sketch: Uint8Array, high: number, low: number): Uint8Array {
  if (sketch[0] === REGISTERS) {
    const index = (high >>> (32 - INDEX_BITS)) + 1;
    const rank = rankOf(high, low);
    if (sketch[index]! >= rank) return sketch;
    const result = sketch.slice();
    result[index] = rank;
    return result;
  }
  const view = new DataView(sketch.buffer, sketch.byteOffset, sketch.length);
  for (let at = 1; at < sketch.length; at += 8) {
    if (view.getUint32(at) === high && view.getUint32(at + 4) === low) return sketch;
  }
  if (sketch.length < 1 + 8 * EXACT_MAX) {
    const result = new Uint8Array(sketch.length + 8);
    result.set(sketch);
    const target = new DataView(result.buffer);
    target.setUint32(sketch.length, high);
    target.setUint32(sketch.length + 4, low);
    return result;
  }
  return addHash(toRegisters(sketch), high, low);
}

/** The sketch of the hashes in either sketch. */
export function mergeSketches(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (b[0] === EXACT) {
    const view = new DataView(b.buffer, b.byteOffset, b.length);
    let result = a;
    for (let at = 1; at < b.length; at += 8) result = addHash(result, view.getUint32(at), view.getUint32(at + 4));
    return result;
  }
  const result = (a[0] === EXACT ? toRegisters(a) : a).slice();
  for (let i = 1; i <= SIZE; i++) if (b[i]! > result[i]!) result[i] = b[i]!;
  return result;
}

/** The estimated number of distinct hashes in a sketch. */
export function estimate(sketch: Uint8Array): number {
  if (sketch[0] === EXACT) return (sketch.length - 1) / 8;
  let sum = 0;
  let zeros = 0;
  for (let i = 1; i <= SIZE; i++) {
    sum += 2 ** -sketch[i]!;
    if (sketch[i] === 0) zeros++;
  }
  const raw = ((0.7213 / (1 + 1.079 / SIZE)) * SIZE * SIZE) / sum;
  // Few registers are set: linear counting is more accurate. 64-bit hashes need no correction at the upper end.
  return Math.round(raw <= 2.5 * SIZE && zeros > 0 ? SIZE * Math.log(SIZE / zeros) : raw);
}

function toRegisters(sketch: Uint8Array): Uint8Array {
  const result = new Uint8Array(1 + SIZE);
  result[0] = REGISTERS;
  const view = new DataView(sketch.buffer, sketch.byteOffset, sketch.length);
  for (let at = 1; at < sketch.length; at += 8) {
    const high = view.getUint32(at);
    const index = (high >>> (32 - INDEX_BITS)) + 1;
    const rank = rankOf(high, view.getUint32(at + 4));
    if (rank > result[index]!) result[index] = rank;
  }
  return result;
}

/** The position of the first set bit after the index bits, counted from 1. */
function rankOf(high: number, low: number): number {
  const rest = (high << INDEX_BITS) >>> 0;
  return rest !== 0 ? Math.clz32(rest) + 1 : 32 - INDEX_BITS + Math.clz32(low) + 1;
}
