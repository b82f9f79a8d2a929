/** A graph of data flow: nodes by id, and the edges between them. */
interface Flow {
  readonly nodes: readonly { readonly id: string; readonly kind: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/**
 * The ids that are reachable from a node downstream (`down`) or upstream (`up`), including its own. A path ends at an
 * external system: what one connector writes to a database need not be what another one reads from it.
 */
export function reach({ nodes, edges }: Flow, id: string, direction: 'up' | 'down'): Set<string> {
  const outside = new Set(nodes.filter((n) => n.kind === 'EXTERNAL').map((n) => n.id));
  const seen = new Set([id]);
  for (const at of seen) {
    if (at !== id && outside.has(at)) continue;
    for (const edge of edges) {
      const [from, to] = direction === 'down' ? [edge.from, edge.to] : [edge.to, edge.from];
      if (from === at) seen.add(to);
    }
  }
  return seen;
}
