import { expect, test } from 'vitest';
import { array, INTEGER, type SqlType } from '../../../types/sql-type.ts';
import { columnValues } from './related/column-values.ts';
import { compileAvro, regexMaker, seededRng, type AvroType } from './generator.ts';

const nested = (levels: number, length: number): AvroType =>
  levels === 0
    ? { type: 'string', 'arg.properties': { iteration: { start: 0 } } }
    : { type: 'array', items: nested(levels - 1, length), 'arg.properties': { length } };

test.each<[string, AvroType]>([
  ['a long text', { type: 'string', 'arg.properties': { length: 400_000_000 } }],
  ['long bytes', { type: 'bytes', 'arg.properties': { length: { min: 2_000_000, max: 1 } } }],
  ['a text by an expression', { type: 'string', 'arg.properties': { regex: '[a-z]{999999999}' } }],
  ['groups in groups', { type: 'string', 'arg.properties': { regex: '((a{1000}){1000}){1000}' } }],
  ['groups of nothing', { type: 'string', 'arg.properties': { regex: '(){99999999}' } }],
  ['lists in lists', nested(5, 1000)],
  [
    'a list of texts',
    {
      type: 'array',
      items: { type: 'string', 'arg.properties': { regex: 'a{5000}' } },
      'arg.properties': { length: 5000 },
    },
  ],
  ['a map', { type: 'map', values: nested(1, 1000), 'arg.properties': { length: 1001 } }],
])('%s that would be larger than a million is refused before it is made', (_, type) => {
  expect(() => compileAvro(type)).toThrow('more than 1000000');
});

test('what is within the limit is made', () => {
  const { make } = compileAvro(nested(2, 900));
  expect((make(seededRng(1), 0) as unknown[][]).flat()).toHaveLength(810_000);
  expect(regexMaker('([ab]{3}|c{1000}){2}').make(seededRng(1)).length).toBeGreaterThan(5);
});

test('so are columns of lists in lists', () => {
  const of = (levels: number): SqlType => (levels === 0 ? INTEGER : array(of(levels - 1)));
  const values = (levels: number): unknown =>
    columnValues(
      { name: 'z', type: of(levels), rule: { kind: 'default' }, nulls: 0 } as Parameters<typeof columnValues>[0],
      () => {
        throw new Error('no table is referred to');
      },
    );
  expect(() => values(150)).toThrow('A value of z may have more than 1000000');
  expect(values(5)).toBeDefined();
});
