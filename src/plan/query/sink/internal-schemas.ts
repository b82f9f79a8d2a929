import { KEYS } from '../../../config/keys.ts';
import type { PlanContext } from '../../context.ts';
import { subjectOf } from '../../ddl/schema-inference.ts';
import { findFormat } from '../../serde/topic-formats.ts';
import type { SchemaToRegister } from '../../statement-plan.ts';
import { internalTopicName } from '../../steps/names.ts';
import type { QueryPlan } from '../../steps/steps.ts';
import { allSteps } from '../../steps/walk.ts';

/** Schemas of a query's internal topics whose formats have schemas in the registry. */
export function internalSchemas(plan: QueryPlan, context: PlanContext): SchemaToRegister[] {
  const serviceId = context.config.get(KEYS.serviceId);
  const found: SchemaToRegister[] = [];
  for (const step of allSteps(plan.root)) {
    if (step.kind !== 'Repartition' && step.kind !== 'ForeignKeyTableTableJoin') continue;
    const { codec } = step;
    const fk = step.kind === 'ForeignKeyTableTableJoin';
    // A subscription has the key of the right table; its value is internal and has no format.
    const suffix = fk ? `${step.name.replaceAll('/', '-')}-subscription-registration-topic` : step.topicSuffix;
    const topic = internalTopicName(serviceId, plan.queryId, suffix);
    const sides = [
      ['KEY', codec.keyFormat, codec.keyFeatures, fk ? step.right.out.key : step.out.key],
      ['VALUE', codec.valueFormat, codec.valueFeatures, fk ? [] : step.out.row],
    ] as const;
    for (const [side, info, features, columns] of sides) {
      const { registrySchema } = findFormat(context, info.format);
      if (registrySchema === undefined || columns.length === 0) continue;
      found.push({
        subject: subjectOf(topic, side),
        schema: registrySchema({ columns, features, isKey: side === 'KEY' }, info, topic),
        mode: 'always',
      });
    }
  }
  return found;
}
