import type { ByteCursor } from '../internal/byte-cursor.ts';
import { Misfit } from '../internal/record-errors.ts';
import type { ProtoType } from './proto-schema.ts';

/**
 * Protocol Buffers' wire types (https://protobuf.dev/programming-guides/encoding/): 0 varint, 1 fixed64, 2 delimited, 5
 * fixed32.
 */

/** The wire type of a single value, which is not packed. */
export function wireTypeOf(type: ProtoType): number {
  if (type.kind === 'message') return 2;
  if (type.kind === 'enum') return 0;
  switch (type.name) {
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return 1;
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return 5;
    case 'string':
    case 'bytes':
      return 2;
    default:
      return 0;
  }
}

/** @throws Misfit when a field has a wire type other than the declared one */
export function expectWire(actual: number, expected: number): void {
  if (actual !== expected) throw new Misfit(`Wire type ${actual} where ${expected} was expected`);
}

/** Runs `body` with the cursor limited to a length-delimited value. */
export function within<T>(cursor: ByteCursor, wireType: number, body: () => T): T {
  expectWire(wireType, 2);
  const length = cursor.varint32();
  const at = cursor.take(length);
  const { end } = cursor;
  cursor.pos = at;
  cursor.end = at + length;
  const result = body();
  cursor.pos = cursor.end;
  cursor.end = end;
  return result;
}

/** Skips a field's value. */
export function skip(cursor: ByteCursor, wireType: number, depth: number): void {
  switch (wireType) {
    case 0:
      cursor.varint64();
      return;
    case 1:
      cursor.take(8);
      return;
    case 2:
      cursor.take(cursor.varint32());
      return;
    case 3: {
      if (depth > 100) throw new Misfit('Groups nested too deeply');
      for (;;) {
        const tag = cursor.varint32();
        if ((tag & 7) === 4) return;
        skip(cursor, tag & 7, depth + 1);
      }
    }
    case 5:
      cursor.take(4);
      return;
    default:
      throw new Misfit(`Unknown wire type ${wireType}`);
  }
}
