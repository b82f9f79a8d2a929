import { KEYS } from '../../config/keys.ts';
import { isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import { checkNeeds, type Need } from '../../base/rights.ts';
import { Deadline } from '../../base/budget/deadline.ts';
import { Stretch } from '../../base/stretch.ts';
import { columnTypes } from '../statements/column-types.ts';
import { windowTimeNotes } from '../statements/window-time.ts';
import { constantDoubts } from '../../expr/constant-doubts.ts';
import { planTransientQuery, type TransientPlan } from '../../plan/plan-transient.ts';
import { needsOf } from '../../plan/prefetch.ts';
import type { ParsedStatement } from '../../sql/parse.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { Config } from '../../base/config/config.ts';
import { PlanningWorld } from '../planning-world.ts';
import { printTopic } from '../print/print-topic.ts';
import type { PlanCache } from '../pull/plan-cache.ts';
import { startPullQuery } from '../pull/pull-query.ts';
import { SCALABLE_PREFIX, type PushQueries } from '../push/push-queries.ts';
import { noticeOf, type PrintHandle, type QueryHandle, type Tombstones } from '../query-handle.ts';
import { parseScript } from '../parse-script.ts';
import { ScriptFailure } from '../script.ts';
import type { Services } from '../services.ts';
import { checkSession, type Session } from '../session.ts';
import { describeAction, needsOfStatement } from '../statements/needs.ts';
import { applySessionStatement, isSessionStatement } from '../statements/session-statements.ts';

const READ: Need = { right: 'read' };

/**
 * Starts the single SELECT or PRINT in a text; SET and DEFINE may precede it. With EMIT it is a push query, without a
 * pull query.
 * @throws ScriptFailure
 */
export async function startQuery(
  text: string,
  session: Session,
  services: Services,
  push: PushQueries,
  tombstones: Tombstones,
  plans: PlanCache,
): Promise<QueryHandle | PrintHandle> {
  let current: string | undefined;
  const stretch = new Stretch(services.env);
  try {
    const known = knownAnswer(text, session, services, plans);
    if (known !== undefined) return known;
    const deadline = new Deadline(
      services.env.clock,
      services.config.get(KEYS.statementMaxMs),
      KEYS.statementMaxMs.name,
    );
    const inTime = <T extends QueryHandle | PrintHandle>(starting: Promise<T>): Promise<T> =>
      deadline.within(services.env.timers, starting, (handle) => void handle.close());
    checkSession(session, services.config);
    const statements = await parseScript(withSemicolon(text), session, services.config, stretch);
    const parsed = theQuery(statements, session, services);
    current = parsed.text;
    checkNeeds(session.caller, needsOfStatement(parsed.statement), describeAction(parsed.statement));
    if (parsed.statement.kind === 'PrintTopic') return await inTime(printTopic(parsed.statement, services));
    const query = parsed.statement as Query;
    if (query.emit === null)
      return await inTime(startPullQuery(query, parsed.text, services, session, plans, deadline, stretch));
    // A hundred clients may ask at the same time over one connection, so each is planned in its own turn.
    await stretch.pause();
    const config = session.config(services.config);
    const handle = await inTime(
      (async () => {
        const world = new PlanningWorld(services, services.catalog.current, 0);
        await world.fetch(needsOf(query, world.catalog, config));
        const planned = planTransientQuery(query, parsed.text, world.context(config));
        await stretch.breathe();
        return await push.start(scalable(query, planned, services, config), parsed.text, session, { tombstones });
      })(),
    );
    const { current: catalog } = services.catalog;
    const doubts = [
      ...constantDoubts(query, services.functions, columnTypes(query, catalog)),
      ...windowTimeNotes(query, catalog),
    ];
    return doubts.length === 0 ? handle : { ...handle, notice: () => noticeOf([...doubts, handle.notice?.()]) };
  } catch (error) {
    throw new ScriptFailure(
      isSluiceError(error) ? error : new SluiceError('INTERNAL', messageOf(error), { cause: error }),
      current,
      [],
    );
  }
}

/**
 * The synchronous answer to a SELECT with a remembered plan; undefined when it must be planned.
 * @throws SluiceError RATE_LIMIT, LOG_UNAVAILABLE, LOG_CORRUPT
 */
function knownAnswer(text: string, session: Session, services: Services, plans: PlanCache): QueryHandle | undefined {
  // Remembered plans do not depend on the caller, so the statement of a caller that may not read everything is checked.
  if (!session.caller.may(READ)) return undefined;
  const known = plans.answer(text, session, services);
  // Its rows are already there.
  if (known !== undefined) services.limits.admitPull(services.config)();
  return known;
}

/**
 * ksqlDB's second version of push queries reads what a persistent query writes from now on; its clients recognize it by
 * its id. Ours reads the same rows from the topic, so only the id differs.
 */
function scalable(query: Query, planned: TransientPlan, services: Services, config: Config): TransientPlan {
  const source = query.from.source.name.name;
  const plain =
    query.from.joins.length === 0 &&
    query.groupBy.length === 0 &&
    query.partitionBy.length === 0 &&
    query.window === null &&
    query.having === null;
  const fromNow = config.get(KEYS.autoOffsetReset) !== 'earliest';
  if (
    !config.get(KEYS.queryPushV2Enabled) ||
    !plain ||
    !fromNow ||
    services.catalog.current.writersOf(source).length === 0
  )
    return planned;
  const queryId = planned.plan.queryId.replace(/^transient_/, SCALABLE_PREFIX);
  return { ...planned, plan: { ...planned.plan, queryId } };
}

/** Old clients send a query without its semicolon. */
function withSemicolon(text: string): string {
  return text.trimEnd().endsWith(';') ? text : `${text};`;
}

function theQuery(statements: readonly ParsedStatement[], session: Session, services: Services): ParsedStatement {
  const queries: ParsedStatement[] = [];
  for (const parsed of statements) {
    if (isSessionStatement(parsed.statement)) applySessionStatement(parsed.statement, session, services);
    else queries.push(parsed);
  }
  const [first] = queries;
  if (queries.length !== 1 || !first) {
    throw new SluiceError('BAD_REQUEST', `Expected exactly one KSQL statement; found ${queries.length} instead`, {
      hint:
        queries.length === 0
          ? 'A SELECT or PRINT is missing behind SET and DEFINE.'
          : 'One request answers one query: send each SELECT in a request of its own. Statements other than SELECT and PRINT go to /ksql, several at a time.',
    });
  }
  if (first.statement.kind !== 'Query' && first.statement.kind !== 'PrintTopic') {
    throw new SluiceError('BAD_REQUEST', `Statement type \`${first.statement.kind}' not supported for this resource`, {
      hint: 'Statements other than SELECT and PRINT go to /ksql.',
    });
  }
  return first;
}
