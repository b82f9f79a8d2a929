import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import {
  arrayOf,
  decimalSchema,
  mapOf,
  primitive,
  schemasEqual,
  structOf,
  timestampSchema,
  type ConnectSchema,
} from '../api/schema.ts';
import { jsonConverter } from './json.ts';
import { bigintToBytes, bytesToBigint } from '../api/decimal-bytes.ts';

const users = structOf(
  [
    { name: 'id', schema: primitive('INT32', false) },
    { name: 'name', schema: primitive('STRING', false) },
    { name: 'email', schema: primitive('STRING') },
    { name: 'balance', schema: decimalSchema(2, true, 10) },
    { name: 'active', schema: primitive('BOOLEAN') },
    { name: 'created_at', schema: timestampSchema(false) },
  ],
  false,
  'users',
);
const alice = [1, 'alice', null, 1250n, true, 1_704_103_200_000];

/** Written by a real JDBC source with schemas.enable=true (Kafka Connect 4.3.1). */
const RECORDED =
  '{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"},{"type":"string","optional":false,"field":"name"},' +
  '{"type":"string","optional":true,"field":"email"},{"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal","version":1,' +
  '"parameters":{"scale":"2","connect.decimal.precision":"10"},"field":"balance"},{"type":"boolean","optional":true,"field":"active"},' +
  '{"type":"int64","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1,"field":"created_at"}],"optional":false,"name":"users"},' +
  '"payload":{"id":1,"name":"alice","email":null,"balance":"BOI=","active":true,"created_at":1704103200000}}';

function encode(config: Record<string, string>, schema: ConnectSchema | null, value: unknown): string | null {
  const out = new ByteWriter(16);
  return jsonConverter.create(config, false).encoder('t', schema)(value, out) ? out.view().toString() : null;
}

describe('JsonConverter', () => {
  test('writes what Kafka Connect writes, schema and payload', () => {
    expect(encode({}, users, alice)).toBe(RECORDED);
  });

  test('reads what Kafka Connect wrote, and gives the same schema object for the same schema', () => {
    const converter = jsonConverter.create({}, false);
    const first = converter.decode('t', Buffer.from(RECORDED));
    expect(first.value).toEqual(alice);
    expect(schemasEqual(first.schema, users)).toBe(true);
    expect(converter.decode('t', Buffer.from(RECORDED)).schema).toBe(first.schema);
  });

  test('writes plain JSON without schemas; decimals as configured', () => {
    const config = { 'schemas.enable': 'false' };
    expect(encode(config, users, alice)).toBe(
      '{"id":1,"name":"alice","email":null,"balance":"BOI=","active":true,"created_at":1704103200000}',
    );
    expect(encode({ ...config, 'decimal.format': 'numeric' }, users, alice)).toContain('"balance":12.50,');
  });

  test('a null value without schemas is a tombstone', () => {
    expect(encode({ 'schemas.enable': 'false' }, users, null)).toBeNull();
    expect(encode({}, null, null)).toBeNull();
  });

  test('keeps integers beyond 2^53 exact, both ways', () => {
    const schema = structOf([{ name: 'n', schema: primitive('INT64') }]);
    expect(encode({ 'schemas.enable': 'false' }, schema, [9_007_199_254_740_993n])).toBe('{"n":9007199254740993}');
    const plain = jsonConverter.create({ 'schemas.enable': 'false' }, false);
    expect(plain.decode('t', Buffer.from('{"n":9007199254740993,"m":1.5}')).value).toEqual({
      n: 9_007_199_254_740_993n,
      m: 1.5,
    });
  });

  test('writes every integer as String does', () => {
    const schema = primitive('INT64');
    const edges = [0, 1, 9, 10, 1e7, 1e14, 2 ** 31, 2 ** 32, 2 ** 53].flatMap((n) => [n - 1, n, -n, 1 - n]);
    for (const n of edges) expect(encode({ 'schemas.enable': 'false' }, schema, n)).toBe(String(n));
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        for (const m of [n, n % 1e14, n % 1e9])
          expect(encode({ 'schemas.enable': 'false' }, schema, m)).toBe(String(m));
      }),
    );
  });

  test('escapes strings and writes maps, arrays and odd doubles as Kafka does', () => {
    const schema = structOf([
      { name: 'q"', schema: primitive('STRING') },
      { name: 'm', schema: mapOf(primitive('STRING', false), primitive('INT32')) },
      { name: 'p', schema: mapOf(primitive('INT32', false), primitive('STRING')) },
      { name: 'a', schema: arrayOf(primitive('FLOAT64')) },
    ]);
    const value = ['é\n"', new Map([['x', 1]]), new Map([[7, 'seven']]), [1, 2.5, NaN]];
    const text = encode({ 'schemas.enable': 'false' }, schema, value);
    expect(text).toBe('{"q\\"":"é\\n\\"","m":{"x":1},"p":[[7,"seven"]],"a":[1.0,2.5,"NaN"]}');
    const back = jsonConverter.create({}, false).decode('t', Buffer.from(encode({}, schema, value)!));
    expect(back.value).toEqual(value);
  });

  test('a missing required field is a data error that names it', () => {
    expect(() => encode({}, users, [null, 'x', null, null, null, 0])).toThrow(/value\.id/);
  });

  test('plain JSON where an envelope is expected says what to set', () => {
    const converter = jsonConverter.create({}, false);
    expect(() => converter.decode('t', Buffer.from('{"id":1}'))).toThrow(/set schemas\.enable=false/);
    expect(() => converter.decode('t', Buffer.from('{"id":'))).toThrow(/topic t/);
  });

  test('defaults replace missing values', () => {
    const schema = structOf([{ name: 'n', schema: { ...primitive('INT32'), default: 7 } }]);
    expect(encode({ 'schemas.enable': 'false' }, schema, [null])).toBe('{"n":7}');
    const read = jsonConverter
      .create({}, false)
      .decode('t', Buffer.from(encode({}, schema, [null])!.replace('{"n":7}', '{}')));
    expect(read.value).toEqual([7]);
  });
});

describe('records behind a beginning that is known', () => {
  const schema = structOf([
    { name: 'id', schema: primitive('INT64', false) },
    { name: 'é"', schema: primitive('STRING') },
    { name: 'd', schema: primitive('FLOAT64') },
    { name: 'b', schema: primitive('BOOLEAN') },
    { name: 'x', schema: { ...primitive('INT32'), default: 7 } },
    { name: 'raw', schema: primitive('BYTES') },
    { name: 'money', schema: decimalSchema(2) },
    { name: 'list', schema: arrayOf(structOf([{ name: 'n', schema: primitive('INT8', false) }])) },
    { name: 'map', schema: mapOf(primitive('STRING', false), primitive('FLOAT32')) },
  ]);
  const head = encode({}, schema, [0, null, null, null, 0, null, null, null, null])!.split('"payload":')[0]!;
  const envelope = (payload: string): string => `${head}"payload":${payload}}`;
  const plain =
    '{"id":1,"é\\"":"a","d":1.5,"b":true,"x":3,"raw":"AQ==","money":"BOI=","list":[{"n":1},{"n":2}],"map":{"k":1.0}}';
  const warm = jsonConverter.create({}, false);
  const { schema: known } = warm.decode('t', Buffer.from(envelope(plain)));

  /** The result of a new converter, and that of one that knows the schema already. */
  function bothWays(text: string): readonly [unknown, unknown] {
    const read = (converter: typeof warm): unknown => {
      try {
        return converter.decode('t', Buffer.from(text)).value;
      } catch (error) {
        return (error as Error).message;
      }
    };
    return [read(jsonConverter.create({}, false)), read(warm)];
  }

  test('are what they are without it, however they are written', () => {
    const texts = [
      plain,
      plain.replaceAll(',', ' ,\n').replaceAll(':', ' : '),
      plain.replace('"id":1,', ''),
      plain.replace('"x":3,', ''),
      plain.replace('"x":3', '"x":null'),
      plain.replace('"id":1', '"id":null'),
      plain.replace('"id":1', '"more":[{}],"id":1'),
      plain.replace('"b":true', '"b":true,"id":9'),
      plain.replace('}}', '},"id":9}'),
      plain.replace('"b":true', '"b":"true"'),
      ...['-0', '-12', '0012', '1e3', '1.5', '9007199254740993', '123456789012345678901', '"1"', '-', ''].map((n) =>
        plain.replace('"id":1', `"id":${n}`),
      ),
      ...['-0.0', '0.1', '-12.250', '1.', '.5', '01.5', '1e400', '0.1234567890123456789', '"NaN"', '1.2.3', '-'].map(
        (n) => plain.replace('"d":1.5', `"d":${n}`),
      ),
      plain.replace('"a"', '"\\u00e9\\n😀"'),
      plain.replace('"a"', '"\n"'),
      plain.replace('"money":"BOI="', '"money":12.5'),
      plain.replace('[{"n":1},{"n":2}]', '[]'),
      plain.replace('[{"n":1},{"n":2}]', '[{"n":1},]'),
      plain.replace('{"k":1.0}', '[["k",1]]'),
      'null',
      'nul',
      '7',
      `${plain},"payload":1`,
      `${plain}}`,
      plain.slice(0, -1),
      '',
    ].map(envelope);
    for (const text of [...texts, `${envelope(plain)} \n`, `${envelope(plain)}x`, ` ${envelope(plain)}`]) {
      const [cold, quick] = bothWays(text);
      expect(quick, text).toStrictEqual(cold);
    }
    const spaced = envelope(plain).replace('{"schema":', '{ "schema" : ').replace(',"payload":', ' , "payload" : ');
    for (const text of [spaced, spaced]) expect(warm.decode('t', Buffer.from(text)).value).toEqual(bothWays(spaced)[0]);
    expect(warm.decode('t', Buffer.from(envelope(plain))).schema).toBe(known);
  });

  test('any number reads as JSON.parse reads it', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
        fc.nat(8),
        (n, digits) => {
          for (const text of [String(n), n.toFixed(digits)]) {
            const { value } = warm.decode('t', Buffer.from(envelope(plain.replace('"d":1.5', `"d":${text}`))));
            expect((value as unknown[])[2]).toBe(JSON.parse(text));
          }
        },
      ),
    );
  });

  test('of many schemas are read by their own', () => {
    const converter = jsonConverter.create({}, false);
    const texts = Array.from({ length: 40 }, (_, i) =>
      encode({}, structOf([{ name: `f${i}`, schema: primitive(i % 2 === 0 ? 'INT32' : 'STRING') }]), [
        i % 2 === 0 ? i : `s${i}`,
      ])!,
    );
    for (let round = 0; round < 3; round++)
      for (const [i, text] of texts.entries())
        expect(converter.decode('t', Buffer.from(text)).value).toEqual([i % 2 === 0 ? i : `s${i}`]);
  });
});

describe('two’s complement', () => {
  test.each([0n, 1n, -1n, 127n, 128n, -128n, -129n, 1250n, -(2n ** 70n), 2n ** 64n])('%s survives', (n) => {
    expect(bytesToBigint(bigintToBytes(n))).toBe(n);
  });
  test('is as short as Java’s', () => {
    expect(bigintToBytes(127n).length).toBe(1);
    expect(bigintToBytes(128n).length).toBe(2);
  });
});
