import type { ByteCursor } from '../internal/byte-cursor.ts';
import { Misfit } from '../internal/record-errors.ts';
import type { AvroType } from './avro-schema.ts';

/** Skipping Avro values: lengths, blocks, and everything that no column uses. */
type Read = (c: ByteCursor) => unknown;

/**
 * The most items in a block beyond the remaining bytes: items without bytes (empty records) are not bounded by them.
 */
const MOST_EMPTY_ITEMS = 100_000;

/** Reads the length that precedes bytes or text. */
export function lengthAt(cursor: ByteCursor): number {
  const length = cursor.zigzag64();
  if (typeof length !== 'number' || length < 0) throw new Misfit('Malformed length');
  return length;
}

/** Runs `item` for every item in the blocks of an array or map. */
export function blocks(cursor: ByteCursor, item: () => void): void {
  for (;;) {
    let count = Number(cursor.zigzag64());
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      // The size of the block in bytes, which only matters to readers that skip it.
      cursor.zigzag64();
    }
    if (count > cursor.end - cursor.pos + MOST_EMPTY_ITEMS) throw new Misfit('Malformed block count');
    for (let i = 0; i < count; i++) item();
    cursor.check();
  }
}

/** A reader that only advances the cursor. Recursive records are compiled once. */
export function skipperFor(type: AvroType, seen = new Map<AvroType, Read>()): Read {
  const known = seen.get(type);
  if (known !== undefined) return known;
  let real: Read | undefined;
  seen.set(type, (cursor) => real!(cursor));
  real = makeSkipper(type, seen);
  return real;
}

function makeSkipper(type: AvroType, seen: Map<AvroType, Read>): Read {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'boolean':
      return (cursor) => void cursor.take(1);
    case 'int':
    case 'long':
    case 'enum':
      return (cursor) => void cursor.varint64();
    case 'float':
      return (cursor) => void cursor.take(4);
    case 'double':
      return (cursor) => void cursor.take(8);
    case 'bytes':
    case 'string':
      return (cursor) => void cursor.take(lengthAt(cursor));
    case 'fixed':
      return (cursor) => void cursor.take(type.size);
    case 'array': {
      const item = skipperFor(type.items, seen);
      return (cursor) => skipBlocks(cursor, item);
    }
    case 'map': {
      const value = skipperFor(type.values, seen);
      return (cursor) =>
        skipBlocks(cursor, () => {
          cursor.take(lengthAt(cursor));
          value(cursor);
        });
    }
    case 'union': {
      const branches = type.branches.map((branch) => skipperFor(branch, seen));
      return (cursor) => {
        const branch = branches[cursor.zigzag32()];
        if (branch === undefined) throw new Misfit('Malformed union index');
        branch(cursor);
      };
    }
    case 'record': {
      const fields = type.fields.map((field) => skipperFor(field.type, seen));
      return (cursor) => {
        for (const field of fields) field(cursor);
      };
    }
  }
}

function skipBlocks(cursor: ByteCursor, item: Read): void {
  for (;;) {
    const count = Number(cursor.zigzag64());
    if (count === 0) return;
    if (count < 0) cursor.take(Number(cursor.zigzag64()));
    else {
      if (count > cursor.end - cursor.pos + MOST_EMPTY_ITEMS) throw new Misfit('Malformed block count');
      for (let i = 0; i < count; i++) item(cursor);
    }
  }
}
