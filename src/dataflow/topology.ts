import { assertNever, must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import type { AggregateStep, ForeignKeyJoinStep, QueryPlan, RepartitionStep, Step } from '../plan/steps/steps.ts';
import { internalTopicPrefix, responseTopic, subscriptionTopic } from './names.ts';

/**
 * A plan cut into sub-topologies, each of which runs in one task per partition. The cuts are the internal topics: every
 * repartition, and the two topics of a foreign-key join. The embedded log uses the same topics as Kafka, where tasks
 * are distributed over processes: they cost a commit, and one mechanism serves both.
 *
 * A fragment is a part of the tree between cuts. Fragments that read the same source topic belong to one sub-topology,
 * since they share its committed offsets.
 */
export interface Topology {
  readonly subTopologies: readonly SubTopology[];
  readonly internalTopics: readonly InternalTopic[];
  /** Topics of the query's sources, each once. */
  readonly sourceTopics: readonly string[];
}

export interface SubTopology {
  /** Counts from 0, upstream first. */
  readonly id: number;
  readonly fragments: readonly Fragment[];
  readonly inputs: readonly TopologyInput[];
}

export type Fragment =
  /** Ends in the plan's root: a sink, or the last step of a transient query. */
  | { readonly kind: 'root'; readonly step: Step }
  /** Ends by writing the repartition topic, of a two-phase aggregation with aggregates of what it has. */
  | {
      readonly kind: 'repartition';
      readonly step: RepartitionStep;
      readonly aggregate?: AggregateStep | undefined;
    }
  /** The right side of a foreign-key join: ends by writing the response topic. */
  | { readonly kind: 'foreignKeyRight'; readonly step: ForeignKeyJoinStep };

export interface TopologyInput {
  readonly topic: string;
  readonly internal: boolean;
  /** Whether the input is a table. Tables come first among equal timestamps, and start at their beginning. */
  readonly isTable: boolean;
  /**
   * Whether the records of the table carry the time at which they were read from elsewhere, rather than the time of the
   * event.
   */
  readonly hasReadTimes?: boolean | undefined;
}

export interface InternalTopic {
  readonly name: string;
  readonly kind: 'repartition' | 'subscription' | 'response';
  /** The sub-topologies that write and read it. */
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

/** Cuts a plan into sub-topologies. Pure; partition counts follow from `resolvePartitions`. */
export function planTopology(plan: QueryPlan, serviceId: string): Topology {
  const prefix = internalTopicPrefix(serviceId, plan.queryId);
  const drafts: Draft[] = [];
  const topics: DraftTopic[] = [];
  const open = (fragment: Fragment): Draft => {
    const draft: Draft = { fragment, inputs: [] };
    drafts.push(draft);
    return draft;
  };
  const visit = (step: Step, into: Draft, aggregate?: AggregateStep): void => {
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
        const upstream = open({ kind: 'repartition', step, aggregate });
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
      case 'StreamAggregate':
      case 'StreamWindowedAggregate':
        visit(step.source, into, step.twoPhase === true ? step : undefined);
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
  // Drafts that share a source topic form one group. Upstream drafts were created last and come first.
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
 * The number of partitions of every topic that the query reads. A repartition topic has as many as the topics with
 * which it is joined, otherwise as many as its writer has tasks (Kafka Streams' rule). Subscription topics have as many
 * as the right side, response topics as the left side.
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
  // Only sources and repartitions determine the number of a sub-topology's tasks.
  const deciding = (sub: SubTopology): readonly TopologyInput[] =>
    sub.inputs.filter((i) => !i.internal || kinds.get(i.topic) === 'repartition');
  if (topic.kind !== 'repartition') {
    const numbers = deciding(reader).map((i) => known.get(i.topic));
    return numbers.includes(undefined) ? undefined : Math.max(...(numbers as number[]));
  }
  const sources = reader.inputs.filter((i) => !i.internal).map((i) => known.get(i.topic)!);
  if (sources.length > 0) return Math.max(...sources);
  // Several joined repartition topics all have as many partitions as the largest of their writers.
  const siblings = topology.internalTopics.filter((t) => t.kind === 'repartition' && t.reader === topic.reader);
  const numbers = siblings.flatMap((t) =>
    deciding(must(topology.subTopologies[t.writer], 'sub topology')).map((i) => known.get(i.topic)),
  );
  return numbers.includes(undefined) ? undefined : Math.max(...(numbers as number[]));
}

/** The number of tasks of a sub-topology: that of its largest input's partitions. */
export function taskCount(sub: SubTopology, partitions: ReadonlyMap<string, number>): number {
  return Math.max(...sub.inputs.map((i) => partitions.get(i.topic)!));
}
