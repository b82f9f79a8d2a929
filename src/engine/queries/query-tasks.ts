import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { KEYS } from '../../config/keys.ts';
import { consumerGroup } from '../../dataflow/names.ts';
import { planTopology } from '../../dataflow/topology.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { QueryTasks, TaskPlace } from '../../wire/query-tasks.ts';
import type { Services } from '../services.ts';
import { memberOf, serverName } from './query-member.ts';

/**
 * Which server, and which of its threads, has which task of a persistent query. On Kafka the query's consumer group
 * knows it; on the embedded log all of them are here.
 * @throws SluiceError NOT_FOUND
 */
export async function tasksOfQuery(id: string, services: Services): Promise<QueryTasks> {
  const { catalog, config, log, queries } = services;
  const query = catalog.current.query(id) ?? catalog.current.query(id.toUpperCase());
  if (query === undefined)
    throw new SluiceError('NOT_FOUND', `There is no persistent query ${id}`, {
      hint: didYouMean(id, catalog.current.queries.keys()) ?? 'SHOW QUERIES; lists them.',
    });
  const serviceId = config.get(KEYS.serviceId);
  const here = serverName(services.serverUrl);
  const { subTopologies } = planTopology(query.plan as QueryPlan, serviceId);
  const subTopologyOf = new Map(subTopologies.flatMap((s) => s.inputs.map((i) => [i.topic, s.id] as const)));
  const tasks = new Map<string, TaskPlace>();
  const add = (topic: string, partition: number, place: Omit<TaskPlace, 'id' | 'inputs'>): void => {
    const subTopology = subTopologyOf.get(topic);
    if (subTopology === undefined) return;
    const task = `${subTopology}_${partition}`;
    tasks.set(task, { id: task, ...place, inputs: [...(tasks.get(task)?.inputs ?? []), { topic, partition }] });
  };
  const runtime = queries.status(query.id);
  if (log.admin.groupMembers === undefined) {
    const threads = new Map((runtime?.perTask ?? []).map((t) => [t.id, t.thread ?? null]));
    for (const { topic, partition } of runtime?.positions ?? []) {
      const thread = threads.get(`${subTopologyOf.get(topic)}_${partition}`) ?? null;
      add(topic, partition, { server: here, isHere: true, thread });
    }
  } else {
    for (const member of await log.admin.groupMembers(consumerGroup(serviceId, query.id))) {
      const known = memberOf(member.userData);
      const server = known?.server ?? member.host;
      const place = { server, isHere: server === here, thread: known?.thread ?? null };
      for (const { topic, partition } of member.partitions) add(topic, partition, place);
    }
  }
  return { queryId: query.id, tasks: [...tasks.values()].toSorted(byId) };
}

function byId(a: TaskPlace, b: TaskPlace): number {
  return a.id.localeCompare(b.id, 'en', { numeric: true });
}
