import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RegistrySchema } from '../../formats/api.ts';
import { inferTopic, schemaIdsOf, type InferredTopic, type SampleRecord } from './infer-topic.ts';

/** Records that Java connectors wrote. */
function recorded(name: string): SampleRecord[] {
  interface Line {
    readonly key: string | null;
    readonly value: string | null;
    readonly valueHex?: string;
  }
  const bytes = (text: string | null, hex?: string): Buffer | null =>
    hex !== undefined ? Buffer.from(hex, 'hex') : text === null ? null : Buffer.from(text);
  return readFileSync(new URL(`../../../test/data/connect-records/${name}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .map(({ key, value, valueHex }) => ({ key: bytes(key), value: bytes(value, valueHex) }));
}

function ddl({ key, value, keyFormat, valueFormat }: InferredTopic): string {
  const list = (columns: InferredTopic['key']): string => columns.map((c) => `${c.name} ${c.type}`).join(', ');
  return `${keyFormat ?? '-'} (${list(key)}) ${valueFormat} (${list(value)})`;
}

const none = new Map<number, RegistrySchema>();
const of = (...pairs: [string | null, string | null][]): SampleRecord[] =>
  pairs.map(([key, value]) => ({
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  }));

describe('what connectors wrote', () => {
  const TYPED =
    'id INTEGER, name STRING, email STRING, age INTEGER, balance DECIMAL(10, 2), active BOOLEAN, created_at TIMESTAMP, updated_at TIMESTAMP';
  const GUESSED = 'id BIGINT, name VARCHAR, email VARCHAR, age BIGINT';

  test.each([
    ['dbz-schemas.public.users', `CONNECT_JSON (id INTEGER) CONNECT_JSON (${TYPED})`],
    ['schemas-users', `CONNECT_JSON (id INTEGER) CONNECT_JSON (${TYPED})`],
    [
      'dbz.public.users',
      `CONNECT_JSON (id BIGINT) CONNECT_JSON (${GUESSED}, balance VARCHAR, active BOOLEAN, created_at BIGINT, updated_at TIMESTAMP)`,
    ],
    [
      'dbz-flat.public.users',
      `CONNECT_JSON (id BIGINT) JSON (${GUESSED}, balance DOUBLE, active BOOLEAN, created_at BIGINT, updated_at VARCHAR)`,
    ],
    ['jdbc-users', `- () JSON (${GUESSED}, balance VARCHAR, active BOOLEAN, created_at BIGINT, updated_at BIGINT)`],
    [
      'keyed-users',
      `JSON (id BIGINT) JSON (${GUESSED}, balance DOUBLE, active BOOLEAN, created_at BIGINT, updated_at BIGINT)`,
    ],
    ['pageviews', 'JSON (viewtime BIGINT) JSON (viewtime BIGINT, userid VARCHAR, pageid VARCHAR)'],
  ])('%s', (name, expected) => {
    expect(ddl(inferTopic(recorded(name), none))).toBe(expected);
  });

  test('AVRO, by the registry', () => {
    const records = recorded('avro-users');
    expect([...schemaIdsOf(records)]).toEqual([1]);
    const schema: RegistrySchema = {
      schemaType: 'AVRO',
      schema: JSON.stringify({
        type: 'record',
        name: 'users',
        fields: [
          { name: 'id', type: 'int' },
          { name: 'name', type: ['null', 'string'] },
        ],
      }),
    };
    expect(ddl(inferTopic(records, new Map([[1, schema]])))).toBe('- () AVRO (ID INTEGER, NAME STRING)');
  });

  test('AVRO whose schema is not to be had', () => {
    const inferred = inferTopic(recorded('avro-users'), none);
    expect(inferred.valueFormat).toBeUndefined();
  });
});

describe('other shapes', () => {
  test('a topic of deletes alone keeps its key', () => {
    const inferred = inferTopic(of(['{"id":1}', null]), none);
    expect([inferred.key, inferred.valueFormat]).toEqual([[{ name: 'id', type: 'BIGINT' }], undefined]);
  });

  test('some keys are missing: no key columns', () => {
    expect(inferTopic(of(['1', '{"a":1}'], [null, '{"a":2}']), none).keyed).toBe(false);
  });

  test('text keys, bare text values', () => {
    const plain = inferTopic(of(['User_1', 'hello world']), none);
    expect(ddl(plain)).toBe('KAFKA (ROWKEY VARCHAR) KAFKA (ROWVAL VARCHAR)');
    expect(plain.bareValue).toBe(true);
    expect(ddl(inferTopic(of([null, '"a line"']), none))).toBe('- () JSON (ROWVAL VARCHAR)');
  });

  test('bytes that are no format of ours', () => {
    expect(inferTopic([{ key: null, value: Buffer.from([1, 2, 3, 0xff]) }], none).valueFormat).toBeUndefined();
  });

  test('nested values, mixed numbers, nothing but null', () => {
    const inferred = inferTopic(
      of([null, '{"a":1,"b":[1,2],"c":{"d":true},"e":null}'], [null, '{"a":1.5,"b":[],"f":"x"}']),
      none,
    );
    expect(ddl(inferred)).toBe('- () JSON (a DOUBLE, b ARRAY<BIGINT>, c STRUCT<`D` BOOLEAN>, e VARCHAR, f VARCHAR)');
    expect(inferred.notes.join('\n')).toMatch(/guessed from 2 records[\s\S]*Nothing but null in e/);
  });

  test('a key of several columns', () => {
    expect(inferTopic(of(['{"a":1,"b":"x"}', '{"a":1,"b":"x","c":2}']), none).key.map((c) => c.name)).toEqual([
      'a',
      'b',
    ]);
  });
});
