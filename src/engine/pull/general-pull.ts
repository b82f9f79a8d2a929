import { CostWatch } from '../../base/budget/cost-watch.ts';
import { must } from '../../base/assert.ts';
import { KEYS } from '../../config/keys.ts';
import { Stretch } from '../../base/stretch.ts';
import type { GeneralPullPlan, PullRead } from '../../plan/pull/pull-plan.ts';
import type { Row } from '../../types/row.ts';
import { Budget } from './budget.ts';
import { prepareRead } from './kept-rows.ts';
import type { Answer } from './answer.ts';
import { Sorted } from './sorted.ts';
import { Collected, Distinct, Filter, Groups, HashJoin, Project, type Stage } from './stages.ts';
import { type PullSite, TopicRows } from './topic-rows.ts';

/** Rows wait for the client in batches of roughly this many. */
const BATCH_ROWS = 1000;
/** Rows between two checks of the clock. */
const CLOCK_ROWS = 256;

/** A source that is ready to be read, and where its rows end. */
interface OpenRead {
  batches(): AsyncIterable<readonly Row[]>;
  close(): void;
}

/**
 * Prepares the answer to a general pull query: snapshots are taken and ends are looked up for all sources before the
 * first row is read.
 * @throws SluiceError NOT_FOUND, NOT_READY, LOG_UNAVAILABLE; also PULL_TOO_LARGE while it is read
 */
export async function generalAnswer(plan: GeneralPullPlan, site: PullSite): Promise<Answer> {
  const budget = new Budget(site.config.get(KEYS.queryPullMaxMemory), plan.persistentForm);
  const reads: OpenRead[] = [];
  const close = (): void => {
    for (const read of reads.splice(0)) read.close();
    budget.close();
  };
  try {
    for (const read of plan.reads) reads.push(await openRead(read, site, budget));
  } catch (error) {
    close();
    throw error;
  }
  return { batches: () => answer(plan, [...reads], site, budget), close };
}

async function openRead(read: PullRead, site: PullSite, budget: Budget): Promise<OpenRead> {
  if (read.kind === 'TOPIC') {
    const rows = await TopicRows.open(read, site, budget);
    return { batches: () => rows.batches(), close: () => undefined };
  }
  const kept = await (await prepareRead(read, site.services, site.compile)).open();
  return { batches: () => inTurns(kept.pages(), new Stretch(site.services.env)), close: () => kept.close() };
}

async function* inTurns(pages: Iterable<readonly Row[]>, stretch: Stretch): AsyncGenerator<readonly Row[], void> {
  for (const page of pages) {
    yield page;
    await stretch.breathe();
  }
}

async function* answer(
  plan: GeneralPullPlan,
  reads: readonly OpenRead[],
  site: PullSite,
  budget: Budget,
): AsyncGenerator<Row[], void> {
  const watch = new CostWatch(site.compile.functionEnv.work);
  const end = new Collected(plan.limit ?? Infinity);
  if (end.isFull) return;
  const { first, joins } = stagesOf(plan, site, budget, end);
  const stretch = new Stretch(site.services.env);
  for (const [i, join] of joins.entries()) {
    for await (const batch of must(reads[i + 1], 'read').batches()) {
      for (const row of batch) join.hold(row);
      if (!site.mayGoOn()) return;
      await stretch.breathe();
    }
  }
  /** Does the work piece by piece, returning what is ready, with turns for others in between. */
  async function* inPieces(work: Generator<undefined, boolean>): AsyncGenerator<Row[], boolean> {
    for (;;) {
      const { done, value } = work.next();
      if (end.waiting >= BATCH_ROWS) yield end.take();
      if (done === true) return value;
      if (!site.mayGoOn()) return false;
      await stretch.breathe();
    }
  }
  let wantsMore = true;
  for await (const batch of must(reads[0], 'read').batches()) {
    for (let i = 0; wantsMore && i < batch.length; i++) {
      wantsMore = 'push' in first ? first.push(batch[i]!) : yield* inPieces(first.spread(batch[i]!));
      if (!watch.isDue() && i % CLOCK_ROWS !== CLOCK_ROWS - 1) continue;
      await stretch.breathe();
      if (!site.mayGoOn()) return;
    }
    if (end.waiting >= BATCH_ROWS) yield end.take();
    if (!wantsMore || !site.mayGoOn()) break;
    await stretch.breathe();
  }
  if (wantsMore) yield* inPieces(first.finish());
  for (const rows = end.take(); rows.length > 0;) yield rows.splice(0, BATCH_ROWS);
}

/** Creates the stages from the last to the first, since each knows the next. */
function stagesOf(
  plan: GeneralPullPlan,
  { compile, faults }: PullSite,
  budget: Budget,
  end: Stage,
): { readonly first: Stage | HashJoin; readonly joins: readonly HashJoin[] } {
  const { group, predicate, order, distinct } = plan;
  const site = { compile, budget, log: faults };
  const width = plan.select.length;
  let next: Stage = end;
  if (order.length > 0) {
    const keys = order.map((o, i) => ({ at: width + i, type: o.expression.type, ...o }));
    next = new Sorted(keys, plan.limit ?? Infinity, width, budget, next);
  }
  if (distinct) {
    const types = plan.select.map((e) => e.type);
    next = new Distinct(types, budget, next);
  }
  next = new Project([...plan.select, ...order.map((o) => o.expression)], plan.columns, compile, next);
  if (group !== undefined) next = new Groups(group, site, next);
  if (predicate !== undefined) next = new Filter(predicate, compile, next);
  const joins: HashJoin[] = [];
  let first: Stage | HashJoin = next;
  for (let i = plan.joins.length - 1; i >= 0; i--) {
    const left = plan.reads.slice(0, i + 1).reduce((sum, read) => sum + read.row.length, 0);
    const join = new HashJoin(plan.joins[i]!, { left, right: must(plan.reads[i + 1], 'read').row.length }, site, first);
    joins.unshift(join);
    first = join;
  }
  return { first, joins };
}
