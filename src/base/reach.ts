/** A picture of what flows where: things by their ids, and the ways between them. */
interface Flow {
  readonly nodes: readonly { readonly id: string; readonly kind: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/**
 * The ids of what a node leads to (`down`), or of what leads to it (`up`), with its own. A way ends at an outside
 * system: what one connector writes to a database is not what another reads from it.
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
