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
  const show =
    top.kind === 'string' ? (cursor: ByteCursor): string => cursor.text(lengthAt(cursor)) : showFor(top, new Map());
  return (bytes, from) => {
    const cursor = new ByteCursor();
    cursor.reset(bytes, from, bytes.length);
    const text = show(cursor);
    cursor.check();
    if (cursor.pos < cursor.end) throw new Misfit('More bytes than the schema says');
    return text;
  };
}

/** Recursive records are compiled once. */
function showFor(type: AvroType, seen: Map<AvroType, Show>): Show {
  const known = seen.get(type);
  if (known !== undefined) return known;
  let real: Show | undefined;
  seen.set(type, (cursor) => real!(cursor));
  real = makeShow(type, seen);
  return real;
}

function makeShow(type: AvroType, seen: Map<AvroType, Show>): Show {
  switch (type.kind) {
    case 'null':
      return () => 'null';
    case 'boolean':
      return (cursor) => String(cursor.byte() !== 0);
    case 'int':
    case 'long':
      return (cursor) => String(cursor.zigzag64());
    case 'enum':
      return (cursor) => {
        const symbol = type.symbols[cursor.zigzag32()];
        if (symbol === undefined) throw new Misfit('Malformed enum index');
        return shownScalar(symbol);
      };
    case 'float':
      return (cursor) => shownDouble(Number(Math.fround(cursor.float32LE()).toPrecision(7)));
    case 'double':
      return (cursor) => shownDouble(cursor.float64LE());
    case 'string':
      return (cursor) => shownScalar(cursor.text(lengthAt(cursor)));
    case 'bytes':
    case 'fixed': {
      const { logical } = type;
      const take = (cursor: ByteCursor): Uint8Array =>
        cursor.copy(type.kind === 'fixed' ? type.size : lengthAt(cursor));
      if (logical?.kind !== 'decimal') return (cursor) => shownScalar(take(cursor));
      return (cursor) => {
        const bytes = take(cursor);
        return formatDecimal(fromTwosComplement(bytes, 0, bytes.length), logical.scale);
      };
    }
    case 'array': {
      const item = showFor(type.items, seen);
      return (cursor) => {
        const items: string[] = [];
        blocks(cursor, () => items.push(item(cursor)));
        return shownItems(items);
      };
    }
    case 'map': {
      const value = showFor(type.values, seen);
      return (cursor) => {
        const fields: [string, string][] = [];
        blocks(cursor, () => fields.push([cursor.text(lengthAt(cursor)), value(cursor)]));
        return shownFields(fields);
      };
    }
    case 'union': {
      const branches = type.branches.map((branch) => showFor(branch, seen));
      return (cursor) => {
        const branch = branches[cursor.zigzag32()];
        if (branch === undefined) throw new Misfit('Malformed union index');
        return branch(cursor);
      };
    }
    case 'record': {
      const fields = type.fields.map((field) => ({ name: field.name, show: showFor(field.type, seen) }));
      return (cursor) => shownFields(fields.map(({ name, show }) => [name, show(cursor)] as const));
    }
  }
}
