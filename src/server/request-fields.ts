import { didYouMean } from '../base/suggest.ts';
import type { HttpContext } from './http-context.ts';

/** Fields of a body of JSON by the path that takes it, as docs/reference/rest.md has them. */
const FIELDS = {
  '/ksql': ['ksql', 'streamsProperties', 'sessionVariables', 'commandSequenceNumber'],
  '/query': ['ksql', 'streamsProperties', 'sessionVariables', 'commandSequenceNumber'],
  '/query-stream': ['sql', 'properties', 'sessionVariables', 'commandSequenceNumber', 'notices', 'tombstones'],
  '/inserts-stream': ['target', 'properties'],
  '/close-query': ['queryId'],
  '/ksql/terminate': ['deleteTopicList'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What ksqlDB's servers send one another, and its clients pass on: taken without a word. */
const OF_SERVERS: ReadonlySet<string> = new Set(['requestProperties', 'sessionVariables']);

/** Names of the same thing on other paths, and what people call it. */
const SAME = [
  ['ksql', 'sql', 'query', 'statement', 'statements'],
  ['streamsProperties', 'properties', 'props', 'config', 'options', 'session'],
  ['sessionVariables', 'variables', 'vars'],
  ['target', 'stream', 'table', 'source', 'topic'],
  ['queryId', 'id', 'query_id', 'query'],
];

/** A sentence for each field that nobody reads. ksqlDB's server reads past them, so they refuse no request. */
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

/** Tells of fields that nobody reads: in the log, and in the header Warning of the answer. @returns what was told */
export function warnOfUnread(
  http: HttpContext,
  path: keyof typeof FIELDS,
  body: Readonly<Record<string, unknown>>,
): string[] {
  const unread = unreadFields(path, body);
  for (const text of unread) http.warn(text);
  return unread;
}
