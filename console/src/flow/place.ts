import { graphlib, layout } from '@dagrejs/dagre';
import type { Lineage, LineageEdge, LineageNode } from '../../../src/wire/lineage.ts';

/** Height of all nodes, in px. */
export const HEIGHT = 40;
const NARROWEST = 110;
const WIDEST = 230;
/** Width of a character in a name, in px. */
export const CHAR_PX = 7.2;
const MARGIN = 24;
/** Space between two columns, in px. */
const RANK_SEP = 70;

/** A laid out graph. Positions and sizes are in px. */
export interface Placed {
  readonly nodes: readonly {
    /** Key of the position: an external system that is both read and written has two. */
    readonly key: string;
    readonly node: LineageNode;
    readonly x: number;
    readonly y: number;
    readonly width: number;
  }[];
  readonly edges: readonly {
    readonly edge: LineageEdge;
    readonly path: string;
    readonly x: number;
    readonly y: number;
  }[];
  readonly width: number;
  readonly height: number;
}

/** Suffix of the id of an external system at the position where it is written. */
const WRITTEN = ' written';

/** How many characters of the end of a shortened name are shown, because names of one kind differ at the end. */
const TAIL = 8;

/** A name, shortened to fit in a node of the given width. */
export function short(name: string, width: number): string {
  const room = Math.floor((width - 44) / CHAR_PX);
  return name.length <= room ? name : `${name.slice(0, room - 1 - TAIL)}…${name.slice(-TAIL)}`;
}

/** Lays out the graph from left to right, with dagre. */
export function place(lineage: Lineage): Placed {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: RANK_SEP, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const froms = new Set(lineage.edges.map((e) => e.from));
  const tos = new Set(lineage.edges.map((e) => e.to));
  // A database that is both read and written is placed at both ends: a single node would reverse the direction of part
  // of the graph.
  const isTwofold = (n: LineageNode): boolean => n.kind === 'EXTERNAL' && froms.has(n.id) && tos.has(n.id);
  const twofold = new Set(lineage.nodes.filter(isTwofold).map((n) => n.id));
  const targetOf = (id: string): string => (twofold.has(id) ? `${id}${WRITTEN}` : id);
  const places = lineage.nodes.flatMap((node) =>
    twofold.has(node.id)
      ? [
          { key: node.id, node },
          { key: targetOf(node.id), node },
        ]
      : [{ key: node.id, node }],
  );
  for (const { key, node } of places) {
    const width = Math.min(WIDEST, Math.max(NARROWEST, node.name.length * CHAR_PX + 50));
    graph.setNode(key, { width, height: HEIGHT });
  }
  for (const edge of lineage.edges)
    if (graph.hasNode(edge.from) && graph.hasNode(targetOf(edge.to))) graph.setEdge(edge.from, targetOf(edge.to));
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: places.map(({ key, node }) => {
      const at = graph.node(key) as { x: number; y: number; width: number };
      return { key, node, x: at.x - at.width / 2, y: at.y - HEIGHT / 2, width: at.width };
    }),
    edges: lineage.edges.flatMap((edge) => {
      const target = targetOf(edge.to);
      if (!graph.hasEdge(edge.from, target)) return [];
      const [from, to] = [graph.node(edge.from), graph.node(target)] as { x: number; y: number; width: number }[];
      // Edges run from side to side: one that begins at a corner would be hidden behind the next node of the column.
      const inner = (graph.edge(edge.from, target) as { points: { x: number; y: number }[] }).points.slice(1, -1);
      // Between neighbouring columns, a line stays within the vertical range of its two nodes.
      const isShort = to!.x - to!.width / 2 - (from!.x + from!.width / 2) < 2 * RANK_SEP;
      const strays = ({ y }: { readonly y: number }): boolean =>
        isShort && (y < Math.min(from!.y, to!.y) - HEIGHT / 2 || y > Math.max(from!.y, to!.y) + HEIGHT / 2);
      const points = [
        { x: from!.x + from!.width / 2, y: from!.y },
        ...inner.filter((p) => p.x > from!.x + from!.width / 2 && p.x < to!.x - to!.width / 2 && !strays(p)),
        { x: to!.x - to!.width / 2, y: to!.y },
      ];
      const middle = points[Math.floor(points.length / 2)]!;
      return [{ edge, path: curve(points), x: middle.x, y: middle.y }];
    }),
  };
}

/** An SVG path through points, with rounded corners. */
function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  let path = `M${first!.x} ${first!.y}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const [a, b] = [rest[i]!, rest[i + 1]!];
    path += `Q${a.x} ${a.y} ${(a.x + b.x) / 2} ${(a.y + b.y) / 2}`;
  }
  const last = rest.at(-1)!;
  return `${path}L${last.x} ${last.y}`;
}
