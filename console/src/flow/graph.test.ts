import { expect, test } from 'vitest';
import { SHOP_LINEAGE } from '../../../src/wire/testing/shop-lineage.ts';
import type { LineageNode } from '../../../src/wire/lineage.ts';
import { around } from './graph.ts';

const names = (nodes: readonly LineageNode[]): string[] => nodes.map((n) => n.name);

test('the nearest come first; a way ends at an outside system, though a sink writes to the database that its rows came from', () => {
  expect(names(around(SHOP_LINEAGE, 'back', 'up'))).toEqual(['TOTALS', 'totals', 'ORDERS', 'orders', 'shop']);
  expect(names(around(SHOP_LINEAGE, 'back', 'down'))).toEqual(['shop']);
  expect(names(around(SHOP_LINEAGE, 'users', 'up'))).toEqual(['shop']);
  expect(names(around(SHOP_LINEAGE, 'users', 'down'))).toEqual(['USERS']);
});

test('what is asked of an outside system itself is all that reads it, and all that writes to it', () => {
  expect(names(around(SHOP_LINEAGE, 'shop', 'up'))).toEqual(['back', 'TOTALS', 'totals', 'ORDERS', 'orders']);
  expect(names(around(SHOP_LINEAGE, 'shop', 'down'))).toEqual([
    'orders',
    'users',
    'ORDERS',
    'USERS',
    'totals',
    'TOTALS',
    'back',
  ]);
});
