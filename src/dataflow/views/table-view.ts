import { assertNever } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Env } from '../../base/env.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import { keptStep } from '../../plan/steps/kept-step.ts';
import type { AggregateStep, QueryPlan, RowLayout, SinkStep, SourceStep, Step } from '../../plan/steps/steps.ts';
import type { KeyedRow, StoredRow, StoreSpec, TimedRow, WindowStoreSpec } from '../../state/api.ts';
import { CommittedRows } from '../../state/committed-rows.ts';
import { CommittedTimedRows } from '../../state/committed-timed-rows.ts';
import type { OrderedReader } from '../../state/ordered.ts';
import { stateSpace } from '../../state/provider.ts';
import type { Key, Row } from '../../types/row.ts';
import type { Compiler } from '../task/compiler.ts';
import { createCompiler } from '../task/expressions.ts';
import { processingLogger } from '../names.ts';
import { AggregateCore } from '../operators/aggregate-core.ts';
import { RecordContext } from '../task/record-context.ts';
import { planTopology } from '../topology.ts';
import { aggregateStore, keptRowStore } from './store-layout.ts';

/** A range of window starts in ms, both ends included. */
export interface StartRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The rows that a persistent query stores, as of one snapshot of its state, in the form that a pull query reads: the
 * key (of a windowed table followed by start and end), the value columns, the timestamp. They come in pages, each of
 * which is read without interruption.
 */
export interface TableView {
  /** The row of a key, or its windows. `key` contains only the key columns. */
  byKey(key: Key, starts: StartRange): Iterable<readonly Row[]>;
  /** Rows whose single key column lies between the bounds, both included; undefined means unbounded. */
  range(lower: Key | undefined, upper: Key | undefined): Iterable<readonly Row[]>;
  all(starts: StartRange): Iterable<readonly Row[]>;
}

export interface TableViewOptions {
  readonly plan: QueryPlan;
  readonly serviceId: string;
  /** Names of the requested value columns, in order. */
  readonly columns: readonly string[];
  readonly compile: CompileEnv;
  readonly env: Env;
}

/** The tasks that store the rows, with snapshots of their committed state. */
export type ViewParts = readonly { readonly partition: number; readonly disk: OrderedReader }[];

const NEVER = -Infinity;

/**
 * Converts a stored row to the view's row by applying the steps above the store. `whole` is the key with its window.
 * Null: the row is filtered out.
 */
type Finish = (key: Key, stored: StoredRow, whole: Key) => Row | null;

/**
 * Prepares reading a table's rows from the running query's store, through the projections and filters above it, as
 * ksqlDB's materializations do. The compiled result serves any number of snapshots, each opened by passing its parts.
 * @throws SluiceError STATEMENT when the query stores no rows that can be read by key
 */
export function prepareTableView(options: TableViewOptions): (parts: ViewParts) => TableView {
  const { plan, serviceId } = options;
  const compiler = (step: string): Compiler =>
    createCompiler(options.compile, {
      log: { write() {} },
      logger: processingLogger(plan.queryId, step),
      context: new RecordContext(),
    });
  const found = keptStep(plan.root);
  if (found.kept === undefined) throw notKept(found.nothingAt);
  const { kept, above } = found;
  const topology = planTopology(plan, serviceId);
  const sub = topology.subTopologies.find((s) => s.fragments.some((f) => f.kind === 'root'))!;
  const finish = finisher(kept, above, options.columns, compiler);
  const open = partitionView(kept, finish, compiler);
  return (parts) => joined(parts.map(({ partition, disk }) => open(disk, stateSpace(plan.queryId, sub.id, partition))));
}

function joined(views: readonly TableView[]): TableView {
  const [only] = views;
  if (only !== undefined && views.length === 1) return only;
  return {
    *byKey(key, starts) {
      for (const view of views) yield* view.byKey(key, starts);
    },
    *range(lower, upper) {
      for (const view of views) yield* view.range(lower, upper);
    },
    *all(starts) {
      for (const view of views) yield* view.all(starts);
    },
  };
}

function notKept(step: Step): SluiceError {
  return new SluiceError('STATEMENT', `The table is not kept in a form that can be queried (${step.kind})`);
}

function finisher(
  kept: AggregateStep | SinkStep | SourceStep,
  above: readonly Step[],
  columns: readonly string[],
  compiler: (step: string) => Compiler,
): Finish {
  const transforms = above.map((step): ((row: Row) => Row | null) => {
    switch (step.kind) {
      case 'TableFilter': {
        const holds = compiler(step.name).predicate(step.predicate);
        return (row) => (holds(row) ? row : null);
      }
      case 'TableSelect':
        return compiler(step.name).projection(step.expressions, step.out.row);
      case 'TableSink':
        return (row) => step.columns.map((i) => row[i]);
      default:
        return (row) => row;
    }
  });
  const names = (above.at(-1) ?? kept).out.row.map((c) => c.name);
  const order = columns.map((name) => names.indexOf(name));
  const first = isAggregate(kept)
    ? aggregateRow(kept, compiler(kept.name))
    : (_key: Key, stored: StoredRow) => stored.row;
  return (key, stored, whole) => {
    let row: Row | null = first(key, stored);
    for (const transform of transforms) {
      row = transform(row);
      if (row === null) return null;
    }
    const shown = whole.slice();
    for (const i of order) shown.push(i === -1 ? null : row[i]);
    shown.push(stored.timestamp);
    return shown;
  };
}

function isAggregate(step: AggregateStep | SinkStep | SourceStep): step is AggregateStep {
  return step.kind === 'StreamAggregate' || step.kind === 'StreamWindowedAggregate' || step.kind === 'TableAggregate';
}

function coreOf(step: AggregateStep, compiler: Compiler): AggregateCore {
  return new AggregateCore(
    step.carried,
    step.calls.map((call) => {
      const aggregator = compiler.aggregator(call);
      return { aggregator, args: [], intermediate: aggregator.intermediate };
    }),
  );
}

function aggregateRow(step: AggregateStep, compiler: Compiler): (key: Key, stored: StoredRow) => Row {
  const core = coreOf(step, compiler);
  const width = step.source.out.key.length;
  return (key, stored) => {
    const row = core.snapshot(stored.row);
    if (step.window !== undefined) row.push(key[width], key[width + 1]);
    for (const i of step.keyColumns ?? []) row.push(key[i]);
    return row;
  };
}

/** The view of one partition's store, in the spaces with the given prefix. */
type PartitionView = (disk: OrderedReader, prefix: string) => TableView;

function partitionView(
  kept: AggregateStep | SinkStep | SourceStep,
  finish: Finish,
  compiler: (step: string) => Compiler,
): PartitionView {
  if (!isAggregate(kept)) return keyValueView(keptRowStore(kept), kept.out, finish);
  const layout = aggregateStore(kept, compiler(kept.name));
  switch (layout.kind) {
    case 'KEY_VALUE':
      return keyValueView(layout.spec, kept.source.out, finish);
    case 'SESSION':
      return sessionView(layout.spec, finish);
    case 'WINDOW':
      return windowView(layout.spec, layout.window.sizeMs, finish);
    default:
      return assertNever(layout);
  }
}

/** A store by key; for a windowed table the window's start (and a session's end) follows the key. */
function keyValueView(spec: StoreSpec, layout: RowLayout, finish: Finish): PartitionView {
  const { window } = layout;
  const width = layout.key.length;
  const rows = new CommittedRows(spec);
  const whole = (key: Key): Key =>
    window !== undefined && window.type !== 'SESSION' && key.length === width + 1
      ? [...key, (key[width] as number) + (window.sizeMs ?? 0)]
      : key;
  const within = function* (pages: Iterable<readonly KeyedRow[]>, { from, to }: StartRange): Iterable<Row[]> {
    for (const page of pages) {
      const shown: Row[] = [];
      for (const stored of page) {
        const { key } = stored;
        if (window !== undefined && ((key[width] as number) < from || (key[width] as number) > to)) continue;
        const row = finish(key, stored, whole(key));
        if (row !== null) shown.push(row);
      }
      yield shown;
    }
  };
  return (disk, prefix) => {
    const store = rows.of(disk, prefix);
    return {
      byKey(key, starts) {
        if (window !== undefined) return within(store.prefix(key), starts);
        const stored = store.get(key);
        const row = stored === undefined ? null : finish(key, stored, key);
        return row === null ? NO_ROWS : [[row]];
      },
      range: (lower, upper) => within(store.range(lower, upper), { from: NEVER, to: Infinity }),
      all: (starts) => within(store.all(), starts),
    };
  };
}

const NO_ROWS: readonly (readonly Row[])[] = [];

/** The windows of an aggregation; `sizeMs`: of each. */
function windowView(spec: WindowStoreSpec, sizeMs: number, finish: Finish): PartitionView {
  const rows = new CommittedTimedRows(spec);
  const shown = function* (pages: Iterable<readonly TimedRow[]>): Iterable<Row[]> {
    for (const page of pages) yield finished(page, finish, (found) => [...found.key, found.time, found.time + sizeMs]);
  };
  return (disk, prefix) => {
    const store = rows.of(disk, prefix);
    return {
      byKey: (key, starts) => shown(store.ofKey(key, starts.from, starts.to)),
      range: () => shown(store.all(NEVER, Infinity)),
      all: (starts) => shown(store.all(starts.from, starts.to)),
    };
  };
}

/** Sessions are stored by their end, which is never before their start. */
function sessionView(spec: WindowStoreSpec, finish: Finish): PartitionView {
  const rows = new CommittedTimedRows(spec);
  const shown = function* (pages: Iterable<readonly TimedRow[]>, { from, to }: StartRange): Iterable<Row[]> {
    for (const page of pages) {
      const within = page.filter(({ extra }) => extra >= from && extra <= to);
      yield finished(within, finish, (found) => [...found.key, found.extra, found.time]);
    }
  };
  return (disk, prefix) => {
    const store = rows.of(disk, prefix);
    return {
      byKey: (key, starts) => shown(store.ofKey(key, starts.from, Infinity), starts),
      range: () => shown(store.all(NEVER, Infinity), { from: NEVER, to: Infinity }),
      all: (starts) => shown(store.all(starts.from, Infinity), starts),
    };
  };
}

function finished(page: readonly TimedRow[], finish: Finish, wholeOf: (found: TimedRow) => Key): Row[] {
  const shown: Row[] = [];
  for (const found of page) {
    const key = wholeOf(found);
    const row = finish(key, found, key);
    if (row !== null) shown.push(row);
  }
  return shown;
}
