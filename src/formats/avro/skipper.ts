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
export function lengthAt(c: ByteCursor): number {
  const length = c.zigzag64();
  if (typeof length !== 'number' || length < 0) throw new Misfit('Malformed length');
  return length;
}

/** Runs `item` for every item in the blocks of an array or map. */
export function blocks(c: ByteCursor, item: () => void): void {
  for (;;) {
    let count = Number(c.zigzag64());
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      // The size of the block in bytes, which only matters to readers that skip it.
      c.zigzag64();
    }
    if (count > c.end - c.pos + MOST_EMPTY_ITEMS) throw new Misfit('Malformed block count');
    for (let i = 0; i < count; i++) item();
    c.check();
  }
}

/** A reader that only advances the cursor. Recursive records are compiled once. */
export function skipperFor(type: AvroType, seen = new Map<AvroType, Read>()): Read {
  const known = seen.get(type);
  if (known !== undefined) return known;
  let real: Read | undefined;
  seen.set(type, (c) => real!(c));
  real = makeSkipper(type, seen);
  return real;
}

function makeSkipper(type: AvroType, seen: Map<AvroType, Read>): Read {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'boolean':
      return (c) => void c.take(1);
    case 'int':
    case 'long':
    case 'enum':
      return (c) => void c.varint64();
    case 'float':
      return (c) => void c.take(4);
    case 'double':
      return (c) => void c.take(8);
    case 'bytes':
    case 'string':
      return (c) => void c.take(lengthAt(c));
    case 'fixed':
      return (c) => void c.take(type.size);
    case 'array': {
      const item = skipperFor(type.items, seen);
      return (c) => skipBlocks(c, item);
    }
    case 'map': {
      const value = skipperFor(type.values, seen);
      return (c) =>
        skipBlocks(c, () => {
          c.take(lengthAt(c));
          value(c);
        });
    }
    case 'union': {
      const branches = type.branches.map((branch) => skipperFor(branch, seen));
      return (c) => {
        const branch = branches[c.zigzag32()];
        if (branch === undefined) throw new Misfit('Malformed union index');
        branch(c);
      };
    }
    case 'record': {
      const fields = type.fields.map((field) => skipperFor(field.type, seen));
      return (c) => {
        for (const field of fields) field(c);
      };
    }
  }
}

function skipBlocks(c: ByteCursor, item: Read): void {
  for (;;) {
    const count = Number(c.zigzag64());
    if (count === 0) return;
    if (count < 0) c.take(Number(c.zigzag64()));
    else {
      if (count > c.end - c.pos + MOST_EMPTY_ITEMS) throw new Misfit('Malformed block count');
      for (let i = 0; i < count; i++) item(c);
    }
  }
}
