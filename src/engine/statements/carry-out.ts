import { isSluiceError } from '../../base/errors.ts';
import { createTopicForAnyTime } from '../../dataflow/runner/internal-topics.ts';
import type { StatementPlan } from '../../plan/statement-plan.ts';
import type { Command, Deletes } from '../command.ts';
import type { Services } from '../services.ts';

/**
 * Creates what must exist before a plan's command is written: topics, then schemas. Idempotent: a crash in between
 * leaves nothing to undo.
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

/** What must be deleted when the command of a plan has been applied: DROP ... DELETE TOPIC. */
export async function deletesOf({ deletes }: StatementPlan, services: Services): Promise<Deletes | undefined> {
  if (deletes === undefined) return undefined;
  const topicId = (await services.log.admin.describeTopic(deletes.topic))?.id;
  return { ...deletes, ...(topicId !== undefined && { topicId }) };
}

/**
 * What follows when the command has been applied. The topic is deleted last: while it exists, the work is not complete.
 */
export async function carryOutAfter({ deletes }: Command, services: Services): Promise<void> {
  if (!deletes) return;
  for (const subject of deletes.subjects) {
    await services.registry.deleteSubject(subject).catch((error: unknown) => {
      // A remaining schema is merely logged.
      services.env.logger.warn('Could not delete the schemas of a dropped source', { subject, error: String(error) });
    });
  }
  try {
    await services.log.admin.deleteTopic(deletes.topic);
  } catch (error) {
    if (!isSluiceError(error, 'NOT_FOUND')) throw error;
  }
}
