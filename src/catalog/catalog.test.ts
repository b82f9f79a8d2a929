import { describe, expect, test } from 'vitest';
import { INTEGER } from '../types/sql-type.ts';
import { Catalog } from './catalog.ts';
import type { PersistentQuery } from './query.ts';
import type { Source } from './source.ts';

function stream(name: string): Source {
  const format = { format: 'JSON', properties: {} };
  return {
    kind: 'STREAM',
    name,
    schema: { key: [], value: [{ name: 'V', type: INTEGER, role: 'VALUE' }] },
    topic: { name, keyFormat: format, valueFormat: format, keyFeatures: [], valueFeatures: [] },
    isSource: false,
    isCasTarget: false,
    sql: '',
  };
}

function query(id: string, from: string, to: string, type: PersistentQuery['type'] = 'CREATE_AS'): PersistentQuery {
  return { id, type, sources: [from], sink: to, sql: '', plan: {}, state: 'RUNNING' };
}

function create(catalog: Catalog, ...names: string[]): Catalog {
  return names.reduce((c, n) => c.apply({ kind: 'CreateSource', source: stream(n), orReplace: false }), catalog);
}

describe('Catalog', () => {
  test('apply leaves the snapshot as it was', () => {
    const before = create(Catalog.EMPTY, 'A');
    const after = create(before, 'B');
    expect([...before.sources.keys()]).toEqual(['A']);
    expect([...after.sources.keys()]).toEqual(['A', 'B']);
  });

  test('a name is taken once', () => {
    expect(() => create(Catalog.EMPTY, 'A', 'A')).toThrow(
      "Cannot add stream 'A': A stream with the same name already exists",
    );
  });

  test('a source that others are made of is not dropped, and its maker goes with it', () => {
    let catalog = create(Catalog.EMPTY, 'A', 'B').apply({ kind: 'AddQuery', query: query('Q', 'A', 'B') });
    const drop = (name: string) =>
      catalog.apply({ kind: 'DropSource', name, sourceKind: 'STREAM', deleteTopic: false });
    expect(() => drop('A')).toThrow('read from this source: [B]');
    catalog = drop('B');
    expect(catalog.queries.size).toBe(0);
    expect(drop('A').sources.size).toBe(0);
  });

  test('queries that write into a source keep it', () => {
    const catalog = create(Catalog.EMPTY, 'A', 'B').apply({ kind: 'AddQuery', query: query('I', 'A', 'B', 'INSERT') });
    expect(() => catalog.apply({ kind: 'DropSource', name: 'B', sourceKind: 'STREAM', deleteTopic: false })).toThrow(
      'The following queries write into this source: [I].',
    );
  });

  test('columns are appended, types are found in any case', () => {
    const catalog = create(Catalog.EMPTY, 'A')
      .apply({
        kind: 'AlterSource',
        name: 'A',
        sourceKind: 'STREAM',
        columns: [{ name: 'W', type: INTEGER, role: 'VALUE' }],
      })
      .apply({ kind: 'RegisterType', name: 'age', type: INTEGER });
    expect(catalog.source('A')!.schema.value.map((c) => c.name)).toEqual(['V', 'W']);
    expect(catalog.type('AgE')).toEqual(INTEGER);
    expect(catalog.apply({ kind: 'DropType', name: 'AGE' }).type('age')).toBeUndefined();
  });
});
