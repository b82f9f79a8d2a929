import type { Case } from '../../src/cases/case-file.ts';
import { compareOutputs } from '../../src/cases/run-qtt.ts';
import type { RestWorld } from './rest-world.ts';

/**
 * Compares the outputs of a `rest` case: key, value and timestamp of each record of a topic, without headers. Returns
 * the difference, or undefined when there is none.
 */
export async function compareTopics(testCase: Case, world: RestWorld): Promise<string | undefined> {
  if (testCase.outputs.length === 0) return undefined;
  const problems = await compareOutputs(testCase, world, { headers: false });
  return problems.length === 0 ? undefined : problems.slice(0, 3).join('\n');
}
