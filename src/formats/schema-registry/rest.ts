import { must } from '../../base/assert.ts';
import { NO_AUDIT, type AuditLog } from '../../base/audit.ts';
import { isSluiceError } from '../../base/errors.ts';
import {
  forbidden,
  missingNeeds,
  needsOf,
  NOBODY,
  SERVER_ITSELF,
  type Caller,
  type RouteNeeds,
} from '../../base/rights.ts';
import { Routes, type RoutePattern } from '../../base/routes.ts';
import type { RegistrySchema } from '../api.ts';
import { COMPATIBILITY_LEVELS, type CompatibilityLevel, type SubjectVersion } from './api.ts';
import type { MemorySchemaRegistry } from './memory-registry.ts';
import {
  invalidLevel,
  invalidVersion,
  schemaNotFound,
  schemaNotInSubject,
  subjectNotFound,
  versionNotFound,
  storeFailed,
} from './registry-errors.ts';

/**
 * Confluent's Schema Registry API for the embedded registry, without a web framework: the listener passes the method,
 * the path (with its query) and the parsed body, and sends back the status and the body as JSON
 * (`application/vnd.schemaregistry.v1+json`).
 * https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 */
export interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
}

export type RegistryHandler = (
  method: string,
  path: string,
  body?: unknown,
  caller?: Caller,
) => Promise<RegistryAnswer>;

interface Request {
  readonly registry: MemorySchemaRegistry;
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Route extends RoutePattern {
  readonly needs: RouteNeeds<Request>;
  readonly run: (request: Request) => unknown;
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/', needs: 'see', run: () => ({}) },
  { method: 'GET', path: '/subjects', needs: 'see', run: listSubjects },
  { method: 'POST', path: '/subjects/:subject', needs: 'see', run: lookup },
  {
    method: 'DELETE',
    path: '/subjects/:subject',
    needs: 'write',
    run: ({ registry, params, query }) =>
      registry.deleteSubject(must(params[0], 'parameter of the route'), query.get('permanent') === 'true'),
  },
  { method: 'GET', path: '/subjects/:subject/versions', needs: 'see', run: listVersions },
  { method: 'POST', path: '/subjects/:subject/versions', needs: 'write', run: register },
  {
    method: 'GET',
    path: '/subjects/:subject/versions/:version',
    needs: 'see',
    run: async (request) => versionBody(await findVersion(request)),
  },
  {
    method: 'GET',
    path: '/subjects/:subject/versions/:version/schema',
    needs: 'see',
    run: async (request) => JSON.parse(quoteUnlessJson((await findVersion(request)).schema)),
  },
  { method: 'GET', path: '/subjects/:subject/versions/:version/referencedby', needs: 'see', run: referencedBy },
  { method: 'DELETE', path: '/subjects/:subject/versions/:version', needs: 'write', run: deleteVersion },
  { method: 'GET', path: '/schemas/types', needs: 'see', run: () => ['JSON', 'PROTOBUF', 'AVRO'] },
  { method: 'GET', path: '/schemas/ids/:id', needs: 'see', run: async (request) => schemaBody(findSchema(request)) },
  {
    method: 'GET',
    path: '/schemas/ids/:id/schema',
    needs: 'see',
    run: async (request) => JSON.parse(quoteUnlessJson(findSchema(request))),
  },
  {
    method: 'GET',
    path: '/schemas/ids/:id/subjects',
    needs: 'see',
    run: async (request) => (await usesOf(request)).map((use) => use.subject),
  },
  {
    method: 'GET',
    path: '/schemas/ids/:id/versions',
    needs: 'see',
    run: async (request) => (await usesOf(request)).map(({ subject, version }) => ({ subject, version })),
  },
  { method: 'POST', path: '/compatibility/subjects/:subject/versions/:version', needs: 'see', run: checkVersion },
  { method: 'POST', path: '/compatibility/subjects/:subject/versions', needs: 'see', run: checkAll },
  {
    method: 'GET',
    path: '/config',
    needs: 'see',
    run: async ({ registry }) => ({ compatibilityLevel: await registry.compatibility() }),
  },
  { method: 'PUT', path: '/config', needs: 'administer', run: setLevel },
  { method: 'DELETE', path: '/config', needs: 'administer', run: unsetLevel },
  { method: 'GET', path: '/config/:subject', needs: 'see', run: subjectLevel },
  { method: 'PUT', path: '/config/:subject', needs: 'write', run: setLevel },
  { method: 'DELETE', path: '/config/:subject', needs: 'write', run: unsetLevel },
  { method: 'GET', path: '/mode', needs: 'see', run: () => ({ mode: 'READWRITE' }) },
  { method: 'GET', path: '/mode/:subject', needs: 'see', run: () => ({ mode: 'READWRITE' }) },
  {
    method: 'GET',
    path: '/v1/metadata/id',
    needs: 'nothing',
    run: () => ({
      scope: { path: [], clusters: { 'kafka-cluster': 'sluice', 'schema-registry-cluster': 'schema-registry' } },
    }),
  },
];

const TABLE = new Routes(ROUTES);

/**
 * The handler for one registry. It never throws: failures are responses with `error_code` and `message`. Without a
 * caller, the request is made by this process itself.
 */
export function createRegistryHandler(registry: MemorySchemaRegistry, audit: AuditLog = NO_AUDIT): RegistryHandler {
  return async (method, path, body, caller = SERVER_ITSELF) => {
    const cut = path.indexOf('?');
    const bare = cut === -1 ? path : path.slice(0, cut);
    const found = TABLE.find(method.toUpperCase(), bare);
    if (found.kind === 'OTHER_METHOD') return failure(405, 405, 'HTTP 405 Method Not Allowed');
    if (found.kind === 'UNKNOWN') return failure(404, 404, 'HTTP 404 Not Found');
    const { route, values: params } = found;
    const query = new URLSearchParams(cut === -1 ? '' : path.slice(cut + 1));
    const fields = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
    const request = { registry, params, query, body: fields };
    const entry = { caller, action: `${route.method} ${route.path}`, target: params[0] };
    const needs = needsOf(route.needs, () => request);
    const isChange = needs.some(({ right }) => right !== 'see');
    try {
      const [missing] = missingNeeds(caller, needs);
      if (missing !== undefined) {
        if (caller === NOBODY) return failure(401, 401, 'Unauthorized');
        audit.record({ ...entry, outcome: 'denied' });
        const { status, restCode, message } = forbidden(caller, missing, entry.action);
        return failure(status, restCode, message);
      }
      await registry.refresh();
      const answer = await route.run(request);
      if (isChange) audit.record({ ...entry, outcome: 'done' });
      return { status: 200, body: answer };
    } catch (error) {
      if (isChange) audit.record({ ...entry, outcome: 'failed' });
      if (isSluiceError(error)) return failure(error.status, error.restCode, error.message);
      const { status, restCode, message } = storeFailed(error);
      return failure(status, restCode, message);
    }
  };
}

function failure(status: number, code: number, message: string): RegistryAnswer {
  return { status, body: { error_code: code, message } };
}

async function listSubjects({ registry, query }: Request): Promise<readonly string[]> {
  const prefix = query.get('subjectPrefix') ?? '';
  return (await registry.subjects(query.get('deleted') === 'true')).filter((subject) => subject.startsWith(prefix));
}

async function listVersions({ registry, params, query }: Request): Promise<readonly number[]> {
  const subject = must(params[0], 'parameter of the route');
  const versions =
    query.get('deleted') === 'true'
      ? registry.allVersions(subject).map((v) => v.version)
      : await registry.versions(subject);
  if (versions === undefined || versions.length === 0) throw subjectNotFound(subject);
  return versions;
}

async function register({ registry, params, body }: Request): Promise<unknown> {
  const { id } = body;
  if (typeof id === 'number' && id > 0)
    return { id: await registry.registerWithId(must(params[0], 'parameter of the route'), schemaOf(body), id) };
  return { id: await registry.register(must(params[0], 'parameter of the route'), schemaOf(body)) };
}

async function lookup({ registry, params, body }: Request): Promise<unknown> {
  const subject = must(params[0], 'parameter of the route');
  if ((await registry.versions(subject)) === undefined) throw subjectNotFound(subject);
  const found = await registry.lookup(subject, schemaOf(body));
  if (found === undefined) throw schemaNotInSubject(subject);
  return versionBody(found);
}

async function findVersion({ registry, params, query }: Request): Promise<SubjectVersion> {
  const [subject, text] = params as readonly [string, string];
  const all = query.get('deleted') === 'true' ? registry.allVersions(subject) : undefined;
  if (all === undefined ? (await registry.versions(subject)) === undefined : all.length === 0)
    throw subjectNotFound(subject);
  const wanted = versionOf(text);
  const found =
    all === undefined
      ? wanted === 'latest'
        ? await registry.latest(subject)
        : await registry.version(subject, wanted)
      : wanted === 'latest'
        ? all.at(-1)
        : all.find((v) => v.version === wanted);
  if (found === undefined) throw versionNotFound(text);
  return found;
}

async function deleteVersion({ registry, params, query }: Request): Promise<number> {
  const [subject, text] = params as readonly [string, string];
  const permanent = query.get('permanent') === 'true';
  const wanted = versionOf(text);
  const version = wanted === 'latest' ? (await registry.latest(subject))?.version : wanted;
  if (version === undefined) throw subjectNotFound(subject);
  return registry.deleteVersion(subject, version, permanent);
}

async function referencedBy(request: Request): Promise<readonly number[]> {
  const { subject, version } = await findVersion(request);
  const { registry } = request;
  const ids = new Set<number>();
  for (const name of await registry.subjects(true)) {
    for (const entry of registry.allVersions(name)) {
      if (entry.schema.references?.some((r) => r.subject === subject && r.version === version) === true)
        ids.add(entry.id);
    }
  }
  return [...ids];
}

function findSchema({ registry, params }: Request): RegistrySchema {
  const schema = /^\d+$/.test(must(params[0], 'parameter of the route'))
    ? registry.findById(Number(params[0]))
    : undefined;
  if (schema === undefined) throw schemaNotFound(must(params[0], 'parameter of the route'));
  return schema;
}

async function usesOf(request: Request): Promise<readonly SubjectVersion[]> {
  findSchema(request);
  return request.registry.usesOf(Number(request.params[0]));
}

async function checkVersion({ registry, params, query, body }: Request): Promise<unknown> {
  const [subject, text] = params as readonly [string, string];
  const schema = schemaOf(body);
  const wanted = versionOf(text);
  const version = wanted === 'latest' ? (await registry.latest(subject))?.version : wanted;
  // Without versions, a subject accepts any schema.
  if (version === undefined) return { is_compatible: true };
  const result = await registry.checkAgainst(subject, schema, version);
  return query.get('verbose') === 'true'
    ? { is_compatible: result.compatible, messages: result.messages }
    : { is_compatible: result.compatible };
}

async function checkAll({ registry, params, query, body }: Request): Promise<unknown> {
  const result = await registry.checkCompatibility(must(params[0], 'parameter of the route'), schemaOf(body));
  return query.get('verbose') === 'true'
    ? { is_compatible: result.compatible, messages: result.messages }
    : { is_compatible: result.compatible };
}

async function subjectLevel({ registry, params, query }: Request): Promise<unknown> {
  const subject = must(params[0], 'parameter of the route');
  const own = registry.ownLevel(subject);
  if (own !== undefined) return { compatibilityLevel: own };
  const exists = (await registry.versions(subject)) !== undefined;
  if (exists && query.get('defaultToGlobal') === 'true') return { compatibilityLevel: await registry.compatibility() };
  throw subjectNotFound(subject);
}

async function setLevel({ registry, params, body }: Request): Promise<unknown> {
  const { compatibility } = body;
  const level = COMPATIBILITY_LEVELS.find(
    (known) => typeof compatibility === 'string' && known === compatibility.toUpperCase(),
  );
  if (level === undefined) throw invalidLevel();
  await registry.setCompatibility(level, params[0]);
  return { compatibility: level };
}

async function unsetLevel({ registry, params }: Request): Promise<CompatibilityLevel> {
  const subject = params[0];
  const before = subject === undefined ? await registry.compatibility() : registry.ownLevel(subject);
  if (before === undefined) throw subjectNotFound(subject!);
  await registry.unsetCompatibility(subject);
  return before;
}

function versionOf(text: string): number | 'latest' {
  if (text === 'latest' || text === '-1') return 'latest';
  const version = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (version < 1 || version > 2147483647) throw invalidVersion(text);
  return version;
}

/** The schema in a request body. */
function schemaOf(body: Readonly<Record<string, unknown>>): RegistrySchema {
  const { schema, schemaType, references } = body;
  const type = schemaType === undefined || schemaType === null ? 'AVRO' : String(schemaType).toUpperCase();
  return {
    schemaType: type as RegistrySchema['schemaType'],
    schema: typeof schema === 'string' ? schema : '',
    ...(Array.isArray(references) && references.length > 0
      ? { references: references as NonNullable<RegistrySchema['references']> }
      : {}),
  };
}

/** A schema as responses show it: AVRO, the default type, is omitted. */
function schemaBody(schema: RegistrySchema): Record<string, unknown> {
  return {
    ...(schema.schemaType === 'AVRO' ? {} : { schemaType: schema.schemaType }),
    schema: schema.schema,
    ...(schema.references === undefined ? {} : { references: schema.references }),
  };
}

function versionBody({ subject, version, id, schema }: SubjectVersion): Record<string, unknown> {
  return { subject, version, id, ...schemaBody(schema) };
}

/** `…/schema` responds with the schema itself, which is JSON except for PROTOBUF. */
function quoteUnlessJson(schema: RegistrySchema): string {
  return schema.schemaType === 'PROTOBUF' ? JSON.stringify(schema.schema) : schema.schema;
}
