import type { StreamPullPlan } from '../../plan/pull/pull-plan.ts';
import type { PushQueries } from '../push/push-queries.ts';
import type { QueryHandle } from '../query-handle.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

/**
 * A pull query on a stream reads it from its beginning to what is its end now, as ksqlDB does: a transient query that ends when it has
 * caught up with the ends it found.
 */
export async function startStreamPull(
  plan: StreamPullPlan,
  text: string,
  services: Services,
  session: Session,
  push: PushQueries,
): Promise<QueryHandle> {
  const source = services.catalog.current.source(plan.source)!;
  const topic = await services.log.admin.describeTopic(source.topic.name);
  const ends = new Map<number, number>();
  for (let partition = 0; partition < (topic?.partitions ?? 0); partition++) {
    ends.set(partition, await services.log.admin.latestOffset({ topic: source.topic.name, partition }));
  }
  const fromStart = session.copy();
  fromStart.properties.set('auto.offset.reset', 'earliest');
  // To its reader it is a push query that ends: it says so when it has.
  return await push.start(plan.transient, text, fromStart, { until: { topic: source.topic.name, ends } });
}
