import type { Lineage, LineageNode } from '../../../src/wire/lineage.ts';

/**
 * The nodes that a node leads to (`down`), or that lead to it (`up`), without itself. As on the server, a way ends at
 * an outside system: what one connector writes to a database is not what another reads from it.
 */
export function around({ nodes, edges }: Lineage, id: string, direction: 'up' | 'down'): readonly LineageNode[] {
  const outside = new Set(nodes.filter((n) => n.kind === 'EXTERNAL').map((n) => n.id));
  const seen = new Set([id]);
  for (const at of seen) {
    if (at !== id && outside.has(at)) continue;
    for (const edge of edges) {
      if (direction === 'down' && edge.from === at) seen.add(edge.to);
      if (direction === 'up' && edge.to === at) seen.add(edge.from);
    }
  }
  seen.delete(id);
  return nodes.filter((n) => seen.has(n.id));
}
