import type { Lineage, LineageNode } from '../../../src/wire/lineage.ts';

/** The nodes that a node leads to (`down`), or that lead to it (`up`), without itself. */
export function around({ nodes, edges }: Lineage, id: string, direction: 'up' | 'down'): readonly LineageNode[] {
  const seen = new Set([id]);
  for (const at of seen)
    for (const edge of edges) {
      if (direction === 'down' && edge.from === at) seen.add(edge.to);
      if (direction === 'up' && edge.to === at) seen.add(edge.from);
    }
  seen.delete(id);
  return nodes.filter((n) => seen.has(n.id));
}
