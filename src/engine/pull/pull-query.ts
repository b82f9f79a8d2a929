import type { Work } from '../../base/budget/work.ts';
import { CostWatch } from '../../base/budget/cost-watch.ts';
import { must } from '../../base/assert.ts';
import { KEYS } from '../../config/keys.ts';
import { messageOf } from '../../base/errors.ts';
import type { Deadline } from '../../base/budget/deadline.ts';
import { Stretch } from '../../base/stretch.ts';
import { compileProjection } from '../../expr/compile/compile.ts';
import { failingAs, ofColumn } from './failing.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import { columnTypes } from '../statements/column-types.ts';
import { constantDoubts } from '../../expr/constant-doubts.ts';
import { planPullQuery } from '../../plan/plan-pull.ts';
import { needsOf } from '../../plan/prefetch.ts';
import type { PullPlan, TablePullPlan } from '../../plan/pull/pull-plan.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { Row } from '../../types/row.ts';
import { PlanningWorld } from '../planning-world.ts';
import { noticeOf, type QueryEnd, type QueryHandle, type ResultRow } from '../query-handle.ts';
import { functionEnv } from '../queries/query-options.ts';
import { faultTexts, QueryFaults } from '../queries/query-faults.ts';
import { readingText } from '../connectors/progress.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import type { Answer } from './answer.ts';
import { generalAnswer } from './general-pull.ts';
import { type KeptRows, prepareRead } from './kept-rows.ts';
import { type PlanCache, pullQueryId } from './plan-cache.ts';
import { streamAnswer } from './stream-pull.ts';

/** Rows are returned in batches of roughly this many. */
const BATCH_ROWS = 1000;

/**
 * Answers a SELECT without EMIT from current rows. @throws SluiceError RATE_LIMIT when the server's limits are reached
 */
export async function startPullQuery(
  query: Query,
  text: string,
  services: Services,
  session: Session,
  plans: PlanCache,
  deadline: Deadline,
  stretch: Stretch,
): Promise<QueryHandle> {
  const over = services.limits.admitPull(services.config);
  try {
    return await started(query, text, { services, session, plans, over, deadline, stretch });
  } catch (error) {
    over();
    throw error;
  }
}

interface Asked {
  readonly services: Services;
  readonly session: Session;
  readonly plans: PlanCache;
  readonly deadline: Deadline;
  readonly stretch: Stretch;
  /** Called at the end of the query. */
  readonly over: () => void;
}

async function started(
  query: Query,
  text: string,
  { services, session, plans, over, deadline, stretch }: Asked,
): Promise<QueryHandle> {
  const config = session.config(services.config);
  const doubts = constantDoubts(query, services.functions, columnTypes(query, services.catalog.current));
  // Each step of a statement with thousands of values takes a while.
  await stretch.breathe();
  const planning = new PlanningWorld(services, services.catalog.current, 0);
  await planning.fetch(needsOf(query, planning.catalog, config));
  const plan = planPullQuery(query, text, planning.context(config));
  await stretch.breathe();
  const partial = partialText(plan, services);
  const world = functionEnv(services, config, KEYS.rowMaxSteps);
  const faults = new QueryFaults(services.processingLog, world.work);
  const compile: CompileEnv = {
    functions: services.functions,
    functionEnv: world,
    failures: { onError: (_, error) => faults.failed(messageOf(error)) },
  };
  const planned = async (table: TablePullPlan): Promise<Answer> => {
    const read = await prepareRead(table, services, compile);
    const select = compileProjection(table.select, compile);
    const failing = failingAs(compile, ofColumn(table.columns));
    const project = (row: Row): Row => select(row, failing);
    // A remembered plan answers without a notice.
    if (services.shared === undefined && doubts.length === 0 && partial === undefined)
      plans.remember(
        text,
        query,
        table,
        { read, project, faults, work: world.work },
        { session, services, catalog: planning.catalog },
      );
    return tableAnswer(table, await read.open(), { project, work: world.work, services, deadline });
  };
  let isClosed = false;
  // Long work checks this from time to time.
  const mayGoOn = (): boolean => {
    deadline.check();
    return !isClosed;
  };
  const site = { services, config, compile, faults, mayGoOn };
  const answered = async (): Promise<Answer> => {
    if (plan.kind === 'STREAM') return await streamAnswer(plan, site);
    return plan.kind === 'GENERAL' ? await generalAnswer(plan, site) : await planned(plan);
  };
  const answer = await answered();
  const batches = answer.batches();
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    over();
    // While rows are being produced, this waits for the next ones.
    void batches.return().then(
      () => answer.close(),
      () => answer.close(),
    );
    await Promise.resolve();
  };
  // To its reader, a pull query on a stream is a push query that ends, and says so when it has.
  const isStream = plan.kind === 'STREAM';
  async function* rows(): AsyncGenerator<readonly ResultRow[], QueryEnd> {
    let left = plan.limit ?? Infinity;
    try {
      for await (const batch of batches) {
        if (isClosed) return 'CLOSED';
        compile.functionEnv.work.check();
        left -= batch.length;
        deadline.pause();
        yield batch.map((values) => ({ values, tombstone: false }));
        deadline.resume();
      }
      if (isClosed) return 'CLOSED';
      // A failing condition excludes its rows, so there may have been no batch.
      compile.functionEnv.work.check();
      return isStream && left <= 0 ? 'LIMIT' : 'COMPLETED';
    } finally {
      await close();
    }
  }
  const notice = (): string | undefined => {
    return noticeOf([...doubts, partial, ...faultTexts([{ faults }])]);
  };
  return {
    kind: isStream ? 'PUSH' : 'PULL',
    queryId: isStream ? plan.transient.plan.queryId : pullQueryId(services),
    columns: isStream ? plan.columns.map((c) => ({ ...c, role: 'VALUE' as const })) : plan.columns,
    rows,
    notice,
    close,
  };
}

/**
 * How much has been read of topics whose connector is still reading existing rows from its database: of the topics that
 * are read, and of those from which queries derive them.
 */
function partialText(plan: PullPlan, { connect, catalog }: Services): string | undefined {
  if (connect?.embedded === undefined) return undefined;
  const reads = plan.kind === 'GENERAL' ? plan.reads : [plan];
  const topics = new Set(
    reads.flatMap((r) => ('topic' in r ? [r.topic] : (catalog.current.source(r.source)?.topic.name ?? []))),
  );
  // Topics that are added while the loop runs are visited as well.
  for (const topic of topics)
    for (const { name } of catalog.current.sourcesOfTopic(topic))
      for (const { sources } of catalog.current.writersOf(name))
        for (const source of sources) topics.add(catalog.current.source(source)?.topic.name ?? topic);
  const readings = [...topics].flatMap((topic) => connect.embedded!.readingOf(topic) ?? []);
  return readings.length === 0 ? undefined : `Not all rows are there yet. ${readings.map(readingText).join('. ')}`;
}

/** A read of one table: rows are streamed from the store to the client. */
function tableAnswer(
  plan: TablePullPlan,
  kept: KeptRows,
  {
    project,
    work,
    services,
    deadline,
  }: {
    readonly project: (row: Row) => Row;
    readonly work: Work;
    readonly services: Services;
    readonly deadline: Deadline;
  },
): Answer {
  async function* batches(): AsyncGenerator<Row[], void> {
    const stretch = new Stretch(services.env);
    const watch = new CostWatch(work);
    let left = plan.limit ?? Infinity;
    if (left <= 0) return;
    let batch: Row[] = [];
    for (const page of kept.pages()) {
      deadline.check();
      for (let i = 0; i < page.length && left > 0; i++, left--) {
        batch.push(project(must(page[i], 'row')));
        if (!watch.isDue()) continue;
        deadline.check();
        await stretch.breathe();
      }
      if (left <= 0) break;
      await stretch.breathe();
      if (batch.length < BATCH_ROWS) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
  return { batches, close: () => kept.close() };
}
