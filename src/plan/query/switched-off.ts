import { KEYS } from '../../config/keys.ts';
import type { Query } from '../../sql/ast/query.ts';
import { type PlanContext, requireEnabled } from '../context.ts';

/**
 * Refuses features that the query uses and the configuration disables. Running queries continue.
 * @throws SluiceError STATEMENT
 */
export function refuseSwitchedOff(query: Query, { config }: PlanContext): void {
  if (!config.get(KEYS.lambdasEnabled) && uses(query, (node) => node['kind'] === 'Lambda'))
    requireEnabled(config, KEYS.lambdasEnabled, 'Using lambda functions');
  if (!config.get(KEYS.rowpartitionRowoffsetEnabled) && uses(query, isRowPlace))
    requireEnabled(config, KEYS.rowpartitionRowoffsetEnabled, 'Using ROWPARTITION and ROWOFFSET');
}

type Node = Readonly<Record<string, unknown>>;

function isRowPlace(node: Node): boolean {
  return node['kind'] === 'ColumnReference' && (node['name'] === 'ROWPARTITION' || node['name'] === 'ROWOFFSET');
}

/** Whether any node of the tree passes the test. */
function uses(tree: unknown, test: (node: Node) => boolean): boolean {
  if (Array.isArray(tree)) return tree.some((item) => uses(item, test));
  if (tree === null || typeof tree !== 'object') return false;
  return test(tree as Node) || Object.values(tree).some((child) => uses(child, test));
}
