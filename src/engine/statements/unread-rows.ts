import { recordsHeld } from '../../dataflow/views/topic-scan.ts';
import { allSteps } from '../../plan/steps/walk.ts';
import type { StatementPlan } from '../../plan/statement-plan.ts';
import type { Log } from '../../log/api.ts';
import { offsetReset } from '../queries/query-options.ts';
import type { Config } from '../../base/config/config.ts';

/**
 * What a new query leaves out because its streams are read from their ends: one note for each stream that contains
 * records.
 */
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

/**
 * Whether a query writes the topic that it reads: its output would be its input again, and the topic would grow without
 * limit.
 */
export function readsItself({ query, topics }: Pick<StatementPlan, 'query' | 'topics'>): readonly string[] {
  const root = query?.plan.root;
  if (query === undefined || (root?.kind !== 'StreamSink' && root?.kind !== 'TableSink')) return [];
  const isRead = allSteps(root.source).some((step) => 'topic' in step && step.topic === root.topic);
  if (!isRead) return [];
  const other = topics.length === 0 ? '' : " Without KAFKA_TOPIC='…' the result has a topic of its own.";
  return [
    `The query writes topic ${root.topic}, which it reads: each row that it writes comes round again, for ever where no WHERE leaves it out. TERMINATE ${query.plan.queryId}; ends that.${other}`,
  ];
}

/** A topic that is made beside one whose name differs in case alone: one of them may be meant. */
export async function topicsAlike({ ddl, query, topics }: StatementPlan, log: Log): Promise<readonly string[]> {
  if (ddl?.kind !== 'CreateSource' || query !== undefined || topics.length === 0) return [];
  const there = (await log.admin.listTopics()).filter((t) => !t.internal).map((t) => t.name);
  return topics.flatMap(({ name }) => {
    const alike = there.find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
    return alike === undefined
      ? []
      : [
          `Topic ${name} is made, beside topic ${alike} that is there: the case of names of topics counts. KAFKA_TOPIC='${alike}' reads that one, DROP … DELETE TOPIC; takes the new one away again.`,
        ];
  });
}
