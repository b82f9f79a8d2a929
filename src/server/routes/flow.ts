import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { lineage as lineageOf } from '../../engine/lineage/lineage.ts';
import { browseTopic, type BrowseFrom } from '../../engine/print/browse-topic.ts';
import { tasksOfQuery } from '../../engine/queries/query-tasks.ts';
import type { QueryState } from '../../wire/query-state.ts';
import type { HttpContext } from '../http-context.ts';

/** GET /lineage[?of=NAME]: the data flow. */
export async function lineage(http: HttpContext): Promise<void> {
  const of = http.url.searchParams.get('of') ?? undefined;
  http.sendJson(200, await lineageOf(http.app.engine.services, of));
}

/** GET /queries/:query/state: the size of a persistent query's stores on this server. */
export async function queryState(http: HttpContext): Promise<void> {
  const size: QueryState = await http.app.engine.stateSizes.of(must(http.params['query'], 'query'));
  http.sendJson(200, size);
}

/** GET /queries/:query/tasks: which server and thread has which task of a persistent query. */
export async function queryTasks(http: HttpContext): Promise<void> {
  http.sendJson(200, await tasksOfQuery(must(http.params['query'], 'query'), http.app.engine.services));
}

const LIMIT = 100;
const LIMIT_MAX = 1000;

/** GET /topics/:topic/records. */
export async function topicRecords(http: HttpContext): Promise<void> {
  const query = http.url.searchParams;
  http.sendJson(
    200,
    await browseTopic(
      must(http.params['topic'], 'topic'),
      {
        from: fromOf(query),
        partition: numberOf(query, 'partition'),
        limit: Math.min(LIMIT_MAX, numberOf(query, 'limit') ?? LIMIT),
        contains: textOf(query, 'contains'),
        key: textOf(query, 'key'),
        as: textOf(query, 'as'),
      },
      http.app.engine.services,
    ),
  );
}

function textOf(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  return text === null || text === '' ? undefined : text;
}

function fromOf(query: URLSearchParams): BrowseFrom {
  const offset = numberOf(query, 'offset');
  if (offset !== undefined) return { at: 'offset', offset };
  const ms = numberOf(query, 'timestamp');
  if (ms !== undefined) return { at: 'time', ms };
  const from = query.get('from') ?? 'end';
  if (from === 'end' || from === 'beginning') return { at: from };
  throw new SluiceError('BAD_REQUEST', `from is end or beginning, not ${from}`);
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new SluiceError('BAD_REQUEST', `${name} is a whole number, not ${text}`);
}

/** GET /schemas/:subject: its versions, oldest first, in any registry. */
export async function schemas(http: HttpContext): Promise<void> {
  const { registry } = http.app.engine.services;
  const subject = must(http.params['subject'], 'subject');
  const versions = await registry.versions(subject);
  if (versions === undefined) throw new SluiceError('NOT_FOUND', `There is no subject ${subject}`);
  const found = await Promise.all(versions.map((version) => registry.version(subject, version)));
  http.sendJson(
    200,
    found.flatMap((v) =>
      v === undefined
        ? []
        : [{ subject, version: v.version, id: v.id, schemaType: v.schema.schemaType, schema: v.schema.schema }],
    ),
  );
}
