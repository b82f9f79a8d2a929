import type { Config } from '../../base/config/config.ts';
import { isSluiceError } from '../../base/errors.ts';
import { KEYS } from '../../config/keys.ts';
import { resetOf } from '../../dataflow/runner/beginnings.ts';
import { consumerGroup } from '../../dataflow/names.ts';
import { planTopology } from '../../dataflow/topology.ts';
import type { CommittedOffset } from '../../log/api.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { Services } from '../services.ts';
import { offsetReset } from './query-options.ts';

/**
 * Decides where a new query starts that reads its streams from their end: at the current end, before its statement is
 * answered. Its thread opens it a moment later, and rows that are inserted in between must be seen. On Kafka the
 * query's members decide when they have joined, as in Kafka Streams.
 * @throws SluiceError LOG_UNAVAILABLE
 */
export async function fixBeginnings(plan: QueryPlan, config: Config, services: Services): Promise<void> {
  if (services.shared !== undefined) return;
  const { log } = services;
  const { admin } = log;
  const serviceId = config.get(KEYS.serviceId);
  const group = consumerGroup(serviceId, plan.queryId);
  // What a crash before the command may have left of a query of this name.
  await admin.deleteGroup(group).catch((error: unknown) => {
    if (!isSluiceError(error, 'NOT_FOUND')) throw error;
  });
  const beginnings = { offsetReset: offsetReset(config) };
  const topics = new Set(
    planTopology(plan, serviceId)
      .subTopologies.flatMap((s) => s.inputs)
      .filter((input) => resetOf(input, beginnings) === 'latest')
      .map((input) => input.topic),
  );
  const offsets: CommittedOffset[] = [];
  for (const topic of topics) {
    const { partitions } = (await admin.describeTopic(topic)) ?? { partitions: 0 };
    for (let partition = 0; partition < partitions; partition++)
      offsets.push({ topic, partition, offset: await admin.latestOffset({ topic, partition }) });
  }
  if (offsets.length === 0) return;
  const writer = await log.createWriter({});
  try {
    writer.commitOffsets(group, offsets);
    await writer.commit();
  } finally {
    await writer.close();
  }
}
