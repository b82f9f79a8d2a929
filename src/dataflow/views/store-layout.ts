import { must } from '../../base/assert.ts';
import type { AggregateStep, RowLayout, SinkStep, SourceStep, WindowSpec } from '../../plan/steps/steps.ts';
import type { StoreSpec, WindowStoreSpec } from '../../state/api.ts';
import { keyTypesOf, typesOf } from '../graph/graph.ts';
import type { Compiler } from '../task/compiler.ts';
import { sourceStore } from '../names.ts';
import { storeRetentionMs } from '../windows.ts';

/**
 * The layout of the stores of tables: name, types of keys and rows, retention. Decided only here, for the graph that
 * fills them and for pull queries that read them.
 */
export type AggregateStore =
  | { readonly kind: 'KEY_VALUE'; readonly spec: StoreSpec }
  | {
      readonly kind: 'WINDOW';
      readonly spec: WindowStoreSpec;
      readonly window: Exclude<WindowSpec, { type: 'SESSION' }>;
    }
  | {
      readonly kind: 'SESSION';
      readonly spec: WindowStoreSpec;
      readonly window: Extract<WindowSpec, { type: 'SESSION' }>;
    };

/** The store of an aggregation: carried columns and intermediate results by group. */
export function aggregateStore(step: AggregateStep, compiler: Compiler): AggregateStore {
  const spec: StoreSpec = {
    name: step.store,
    keyTypes: typesOf(step.source.out.key),
    valueTypes: [
      ...step.carried.map((i) => must(step.source.out.row[i], 'column').type),
      ...step.calls.map((call) => compiler.aggregator(call).intermediate),
    ],
  };
  const { window } = step;
  if (window === undefined) return { kind: 'KEY_VALUE', spec };
  const timed = { ...spec, retentionMs: storeRetentionMs(window, step.emit === 'FINAL') };
  return window.type === 'SESSION' ? { kind: 'SESSION', spec: timed, window } : { kind: 'WINDOW', spec: timed, window };
}

/** A store of whole rows by key (of a windowed table, followed by the window). */
export function rowStore(name: string, layout: RowLayout): StoreSpec {
  return { name, keyTypes: keyTypesOf(layout), valueTypes: typesOf(layout.row) };
}

/** The store of a source's rows. */
export function sourceRowStore(stepName: string, layout: RowLayout): StoreSpec {
  return rowStore(sourceStore(stepName), layout);
}

/** The store of a step that stores its rows unchanged. `step` must be such a step. */
export function keptRowStore(step: SinkStep | SourceStep): StoreSpec {
  return step.kind === 'TableSink' || step.kind === 'StreamSink'
    ? rowStore(step.store!, step.out)
    : sourceRowStore(step.name, step.out);
}
