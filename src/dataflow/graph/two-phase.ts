import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { AggregateStep, RepartitionStep } from '../../plan/steps/steps.ts';
import { createKeyCodec } from '../../state/key-codec.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { LocalAggregate, type LocalAggregateOptions } from '../operators/local-aggregate.ts';
import { PartialSink, PartialSource } from '../operators/partial-exchange.ts';
import type { PartialReceiver } from '../receivers.ts';
import { KeyReader, type KeyWriter } from '../task/topic-codec.ts';
import { graceMs } from '../windows.ts';
import { coreOf } from './core-of.ts';
import { type GraphBuilder, typesOf } from './graph.ts';
import { problemsOf } from './problems.ts';

/** The first phase of an aggregation and the writer of its repartition topic. */
export function writePartials(
  builder: GraphBuilder,
  { source }: RepartitionStep,
  step: AggregateStep,
  keys: KeyWriter,
  topic: string,
): void {
  const { context, settings } = builder.env;
  const sink = new PartialSink(keys, typesOf(source.out.row), stateTypes(step), builder.env.output(topic));
  // Where every update is sent at once, every row must make one.
  if (!settings.gatherUpdates) return builder.stream(source, sink);
  const key = createKeyCodec(typesOf(step.source.out.key));
  const local = new LocalAggregate({
    core: coreOf(step, builder.env.compiler(step.name)),
    id: (k) => key.id(k),
    context,
    window: windowOf(step),
    next: sink,
  });
  builder.emissions.unshift(local);
  builder.stream(source, local);
}

/** The reader of the repartition topic, for the second phase. */
export function readPartials(builder: GraphBuilder, step: AggregateStep, next: PartialReceiver): void {
  const { source } = step;
  if (source.kind !== 'Repartition') throw new SluiceError('INTERNAL', `${step.name} reads no repartition topic`);
  const topic = `${builder.env.topicPrefix}${source.topicSuffix}`;
  const keys = new KeyReader(source.codec, source.out.key, source.out.window, topic, builder.env.registry);
  const problems = problemsOf(builder.env, source.name);
  builder.input(topic, new PartialSource(keys, typesOf(source.out.row), stateTypes(step), next, problems));
}

function stateTypes({ carried, source, calls }: AggregateStep): SqlType[] {
  return [
    ...carried.map((i) => must(source.out.row[i], 'carried column').type),
    ...calls.map((call) => call.intermediate),
  ];
}

function windowOf({ window, emit }: AggregateStep): LocalAggregateOptions['window'] {
  if (window === undefined || window.type === 'SESSION') return undefined;
  const { sizeMs } = window;
  return {
    sizeMs,
    advanceMs: window.type === 'HOPPING' ? window.advanceMs : sizeMs,
    graceMs: graceMs(window.graceMs, sizeMs, emit === 'FINAL'),
  };
}
