import { must } from '../../base/assert.ts';
import type { AggregateStep } from '../../plan/steps/steps.ts';
import type { Key, Row } from '../../types/row.ts';
import type { Compiler } from '../task/compiler.ts';
import type { AggregateCore } from '../operators/aggregate-core.ts';
import { StreamAggregate, TableAggregate } from '../operators/aggregate.ts';
import { Emission } from '../operators/emission.ts';
import { EmitThrottle } from '../operators/emit-throttle.ts';
import { type ClosedWindows, FinalEmission, NO_CLOSE } from '../operators/final-emission.ts';
import { closedSessions, SessionAggregate } from '../operators/session-aggregate.ts';
import { closedWindows, WindowedAggregate } from '../operators/windowed-aggregate.ts';
import type { PartialReceiver, StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';
import { graceMs, storeRetentionMs } from '../windows.ts';
import { aggregateStore } from '../views/store-layout.ts';
import { coreOf } from './core-of.ts';
import type { GraphBuilder } from './graph.ts';
import { readPartials } from './two-phase.ts';

/** Creates the operator of an aggregation, windowed or not, and returns the node from which others read its table. */
export function buildAggregate(
  builder: GraphBuilder,
  step: AggregateStep,
  compiler: Compiler,
  next: TableReceiver,
): TableNode {
  const { state, settings, clock, onLate } = builder.env;
  const core = coreOf(step, compiler);
  const layout = aggregateStore(step, compiler);
  const isFinal = step.emit === 'FINAL';
  const keyWidth = layout.spec.keyTypes.length;
  let operator: (StreamReceiver & TableNode) | undefined;
  let partials: PartialReceiver | undefined;
  if (layout.kind === 'KEY_VALUE') {
    operator = partials = new StreamAggregate(
      core,
      state.keyValue(layout.spec),
      emissionFor(builder, step, core, next, settings.gatherUpdates),
    );
  } else {
    const time = state.numbers(`${step.store}.stream-time`, [-1]);
    const last = state.numbers(`${step.store}.last-close`, [NO_CLOSE]);
    const throttle = EmitThrottle.of(clock, settings.finalEmitIntervalMs);
    const decorate = decorator(step);
    const final = (closed: ClosedWindows): FinalEmission | undefined => {
      if (!isFinal) return undefined;
      const emission = new FinalEmission({ core, closed, next, keyWidth, throttle, decorate, last });
      builder.emissions.unshift(emission);
      return emission;
    };
    if (layout.kind === 'SESSION') {
      const { window } = layout;
      const grace = graceMs(window.graceMs, window.gapMs, isFinal);
      const store = state.session(layout.spec);
      operator = new SessionAggregate({
        core,
        store,
        next,
        gapMs: window.gapMs,
        graceMs: grace,
        mergeableMs: storeRetentionMs(window, false),
        keyWidth,
        time,
        decorate,
        onLate: () => onLate(1),
        final: final(closedSessions(store)),
      });
    } else {
      const { window } = layout;
      const { sizeMs } = window;
      const grace = graceMs(window.graceMs, sizeMs, isFinal);
      const store = state.window(layout.spec);
      operator = partials = new WindowedAggregate({
        core,
        store,
        emission: emissionFor(builder, step, core, next, settings.gatherUpdates && !isFinal),
        sizeMs,
        advanceMs: window.type === 'HOPPING' ? window.advanceMs : sizeMs,
        graceMs: grace,
        keyWidth,
        time,
        onLate,
        work: compiler.work,
        final: final(closedWindows(store, sizeMs)),
      });
    }
  }
  if (step.twoPhase === true) readPartials(builder, step, must(partials, 'receiver of partial aggregates'));
  else builder.stream(step.source, operator);
  return operator;
}

export function buildTableAggregate(
  builder: GraphBuilder,
  step: AggregateStep,
  compiler: Compiler,
  next: TableReceiver,
): TableNode {
  const core = coreOf(step, compiler);
  const store = builder.env.state.keyValue(aggregateStore(step, compiler).spec);
  const operator = new TableAggregate(
    core,
    store,
    emissionFor(builder, step, core, next, builder.env.settings.gatherUpdates),
  );
  builder.groupedTable(step.source, operator);
  return operator;
}

function emissionFor(
  builder: GraphBuilder,
  step: AggregateStep,
  core: AggregateCore,
  next: TableReceiver,
  gather: boolean,
): Emission {
  const decorate = decorator(step);
  const emission = new Emission(core, builder.env.context, next, gather, decorate);
  builder.emissions.unshift(emission);
  return emission;
}

function decorator(step: AggregateStep): (row: Row, key: Key) => Row {
  const keyColumns = step.keyColumns ?? [];
  if (step.window === undefined && keyColumns.length === 0) return (row) => row;
  const width = step.source.out.key.length;
  const windowed = step.window !== undefined;
  return (row, key) => {
    if (windowed) row.push(key[width], key[width + 1]);
    for (let i = 0; i < keyColumns.length; i++) row.push(key[keyColumns[i]!]);
    return row;
  };
}
