import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../base/byte-writer.ts';
import { isSluiceError } from '../base/errors.ts';
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
} from '../types/sql-type.ts';
import type { CodecSite, FormatInfo, SerdeFeature } from './api.ts';
import { formatNamed, validateFormatInfo, validateFormatSchema } from './registry.ts';

const site = (
  format: string,
  types: Record<string, SqlType>,
  more: { isKey?: boolean; features?: SerdeFeature[]; properties?: Record<string, string> } = {},
): CodecSite => ({
  schema: {
    columns: Object.entries(types).map(([name, type]) => ({ name, type })),
    features: more.features ?? [],
    isKey: more.isKey ?? false,
  },
  info: { format, properties: more.properties ?? {} },
  topic: 't',
  registry: undefined,
});

function decode(s: CodecSite, input: string | Uint8Array): unknown[] | null {
  const bytes = Buffer.from(input as string);
  const padded = Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('"}yy')]);
  const row: unknown[] = [];
  const wanted = s.schema.columns.map((_, i) => i);
  return formatNamed(s.info.format)
    .createDecoder(s, wanted)
    .decode(padded, 2, 2 + bytes.length, row)
    ? row
    : null;
}

function encode(s: CodecSite, row: unknown[]): string | null {
  const out = new ByteWriter(4);
  return formatNamed(s.info.format)
    .createEncoder(s)
    .encode(['', ...row], 1, out)
    ? out.view().toString('utf8')
    : null;
}

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isSluiceError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('JSON', () => {
  test('finds columns by exact name, then by the upper-cased name', () => {
    const s = site('JSON', { A: INTEGER, b: STRING, C: STRING });
    expect(decode(s, '{"a":1,"B":"no","b":"yes","c":"loose","C":"exact","x":[{}]}')).toEqual([1, 'yes', 'exact']);
    expect(decode(s, '{"C":"exact","c":"loose"}')).toEqual([null, null, 'exact']);
    expect(decode(site('JSON', { NAME: INTEGER, name: INTEGER }), '{"name":7}')).toEqual([7, 7]);
  });

  test('a missing column is null, a null record is none', () => {
    const s = site('JSON', { A: INTEGER });
    expect(decode(s, '{}')).toEqual([null]);
    expect(decode(s, ' null ')).toBeNull();
  });

  test('dates and times are numbers, texts of them, or ISO texts', () => {
    const s = site('JSON', { D: DATE, T: TIME, TS: TIMESTAMP });
    const row = [19782, 86_399_500, 1_709_251_199_500];
    for (const text of [
      '{"D":19782,"T":86399500,"TS":1709251199500}',
      '{"D":"19782","T":"86399500","TS":"1709251199500"}',
      '{"D":"2024-02-29","T":"23:59:59.5","TS":"2024-02-29T23:59:59.5Z"}',
      '{"D":"2024-02-29","T":"23:59:59.5","TS":"2024-03-01T01:59:59.500+02:00"}',
    ])
      expect(decode(s, text)).toEqual(row);
    for (const text of ['{"D":"2024-02-30"}', '{"T":"24:00"}', '{"TS":"2024-02-30T00:00:00Z"}', '{"TS":"30.11.2026"}'])
      expect(() => decode(s, text)).toThrow(/Failed to convert string to (?:DATE|TIME|TIMESTAMP)/);
  });

  test('no bytes are no null: the row of a table would be deleted by them, unsaid', () => {
    for (const s of [site('JSON', { A: INTEGER }), site('JSON', { A: INTEGER }, { features: ['UNWRAP_SINGLES'] })]) {
      expect(() => decode(s, '')).toThrow(/Invalid JSON at byte 0: it is empty \(0 bytes\)/);
      expect(() => decode(s, '  ')).toThrow('it holds blanks alone (2 bytes)');
    }
    expect(() => decode(site('JSON', { K: STRING }, { isKey: true }), '')).toThrow('it is empty (0 bytes)');
  });

  test('a STRING column takes what it is fed as text', () => {
    const s = site('JSON', { S: STRING });
    expect(decode(s, '{"S":{"b": 1.50, "a": [1, "x"]}}')).toEqual(['{"b":1.50,"a":[1,"x"]}']);
    expect(decode(s, '{"S":["a", 1, {"k":2}, null]}')).toEqual(['[a, 1, {"k":2}, null]']);
    expect(decode(s, '{"S":12.50}')).toEqual(['12.50']);
    expect(decode(s, '{"S":true}')).toEqual(['true']);
  });

  test('a number outside the range of its column is refused, not read as another', () => {
    expect(() => decode(site('JSON', { I: INTEGER }), '{"I":3000000000}')).toThrow('out of the range of INTEGER');
    expect(() => decode(site('JSON', { L: BIGINT }), '{"L":9223372036854775808}')).toThrow(
      'out of the range of BIGINT',
    );
    expect(() => decode(site('JSON', { D: DATE }), '{"D":2147483648}')).toThrow('out of the range of DATE');
    expect(decode(site('JSON', { I: INTEGER }), '{"I":-2147483648}')).toEqual([-2147483648]);
  });

  test('numbers keep all their digits', () => {
    const s = site('JSON', { L: BIGINT, D: decimal(30, 4), X: DOUBLE });
    expect(decode(s, '{"L":9223372036854775807,"D":12345678901234567890.1234,"X":1.5E3}')).toEqual([
      9223372036854775807n,
      123456789012345678901234n,
      1500,
    ]);
    expect(decode(s, '{"L":"-12","D":"1.5","X":"2"}')).toEqual([-12, 15000n, 2]);
    expect(encode(s, [9223372036854775807n, 15000n, 1e7])).toBe('{"L":9223372036854775807,"D":1.5000,"X":1.0E7}');
    for (const n of [
      0,
      9,
      10,
      -1,
      99999999,
      100000000,
      999999999,
      1000000000,
      4294967296,
      1528224275715,
      9007199254740991,
      -9007199254740991,
      100000000000000000n,
    ]) {
      expect(encode(site('JSON', { L: BIGINT }), [n])).toBe(`{"L":${n}}`);
    }
  });

  test('nested types and wrapping', () => {
    const types = { A: array(INTEGER), M: map(STRING, DATE), S: struct([{ name: 'F', type: BYTES }]) };
    const row = [[1, null], new Map([['k', 3]]), [Buffer.from('hi')]];
    const text = '{"A":[1,null],"M":{"k":3},"S":{"F":"aGk="}}';
    expect(encode(site('JSON', types), row)).toBe(text);
    expect(decode(site('JSON', types), text)).toEqual(row);
    const bare = site('JSON', { A: array(INTEGER) }, { features: ['UNWRAP_SINGLES'] });
    expect(encode(bare, [[1, 2]])).toBe('[1,2]');
    expect(encode(bare, [null])).toBeNull();
    expect(decode(bare, '[1,2]')).toEqual([[1, 2]]);
    expect(encode(site('JSON', { K: STRING }, { isKey: true }), ['x'])).toBe('"x"');
  });

  test('text is escaped as Jackson does', () => {
    expect(encode(site('JSON', { S: STRING }), ['a"\\\n\u0001\u001fé😀\u007f/'])).toBe(
      '{"S":"a\\"\\\\\\n\\u0001\\u001Fé😀\u007f/"}',
    );
  });

  test('says what does not fit, and where', () => {
    const s = site('JSON', { S: struct([{ name: 'B', type: array(BOOLEAN) }]) });
    expect(failure(() => decode(s, '{"S":{"b":[true,"x"]}}'))).toBe(
      "DESERIALIZATION: Failed to deserialize value from topic: t. Can't convert type. sourceType: TextNode, requiredType: BOOLEAN, path: $.S.B[1]",
    );
    expect(failure(() => decode(s, '{"S":'))).toContain('Invalid JSON at byte 5');
    const texts = site('JSON', { S: STRING, M: map(STRING, INTEGER) });
    const half = (at: number, escape: string): string =>
      `DESERIALIZATION: Failed to deserialize value from topic: t. Invalid JSON at byte ${at}: Half of a surrogate pair, ${escape}, in a string`;
    expect(decode(texts, '{"S":"\\ud83d\\ude00","M":{"\\uD83D\\uDE00":1}}')).toEqual(['😀', new Map([['😀', 1]])]);
    expect(failure(() => decode(texts, '{"S":"ab\\ud800"}'))).toBe(half(8, '\\ud800'));
    expect(failure(() => decode(texts, '{"S":"\\ud800x\\udc00"}'))).toBe(half(6, '\\ud800'));
    expect(failure(() => decode(texts, '{"S":"\\uDE00\\uD83D"}'))).toBe(half(6, '\\uDE00'));
    expect(failure(() => decode(texts, '{"S":"\\ud83d\\u0041"}'))).toBe(half(6, '\\ud83d'));
    expect(failure(() => decode(texts, '{"M":{"\\udfff":1}}'))).toBe(half(7, '\\udfff'));
    expect(failure(() => decode(texts, '{"x\\ud800":1}'))).toBe(half(3, '\\ud800'));
    expect(failure(() => decode(texts, '{"unread":["\\ud800"]}'))).toBe(half(12, '\\ud800'));
    expect(failure(() => formatNamed('JSON').validateSchema(site('JSON', { M: map(INTEGER, STRING) }).schema))).toBe(
      'STATEMENT: JSON only supports MAP types with STRING keys',
    );
  });
});

describe('DELIMITED', () => {
  test('reads and writes what ksqlDB does', () => {
    const s = site('DELIMITED', { V: decimal(33, 16) });
    expect(decode(s, '.12')).toEqual([1200000000000000n]);
    expect(decode(s, '"-12345.12"')).toEqual([-123451200000000000000n]);
    expect(encode(s, [-123451200000000000000n])).toBe('"-12345.1200000000000000"');
    expect(encode(s, [0n])).toBe('0.0000000000000000');
    const t = site('DELIMITED', { A: STRING, B: STRING, C: DOUBLE, D: BOOLEAN }, { properties: { delimiter: 'TAB' } });
    expect(decode(t, 'x\t"a ""q""\t"\t\ttrue')).toEqual(['x', 'a "q"\t', null, true]);
    expect(encode(t, ['x', 'a "q"\t', null, true])).toBe('x\t"a ""q""\t"\t\ttrue');
    expect(failure(() => decode(t, 'x\ty'))).toContain('expected: 4, got: 2');
  });

  test('refuses delimiters and types', () => {
    expect(failure(() => validateFormatInfo({ format: 'DELIMITED', properties: { delimiter: ' ' } }))).toContain(
      'Delimiter cannot be empty',
    );
    const info: FormatInfo = { format: 'DELIMITED', properties: {} };
    expect(
      failure(() => validateFormatSchema(info, site('DELIMITED', { K: array(DOUBLE) }, { isKey: true }).schema)),
    ).toBe(
      "STATEMENT: Key format does not support schema.\nformat: DELIMITED\nschema: Persistence{columns=[`K` ARRAY<DOUBLE> KEY], features=[]}\nreason: The 'DELIMITED' format does not support type 'ARRAY', column: `K`",
    );
  });
});

describe('KAFKA and NONE', () => {
  test('primitives are big endian', () => {
    for (const n of [
      0,
      -1,
      1,
      4294967296,
      -4294967297,
      9007199254740991,
      -9007199254740991,
      9223372036854775807n,
      -9223372036854775808n,
    ]) {
      const s = site('KAFKA', { L: BIGINT }, { isKey: true });
      const out = new ByteWriter();
      expect(formatNamed('KAFKA').createEncoder(s).encode([n], 0, out)).toBe(true);
      expect(out.view().readBigInt64BE()).toBe(BigInt(n));
      expect(decode(s, out.toBuffer())).toEqual([n]);
    }
    expect(decode(site('KAFKA', { S: STRING }), 'Grüße')).toEqual(['Grüße']);
    expect(failure(() => decode(site('KAFKA', { I: INTEGER }), 'abc'))).toContain(
      'Size of data received by IntegerDeserializer is not 4',
    );
  });

  test('refusals', () => {
    expect(
      failure(() =>
        formatNamed('KAFKA').validateSchema(site('KAFKA', { A: INTEGER, B: INTEGER }, { isKey: true }).schema),
      ),
    ).toBe("STATEMENT: The 'KAFKA' format only supports a single field. Got: [`A` INTEGER KEY, `B` INTEGER KEY]");
    expect(failure(() => formatNamed('KAFKA').validateSchema(site('KAFKA', { A: BOOLEAN }).schema))).toBe(
      "STATEMENT: The 'KAFKA' format does not support type 'BOOLEAN'",
    );
    expect(failure(() => formatNamed('NONE').validateSchema(site('NONE', { K: STRING }, { isKey: true }).schema))).toBe(
      "STATEMENT: The 'NONE' format can only be used when no columns are defined. Got: [`K` STRING KEY]",
    );
    expect(failure(() => formatNamed('foo'))).toBe('STATEMENT: Unknown format: FOO');
    expect(failure(() => validateFormatInfo({ format: 'json', properties: { fullSchemaName: 'x' } }))).toBe(
      'STATEMENT: JSON does not support the following configs: [fullSchemaName]',
    );
  });
});
