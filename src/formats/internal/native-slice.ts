/** Buffer's native slicers, callable on any Uint8Array: `Buffer.from(view)` per string would allocate. */
interface Slicer {
  latin1Slice(from: number, to: number): string;
  utf8Slice(from: number, to: number): string;
}

const proto = Buffer.prototype as unknown as Slicer;

/** Text of bytes that are known to be ASCII (or Latin-1). */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return proto.latin1Slice.call(bytes, from, to);
}

/** Text of UTF-8 bytes; malformed sequences become U+FFFD. */
export function utf8(bytes: Uint8Array, from: number, to: number): string {
  return proto.utf8Slice.call(bytes, from, to);
}

/** A Buffer over the same memory as `bytes[from, to)`. */
export function viewOf(bytes: Uint8Array, from: number, to: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
}

/** A Buffer with its native writers, which the Node types leave out. They return the number of bytes written. */
export interface NativeBuffer extends Buffer {
  latin1Write(text: string, at: number, length?: number): number;
  utf8Write(text: string, at: number, length?: number): number;
}
