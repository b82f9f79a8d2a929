import { assertNever, must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import type { ForeignKeyJoinStep, QueryPlan, RepartitionStep, Step } from '../plan/steps/steps.ts';
import { internalTopicPrefix, responseTopic, subscriptionTopic } from './names.ts';

/**
 * A plan cut into sub-topologies: what can run in one task per partition. The cuts are the internal topics: each
 * repartition, and the two topics of a foreign-key join. Where one log holds everything (embedded) and where tasks are
 * spread over processes (Kafka) the same topics are used: in the embedded log they cost a commit, and one way of
 * working is right everywhere.
 *
 * A fragment is a part of the tree between cuts. Fragments that read the same source topic are one sub-topology, for
 * they share its committed offsets.
 */
export interface Topology {
  readonly subTopologies: readonly SubTopology[];
  readonly internalTopics: readonly InternalTopic[];
  /** Topics of the query's sources, each once. */
  readonly sourceTopics: readonly string[];
}

export interface SubTopology {
  /** From 0, upstream first. */
  readonly id: number;
  readonly fragments: readonly Fragment[];
  readonly inputs: readonly TopologyInput[];
}

export type Fragment =
  /** Ends in the plan's root: a sink, or a transient query's last step. */
  | { readonly kind: 'root'; readonly step: Step }
  /** Ends in writing the repartition topic. */
  | { readonly kind: 'repartition'; readonly step: RepartitionStep }
  /** The right side of a foreign-key join: ends in writing the response topic. */
  | { readonly kind: 'foreignKeyRight'; readonly step: ForeignKeyJoinStep };

export interface TopologyInput {
  readonly topic: string;
  readonly internal: boolean;
  /** Tables come first when timestamps are equal, and begin at their beginning. */
  readonly isTable: boolean;
  /** A table whose records carry the time at which they were read elsewhere, not the time of what they tell. */
  readonly hasReadTimes?: boolean | undefined;
}

export interface InternalTopic {
  readonly name: string;
  readonly kind: 'repartition' | 'subscription' | 'response';
  /** Sub-topologies that write and read it. */
  readonly writer: number;
  readonly reader: number;
}

interface Draft {
  readonly fragment: Fragment;
  readonly inputs: TopologyInput[];
}

interface DraftTopic {
  readonly name: string;
  readonly kind: InternalTopic['kind'];
  readonly writer: Draft;
  readonly reader: Draft;
}

export function planTopology(plan: QueryPlan, serviceId: string): Topology {
  const prefix = internalTopicPrefix(serviceId, plan.queryId);
  const drafts: Draft[] = [];
  const topics: DraftTopic[] = [];
  const open = (fragment: Fragment): Draft => {
    const draft: Draft = { fragment, inputs: [] };
    drafts.push(draft);
    return draft;
  };
  const visit = (step: Step, into: Draft): void => {
    switch (step.kind) {
      case 'StreamSource':
      case 'TableSource':
      case 'WindowedStreamSource':
      case 'WindowedTableSource':
        into.inputs.push({
          topic: step.topic,
          internal: false,
          isTable: step.relation === 'TABLE',
          hasReadTimes: step.hasReadTimes,
        });
        return;
      case 'Repartition': {
        const name = `${prefix}${step.topicSuffix}`;
        into.inputs.push({ topic: name, internal: true, isTable: step.relation === 'TABLE' });
        const upstream = open({ kind: 'repartition', step });
        topics.push({ name, kind: 'repartition', writer: upstream, reader: into });
        visit(step.source, upstream);
        return;
      }
      case 'ForeignKeyTableTableJoin': {
        const subscriptions = subscriptionTopic(prefix, step.name);
        const responses = responseTopic(prefix, step.name);
        const right = open({ kind: 'foreignKeyRight', step });
        into.inputs.push({ topic: responses, internal: true, isTable: true });
        right.inputs.push({ topic: subscriptions, internal: true, isTable: true });
        topics.push({ name: subscriptions, kind: 'subscription', writer: into, reader: right });
        topics.push({ name: responses, kind: 'response', writer: right, reader: into });
        visit(step.left, into);
        visit(step.right, right);
        return;
      }
      case 'StreamStreamJoin':
      case 'StreamTableJoin':
      case 'TableTableJoin':
        visit(step.left, into);
        visit(step.right, into);
        return;
      case 'StreamFilter':
      case 'TableFilter':
      case 'StreamSelect':
      case 'TableSelect':
      case 'StreamSelectKey':
      case 'TableSelectKey':
      case 'StreamFlatMap':
      case 'StreamGroupBy':
      case 'StreamGroupByKey':
      case 'TableGroupBy':
      case 'StreamAggregate':
      case 'StreamWindowedAggregate':
      case 'TableAggregate':
      case 'StreamSink':
      case 'TableSink':
        visit(step.source, into);
        return;
      default:
        assertNever(step);
    }
  };
  visit(plan.root, open({ kind: 'root', step: plan.root }));
  return assemble(drafts, topics);
}

function assemble(drafts: readonly Draft[], topics: readonly DraftTopic[]): Topology {
  // Drafts that share a source topic are one group. Upstream drafts were opened last, and come first.
  const groups: Draft[][] = [];
  for (const draft of drafts.toReversed()) {
    const shares = (group: Draft[]): boolean =>
      group.some((d) => d.inputs.some((a) => !a.internal && draft.inputs.some((b) => b.topic === a.topic)));
    const [own, ...others] = groups.filter(shares);
    if (own === undefined) {
      groups.push([draft]);
      continue;
    }
    own.push(draft);
    for (const other of others) {
      own.push(...other);
      groups.splice(groups.indexOf(other), 1);
    }
  }
  const groupOf = (draft: Draft): number => groups.findIndex((g) => g.includes(draft));
  const subTopologies = groups.map((group, id) => {
    const inputs: TopologyInput[] = [];
    for (const input of group.flatMap((d) => d.inputs)) {
      const known = inputs.findIndex((i) => i.topic === input.topic);
      if (known < 0) inputs.push(input);
      else if (input.isTable) inputs[known] = input.hasReadTimes ? input : { ...inputs[known]!, isTable: true };
    }
    return {
      id,
      fragments: group.map((d) => d.fragment),
      inputs: inputs.sort((a, b) => Number(b.isTable) - Number(a.isTable)),
    };
  });
  return {
    subTopologies,
    internalTopics: topics.map(({ name, kind, writer, reader }) => ({
      name,
      kind,
      writer: groupOf(writer),
      reader: groupOf(reader),
    })),
    sourceTopics: [...new Set(subTopologies.flatMap((s) => s.inputs.filter((i) => !i.internal).map((i) => i.topic)))],
  };
}

/**
 * Partitions of every topic that the query reads. A repartition topic has as many as the topics it is joined with, or
 * else as its writer has tasks (Kafka Streams' rule); subscriptions as the right side, responses as the left side.
 * @throws SluiceError QUERY_FAILED when a cycle leaves a topic without a number, which no plan should have
 */
export function resolvePartitions(
  topology: Topology,
  sourcePartitions: (topic: string) => number,
): ReadonlyMap<string, number> {
  const partitions = new Map<string, number>();
  for (const topic of topology.sourceTopics) partitions.set(topic, sourcePartitions(topic));
  const open = new Set(topology.internalTopics);
  while (open.size > 0) {
    const before = open.size;
    for (const topic of open) {
      const number = partitionsOf(topic, topology, partitions);
      if (number === undefined) continue;
      partitions.set(topic.name, number);
      open.delete(topic);
    }
    if (open.size === before) {
      throw new SluiceError(
        'QUERY_FAILED',
        `Cannot tell the number of partitions of ${[...open].map((t) => t.name).join(', ')}`,
      );
    }
  }
  return partitions;
}

function partitionsOf(
  topic: InternalTopic,
  topology: Topology,
  known: ReadonlyMap<string, number>,
): number | undefined {
  const kinds = new Map(topology.internalTopics.map((t) => [t.name, t.kind]));
  const reader = must(topology.subTopologies[topic.reader], 'sub topology');
  // Only sources and repartitions decide how many tasks a sub-topology has.
  const deciding = (sub: SubTopology): readonly TopologyInput[] =>
    sub.inputs.filter((i) => !i.internal || kinds.get(i.topic) === 'repartition');
  if (topic.kind !== 'repartition') {
    const numbers = deciding(reader).map((i) => known.get(i.topic));
    return numbers.includes(undefined) ? undefined : Math.max(...(numbers as number[]));
  }
  const sources = reader.inputs.filter((i) => !i.internal).map((i) => known.get(i.topic)!);
  if (sources.length > 0) return Math.max(...sources);
  // Several repartition topics that are joined: all as the largest of their writers.
  const siblings = topology.internalTopics.filter((t) => t.kind === 'repartition' && t.reader === topic.reader);
  const numbers = siblings.flatMap((t) =>
    deciding(must(topology.subTopologies[t.writer], 'sub topology')).map((i) => known.get(i.topic)),
  );
  return numbers.includes(undefined) ? undefined : Math.max(...(numbers as number[]));
}

/** Tasks of a sub-topology: as many as its largest input has partitions. */
export function taskCount(sub: SubTopology, partitions: ReadonlyMap<string, number>): number {
  return Math.max(...sub.inputs.map((i) => partitions.get(i.topic)!));
}
