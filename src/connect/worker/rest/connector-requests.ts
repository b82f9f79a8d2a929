import { must } from '../../../base/assert.ts';
import type { ConnectorListing, ConnectorStatus, StateInfo, TargetState } from '../../client/api.ts';
import { badRequest, notFound, RequestError } from '../request-error.ts';
import { nameToCreate, settings, objectOf, scalarText } from './request-body.ts';
import { type RestOptions, type Call, type Answer, ok } from './route.ts';

/** The status without what only this worker knows, which Connect's responses do not contain. */
export function statusOf({ herder }: Call['options'], name: string): ConnectorStatus {
  const { connector, tasks, ...rest } = herder.status(name);
  const plain = <T extends StateInfo>(part: T): T => ({ ...part, restartsAtMs: undefined });
  return { ...rest, connector: plain(connector), tasks: tasks.map(plain) };
}

export function listConnectors({ query, options }: Call): Answer {
  const { herder } = options;
  const expand = query.getAll('expand');
  if (expand.length === 0) return ok(herder.names());
  const all: Record<string, ConnectorListing> = {};
  for (const name of herder.names()) {
    try {
      all[name] = {
        ...(expand.includes('info') && { info: herder.info(name, options.passwords) }),
        ...(expand.includes('status') && { status: statusOf(options, name) }),
      };
    } catch (error) {
      // A connector that was deleted meanwhile is left out.
      if (!(error instanceof RequestError) || error.status !== 404) throw error;
    }
  }
  return ok(all);
}

const CREATE_FIELDS = ['name', 'config', 'initial_state'];

const STATES: readonly string[] = ['RUNNING', 'PAUSED', 'STOPPED'];

export async function createConnector({ body, options }: Call): Promise<Answer> {
  const request = objectOf(body);
  const unknown = Object.keys(request).find((key) => !CREATE_FIELDS.includes(key));
  if (unknown !== undefined) {
    throw new RequestError(
      500,
      `Unrecognized field "${unknown}", not marked as ignorable (3 known properties: "config", "name", "initial_state"). ` +
        'The settings of a connector stand in "config": {"name": "…", "config": {"connector.class": "…", …}}',
    );
  }
  if (request['config'] === undefined || request['config'] === null)
    throw new RequestError(
      500,
      'The request has no "config". The body is {"name": "…", "config": {"connector.class": "…", …}}; PUT /connectors/NAME/config takes the settings alone',
    );
  const config = settings(request['config'], false) as Record<string, string>;
  const name = nameToCreate(request);
  if (config['name'] !== undefined && config['name'].trim() !== name) {
    throw badRequest(
      `Connector name configuration (${config['name']}) doesn't match connector name in the URL (${name})`,
    );
  }
  const state = request['initial_state'];
  if (state !== undefined && state !== null && !STATES.includes(scalarText(state).toUpperCase())) {
    throw new RequestError(
      500,
      `Cannot construct instance of InitialState, problem: No enum constant InitialState.${scalarText(state)}`,
    );
  }
  const info = await options.herder.create(
    name,
    config,
    state === undefined || state === null ? undefined : (scalarText(state).toUpperCase() as TargetState),
    options.passwords,
  );
  return { status: 201, body: info, headers: location(options, name) };
}

export async function putConfig({ parameters, body, options }: Call): Promise<Answer> {
  const name = must(parameters[0], 'parameter of the route');
  const config = settings(body, false) as Record<string, string>;
  if (config['name'] !== undefined && config['name'] !== name) {
    throw badRequest(
      `Connector name configuration (${config['name']}) doesn't match connector name in the URL (${name})`,
    );
  }
  const { info, created } = await options.herder.putConfig(name, config, options.passwords);
  return created ? { status: 201, body: info, headers: location(options, name) } : ok(info);
}

function location(options: RestOptions, name: string): Record<string, string> {
  return { Location: `${options.url}/connectors/${encodeURIComponent(name)}` };
}

export async function setTarget({ parameters, options }: Call, target: TargetState, status: number): Promise<Answer> {
  await options.herder.setTarget(must(parameters[0], 'parameter of the route'), target);
  return { status };
}

export function taskStatus({ parameters, options }: Call): Answer {
  const [name, text] = parameters as [string, string];
  let task;
  try {
    task = statusOf(options, name).tasks.find((t) => t.id === taskNumber(text));
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
  }
  if (!task) throw notFound(`No status found for task ${name}-${text}`);
  return ok(task);
}

export function taskNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw notFound('HTTP 404 Not Found');
  return Number(text);
}
