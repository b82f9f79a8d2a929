import fc from 'fast-check';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from '../../types/sql-type.ts';
import { normalizeInt64 } from '../../types/int64.ts';

/** Random types, schemas and values for round trips. */

const scalarType: fc.Arbitrary<SqlType> = fc.oneof(
  fc.constantFrom(BOOLEAN, INTEGER, BIGINT, DOUBLE, STRING, BYTES, DATE, TIME, TIMESTAMP),
  fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38)).map(([p, s]) => decimal(p, Math.min(p, s))),
);

const fieldName = fc.constantFrom('A', 'B', 'C_D', 'Long_Name', 'x1');

/** Any type; `nestable: false` prevents arrays and maps inside one another, which PROTOBUF cannot represent. */
export function sqlType(depth: number, nestable = true): fc.Arbitrary<SqlType> {
  if (depth === 0) return scalarType;
  const inner = sqlType(depth - 1, nestable);
  const element = nestable ? inner : inner.filter((t) => t.kind !== 'ARRAY' && t.kind !== 'MAP');
  return fc.oneof(
    { weight: 3, arbitrary: scalarType },
    { weight: 1, arbitrary: element.map(array) },
    { weight: 1, arbitrary: element.map((value) => map(STRING, value)) },
    { weight: 1, arbitrary: columnsOf(inner, 3).map(struct) },
  );
}

/** From 1 to `max` columns, whose names also differ when upper-cased. */
export function columnsOf(type: fc.Arbitrary<SqlType>, max: number): fc.Arbitrary<{ name: string; type: SqlType }[]> {
  return fc.uniqueArray(fc.record({ name: fieldName, type }), {
    selector: (c) => c.name.toUpperCase(),
    minLength: 1,
    maxLength: max,
  });
}

export interface ValueOptions {
  /** Nulls at the top level; inside structs; inside arrays and maps. */
  readonly nullable: boolean;
  readonly nullStructFields: boolean;
  readonly nullElements: boolean;
}

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('', ' ', '"', 'a,b', 'x\ny', '\\', '\u0000', 'null', '-1'),
);

/** A value of a type, null where the options allow it. */
export function valueOf(type: SqlType, options: ValueOptions, nullable = options.nullable): fc.Arbitrary<unknown> {
  const value = nonNull(type, options);
  return nullable ? fc.option(value, { nil: null, freq: 5 }) : value;
}

function nonNull(type: SqlType, options: ValueOptions): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'BOOLEAN':
      return fc.boolean();
    case 'INTEGER':
      return fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2147483647, -2147483648));
    case 'BIGINT':
      return fc.oneof(
        fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(normalizeInt64),
        fc.integer(),
        fc.constantFrom(
          0,
          9007199254740991,
          -9007199254740991,
          9007199254740992n,
          -9223372036854775808n,
          4503599627370496,
          -4503599627370497,
          562949953421312,
        ),
      );
    case 'DOUBLE':
      return fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.constantFrom(1e7, 1e-3, 5e-324, 1.7976931348623157e308),
      );
    case 'STRING':
      return text;
    case 'BYTES':
      return fc.uint8Array({ maxLength: 6 }).map((b) => Buffer.from(b));
    case 'DECIMAL': {
      const bound = 10n ** BigInt(type.precision) - 1n;
      return fc.oneof(fc.bigInt({ min: -bound, max: bound }), fc.constantFrom(0n, bound, -bound));
    }
    case 'DATE':
      return fc.integer({ min: -700_000, max: 2_900_000 });
    case 'TIME':
      return fc.integer({ min: 0, max: 86_399_999 });
    case 'TIMESTAMP':
      return fc.oneof(fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }), fc.constantFrom(0, -1, 999));
    case 'ARRAY':
      return fc.array(valueOf(type.element, options, options.nullElements), { maxLength: 3 });
    case 'MAP':
      return fc
        .array(fc.tuple(text, valueOf(type.value, options, options.nullElements)), { maxLength: 3 })
        .map((entries) => new Map(entries));
    case 'STRUCT':
      return fc.tuple(...type.fields.map((f) => valueOf(f.type, options, options.nullStructFields)));
  }
}
