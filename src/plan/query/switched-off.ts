import type { Query } from '../../sql/ast/query.ts';
import { flag, type PlanContext, requireEnabled } from '../context.ts';

const LAMBDAS = 'ksql.lambdas.enabled';
const ROW_PLACE = 'ksql.rowpartition.rowoffset.enabled';

/** Refuses what a query uses and the configuration switches off. Queries that run already go on. @throws SluiceError STATEMENT */
export function refuseSwitchedOff(query: Query, { config }: PlanContext): void {
  if (!flag(config, LAMBDAS, true) && uses(query, (node) => node['kind'] === 'Lambda'))
    requireEnabled(config, LAMBDAS, 'Using lambda functions');
  if (!flag(config, ROW_PLACE, true) && uses(query, isRowPlace))
    requireEnabled(config, ROW_PLACE, 'Using ROWPARTITION and ROWOFFSET');
}

type Node = Readonly<Record<string, unknown>>;

function isRowPlace(node: Node): boolean {
  return node['kind'] === 'ColumnReference' && (node['name'] === 'ROWPARTITION' || node['name'] === 'ROWOFFSET');
}

/** Whether any node of the tree is such a one. */
function uses(tree: unknown, test: (node: Node) => boolean): boolean {
  if (Array.isArray(tree)) return tree.some((item) => uses(item, test));
  if (tree === null || typeof tree !== 'object') return false;
  return test(tree as Node) || Object.values(tree).some((child) => uses(child, test));
}
