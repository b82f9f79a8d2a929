import { describe, expect, test } from 'vitest';
import { selectTables, unknownTables } from './table-lists.ts';
import { splitName, tablesOfTask, taskTable } from './table-names.ts';

describe('tables', () => {
  const all = [
    { schema: 'public', name: 'users' },
    { schema: 'public', name: 'Orders' },
    { schema: 'audit', name: 'users' },
  ];
  const none = { whitelist: [], blacklist: [], include: [], exclude: [] };
  const names = (filter: Partial<typeof none> | object) =>
    selectTables(all, { ...none, ...filter }, 'db').map((t) => `${t.schema}.${t.name}`);

  test('lists by name and by expression', () => {
    expect(names({ whitelist: ['users'] })).toEqual(['public.users', 'audit.users']);
    expect(names({ whitelist: ['audit.users', 'db.public."Orders"'] })).toEqual(['public.Orders', 'audit.users']);
    expect(names({ blacklist: ['users'] })).toEqual(['public.Orders']);
    expect(names({ include: ['public\\..*'], exclude: ['.*Orders'] })).toEqual(['public.users']);
    expect(unknownTables(['users', 'orders', 'nope'], all, 'db')).toEqual(['nope']);
    // By any case where only one is meant.
    expect(names({ whitelist: ['PUBLIC.ORDERS'] })).toEqual(['public.Orders']);
    const twice = [...all, { schema: 'public', name: 'ORDERS' }];
    expect(unknownTables(['Orders', 'orders'], twice, 'db')).toEqual(['orders']);
  });

  test('names of targets', () => {
    expect(splitName('a.b')).toEqual({ schema: 'a', name: 'b' });
    expect(splitName('"a.b"')).toEqual({ schema: undefined, name: 'a.b' });
    expect(splitName('s."x""y"')).toEqual({ schema: 's', name: 'x"y' });
  });

  test('a task is given its tables as they are named', () => {
    const tables = [
      { schema: 'public', name: 'a"b' },
      { schema: undefined, name: 'x.y,z' },
      { schema: 'S', name: 'T' },
    ];
    expect(tablesOfTask(tables.map(taskTable).join(','))).toEqual(tables);
  });
});
