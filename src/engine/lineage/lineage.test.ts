import { expect, test } from 'vitest';
import type { Lineage, LineageKind } from './graph.ts';
import { around } from './lineage.ts';

/** Two sources read a database that a sink writes to; the sink's rows come from one of them. */
const KINDS: Readonly<Record<string, LineageKind>> = {
  shop: 'EXTERNAL',
  orders: 'CONNECTOR',
  users: 'CONNECTOR',
  ORDERS: 'STREAM',
  USERS: 'TABLE',
  totals: 'QUERY',
  TOTALS: 'TABLE',
  back: 'CONNECTOR',
};
const WAYS = ['shop orders', 'orders ORDERS', 'shop users', 'users USERS', 'ORDERS totals', 'totals TOTALS'];
const LINEAGE: Lineage = {
  nodes: Object.entries(KINDS).map(([name, kind]) => ({ id: name, kind, name })),
  edges: [...WAYS, 'TOTALS back', 'back shop'].map((way) => {
    const [from, to] = way.split(' ') as [string, string];
    return { from, to };
  }),
};

test.each([
  ['back', ['shop', 'orders', 'ORDERS', 'totals', 'TOTALS', 'back']],
  ['users', ['shop', 'users', 'USERS']],
  ['ORDERS', ['shop', 'orders', 'ORDERS', 'totals', 'TOTALS', 'back']],
  // What is asked of an outside system itself is all that reads it, and all that writes to it.
  ['shop', Object.keys(KINDS)],
])('the lineage of %s ends at the database, though what is written there others read', (id, expected) => {
  expect(around(LINEAGE, id).nodes.map((n) => n.name)).toEqual(expected);
});
