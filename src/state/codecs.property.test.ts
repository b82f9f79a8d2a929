import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../base/byte-writer.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  type SqlType,
} from '../types/sql-type.ts';
import { createKeyCodec } from './key-codec.ts';
import { createRowCodec } from './row-codec.ts';

const bigints = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((v) => !Number.isSafeInteger(Number(v))),
);

function valueOf(type: SqlType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'BOOLEAN':
      return fc.boolean();
    case 'INTEGER':
      return fc.integer();
    case 'BIGINT':
      return bigints;
    case 'DOUBLE':
      return fc.double({ noNaN: true }).map((d) => (Object.is(d, -0) ? 0 : d));
    case 'DECIMAL':
      return fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    case 'STRING':
      return fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string(),
        fc.constantFrom('\u0000', 'a\u0000', 'a\u0000b', 'ab'),
      );
    case 'BYTES':
      return fc.uint8Array().map((b) => Buffer.from(b));
    case 'ARRAY':
      return fc.array(fc.option(valueOf(type.element)), { maxLength: 4 });
    case 'MAP':
      return fc
        .array(fc.tuple(valueOf(type.key), fc.option(valueOf(type.value))), { maxLength: 4 })
        .map((e) => new Map(e));
    case 'STRUCT':
      return fc.tuple(...type.fields.map((f) => fc.option(valueOf(f.type))));
    default:
      throw new Error(type.kind);
  }
}

const TYPES: readonly SqlType[] = [
  BOOLEAN,
  INTEGER,
  BIGINT,
  DOUBLE,
  decimal(38, 3),
  STRING,
  BYTES,
  array(STRING),
  map(STRING, BIGINT),
  struct([
    { name: 'A', type: INTEGER },
    { name: 'B', type: array(DOUBLE) },
  ]),
];
const schema = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 4 });
const rowsOf = (types: readonly SqlType[]) => fc.tuple(...types.map((t) => fc.option(valueOf(t))));

test('row codec: read is the inverse of write', () => {
  fc.assert(
    fc.property(
      schema.chain((types) => fc.tuple(fc.constant(types), rowsOf(types))),
      ([types, row]) => {
        const codec = createRowCodec(types);
        const out = new ByteWriter(8);
        out.writeByte(7);
        codec.write(row, out);
        expect(codec.read(out.view(), 1)).toEqual(row);
      },
    ),
  );
});

test('key codec: read is the inverse of write', () => {
  fc.assert(
    fc.property(
      schema.chain((types) => fc.tuple(fc.constant(types), rowsOf(types))),
      ([types, key]) => {
        const codec = createKeyCodec(types);
        const out = new ByteWriter(8);
        codec.write(key, out);
        const read = codec.read(out.view(), 0);
        expect(read.key).toEqual(key);
        expect(read.end).toBe(out.length);
      },
    ),
  );
});

const compare: Record<string, (a: any, b: any) => number> = {
  number: (a, b) => a - b,
  bigint: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  string: (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
  boolean: (a, b) => Number(a) - Number(b),
};

test.each([BOOLEAN, INTEGER, DOUBLE, decimal(38, 0), STRING])(
  'key codec: the order of the bytes is the order of the values: %o',
  (type) => {
    const codec = createKeyCodec([type]);
    fc.assert(
      fc.property(valueOf(type), valueOf(type), (a, b) => {
        const expected = Math.sign(compare[typeof a]!(a, b));
        const [ta, tb] = [codec.text([a]), codec.text([b])];
        expect(ta < tb ? -1 : ta > tb ? 1 : 0).toBe(expected);
      }),
    );
  },
);

test('key codec: BIGINT keeps its order across the limits of safe integers', () => {
  const codec = createKeyCodec([BIGINT]);
  fc.assert(
    fc.property(bigints, bigints, (a, b) => {
      const [ta, tb] = [codec.text([a]), codec.text([b])];
      expect(ta < tb).toBe(BigInt(a) < BigInt(b));
    }),
  );
});
