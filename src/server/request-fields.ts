import { SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import { KEYS } from '../config/keys.ts';
import { isKnownProperty, isOfServer, KNOWN_KEYS } from '../config/server-config.ts';
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

/** Names for rows in one body, as other systems take them. */
const ROWS: ReadonlySet<string> = new Set(['rows', 'row', 'records', 'values', 'value', 'data', 'payload', 'columns']);

/** A field that nothing reads. */
interface Unread {
  readonly text: string;
  /** Whether it is surely another field's name, so that the request would not do what was meant. */
  readonly isMistaken: boolean;
}

/** A sentence for each field that is not read. ksqlDB's server ignores such fields. */
function unreadFields(path: keyof typeof FIELDS, body: Readonly<Record<string, unknown>>): Unread[] {
  const known: readonly string[] = FIELDS[path];
  return Object.keys(body)
    .filter((name) => !known.includes(name) && !OF_SERVERS.has(name))
    .map((name) => {
      if (path === '/inserts-stream' && ROWS.has(name.toLowerCase()))
        return {
          text: `POST ${path} reads no field ${name}: each row is a line of its own behind the first, {"target":"name"} and then {"column":value, …}, with a line break between them (curl --data-binary $'{"target":"s"}\\n{"id":1}\\n').`,
          isMistaken: true,
        };
      const same = known.find((field) => SAME.some((names) => names.includes(field) && names.includes(name)));
      const near = nearest(name, known);
      const meant =
        same !== undefined
          ? `POST ${path} calls it ${same}.`
          : near === undefined
            ? `It reads ${known.join(', ')}.`
            : `Did you mean ${near}?`;
      const field = same ?? near;
      return {
        text: `POST ${path} reads no field ${name}. ${meant}`,
        // Clients of several routes send all names beside each other. A missing statement is told as such.
        isMistaken:
          field !== undefined &&
          field !== 'ksql' &&
          field !== 'sql' &&
          body[field] === undefined &&
          !saysNothing(body[name]),
      };
    });
}

/** Whether a field could be left out as well: many clients send `{}` in each request. */
function saysNothing(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** The names of settings that `properties` of /query-stream likely misspells; ksqlDB ignores them there. */
export function misspelledProperties(http: HttpContext, properties: Readonly<Record<string, unknown>>): string[] {
  if (isLenient(http, properties)) return [];
  return Object.keys(properties).flatMap((name) => {
    const near = isKnownProperty(name) || isOfServer(name) ? undefined : nearest(name, KNOWN_KEYS);
    // `client.id` is part of many names; a misspelled one has about the same length.
    return near === undefined || Math.abs(near.length - name.length) > 2 ? [] : [`${name}: did you mean ${near}?`];
  });
}

/**
 * Reports fields that are not read, in the log and in the response header Warning.
 * @returns the reports
 * @throws SluiceError BAD_REQUEST for a field that is another's name, unless the dialect is ksqlDB's
 */
export function checkFields(
  http: HttpContext,
  path: keyof typeof FIELDS,
  body: Readonly<Record<string, unknown>>,
): string[] {
  const unread = unreadFields(path, body);
  const mistaken = unread.filter((field) => field.isMistaken);
  if (mistaken.length > 0 && !isLenient(http, body['streamsProperties'] ?? body['properties']))
    throw new SluiceError('BAD_REQUEST', mistaken.map((field) => field.text).join(' '), {
      hint: 'Its value would not be read. ksql.dialect=ksqldb ignores such fields, as ksqlDB does.',
    });
  for (const { text } of unread) http.warn(text);
  return unread.map(({ text }) => text);
}

/** Whether the server, or the properties of this request, ask for ksqlDB's own manners. */
function isLenient(http: HttpContext, properties: unknown): boolean {
  const asked =
    typeof properties === 'object' && properties !== null
      ? (properties as Record<string, unknown>)[KEYS.dialect.name]
      : undefined;
  return asked === undefined ? http.app.engine.config.get(KEYS.dialect) === 'ksqldb' : asked === 'ksqldb';
}
