import { CostWatch } from '../../base/budget/cost-watch.ts';
import { KEYS } from '../../config/keys.ts';
import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { keyPartitioner } from '../../dataflow/views/key-partition.ts';
import { planTopology, resolvePartitions, taskCount } from '../../dataflow/topology.ts';
import { prepareTableView, type StartRange, type TableView } from '../../dataflow/views/table-view.ts';
import { compilePredicate, compileProjection, compileValue } from '../../expr/compile/compile.ts';
import { failingAs } from './failing.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { KeptRead, PullLookup, WindowBounds } from '../../plan/pull/pull-plan.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { OrderedReader } from '../../state/ordered.ts';
import { identityKey } from '../../types/compare.ts';
import type { Key, Row } from '../../types/row.ts';
import type { OwnedPartition } from '../queries/query-host.ts';
import type { Services } from '../services.ts';

/** The rows of a table that a persistent query stores, on one snapshot of its committed state. */
export interface KeptRows {
  /**
   * Rows in the plan's layout that the lookups find and the predicate accepts, in pages that are each read without
   * interruption.
   * @throws SluiceError NOT_READY
   */
  pages(): Iterable<readonly Row[]>;
  close(): void;
}

/**
 * A prepared read of a stored table, planned and compiled: it serves any number of snapshots while catalog and
 * configuration are unchanged.
 */
export interface PreparedRead {
  /** The caller must close it, since it holds a snapshot. @throws SluiceError NOT_FOUND, LOG_UNAVAILABLE */
  open(): Promise<KeptRows>;
  /** The rows of one key of a table without windows, synchronously; undefined when that is not possible. */
  rowsOf(key: Key): readonly Row[] | undefined;
}

/** @throws SluiceError NOT_FOUND, LOG_UNAVAILABLE */
export async function prepareRead(read: KeptRead, services: Services, compile: CompileEnv): Promise<PreparedRead> {
  const { tasks, subTopology } = await keepersOf(read, services);
  const keeper = must(services.catalog.current.query(read.queryId), 'query that keeps the table');
  const columns = valueColumns(read, services);
  const view = prepareTableView({
    plan: keeper.plan as QueryPlan,
    serviceId: services.config.get(KEYS.serviceId),
    columns,
    compile,
    env: services.env,
  });
  const partitionOf = keyPartitioner(keeper.plan as QueryPlan, services.codecs);
  const predicate = read.predicate && compilePredicate(read.predicate, compile);
  const failing = failingAs(compile, () => 'the condition');
  const shown = read.shown && compileProjection(read.shown, compile);
  const values = new Map<TypedExpr, () => unknown>();
  const constant = (expr: TypedExpr): unknown => {
    let value = values.get(expr);
    if (value === undefined) {
      const evaluate = compileValue(expr, compile);
      values.set(expr, (value = () => evaluate([])));
    }
    return value();
  };
  // The caller pauses between pages, so rows that took long end theirs.
  function* shownOf(page: readonly Row[], watch: CostWatch): Generator<readonly Row[]> {
    if (predicate === undefined && shown === undefined) {
      yield page;
      return;
    }
    let rows: Row[] = [];
    for (const row of page) {
      if (predicate === undefined || predicate(row, failing)) rows.push(shown === undefined ? row : shown(row));
      if (!watch.isDue()) continue;
      yield rows;
      rows = [];
    }
    yield rows;
  }
  const keyWidth = read.row.length - columns.length - 1;
  function* pages(kept: Parts): Generator<readonly Row[]> {
    const watch = new CostWatch(compile.functionEnv.work);
    const opened = view(kept.parts);
    const whole =
      kept.parts.length === tasks
        ? opened
        : partial(opened, heldOf(kept, tasks), partitionOf, restOf(read.queryId, services));
    for (const page of distinct(read, whole, keyWidth, constant)) yield* shownOf(page, watch);
  }
  // A single row is one read of committed state, which needs no snapshot. A key has one partition.
  const committed = read.windowed
    ? undefined
    : view(allTasks(tasks).map(({ partition }) => ({ partition, disk: services.state })));
  return {
    async open() {
      const kept = await openParts(read.queryId, subTopology, tasks, services);
      return { pages: () => pages(kept), close: () => kept.close() };
    },
    rowsOf(key) {
      if (services.shared !== undefined || committed === undefined) return undefined;
      let rows: readonly Row[] = [];
      for (const page of committed.byKey(key, ANY_START)) rows = rows.length === 0 ? page : [...rows, ...page];
      return rows;
    },
  };
}

const ANY_START: StartRange = { from: -Infinity, to: Infinity };

interface Parts {
  readonly parts: readonly { readonly partition: number; readonly disk: OrderedReader }[];
  close(): void;
}

/** Snapshots of the state of the tasks that run here. */
async function openParts(queryId: string, subTopology: number, tasks: number, services: Services): Promise<Parts> {
  const here = (services.shared && (await services.queries.owned?.(queryId, subTopology))) ?? allTasks(tasks);
  return partsOf(here, services);
}

function allTasks(tasks: number): OwnedPartition[] {
  return Array.from({ length: tasks }, (_, partition) => ({ partition, thread: undefined }));
}

function partsOf(here: readonly OwnedPartition[], services: Services): Parts {
  const snapshots = new Map(
    [...new Set(here.map((h) => h.thread))].map((thread) => [thread, services.snapshot(thread)] as const),
  );
  return {
    parts: here.map(({ partition, thread }) => ({ partition, disk: snapshots.get(thread)!.reader })),
    close() {
      for (const snapshot of snapshots.values()) snapshot.close();
    },
  };
}

interface Rest {
  readonly where: string;
  readonly hint: string;
}

/** Describes where the partitions are that this server does not have, as far as it knows, and what to do. */
function restOf(queryId: string, services: Services): Rest {
  const runtime = services.queries.status(queryId);
  if (runtime?.restore !== undefined) {
    const { restored, total } = runtime.restore;
    const percent = total === 0 ? 100 : Math.floor((restored / total) * 100);
    return {
      where: `The state of others is being restored here (${percent} %).`,
      hint: `Try again once it is there: EXPLAIN ${queryId} says how far it is.`,
    };
  }
  if (runtime?.perTask !== undefined && runtime.perTask.length > (runtime.tasks ?? 0)) {
    return {
      where: 'The state of others has been restored here, and is being written to disk.',
      hint: 'Try again in a moment.',
    };
  }
  if (runtime?.status === 'ERROR') {
    return {
      where: `Query ${queryId} is in ERROR here: ${runtime.errors.at(-1)?.errorMessage ?? 'it is being started again'}`,
      hint: `SHOW QUERIES EXTENDED says why; ask the other servers of this ksql.service.id meanwhile.`,
    };
  }
  return {
    where: 'The others are kept by other servers of the service.',
    hint: `Ask the other servers of this ksql.service.id: they are the members of the consumer group ${runtime?.consumerGroup ?? ''}.`,
  };
}

/** The partitions of a table that this server has. */
interface Held {
  readonly partitions: readonly number[];
  readonly all: number;
}

function heldOf({ parts }: Parts, all: number): Held {
  return { partitions: parts.map((p) => p.partition).toSorted((a, b) => a - b), all };
}

/** `partitions 0 and 2 of 4` */
function listed({ partitions, all }: Held): string {
  if (partitions.length === 0) return `none of the table's ${all} partitions`;
  const last = partitions.at(-1)!;
  const before = partitions.slice(0, -1);
  return before.length === 0 ? `partition ${last} of ${all}` : `partitions ${before.join(', ')} and ${last} of ${all}`;
}

/**
 * A view of some of the partitions: what it does not find may be elsewhere, which must be reported. A key whose
 * partition is here is answered: if it is not found, no server has it.
 */
function partial(
  view: TableView,
  held: Held,
  partitionOf: (key: Key, partitions: number) => number | undefined,
  rest: Rest,
): TableView {
  const elsewhere = (what: string): SluiceError =>
    new SluiceError(
      'NOT_READY',
      `Unable to execute pull query: ${what}: this server holds ${listed(held)}. ${rest.where}`,
      { retriable: true, hint: rest.hint },
    );
  return {
    *byKey(key, starts) {
      let found = false;
      for (const page of view.byKey(key, starts)) {
        found ||= page.length > 0;
        yield page;
      }
      if (found) return;
      const partition = partitionOf(key, held.all);
      if (partition === undefined) throw elsewhere('the key is not among those kept here');
      if (!held.partitions.includes(partition)) throw elsewhere(`the key belongs to partition ${partition}`);
    },
    range() {
      throw elsewhere('the range may hold keys that are not kept here');
    },
    all() {
      throw elsewhere('the table is not all here');
    },
  };
}

/** The sub-topology that stores the table's rows, and its number of tasks. */
async function keepersOf(
  read: KeptRead,
  services: Services,
): Promise<{ readonly tasks: number; readonly subTopology: number }> {
  const keeper = must(services.catalog.current.query(read.queryId), 'query that keeps the table');
  const topology = planTopology(keeper.plan as QueryPlan, services.config.get(KEYS.serviceId));
  const partitions = new Map<string, number>();
  for (const topic of topology.sourceTopics) {
    const found = await services.log.admin.describeTopic(topic);
    if (!found) throw new SluiceError('NOT_FOUND', `Topic ${topic} does not exist`);
    partitions.set(topic, found.partitions);
  }
  for (const [topic, n] of resolvePartitions(topology, (t) => partitions.get(t)!)) partitions.set(topic, n);
  const sub = topology.subTopologies.find((s) => s.fragments.some((f) => f.kind === 'root'))!;
  return { tasks: taskCount(sub, partitions), subTopology: sub.id };
}

function valueColumns(read: KeptRead, services: Services): string[] {
  const source = must(services.catalog.current.source(read.source), 'source of the pull query');
  return source.schema.value.map((c) => c.name);
}

/**
 * Pages of all lookups; a row that several of them find counts once. The key and its window are the first `keyWidth`
 * columns.
 */
function* distinct(read: KeptRead, view: TableView, keyWidth: number, constant: Constant): Iterable<readonly Row[]> {
  if (read.lookups.length === 1) {
    yield* lookUp(must(read.lookups[0], 'lookup'), view, constant);
    return;
  }
  const identities = read.row.slice(0, keyWidth).map((c) => identityKey(c.type));
  const seen = new Set<string>();
  const isNew = (row: Row): boolean => {
    const id = JSON.stringify(identities.map((identity, i) => String(identity(row[i]))));
    return seen.size < seen.add(id).size;
  };
  for (const lookup of read.lookups) for (const page of lookUp(lookup, view, constant)) yield page.filter(isNew);
}

/** The value of an expression that reads no row. */
type Constant = (e: TypedExpr) => unknown;

function lookUp(lookup: PullLookup, view: TableView, constant: Constant): Iterable<readonly Row[]> {
  switch (lookup.kind) {
    case 'KEY': {
      const key: Key = lookup.key.map(constant);
      return key.includes(null) ? [] : view.byKey(key, startRange(lookup.window, constant));
    }
    case 'RANGE': {
      const lower = lookup.lower && constant(lookup.lower.value);
      const upper = lookup.upper && constant(lookup.upper.value);
      if (lower === null || upper === null) return [];
      // Bounds are read as inclusive; the predicate, which is applied to every row, does the rest.
      return view.range(lower === undefined ? undefined : [lower], upper === undefined ? undefined : [upper]);
    }
    default:
      return view.all(startRange(lookup.window, constant));
  }
}

/** Bounds of window starts; the predicate handles conditions on WINDOWEND. */
function startRange(window: WindowBounds, constant: Constant): StartRange {
  let from = -Infinity;
  let to = Infinity;
  for (const { op, value } of window.start) {
    const bound = constant(value);
    if (bound === null) return { from: Infinity, to: -Infinity };
    const ms = Number(bound);
    if (op === '=' || op === '>=' || op === '>') from = Math.max(from, ms);
    if (op === '=' || op === '<=' || op === '<') to = Math.min(to, ms);
  }
  return { from, to };
}
