import { SluiceError } from '../../base/errors.ts';
import type { Log } from '../../log/api.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import { createInternalTopics } from './internal-topics.ts';
import type { TimestampRange } from '../settings.ts';
import { resolvePartitions, type Topology } from '../topology.ts';

/** The most bytes that surround the only record of a batch. */
const BATCH_OVERHEAD_BYTES = 160;

export interface QueryTopics {
  /** Number of partitions of every topic that the query reads or writes. */
  readonly partitions: ReadonlyMap<string, number>;
  /** Ids of the topics that it reads, where the log has ids. */
  readonly ids: ReadonlyMap<string, string>;
  /** The largest record that its sink accepts; Infinity when there is no limit. */
  readonly maxRecordBytes: number;
  readonly timestampRange: TimestampRange;
}

/**
 * Looks up the topics that a query reads and writes, and creates missing internal ones.
 * @throws SluiceError NOT_FOUND, QUERY_FAILED, LOG_UNAVAILABLE
 */
export async function openTopics(
  log: Log,
  plan: QueryPlan,
  topology: Topology,
  replicas?: number,
): Promise<QueryTopics> {
  const { admin } = log;
  const partitions = new Map<string, number>();
  const ids = new Map<string, string>();
  let sinkConfigs: Readonly<Record<string, string>> = {};
  const sinks = sinkTopics(plan);
  for (const topic of [...topology.sourceTopics, ...sinks]) {
    const found = await admin.describeTopic(topic);
    if (found === undefined) throw new SluiceError('NOT_FOUND', `Topic ${topic} does not exist`);
    partitions.set(topic, found.partitions);
    if (found.id !== undefined) ids.set(topic, found.id);
    if (sinks.includes(topic)) sinkConfigs = found.configs;
  }
  for (const [topic, n] of resolvePartitions(topology, (t) => partitions.get(t)!)) partitions.set(topic, n);
  await createInternalTopics(admin, topology, partitions, replicas);
  const limit = (name: string): number => Number(sinkConfigs[name] ?? Infinity);
  // The embedded log accepts every timestamp.
  const isEventTime = log.kind === 'kafka' && sinkConfigs['message.timestamp.type'] !== 'LogAppendTime';
  return {
    partitions,
    ids,
    maxRecordBytes: limit('max.message.bytes') - BATCH_OVERHEAD_BYTES,
    timestampRange: {
      afterMs: isEventTime ? limit('message.timestamp.after.max.ms') : Infinity,
      beforeMs: isEventTime ? limit('message.timestamp.before.max.ms') : Infinity,
    },
  };
}

function sinkTopics({ root }: QueryPlan): string[] {
  return root.kind === 'StreamSink' || root.kind === 'TableSink' ? [root.topic] : [];
}
