import { expect, test } from 'vitest';
import type { OffsetMap } from '../../api/record.ts';
import { configOf } from '../../api/config-spec.ts';
import { checkOffsets } from './offset-check.ts';
import { POSTGRES } from '../postgres/dialect.ts';
import { postgresSource } from '../postgres/source-plugin.ts';
import { sourceContext } from './source-settings.ts';

const TABLE = { protocol: '1', table: 'public.users' };
const check = (mode: string, offset: OffsetMap | null, partition: OffsetMap = TABLE, query = ''): void =>
  checkOffsets(
    sourceContext(POSTGRES, configOf(postgresSource.config, { 'connection.url': 'postgres://h/d', mode, query })),
    [{ partition, offset }],
  );

test.each<[string, OffsetMap | null]>([
  ['incrementing', { incrementing: 2 }],
  ['incrementing', { incrementing: '9007199254740993' }],
  ['timestamp', { timestamp: 1, timestamp_nanos: 5, after: ['x', null] }],
  ['timestamp+incrementing', { timestamp: 1, incrementing: -3 }],
  ['changes', { xmin: '17' }],
  ['changes', { xmin: '0', until: '19', after: ['1'] }],
  ['changes', null],
  ['bulk', null],
])('%s takes %j', (mode, offset) => {
  expect(() => check(mode, offset)).not.toThrow();
});

test.each<[string, OffsetMap, string]>([
  ['incrementing', { incrementing: 'junk' }, '"junk" is no value'],
  ['incrementing', { incrementing: 1.5 }, '1.5 is no value'],
  ['incrementing', { incremnting: 1 }, "has the key 'incrementing'"],
  ['changes', { xmin: 'junk' }, '"junk" is no value'],
  ['changes', { xmin: '1', untl: '2' }, "not 'untl'"],
  ['timestamp', { timestamp: 1, after: 'x' }, '"x" is no value'],
  ['bulk', { incrementing: 1 }, 'has no offset to set'],
])('%s refuses %j', (mode, offset, reason) => {
  expect(() => check(mode, offset)).toThrow(reason);
});

test('partitions', () => {
  expect(() => check('changes', null, { protocol: '1', table: 'db.public.users' })).not.toThrow();
  expect(() => check('bulk', null, { query: 'query' }, 'SELECT 1')).not.toThrow();
  for (const partition of [{ table: 'public.users' }, { protocol: '1', table: 'users' }, { ...TABLE, x: 1 }, {}])
    expect(() => check('changes', null, partition)).toThrow('A partition of this source is');
  expect(() => check('bulk', null, TABLE, 'SELECT 1')).toThrow('The only partition of a query');
});
