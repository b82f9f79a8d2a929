import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { planTopology, resolvePartitions, taskCount } from '../../dataflow/topology.ts';
import { openTableView, type StartRange, type TableView, type ViewRow } from '../../dataflow/table-view.ts';
import { compilePredicate, compileProjection, compileValue } from '../../expr/compile/compile.ts';
import { IGNORE_ERRORS, type CompileEnv } from '../../expr/compile/env.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import { planPullQuery } from '../../plan/plan-pull.ts';
import { needsOf } from '../../plan/prefetch.ts';
import type { PullLookup, TablePullPlan, WindowBounds } from '../../plan/pull/pull-plan.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { OrderedReader } from '../../state/ordered.ts';
import { identityKey } from '../../types/compare.ts';
import type { Key } from '../../types/row.ts';
import { PlanningWorld } from '../planning-world.ts';
import type { PushQueries } from '../push/push-queries.ts';
import type { QueryEnd, QueryHandle, ResultRow } from '../query-handle.ts';
import { functionEnv } from '../queries/query-options.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import { startStreamPull } from './stream-pull.ts';

/** Rows are handed out in batches of this many. */
const BATCH_ROWS = 1000;

/** Answers a SELECT without EMIT from the committed state of the query that keeps the table, on one snapshot. */
export async function startPullQuery(
  query: Query,
  text: string,
  services: Services,
  session: Session,
  push: PushQueries,
): Promise<QueryHandle> {
  const config = session.config(services.config);
  const world = new PlanningWorld(services, services.catalog.current, 0);
  await world.fetch(needsOf(query, world.catalog, config));
  const plan = planPullQuery(query, text, world.context(config));
  if (plan.kind === 'STREAM') return await startStreamPull(plan, text, services, session, push);
  const compile: CompileEnv = { functions: services.functions, functionEnv: functionEnv(services, config) };
  const { tasks, subTopology } = await keepersOf(plan, services);
  const queryId = `query_${services.env.clock.nowMs()}_${services.env.random.uuid().slice(0, 8)}`;
  const kept = await openParts(plan.queryId, subTopology, tasks, services);
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) kept.close();
    closed = true;
    await Promise.resolve();
  };
  async function* rows(): AsyncGenerator<readonly ResultRow[], QueryEnd> {
    try {
      const keeper = must(
        services.catalog.current.query(plan.kind === 'TABLE' ? plan.queryId : ''),
        'query that keeps the table',
      );
      const table = plan as TablePullPlan;
      const view = openTableView({
        plan: keeper.plan as QueryPlan,
        serviceId: services.config.string('ksql.service.id'),
        parts: kept.parts,
        columns: valueColumns(table, services),
        compile,
        env: services.env,
      });
      let batch: ResultRow[] = [];
      const whole =
        kept.parts.length === tasks ? view : partial(view, kept.parts.length, tasks, restOf(table.queryId, services));
      for (const values of answer(table, whole, compile)) {
        batch.push({ values, tombstone: false });
        if (batch.length < BATCH_ROWS) continue;
        yield batch;
        batch = [];
        if (closed) return 'CLOSED';
      }
      if (batch.length > 0) yield batch;
      return 'COMPLETED';
    } finally {
      await close();
    }
  }
  return { kind: 'PULL', queryId, columns: plan.columns, rows, close };
}

interface Parts {
  readonly parts: readonly { readonly partition: number; readonly disk: OrderedReader }[];
  close(): void;
}

/** Snapshots of the state of the tasks that run here. */
async function openParts(queryId: string, subTopology: number, tasks: number, services: Services): Promise<Parts> {
  const here =
    (services.shared && (await services.queries.owned?.(queryId, subTopology))) ??
    Array.from({ length: tasks }, (_, partition) => ({ partition, thread: undefined }));
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

/** Where the partitions are that this server does not have, as far as it knows, and what to do about it. */
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

/** A view of some of the partitions: what it does not find may be elsewhere, and that must be said. */
function partial(view: TableView, here: number, all: number, rest: Rest): TableView {
  const elsewhere = (what: string): SluiceError =>
    new SluiceError(
      'NOT_READY',
      `Unable to execute pull query: ${what}: this server keeps ${here} of the table's ${all} partitions. ${rest.where}`,
      { retriable: true, hint: rest.hint },
    );
  return {
    *byKey(key, starts) {
      let found = false;
      for (const row of view.byKey(key, starts)) {
        found = true;
        yield row;
      }
      if (!found) throw elsewhere('the key is not among those kept here');
    },
    range() {
      throw elsewhere('the range may hold keys that are not kept here');
    },
    all() {
      throw elsewhere('the table is not all here');
    },
  };
}

/** The sub-topology that keeps the table's rows, and how many tasks it has. */
async function keepersOf(
  plan: TablePullPlan,
  services: Services,
): Promise<{ readonly tasks: number; readonly subTopology: number }> {
  const keeper = must(services.catalog.current.query(plan.queryId), 'query that keeps the table');
  const topology = planTopology(keeper.plan as QueryPlan, services.config.string('ksql.service.id'));
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

function valueColumns(plan: TablePullPlan, services: Services): string[] {
  const source = must(services.catalog.current.source(plan.source), 'source of the pull query');
  return source.schema.value.map((c) => c.name);
}

/** The rows of the answer: what the lookups find, filtered by the whole predicate, projected. */
function* answer(plan: TablePullPlan, view: TableView, compile: CompileEnv): Generator<unknown[]> {
  const predicate = plan.predicate && compilePredicate(plan.predicate, compile);
  const project = compileProjection(plan.select, compile);
  let left = plan.limit ?? Infinity;
  if (left <= 0) return;
  for (const found of distinct(plan, view, compile)) {
    const row = [...found.key, ...found.row, found.timestamp];
    if (predicate !== undefined && !predicate(row, IGNORE_ERRORS)) continue;
    yield project(row, IGNORE_ERRORS);
    if (--left <= 0) return;
  }
}

/** Rows of all lookups; one that two of them find counts once. */
function* distinct(plan: TablePullPlan, view: TableView, compile: CompileEnv): Generator<ViewRow> {
  if (plan.lookups.length === 1) {
    yield* lookUp(plan.lookups[0]!, view, compile);
    return;
  }
  const keyWidth = plan.row.findIndex((c) => c.name === 'ROWTIME') === -1 ? 0 : undefined;
  const identities = plan.row.map((c) => identityKey(c.type));
  const seen = new Set<string>();
  for (const lookup of plan.lookups) {
    for (const found of lookUp(lookup, view, compile)) {
      const id = JSON.stringify(
        found.key.slice(0, keyWidth ?? found.key.length).map((v, i) => String(identities[i]!(v))),
      );
      if (seen.has(id)) continue;
      seen.add(id);
      yield found;
    }
  }
}

function* lookUp(lookup: PullLookup, view: TableView, compile: CompileEnv): Generator<ViewRow> {
  const constant = (e: TypedExpr): unknown => compileValue(e, compile)([], IGNORE_ERRORS);
  switch (lookup.kind) {
    case 'KEY': {
      const key: Key = lookup.key.map(constant);
      if (key.some((v) => v === null)) return;
      yield* view.byKey(key, startRange(lookup.window, constant));
      return;
    }
    case 'RANGE': {
      const lower = lookup.lower && constant(lookup.lower.value);
      const upper = lookup.upper && constant(lookup.upper.value);
      if (lower === null || upper === null) return;
      // Bounds are read as inclusive; the predicate, which is applied to every row, takes care of the rest.
      yield* view.range(lower === undefined ? undefined : [lower], upper === undefined ? undefined : [upper]);
      return;
    }
    default:
      yield* view.all(startRange(lookup.window, constant));
  }
}

/** Bounds of window starts; conditions on WINDOWEND are left to the predicate. */
function startRange(window: WindowBounds, constant: (e: TypedExpr) => unknown): StartRange {
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
