import { describe, expect, test } from 'vitest';
import type { Lineage, LineageEdge, LineageNode } from '../../../src/wire/lineage.ts';
import { CHAR_PX, HEIGHT, place, short } from './place.ts';

/** A lineage like that of a service: external sources, derived streams, joins between them, sinks. */
function lineageOf(chains: number): Lineage {
  const nodes: LineageNode[] = [];
  const edges: LineageEdge[] = [];
  const node = (kind: LineageNode['kind'], name: string): string => {
    const id = `${kind.toLowerCase()}:${name}`;
    if (!nodes.some((n) => n.id === id)) nodes.push({ id, kind, name });
    return id;
  };
  const path = (...ids: string[]): void => ids.slice(1).forEach((to, i) => edges.push({ from: ids[i]!, to }));
  for (let i = 0; i < chains; i++) {
    const stream = node('STREAM', `ORDERS_${i}`);
    path(
      node('EXTERNAL', `postgres://db-${i % 5}.example.com:5432/shop`),
      node('CONNECTOR', `SHOP_${i}`),
      node('TOPIC', `shop_${i}.public.orders`),
      stream,
    );
    const cleaned = node('STREAM', `ORDERS_CLEANED_AND_WITH_THEIR_CUSTOMERS_${i}`);
    path(stream, node('QUERY', `CSAS_ORDERS_CLEANED_AND_WITH_THEIR_CUSTOMERS_${i}_${i}`), cleaned);
    path(
      cleaned,
      node('QUERY', `CTAS_TOTALS_${i % 10}_1`),
      node('TABLE', `TOTALS_${i % 10}`),
      node('TOPIC', `TOTALS_${i % 10}`),
      node('CONNECTOR', `OUT_${i % 10}`),
      node('EXTERNAL', 'http://search.example.com:9200'),
    );
  }
  return { nodes, edges };
}

describe('a picture of 300 nodes', () => {
  const lineage = lineageOf(50);
  const placed = place(lineage);

  test('is made', () => {
    expect(lineage.nodes.length).toBeGreaterThanOrEqual(295);
    expect(placed.nodes).toHaveLength(lineage.nodes.length);
    expect(placed.edges).toHaveLength(lineage.edges.length);
  });

  test('has no node over another, and all of them within its bounds', () => {
    const over = placed.nodes.flatMap((a, i) =>
      placed.nodes
        .slice(i + 1)
        .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + HEIGHT && b.y < a.y + HEIGHT)
        .map((b) => [a.node.id, b.node.id]),
    );
    expect(over).toEqual([]);
    for (const { x, y, width } of placed.nodes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(placed.width);
      expect(y + HEIGHT).toBeLessThanOrEqual(placed.height);
    }
  });

  test('flows from left to right, and shows of each name what fits, and of long ones their ends', () => {
    const xOf = new Map(placed.nodes.map((n) => [n.node.id, n.x]));
    for (const { edge } of placed.edges) expect(xOf.get(edge.from)!).toBeLessThan(xOf.get(edge.to)!);
    const names = new Set<string>();
    for (const { node, width } of placed.nodes) {
      const shown = short(node.name, width);
      names.add(`${node.kind} ${shown}`);
      expect(shown.length * CHAR_PX).toBeLessThanOrEqual(width - 40);
      const [begin, end] = shown.split('…');
      expect(node.name.startsWith(begin!) && node.name.endsWith(end ?? '')).toBe(true);
    }
    // All shortened names are distinct.
    expect(names.size).toBe(placed.nodes.length);
  });
});

test('a database that rows come from and go back to stands at both ends', () => {
  const kinds = { db: 'EXTERNAL', in: 'CONNECTOR', orders: 'STREAM', out: 'CONNECTOR' } as const;
  const nodes = Object.entries(kinds).map(([id, kind]): LineageNode => ({ id, kind, name: id }));
  const edges = ['db in', 'in orders', 'orders out', 'out db'].map((edge): LineageEdge => {
    const [from, to] = edge.split(' ') as [string, string];
    return { from, to };
  });
  const placed = place({ nodes, edges });
  expect(placed.nodes.toSorted((a, b) => a.x - b.x).map((n) => n.node.id)).toEqual(['db', 'in', 'orders', 'out', 'db']);
  expect(new Set(placed.nodes.map((n) => n.key)).size).toBe(5);
  expect(placed.edges.map(({ edge }) => `${edge.from} ${edge.to}`)).toEqual([
    'db in',
    'in orders',
    'orders out',
    'out db',
  ]);
});
