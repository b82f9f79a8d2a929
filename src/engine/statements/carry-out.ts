import { isSluiceError } from '../../base/errors.ts';
import { createTopicForAnyTime } from '../../dataflow/runner/internal-topics.ts';
import type { StatementPlan } from '../../plan/statement-plan.ts';
import type { Services } from '../services.ts';

/**
 * What must be there before a plan's command is written: topics, then schemas. Idempotent: a crash in between leaves
 * nothing to undo.
 */
export async function carryOutBefore(plan: StatementPlan, services: Services): Promise<void> {
  for (const topic of plan.topics) {
    if (topic.exists) continue;
    const { admin } = services.log;
    const spec = {
      name: topic.name,
      partitions: topic.partitions,
      replicas: topic.replicas,
      configs: topic.configs,
    };
    try {
      await (plan.query === undefined ? admin.createTopic(spec) : createTopicForAnyTime(admin, spec));
    } catch (error) {
      if (!isSluiceError(error, 'CONFLICT')) throw error;
    }
  }
  for (const { subject, schema, mode } of plan.schemas) {
    if (mode === 'ifAbsent' && (await services.registry.latest(subject)) !== undefined) continue;
    await services.registry.register(subject, schema);
  }
}

/** What follows once the command has been applied: DROP ... DELETE TOPIC. */
export async function carryOutAfter(plan: StatementPlan, services: Services): Promise<void> {
  if (!plan.deletes) return;
  try {
    await services.log.admin.deleteTopic(plan.deletes.topic);
  } catch (error) {
    if (!isSluiceError(error, 'NOT_FOUND')) throw error;
  }
  for (const subject of plan.deletes.subjects) {
    await services.registry.deleteSubject(subject).catch((error: unknown) => {
      // The topic is gone; a schema left behind is only worth a line.
      services.env.logger.warn('Could not delete the schemas of a dropped source', { subject, error: String(error) });
    });
  }
}
