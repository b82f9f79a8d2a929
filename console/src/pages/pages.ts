import type { LineageNode } from '../../../src/wire/lineage.ts';
import { href } from '../ui/route.ts';

/** The page of a node; undefined: it has none. */
export function pageOf(node: LineageNode): string | undefined {
  switch (node.kind) {
    case 'CONNECTOR':
      return href('connectors', node.name);
    case 'TOPIC':
      return href('topics', node.name);
    case 'STREAM':
      return href('streams', node.name);
    case 'TABLE':
      return href('tables', node.name);
    case 'QUERY':
      return href('queries', node.name);
    default:
      return undefined;
  }
}
