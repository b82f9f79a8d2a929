import { messageOf } from '../../base/errors.ts';
import { ClientError } from '../../client/client-error.ts';
import type { SluiceClient } from '../../client/sluice-client.ts';
import { parseStatement } from '../../sql/parse.ts';
import { needsOf } from './dependencies.ts';
import type { Step } from './plan.ts';

/**
 * The replacements of queries that the server would refuse because their state cannot be reused, with its reasons.
 * EXPLAIN plans each one against the running query and changes nothing. Queries that read something that the same plan
 * changes are skipped, because their result is not known before the change.
 * @throws ClientError when the server does not respond
 */
export async function refusalsOf(
  steps: readonly Step[],
  client: SluiceClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<Step, string>> {
  const found = new Map<Step, string>();
  const changed = new Set<string>();
  for (const step of steps) {
    const [text] = step.statements;
    if (step.action === 'replace' && step.statements.length === 1) {
      const statement = parseStatement(text!);
      const needs = statement.kind === 'CreateSourceAs' ? needsOf(statement) : undefined;
      if (needs !== undefined && ![...needs.sources, ...needs.types].some((name) => changed.has(name))) {
        try {
          await client.execute(`EXPLAIN ${text!}`, { properties: step.properties, signal });
        } catch (error) {
          if (error instanceof ClientError && error.errorCode === 0) throw error;
          const hint = error instanceof ClientError ? error.hint : undefined;
          found.set(step, hint === undefined ? messageOf(error) : `${messageOf(error)}\nHint: ${hint}`);
        }
      }
    }
    if (step.action !== 'unchanged') changed.add(step.name);
  }
  return found;
}
