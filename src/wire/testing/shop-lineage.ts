import type { Lineage, LineageKind } from '../lineage.ts';

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

/** Two sources read a database that a sink writes to; the sink's rows come from one of them. */
export const SHOP_LINEAGE: Lineage = {
  nodes: Object.entries(KINDS).map(([name, kind]) => ({ id: name, kind, name })),
  edges: [...WAYS, 'TOTALS back', 'back shop'].map((way) => {
    const [from, to] = way.split(' ') as [string, string];
    return { from, to };
  }),
};
