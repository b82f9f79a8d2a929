import type { CodecRegistry } from '../../formats/api.ts';
import { partitionOfKey } from '../../log/partitioner.ts';
import { keptStep } from '../../plan/steps/kept-step.ts';
import type { QueryPlan, RepartitionStep, SourceStep, Step } from '../../plan/steps/steps.ts';
import type { Key } from '../../types/row.ts';
import { KeyWriter } from '../task/topic-codec.ts';

/**
 * The partition that keeps a key of a query's table: that of its bytes in the topic its task reads, by Kafka's default
 * partitioner, as Kafka Streams finds the owner of a key. Undefined where it cannot be told: nothing is kept by key, or
 * a schema is not available.
 */
export function keyPartitioner(
  plan: QueryPlan,
  registry: CodecRegistry | undefined,
): (key: Key, partitions: number) => number | undefined {
  const { kept } = keptStep(plan.root);
  const input = kept && inputOf(kept);
  // Bytes of a topic of others are known where a value has but one form: of numbers in JSON, of schema ids there are
  // several.
  if (input === undefined || (input.kind !== 'Repartition' && input.codec.keyFormat.format !== 'KAFKA'))
    return () => undefined;
  const topic = input.kind === 'Repartition' ? input.topicSuffix : input.topic;
  let writer: KeyWriter | undefined;
  return (key, partitions) => {
    if (key.length !== input.out.key.length) return undefined;
    try {
      // The window of a windowed key says nothing of its partition.
      writer ??= new KeyWriter(input.codec, input.out.key, undefined, topic, registry);
      if (!writer.write(key)) return undefined;
    } catch {
      return undefined;
    }
    const { out } = writer;
    return partitionOfKey(out.bytes, partitions, 0, out.length);
  };
}

/** What the task of a step reads, where its records have the keys that the step has. */
function inputOf(step: Step): RepartitionStep | SourceStep | undefined {
  switch (step.kind) {
    case 'Repartition':
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return step;
    // The keys of both sides are equal; those of a foreign-key join are the left side's.
    case 'StreamTableJoin':
    case 'TableTableJoin':
    case 'StreamStreamJoin':
    case 'ForeignKeyTableTableJoin':
      return inputOf(step.left);
    case 'StreamSelectKey':
    case 'TableSelectKey':
    case 'StreamGroupBy':
    case 'TableGroupBy':
      return undefined;
    default:
      return 'source' in step && typeof step.source === 'object' ? inputOf(step.source) : undefined;
  }
}
