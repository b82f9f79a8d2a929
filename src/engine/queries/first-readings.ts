import type { ConnectorProgress } from '../../connect/client/api.ts';
import type { QueryPlan, Step } from '../../plan/steps/steps.ts';
import { allSteps } from '../../plan/steps/walk.ts';
import { readingText } from '../connectors/progress.ts';
import type { Services } from '../services.ts';

type Reading = ConnectorProgress['readings'][number];

/** How often a first reading is checked, in ms. */
const CHECK_MS = 200;

/**
 * A stream that is joined with a connector's table waits until the rows that were in the database have been read:
 * otherwise an early event would not find its row.
 */
export function readingsUnderWay(plan: QueryPlan, services: Pick<Services, 'connect'>): readonly Reading[] {
  const { connect } = services;
  if (connect?.embedded === undefined) return [];
  const topics = new Set(
    allSteps(plan.root).flatMap((step) => (step.kind === 'StreamTableJoin' ? tablesOf(step.right) : [])),
  );
  return [...topics].flatMap((topic) => connect.embedded!.readingOf(topic) ?? []);
}

function tablesOf(step: Step): string[] {
  return allSteps(step).flatMap((s) => (s.kind === 'TableSource' ? [s.topic] : []));
}

/** `waits for table public.users: 1,000 of about 9,000 rows read (11 %)`. */
export const waitText = (readings: readonly Reading[]): string =>
  `waits until the tables that it joins have been read: ${readings.map(readingText).join('; ')}`;

/** Calls `begin` when no first reading is in progress any more; the returned function ends the waiting. */
export function whenRead(plan: QueryPlan, services: Pick<Services, 'connect' | 'env'>, begin: () => void): () => void {
  let cancel = (): void => {};
  const poll = (): void => {
    if (readingsUnderWay(plan, services).length === 0) begin();
    else cancel = services.env.timers.after(CHECK_MS, poll);
  };
  cancel = services.env.timers.after(CHECK_MS, poll);
  return () => cancel();
}
