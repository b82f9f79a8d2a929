import { expect, test } from 'vitest';
import type { Lineage, LineageNode } from '../../../src/wire/lineage.ts';
import { around } from './graph.ts';

/** Two sources read a database that a sink writes to; the sink's rows come from one of them. */
const KINDS: Readonly<Record<string, LineageNode['kind']>> = {
  shop: 'EXTERNAL',
  orders: 'CONNECTOR',
  users: 'CONNECTOR',
  ORDERS: 'STREAM',
  USERS: 'TABLE',
  totals: 'QUERY',
  TOTALS: 'TABLE',
  back: 'CONNECTOR',
};
const EDGES = ['shop orders', 'orders ORDERS', 'shop users', 'users USERS', 'ORDERS totals', 'totals TOTALS'];
const LINEAGE: Lineage = {
  nodes: Object.entries(KINDS).map(([name, kind]) => ({ id: name, kind, name })),
  edges: [...EDGES, 'TOTALS back', 'back shop'].map((edge) => {
    const [from, to] = edge.split(' ') as [string, string];
    return { from, to };
  }),
};
const names = (nodes: readonly LineageNode[]): string[] => nodes.map((n) => n.name);

test('a way ends at an outside system, though a sink writes to the database that its rows came from', () => {
  expect(names(around(LINEAGE, 'back', 'up'))).toEqual(['shop', 'orders', 'ORDERS', 'totals', 'TOTALS']);
  expect(names(around(LINEAGE, 'back', 'down'))).toEqual(['shop']);
  expect(names(around(LINEAGE, 'users', 'up'))).toEqual(['shop']);
  expect(names(around(LINEAGE, 'users', 'down'))).toEqual(['USERS']);
});

test('what is asked of an outside system itself is all that reads it, and all that writes to it', () => {
  expect(names(around(LINEAGE, 'shop', 'up'))).toEqual(['orders', 'ORDERS', 'totals', 'TOTALS', 'back']);
  expect(names(around(LINEAGE, 'shop', 'down'))).toEqual([
    'orders',
    'users',
    'ORDERS',
    'USERS',
    'totals',
    'TOTALS',
    'back',
  ]);
});
