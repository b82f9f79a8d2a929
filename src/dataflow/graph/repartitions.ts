import type { RowDecoder, RowEncoder } from '../../formats/api.ts';
import { isLossless } from '../../plan/steps/internal-values.ts';
import type { AggregateStep, RepartitionStep, Step } from '../../plan/steps/steps.ts';
import {
  ChangeSink,
  internalDecoder,
  internalEncoder,
  RepartitionSink,
  RepartitionSource,
} from '../operators/repartition.ts';
import { TableSelectKey } from '../operators/select-key.ts';
import type { StreamReceiver } from '../receivers.ts';
import { KeyReader, KeyWriter, valueDecoder, valueEncoder } from '../task/topic-codec.ts';
import { type GraphBuilder, typesOf } from './graph.ts';
import { keyMakerOf } from './keys.ts';
import { problemsOf } from './problems.ts';
import { writePartials } from './two-phase.ts';

/** `aggregate`: the aggregation behind the topic if it is two-phase. */
export function buildRepartitionSink(builder: GraphBuilder, step: RepartitionStep, aggregate?: AggregateStep): void {
  const topic = `${builder.env.topicPrefix}${step.topicSuffix}`;
  const { source } = step;
  // Named as in the topic, since the names appear in schemas.
  const keys = new KeyWriter(step.codec, step.out.key, step.out.window, topic, builder.env.registry);
  if (aggregate !== undefined) return writePartials(builder, step, aggregate, keys, topic);
  const output = builder.env.output(topic);
  if (isGroupedTable(source)) {
    builder.groupedTable(source, new ChangeSink(keys, typesOf(step.out.row), output));
    return;
  }
  const sink = new RepartitionSink(keys, internalEncoderOf(builder, step, topic), output);
  if (source.kind === 'TableSelectKey') {
    const select = new TableSelectKey(keyMakerOf(builder, source, builder.env.compiler(source.name)), sink);
    select.connect(builder.table(source.source, select));
  } else if (source.relation === 'TABLE') {
    builder.table(source, { change: (key, next, _prev, timestamp) => sink.push(key, next, timestamp) });
  } else {
    builder.stream(source, sink);
  }
}

export function repartitionSource(
  builder: GraphBuilder,
  step: RepartitionStep,
  next: StreamReceiver,
): RepartitionSource {
  const topic = `${builder.env.topicPrefix}${step.topicSuffix}`;
  const keys = new KeyReader(step.codec, step.out.key, step.out.window, topic, builder.env.registry);
  return new RepartitionSource(
    keys,
    internalDecoderOf(builder, step, topic),
    step.out.row.length,
    next,
    problemsOf(builder.env, step.name),
  );
}

function internalEncoderOf(builder: GraphBuilder, step: RepartitionStep, topic: string): RowEncoder {
  const columns = step.out.row;
  return isLossless(step)
    ? internalEncoder(typesOf(columns))
    : valueEncoder(step.codec, columns, topic, builder.env.registry);
}

function internalDecoderOf(builder: GraphBuilder, step: RepartitionStep, topic: string): RowDecoder {
  const columns = step.out.row;
  if (isLossless(step)) return internalDecoder(typesOf(columns));
  return valueDecoder(
    step.codec,
    columns,
    columns.map((_, i) => i),
    topic,
    builder.env.registry,
  );
}

/**
 * Whether the step is a grouped table, possibly projected: then changes of groups are written rather than rows of a
 * table.
 */
function isGroupedTable(step: Step): boolean {
  return step.kind === 'TableGroupBy' || (step.kind === 'TableSelect' && isGroupedTable(step.source));
}
