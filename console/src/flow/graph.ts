import { reach } from '../../../src/base/reach.ts';
import type { Lineage, LineageNode } from '../../../src/wire/lineage.ts';

/** The nodes that a node leads to (`down`), or that lead to it (`up`), without itself; as the server finds them. */
export function around(lineage: Lineage, id: string, direction: 'up' | 'down'): readonly LineageNode[] {
  const seen = reach(lineage, id, direction);
  return lineage.nodes.filter((n) => n.id !== id && seen.has(n.id));
}
