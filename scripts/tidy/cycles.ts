import path from 'node:path';
import type { Finding } from './finding.ts';

/** Folders whose files may form import cycles, but only by type imports or dynamic imports, with the reason. */
const LOOSE_CIRCLES: readonly { readonly folders: readonly string[]; readonly why: string }[] = [
  { folders: ['connect/connectors/database'], why: 'a dialect and what it is handed speak of one another' },
  { folders: ['server/openapi', 'server/routes'], why: 'the table of routes has the route that describes the table' },
];

type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * Import cycles. @param graph the imports of each file @param loose the same with type imports and dynamic imports
 */
export function importCycles(root: string, graph: Graph, loose: Graph): Finding[] {
  const src = path.join(root, 'src');
  const findings = cycles(graph).map((cycle): Finding => ({
    file: path.relative(root, cycle[0]!),
    rule: 'cycle',
    detail: cycle.map((file) => path.relative(src, file)).join(' -> '),
  }));
  for (const cycle of cycles(loose)) {
    const inside = cycle.map((file) => path.relative(src, file));
    // Already reported.
    if (cycle.slice(1).every((next, i) => graph.get(cycle[i]!)!.includes(next))) continue;
    if (LOOSE_CIRCLES.some(({ folders }) => inside.every((f) => folders.some((one) => f.startsWith(`${one}/`)))))
      continue;
    findings.push({ file: path.relative(root, cycle[0]!), rule: 'loose cycle', detail: inside.join(' -> ') });
  }
  return findings;
}

/** One representative cycle per strongly connected component (type-only imports do not count). */
function cycles(graph: Graph): string[][] {
  const state = new Map<string, 'open' | 'done'>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    state.set(node, 'open');
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const seen = state.get(next);
      if (seen === 'open') found.push([...stack.slice(stack.indexOf(next)), next]);
      else if (seen === undefined && graph.has(next)) visit(next);
    }
    stack.pop();
    state.set(node, 'done');
  };
  for (const node of graph.keys()) if (!state.has(node)) visit(node);
  return found;
}
