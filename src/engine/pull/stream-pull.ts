import type { Collector } from '../../dataflow/graph/graph.ts';
import { rangesOf } from '../../dataflow/views/topic-scan.ts';
import type { StreamPullPlan } from '../../plan/pull/pull-plan.ts';
import type { Row } from '../../types/row.ts';
import type { Answer } from './answer.ts';
import { type PullSite, scanRanges } from './topic-rows.ts';

/**
 * Like ksqlDB, a pull query on a stream reads it from its beginning to its current end, whatever is written meanwhile.
 * Its plan is a push query's, with only those steps that process a record by itself.
 * @throws SluiceError NOT_FOUND, LOG_UNAVAILABLE
 */
export async function streamAnswer(plan: StreamPullPlan, site: PullSite): Promise<Answer> {
  const { services } = site;
  await services.prepareCodecs(services.catalog.current.source(plan.source)!.topic);
  const ranges = await rangesOf(services.log, plan.topic);
  async function* batches(): AsyncGenerator<Row[], void> {
    let left = plan.limit ?? Infinity;
    let rows: Row[] = [];
    const collector: Collector = {
      retainsRow: true,
      push(_key, row) {
        if (row !== null && left-- > 0) rows.push(row);
      },
      change() {},
    };
    if (left <= 0) return;
    const scan = { plan: plan.transient.plan, topic: plan.topic, ranges, collector, isEnough: () => left <= 0 };
    for await (const _ of scanRanges(scan, site)) {
      if (rows.length > 0) yield rows;
      rows = [];
      if (left <= 0 || !site.mayGoOn()) return;
    }
    // The scan ends within what was fetched where the limit is reached.
    if (rows.length > 0) yield rows;
  }
  return { batches, close: () => undefined };
}
