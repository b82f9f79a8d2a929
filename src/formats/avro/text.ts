import { formatDecimal } from '../../types/decimal.ts';
import type { RegistrySchema } from '../api.ts';
import { ByteCursor } from '../internal/byte-cursor.ts';
import { Misfit } from '../internal/record-errors.ts';
import { shownDouble, shownFields, shownItems, shownScalar } from '../internal/shown-text.ts';
import { fromTwosComplement } from '../internal/varint-writer.ts';
import { parseAvroSchema, type AvroType } from './avro-schema.ts';
import { blocks, lengthAt } from './skipper.ts';

type Show = (c: ByteCursor) => string;

/**
 * Formats any value of a writer schema, with or without columns, as PRINT shows it. The returned function throws if the
 * bytes do not match the schema.
 */
export function avroText(schema: RegistrySchema): (bytes: Uint8Array, from: number) => string {
  const top = parseAvroSchema(schema);
  const show = top.kind === 'string' ? (c: ByteCursor): string => c.text(lengthAt(c)) : showFor(top, new Map());
  return (bytes, from) => {
    const c = new ByteCursor();
    c.reset(bytes, from, bytes.length);
    const text = show(c);
    c.check();
    if (c.pos < c.end) throw new Misfit('More bytes than the schema says');
    return text;
  };
}

/** Recursive records are compiled once. */
function showFor(type: AvroType, seen: Map<AvroType, Show>): Show {
  const known = seen.get(type);
  if (known !== undefined) return known;
  let real: Show | undefined;
  seen.set(type, (c) => real!(c));
  real = makeShow(type, seen);
  return real;
}

function makeShow(type: AvroType, seen: Map<AvroType, Show>): Show {
  switch (type.kind) {
    case 'null':
      return () => 'null';
    case 'boolean':
      return (c) => String(c.byte() !== 0);
    case 'int':
    case 'long':
      return (c) => String(c.zigzag64());
    case 'enum':
      return (c) => {
        const symbol = type.symbols[c.zigzag32()];
        if (symbol === undefined) throw new Misfit('Malformed enum index');
        return shownScalar(symbol);
      };
    case 'float':
      return (c) => shownDouble(Number(Math.fround(c.float32LE()).toPrecision(7)));
    case 'double':
      return (c) => shownDouble(c.float64LE());
    case 'string':
      return (c) => shownScalar(c.text(lengthAt(c)));
    case 'bytes':
    case 'fixed': {
      const { logical } = type;
      const take = (c: ByteCursor): Uint8Array => c.copy(type.kind === 'fixed' ? type.size : lengthAt(c));
      if (logical?.kind !== 'decimal') return (c) => shownScalar(take(c));
      return (c) => {
        const bytes = take(c);
        return formatDecimal(fromTwosComplement(bytes, 0, bytes.length), logical.scale);
      };
    }
    case 'array': {
      const item = showFor(type.items, seen);
      return (c) => {
        const items: string[] = [];
        blocks(c, () => items.push(item(c)));
        return shownItems(items);
      };
    }
    case 'map': {
      const value = showFor(type.values, seen);
      return (c) => {
        const fields: [string, string][] = [];
        blocks(c, () => fields.push([c.text(lengthAt(c)), value(c)]));
        return shownFields(fields);
      };
    }
    case 'union': {
      const branches = type.branches.map((branch) => showFor(branch, seen));
      return (c) => {
        const branch = branches[c.zigzag32()];
        if (branch === undefined) throw new Misfit('Malformed union index');
        return branch(c);
      };
    }
    case 'record': {
      const fields = type.fields.map((field) => ({ name: field.name, show: showFor(field.type, seen) }));
      return (c) => shownFields(fields.map(({ name, show }) => [name, show(c)] as const));
    }
  }
}
