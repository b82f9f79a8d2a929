/**
 * Buffer's native slicers, callable on any Uint8Array: `Buffer.from(view)` would allocate an object for each string.
 */
interface Slicer {
  latin1Slice(from: number, to: number): string;
  utf8Slice(from: number, to: number): string;
}

const proto = Buffer.prototype as unknown as Slicer;

/** The text of bytes known to be ASCII (or Latin-1). */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return proto.latin1Slice.call(bytes, from, to);
}

/** The text of UTF-8 bytes; malformed sequences become U+FFFD. */
export function utf8(bytes: Uint8Array, from: number, to: number): string {
  return proto.utf8Slice.call(bytes, from, to);
}

/** A Buffer that shares the memory of `bytes[from, to)`. */
export function viewOf(bytes: Uint8Array, from: number, to: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
}

/** A Buffer with its native writers, which the Node types omit. They return the number of bytes written. */
export interface NativeBuffer extends Buffer {
  latin1Write(text: string, at: number, length?: number): number;
  utf8Write(text: string, at: number, length?: number): number;
}
