import { END_MS } from '../differential/inputs.ts';
import type { Finding } from './run.ts';
import { run } from './run.ts';
import type { Luck, Scenario } from './scenario.ts';

/**
 * Finds a smaller scenario that fails in the same way, by removing whatever the failure does not depend on. The records
 * that close all windows stay: without them, no result is complete.
 */
export async function shrink(scenario: Scenario, finding: Finding): Promise<Scenario> {
  const fails = async (candidate: Scenario): Promise<boolean> => isAlike((await run(candidate)).finding, finding);
  let smallest = scenario;
  const attempt = async (candidate: Scenario): Promise<boolean> => {
    if (!(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  await attempt({ ...smallest, outsideRows: 0 });
  await attempt({ ...smallest, clients: 1 });
  await attempt({ ...smallest, partitions: 1 });
  for (const kind of Object.keys(smallest.luck) as (keyof Luck)[])
    await attempt({ ...smallest, luck: { ...smallest.luck, [kind]: 0 } });
  for (const shape of scenario.shapes)
    if (smallest.shapes.length > 1) await attempt({ ...smallest, shapes: smallest.shapes.filter((s) => s !== shape) });
  for (let size = Math.ceil(smallest.inputs.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.inputs.length;) {
      const inputs = smallest.inputs.filter((input, i) => i < at || i >= at + size || input.time === END_MS);
      if (inputs.length === smallest.inputs.length) at += size;
      else if (!(await attempt({ ...smallest, inputs }))) at += size;
    }
  }
  return smallest;
}

/** Whether two findings violate the same property; of results, those of the same query. */
function isAlike(found: Finding | undefined, finding: Finding): boolean {
  if (found?.property !== finding.property) return false;
  return finding.property !== 'result' || firstLine(found.text) === firstLine(finding.text);
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!;
