import type { RegexNode } from './syntax.ts';

/** The minimal and maximal length, in UTF-16 units, of a match of this part. */
export function lengths(node: RegexNode): [min: number, max: number] {
  switch (node.kind) {
    case 'set':
      return [1, 2];
    case 'sequence':
      return node.items.map(lengths).reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
    case 'choice':
      return node.branches.map(lengths).reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)]);
    case 'repeat': {
      const [min, max] = lengths(node.body);
      return [min * node.min, max === 0 ? 0 : max * node.max];
    }
    case 'group':
    case 'atomic':
      return lengths(node.body);
    case 'reference':
      return [0, Infinity];
    case 'look':
    case 'place':
      return [0, 0];
  }
}

/** Whether a part refers back to the text of a group. */
export function hasReference(node: RegexNode): boolean {
  return node.kind === 'reference' || childrenOf(node).some(hasReference);
}

/** The direct children of a node. */
export function childrenOf(node: RegexNode): readonly RegexNode[] {
  switch (node.kind) {
    case 'sequence':
      return node.items;
    case 'choice':
      return node.branches;
    case 'repeat':
    case 'group':
    case 'atomic':
    case 'look':
      return [node.body];
    default:
      return [];
  }
}

/** Whether a match can begin only at the start of the text. */
export function startsAtText(node: RegexNode): boolean {
  switch (node.kind) {
    case 'place':
      return node.place === 'text start';
    case 'sequence':
      return node.items.length > 0 && startsAtText(node.items[0]!);
    case 'choice':
      return node.branches.every(startsAtText);
    case 'group':
    case 'atomic':
      return startsAtText(node.body);
    default:
      return false;
  }
}
