import { didYouMean } from '../base/suggest.ts';
import type { HttpContext } from './http-context.ts';

/** Fields of a JSON body by the path that accepts it, as in docs/reference/rest.md. */
const FIELDS = {
  '/ksql': ['ksql', 'streamsProperties', 'sessionVariables', 'commandSequenceNumber'],
  '/query': ['ksql', 'streamsProperties', 'sessionVariables', 'commandSequenceNumber'],
  '/query-stream': ['sql', 'properties', 'sessionVariables', 'commandSequenceNumber', 'notices', 'tombstones'],
  '/inserts-stream': ['target', 'properties'],
  '/close-query': ['queryId'],
  '/ksql/terminate': ['deleteTopicList'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Fields that ksqlDB's servers send one another and its clients pass on; accepted silently. */
const OF_SERVERS: ReadonlySet<string> = new Set(['requestProperties', 'sessionVariables']);

/** Names of the same field on other paths, and common alternatives. */
const SAME = [
  ['ksql', 'sql', 'query', 'statement', 'statements'],
  ['streamsProperties', 'properties', 'props', 'config', 'options', 'session'],
  ['sessionVariables', 'variables', 'vars'],
  ['target', 'stream', 'table', 'source', 'topic'],
  ['queryId', 'id', 'query_id', 'query'],
];

/** A sentence for each field that is not read. ksqlDB's server ignores such fields, so they do not cause a refusal. */
export function unreadFields(path: keyof typeof FIELDS, body: Readonly<Record<string, unknown>>): string[] {
  const known: readonly string[] = FIELDS[path];
  return Object.keys(body)
    .filter((name) => !known.includes(name) && !OF_SERVERS.has(name))
    .map((name) => {
      const same = known.find((field) => SAME.some((names) => names.includes(field) && names.includes(name)));
      const meant = same === undefined ? didYouMean(name, known) : `POST ${path} calls it ${same}.`;
      return `POST ${path} reads no field ${name}. ${meant ?? `It reads ${known.join(', ')}.`}`;
    });
}

/** Reports fields that are not read, in the log and in the response header Warning. @returns the reports */
export function warnOfUnread(
  http: HttpContext,
  path: keyof typeof FIELDS,
  body: Readonly<Record<string, unknown>>,
): string[] {
  const unread = unreadFields(path, body);
  for (const text of unread) http.warn(text);
  return unread;
}
