import type { CodecRegistry } from '../../formats/api.ts';
import { partitionOfKey } from '../../log/partitioner.ts';
import { keptStep } from '../../plan/steps/kept-step.ts';
import type { QueryPlan, RepartitionStep, SourceStep, Step } from '../../plan/steps/steps.ts';
import type { Key } from '../../types/row.ts';
import { KeyWriter } from '../task/topic-codec.ts';

/**
 * Finds the partition that stores a key of a query's table: that of its bytes in the topic which its task reads, by
 * Kafka's default partitioner, as Kafka Streams finds a key's owner. Undefined when it cannot be determined: nothing is
 * stored by key, or a schema is unavailable.
 */
export function keyPartitioner(
  plan: QueryPlan,
  registry: CodecRegistry | undefined,
): (key: Key, partitions: number) => number | undefined {
  const { kept } = keptStep(plan.root);
  const input = kept && inputOf(kept);
  // The bytes of keys that others write are known only where a value has a single form; numbers in JSON and schema ids
  // have several.
  if (input === undefined || (input.kind !== 'Repartition' && input.codec.keyFormat.format !== 'KAFKA'))
    return () => undefined;
  const topic = input.kind === 'Repartition' ? input.topicSuffix : input.topic;
  let writer: KeyWriter | undefined;
  return (key, partitions) => {
    if (key.length !== input.out.key.length) return undefined;
    try {
      // The window of a windowed key does not affect its partition.
      writer ??= new KeyWriter(input.codec, input.out.key, undefined, topic, registry);
      if (!writer.write(key)) return undefined;
    } catch {
      return undefined;
    }
    const { out } = writer;
    return partitionOfKey(out.bytes, partitions, 0, out.length);
  };
}

/** The step whose records a task reads, when they have the same keys as the given step. */
function inputOf(step: Step): RepartitionStep | SourceStep | undefined {
  switch (step.kind) {
    case 'Repartition':
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return step;
    // The keys of both sides are equal; a foreign-key join keeps those of the left side.
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
