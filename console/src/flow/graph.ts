import { reach } from '../../../src/base/reach.ts';
import type { Lineage, LineageNode } from '../../../src/wire/lineage.ts';

/**
 * The nodes that a node leads to (`down`), or that lead to it (`up`), without itself, the nearest first; as the server
 * finds them.
 */
export function around(lineage: Lineage, id: string, direction: 'up' | 'down'): readonly LineageNode[] {
  const byId = new Map(lineage.nodes.map((n) => [n.id, n]));
  return [...reach(lineage, id, direction)].flatMap((found) => {
    const node = found === id ? undefined : byId.get(found);
    return node === undefined ? [] : [node];
  });
}
