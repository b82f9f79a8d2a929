import { must } from '../../../base/assert.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import { forbidden, missingNeeds, needsOf, NOBODY, type Caller, type Need } from '../../../base/rights.ts';
import { Routes } from '../../../base/routes.ts';
import type { Logger } from '../../../base/env.ts';
import { ConnectRequestError, type ConnectorOffset } from '../../client/api.ts';
import { CONNECT_VERSION } from './connect-version.ts';
import { checkClass } from '../in-process-client.ts';
import { badRequest, notFound, RequestError } from '../request-error.ts';
import { bodyOf, nameToCreate, settings, scalarText } from './request-body.ts';
import { type RestOptions, type Call, type Answer, type Route, ok } from './route.ts';
import {
  statusOf,
  listConnectors,
  createConnector,
  putConfig,
  setTarget,
  taskStatus,
  taskNumber,
} from './connector-requests.ts';

/** Kafka Connect's REST API without a framework: a function from a request to a response. */
export interface RestRequest {
  readonly method: string;
  /** Only the path, percent-encoded, e.g. `/connectors/my%20name`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The caller; undefined: not authenticated. */
  readonly caller: Caller | undefined;
}

export interface RestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; empty where there is no body. */
  readonly body: string;
}

/** Part of the text of errors that passed through two layers of Connect. */
const BAD_REQUEST_CLASS = 'org.apache.kafka.connect.runtime.rest.errors.BadRequestException';

const named = ({ parameters }: Call): readonly Need[] => [
  { right: 'connectors', connector: must(parameters[0], 'parameter of the route') },
];

const nameInBody = ({ body }: Call): readonly Need[] => [{ right: 'connectors', connector: nameToCreate(body) }];

/** All routes (https://docs.confluent.io/platform/current/connect/references/restapi.html). */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/',
    needs: 'see',
    handle: ({ options }) =>
      ok({
        version: CONNECT_VERSION,
        commit: 'sluice',
        kafka_cluster_id: options.herder.options.clusterId ?? 'sluice',
      }),
  },
  {
    method: 'GET',
    path: '/health',
    needs: 'nothing',
    handle: () => ok({ status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }),
  },
  { method: 'GET', path: '/connectors', needs: 'see', handle: listConnectors },
  { method: 'POST', path: '/connectors', needs: nameInBody, handle: createConnector },
  {
    method: 'GET',
    path: '/connectors/:name',
    needs: 'see',
    handle: ({ parameters, options }) =>
      ok(options.herder.info(must(parameters[0], 'parameter of the route'), options.passwords)),
  },
  {
    method: 'DELETE',
    path: '/connectors/:name',
    needs: named,
    handle: async ({ parameters, options }) => {
      await options.herder.delete(must(parameters[0], 'parameter of the route'));
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: '/connectors/:name/config',
    needs: 'see',
    handle: ({ parameters, options }) =>
      ok(options.herder.config(must(parameters[0], 'parameter of the route'), options.passwords)),
  },
  { method: 'PUT', path: '/connectors/:name/config', needs: named, handle: putConfig },
  {
    method: 'PATCH',
    path: '/connectors/:name/config',
    needs: named,
    handle: async ({ parameters, body, options }) =>
      ok(
        await options.herder.patchConfig(
          must(parameters[0], 'parameter of the route'),
          settings(body, true),
          options.passwords,
        ),
      ),
  },
  {
    method: 'GET',
    path: '/connectors/:name/status',
    needs: 'see',
    handle: ({ parameters, options }) => ok(statusOf(options, must(parameters[0], 'parameter of the route'))),
  },
  {
    method: 'GET',
    path: '/connectors/:name/tasks',
    needs: 'see',
    handle: ({ parameters, options }) =>
      ok(options.herder.taskConfigs(must(parameters[0], 'parameter of the route'), options.passwords)),
  },
  { method: 'GET', path: '/connectors/:name/tasks/:task/status', needs: 'see', handle: taskStatus },
  {
    method: 'POST',
    path: '/connectors/:name/tasks/:task/restart',
    needs: named,
    handle: ({ parameters, options }) => {
      options.herder.restartTask(
        must(parameters[0], 'parameter of the route'),
        taskNumber(must(parameters[1], 'parameter')),
      );
      return { status: 204 };
    },
  },
  {
    method: 'POST',
    path: '/connectors/:name/restart',
    needs: named,
    handle: ({ parameters, query, options }) => {
      const includeTasks = flag(query, 'includeTasks');
      const onlyFailed = flag(query, 'onlyFailed');
      const status = options.herder.restart(must(parameters[0], 'parameter of the route'), includeTasks, onlyFailed);
      return includeTasks || onlyFailed ? { status: 202, body: status } : { status: 204 };
    },
  },
  { method: 'PUT', path: '/connectors/:name/pause', needs: named, handle: (call) => setTarget(call, 'PAUSED', 202) },
  { method: 'PUT', path: '/connectors/:name/resume', needs: named, handle: (call) => setTarget(call, 'RUNNING', 202) },
  { method: 'PUT', path: '/connectors/:name/stop', needs: named, handle: (call) => setTarget(call, 'STOPPED', 204) },
  {
    method: 'GET',
    path: '/connectors/:name/topics',
    needs: 'see',
    handle: ({ parameters, options }) =>
      ok({
        [must(parameters[0], 'parameter of the route')]: {
          topics: options.herder.topics(must(parameters[0], 'parameter')),
        },
      }),
  },
  {
    // Not in Connect: what SQL would declare over the topic.
    method: 'GET',
    path: '/connectors/:name/topics/:topic/schema',
    needs: 'see',
    handle: ({ parameters, options }) => {
      const [name, topic] = parameters as [string, string];
      options.herder.config(name);
      const schema = options.herder.sql.topicSchema(topic);
      if (schema?.connector !== name)
        throw notFound(`Connector ${name} has written no topic ${topic} whose schema is known`);
      return ok(schema);
    },
  },
  {
    method: 'PUT',
    path: '/connectors/:name/topics/reset',
    needs: named,
    handle: async ({ parameters, options }) => {
      await options.herder.resetTopics(must(parameters[0], 'parameter of the route'));
      return { status: 202 };
    },
  },
  {
    method: 'GET',
    path: '/connectors/:name/offsets',
    needs: 'see',
    handle: async ({ parameters, options }) =>
      ok({ offsets: await options.herder.offsets(must(parameters[0], 'parameter of the route')) }),
  },
  {
    method: 'PATCH',
    path: '/connectors/:name/offsets',
    needs: named,
    handle: async ({ parameters, body, options }) => {
      const offsets = (body as { offsets?: readonly ConnectorOffset[] } | null | undefined)?.offsets ?? [];
      if (!Array.isArray(offsets)) throw badRequest('"offsets" must be a list');
      return ok({ message: await options.herder.alterOffsets(must(parameters[0], 'parameter of the route'), offsets) });
    },
  },
  {
    method: 'DELETE',
    path: '/connectors/:name/offsets',
    needs: named,
    handle: async ({ parameters, options }) =>
      ok({ message: await options.herder.deleteOffsets(must(parameters[0], 'parameter of the route')) }),
  },
  {
    method: 'GET',
    path: '/connector-plugins',
    needs: 'see',
    handle: ({ query, options }) => ok(options.herder.plugins(query.get('connectorsOnly')?.toLowerCase() !== 'false')),
  },
  {
    method: 'GET',
    path: '/connector-plugins/:class/config',
    needs: 'see',
    handle: ({ parameters, options }) =>
      ok(options.herder.settings.pluginConfig(must(parameters[0], 'parameter of the route'))),
  },
  {
    method: 'PUT',
    path: '/connector-plugins/:class/config/validate',
    needs: 'connectors',
    handle: async ({ parameters, body, options }) => {
      const config = settings(body, false) as Record<string, string>;
      const className = config['connector.class'];
      checkClass(must(parameters[0], 'parameter of the route'), className);
      try {
        const { hints: _, ...infos } = await options.herder.settings.validate(config);
        return ok(infos);
      } catch (error) {
        // For an unknown class Connect responds with 400 when creating, and 500 here.
        const isUnknown = className !== undefined && options.herder.catalog.connectorNamed(className) === undefined;
        throw isUnknown
          ? new RequestError(500, messageOf(error).replace(/^\S+ConnectException(?=:)/, BAD_REQUEST_CLASS))
          : error;
      }
    },
  },
  { method: 'GET', path: '/admin/loggers', needs: 'see', handle: ({ options }) => ok(options.herder.levels.all()) },
  {
    method: 'GET',
    path: '/admin/loggers/:logger',
    needs: 'see',
    handle: ({ parameters, options }) => {
      const level = options.herder.levels.get(must(parameters[0], 'parameter of the route'));
      if (!level) throw notFound(`Logger ${parameters[0]} not found.`);
      return ok(level);
    },
  },
  { method: 'PUT', path: '/admin/loggers/:logger', needs: 'administer', handle: setLevel },
];

const TABLE = new Routes(ROUTES);

/** Responds to any request; never throws. */
export async function handleRest(request: RestRequest, options: RestOptions): Promise<RestResponse> {
  try {
    const found = TABLE.find(request.method, request.path);
    if (found.kind === 'OTHER_METHOD') throw new RequestError(405, `HTTP 405 Method Not Allowed${otherWay(request)}`);
    if (found.kind === 'UNKNOWN') throw notFound(`HTTP 404 Not Found${elsewhere(request.path, found.near)}`);
    const { route, values: parameters } = found;
    const { caller } = request;
    if (caller === undefined && route.needs !== 'nothing') return unauthorized(options.challenge);
    const call = { parameters, query: request.query, body: bodyOf(request), options };
    const needs = needsOf(route.needs, () => call);
    const entry = {
      caller: caller ?? NOBODY,
      action: `${route.method} ${route.path}`,
      target: needs.find(({ connector }) => connector !== undefined)?.connector ?? parameters[0],
    };
    const [missing] = caller === undefined ? [] : missingNeeds(caller, needs);
    if (missing !== undefined) {
      options.audit?.record({ ...entry, outcome: 'denied' });
      throw forbidden(caller!, missing, entry.action);
    }
    // Validation changes nothing.
    const isChange = route.method !== 'GET' && !route.path.endsWith('/validate');
    try {
      const answer = await route.handle(call);
      if (isChange) options.audit?.record({ ...entry, outcome: 'done' });
      return response(answer);
    } catch (error) {
      if (isChange) options.audit?.record({ ...entry, outcome: 'failed' });
      throw error;
    }
  } catch (error) {
    return response(failure(error, options.logger));
  }
}

/** Paths of ksqlDB's REST API, which has its own port. */
const SQL_PATHS = /^\/(?:ksql|query|query-stream|close-query|inserts-stream|info|healthcheck|console)(?:\/|$)/;

/** Advice for a path without a route. */
function elsewhere(path: string, near: string | undefined): string {
  if (SQL_PATHS.test(path))
    return ": this is the port of Kafka Connect's REST API, SQL is at the port of listeners (8088 by default)";
  return near === undefined ? '' : `. Did you mean ${near}?`;
}

/** The response of Connect's BasicAuthSecurityRestExtension. */
function unauthorized(challenge: string | undefined): RestResponse {
  return {
    status: 401,
    headers: { 'Content-Type': 'application/json', ...(challenge !== undefined && { 'WWW-Authenticate': challenge }) },
    body: JSON.stringify({ error_code: 401, message: 'Unauthorized' }),
  };
}

/** What a request to write a connector itself is mostly meant for. */
function otherWay({ method, path }: RestRequest): string {
  const name = /^\/connectors\/([^/]+)\/?$/.exec(path)?.[1];
  return name !== undefined && (method === 'PUT' || method === 'PATCH' || method === 'POST')
    ? `. ${method === 'POST' ? 'POST /connectors makes a connector' : `${method} /connectors/${name}/config changes its settings`}`
    : '';
}

function setLevel({ parameters, query, body, options }: Call): Answer {
  const level = (body as { level?: unknown } | undefined)?.level;
  if (level === undefined || level === null)
    throw badRequest("Desired 'level' parameter was not specified in request.");
  const changed = options.herder.levels.set(must(parameters[0], 'parameter of the route'), scalarText(level));
  if (changed === undefined) throw notFound(`invalid log level '${scalarText(level)}'.`);
  return query.get('scope')?.toLowerCase() === 'cluster' ? { status: 204 } : ok(changed);
}

/** Case-insensitive; anything but `true` is false. */
function flag(query: URLSearchParams, name: string): boolean {
  return query.get(name)?.toLowerCase() === 'true';
}

function failure(error: unknown, logger: Logger): Answer {
  if (error instanceof ConnectRequestError)
    return { status: error.status, body: { error_code: error.status, message: error.message } };
  const status = isSluiceError(error) && error.kind !== 'internal' ? error.status : 500;
  logger.error(`A Connect request failed: ${messageOf(error)}`);
  return { status, body: { error_code: status, message: messageOf(error) } };
}

function response(answer: Answer): RestResponse {
  if (answer.body === undefined) return { status: answer.status, headers: { ...answer.headers }, body: '' };
  return {
    status: answer.status,
    headers: { ...answer.headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(answer.body),
  };
}
