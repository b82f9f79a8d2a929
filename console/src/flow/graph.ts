import { reach } from '../../../src/base/reach.ts';
import type { Lineage, LineageNode } from '../../../src/wire/lineage.ts';

/**
 * The nodes downstream (`down`) or upstream (`up`) of a node, without itself, nearest first, in the same way as the
 * server finds them.
 */
export function around(lineage: Lineage, id: string, direction: 'up' | 'down'): readonly LineageNode[] {
  const byId = new Map(lineage.nodes.map((n) => [n.id, n]));
  return [...reach(lineage, id, direction)].flatMap((found) => {
    const node = found === id ? undefined : byId.get(found);
    return node === undefined ? [] : [node];
  });
}
