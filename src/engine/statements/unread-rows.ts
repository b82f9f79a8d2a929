import { recordsHeld } from '../../dataflow/views/topic-scan.ts';
import { allSteps } from '../../plan/steps/walk.ts';
import type { StatementPlan } from '../../plan/statement-plan.ts';
import type { Log } from '../../log/api.ts';
import { offsetReset } from '../queries/query-options.ts';
import type { Config } from '../../base/config/config.ts';

/** What a new query leaves out because its streams are read from their ends, one note a stream that holds records. */
export async function unreadRows(plan: StatementPlan, config: Config, log: Log): Promise<readonly string[]> {
  if (plan.query === undefined || plan.query.replaces || offsetReset(config) === 'earliest') return [];
  const notes: string[] = [];
  for (const step of allSteps(plan.query.plan.root)) {
    if (step.kind !== 'StreamSource' && step.kind !== 'WindowedStreamSource') continue;
    const held = await recordsHeld(step.topic, log);
    if (held === 0) continue;
    notes.push(
      `${step.source} is read from its end: ${held === 1 ? 'the record that it holds is' : `the ${held} records that it holds are`} left out. ` +
        `SET 'auto.offset.reset'='earliest'; before the statement takes them in.`,
    );
  }
  return notes;
}
