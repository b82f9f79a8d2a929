import { expect, test } from 'vitest';
import { SHOP_LINEAGE } from '../../wire/testing/shop-lineage.ts';
import { around } from './lineage.ts';

test.each([
  ['back', ['shop', 'orders', 'ORDERS', 'totals', 'TOTALS', 'back']],
  ['users', ['shop', 'users', 'USERS']],
  ['ORDERS', ['shop', 'orders', 'ORDERS', 'totals', 'TOTALS', 'back']],
  // The lineage of an external system itself contains everything that reads from it and everything that writes to it.
  ['shop', SHOP_LINEAGE.nodes.map((n) => n.name)],
])('the lineage of %s ends at the database, though what is written there others read', (id, expected) => {
  expect(around(SHOP_LINEAGE, id).nodes.map((n) => n.name)).toEqual(expected);
});
