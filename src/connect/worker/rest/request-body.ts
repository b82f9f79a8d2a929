import { hasMoreQuotes, isDeep, JSON_DEPTH_MAX } from '../../../base/json-bounds.ts';
import { messageOf } from '../../../base/errors.ts';
import { badRequest, RequestError } from '../request-error.ts';

interface RequestText {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Of names and texts: offsets of ten thousand partitions have about as many. */
const QUOTES_MAX = 200_000;

/** The parsed body; undefined where there is none. @throws RequestError */
export function bodyOf(request: RequestText): unknown {
  const text = request.body.trim();
  // Some clients send an empty body, `null` or `""` where none is needed.
  if (text === '' || request.method === 'GET') return undefined;
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity')
    throw new RequestError(415, `HTTP 415 Unsupported Media Type: a body in ${coding} is not taken`);
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/(?:[\w.+-]*\+)?json\b/i.test(type.trim())) {
    // curl's default content type, which nobody chose.
    const isDefault = /^application\/x-www-form-urlencoded\b/i.test(type.trim());
    throw new RequestError(
      415,
      `HTTP 415 Unsupported Media Type${isDefault ? `: ${type.trim()}. Send the header Content-Type: application/json` : ''}`,
    );
  }
  if (isDeep(text)) throw badRequest(`The request is nested deeper than ${JSON_DEPTH_MAX}`);
  if (hasMoreQuotes(text, QUOTES_MAX)) throw badRequest('The request has more names and texts than any has');
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed === null || parsed === '' ? undefined : parsed;
  } catch (error) {
    // Kafka Connect answers 500 here.
    throw new RequestError(500, messageOf(error));
  }
}

/** The name of a connector to create: the request's own field, or that in its config. */
export function nameToCreate(body: unknown): string {
  const { name, config } = (body ?? {}) as { readonly name?: unknown; readonly config?: unknown };
  const given = name ?? (config as { readonly name?: unknown } | null | undefined)?.name ?? '';
  return scalarText(given).trim();
}

/** More settings than any connector has; each of them is examined by several checks. */
const SETTINGS_MAX = 1000;

/** A map of settings. Values of other JSON types become texts, as Jackson reads them into a map of strings. */
export function settings(body: unknown, nullsAllowed: boolean): Record<string, string | null> {
  const result: Record<string, string | null> = {};
  const entries = Object.entries(objectOf(body));
  if (entries.length > SETTINGS_MAX) throw badRequest(`The config has more than ${SETTINGS_MAX} settings`);
  for (const [key, value] of entries) {
    if (value === null) {
      if (nullsAllowed) result[key] = null;
    } else if (key === 'config' && typeof value === 'object' && !Array.isArray(value))
      throw new RequestError(
        500,
        `${notText(value)}: config. PUT and PATCH of a connector's config take its settings alone, {"connector.class": "…", …}; name and config are what POST /connectors takes`,
      );
    else if (typeof value === 'object') throw new RequestError(500, `${notText(value)}: ${key}. A setting is a text`);
    else result[key] = scalarText(value);
  }
  return result;
}

/** @throws RequestError 400 for anything but an object */
export function objectOf(body: unknown): Record<string, unknown> {
  if (body === undefined) throw badRequest('The request has no body');
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new RequestError(500, 'Cannot deserialize the request: a JSON object is expected');
  return body as Record<string, unknown>;
}

/** A scalar as Jackson reads it into a string. @throws RequestError 400 for a list or an object */
export function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new RequestError(500, notText(value));
}

/** Jackson's message for a list or an object where a string is expected. */
function notText(value: unknown): string {
  const [kind, token] = Array.isArray(value) ? ['Array', 'START_ARRAY'] : ['Object', 'START_OBJECT'];
  return `Cannot deserialize value of type \`java.lang.String\` from ${kind} value (token \`JsonToken.${token}\`)`;
}
