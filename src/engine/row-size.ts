/** The cost of a row besides its values, and of its place in a Map. */
const ROW_BYTES = 120;

/** Approximate size of a row in the heap, in bytes: right within a factor of two. */
export function bytesOfRow(row: readonly unknown[]): number {
  let bytes = ROW_BYTES;
  for (let i = 0; i < row.length; i++) bytes += bytesOf(row[i]);
  return bytes;
}

/** Approximate size of a value in the heap, in bytes, its place in an array included. */
export function bytesOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 32 + value.length;
    case 'object': {
      if (value === null) return 8;
      if (value instanceof Uint8Array) return 104 + value.length;
      let bytes = 48;
      if (value instanceof Map || value instanceof Set) {
        for (const [k, v] of value.entries()) bytes += 32 + bytesOf(k) + (v === k ? 0 : bytesOf(v));
      } else {
        for (const item of Object.values(value)) bytes += bytesOf(item);
      }
      return bytes;
    }
    default:
      return 16;
  }
}
