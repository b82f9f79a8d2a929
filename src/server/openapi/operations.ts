import type { RouteKey } from '../routes/table.ts';
import { boolean, integer, list, object, record, ref, string, type Schema } from './schemas.ts';

/** The description of a route besides its method and path. */
export interface Operation {
  readonly summary: string;
  /** Whether it is not in ksqlDB. */
  readonly isOurs?: boolean;
  readonly query?: Readonly<Record<string, Schema>>;
  /** By content type. */
  readonly body?: Readonly<Record<string, Schema>>;
  /** Schemas of a successful response by content type; absent: it has no body. */
  readonly answer?: Readonly<Record<string, Schema>>;
  /** HTTP status of success; 200 by default. */
  readonly status?: number;
  /** Other statuses than success that have a meaning of their own. */
  readonly also?: Readonly<Record<number, { readonly description: string; readonly schema: Schema }>>;
}

const json = (schema: Schema): Readonly<Record<string, Schema>> => ({ 'application/json': schema });
const text = (type: string): Readonly<Record<string, Schema>> => ({ [type]: string });
const entities = json(list(ref('Entity')));

const ROWS: Readonly<Record<string, Schema>> = {
  'application/vnd.ksqlapi.delimited.v1': {
    ...string,
    description: 'Lines of JSON: the first is a QueryStreamMetadata, each further one a row as an array.',
  },
  'application/json': { type: 'array', description: 'A QueryStreamMetadata, then one array a row.' },
  'application/vnd.ksql.v1+json': { type: 'array', description: 'A header, rows, a final message, as of /query.' },
};

const HOOK_REFUSAL = object({ ok: boolean, message: string });

const METADATA = object({ scope: record({}), id: string });

/** Every route; a missing one does not compile. */
export const OPERATIONS: { readonly [K in RouteKey]: Operation } = {
  'GET /': { summary: 'Redirects to /info; a browser to the web console.', status: 307 },
  'GET /console': { summary: 'The web console.', isOurs: true, answer: text('text/html') },
  'GET /console/assets/:name': {
    summary: 'A file of the web console.',
    isOurs: true,
    answer: { 'text/javascript': string, 'text/css': string, 'image/svg+xml': string },
  },
  'GET /openapi.json': { summary: 'This description.', isOurs: true, answer: json({ type: 'object' }) },
  'GET /info': { summary: 'Version and names of the server.', answer: json(ref('ServerInfo')) },
  'GET /healthcheck': {
    summary: 'How the server does, part by part.',
    answer: json(ref('Health')),
    also: { 503: { description: 'Something is not well: the body tells what.', schema: ref('Health') } },
  },
  'GET /metrics': { summary: 'Metrics for Prometheus.', isOurs: true, answer: text('text/plain') },
  'GET /v1/metadata': {
    summary: 'Version and names of the cluster.',
    answer: json(object({ version: string, clusterId: METADATA })),
  },
  'GET /v1/metadata/id': { summary: 'Names of the cluster.', answer: json(METADATA) },
  'GET /chc/ready': {
    summary: 'Whether requests are served.',
    answer: json({ type: 'object' }),
    also: { 503: { description: 'Not yet, or no longer.', schema: { type: 'object' } } },
  },
  'GET /chc/live': { summary: 'Whether the process lives.', answer: json({ type: 'object' }) },
  'POST /ksql': {
    summary: 'Runs statements, all kinds but SELECT and PRINT, one after another.',
    body: json(ref('KsqlRequest')),
    answer: entities,
  },
  'POST /ksql/terminate': {
    summary: 'Ends all queries and drops all streams and tables.',
    body: json(object({ 'deleteTopicList?': list(string) })),
    answer: entities,
  },
  'POST /query': {
    summary: 'A SELECT or PRINT; rows as an array of objects.',
    body: json(ref('KsqlRequest')),
    answer: { 'application/vnd.ksql.v1+json': { type: 'array' } },
  },
  'POST /query-stream': {
    summary: 'A SELECT or PRINT; the Accept header chooses the form of the rows.',
    body: json(ref('QueryStreamRequest')),
    answer: ROWS,
    also: { 406: { description: 'Accept names no form that there is.', schema: ref('Error') } },
  },
  'GET /ws/query': {
    summary: 'A SELECT or PRINT over a WebSocket.',
    query: { request: { ...string, description: 'A KsqlRequest as JSON.' } },
    status: 101,
  },
  'POST /close-query': {
    summary: 'Ends a push query.',
    body: json(object({ queryId: string })),
  },
  'POST /inserts-stream': {
    summary: 'Inserts rows as they come, with one acknowledgement each.',
    body: {
      'application/vnd.ksqlapi.delimited.v1': {
        ...string,
        description: 'Lines of JSON: {"target": name, "properties": {}}, then one object a row.',
      },
    },
    answer: {
      'application/vnd.ksqlapi.delimited.v1': { ...string, description: 'One InsertAck a line.' },
      'application/json': list(ref('InsertAck')),
    },
  },
  'GET /status': { summary: 'The outcomes of commands.', answer: json(object({ commandStatuses: record(string) })) },
  'GET /status/:type/:entity/:action': { summary: 'The outcome of a command.', answer: json(ref('CommandStatus')) },
  'GET /is_valid_property/:name': { summary: 'Whether SET takes a setting.', answer: json(boolean) },
  'GET /docs/errors': {
    summary: 'The codes of errors.',
    isOurs: true,
    answer: { ...text('text/markdown'), ...text('text/html') },
  },
  'GET /docs/errors/:code': {
    summary: 'What a code means, with its cure.',
    isOurs: true,
    answer: { ...text('text/markdown'), ...text('text/html') },
  },
  'GET /user': {
    summary: 'Who asks, and what they may do.',
    isOurs: true,
    answer: json(ref('CallerInfo')),
  },
  'GET /lineage': {
    summary: 'What flows where, from the systems outside to the systems outside.',
    isOurs: true,
    query: {
      of: {
        ...string,
        description: 'What leads to this stream, table, query, connector or topic, and where it leads.',
      },
    },
    answer: json(ref('Lineage')),
  },
  'GET /queries/:query/state': {
    summary: 'How many rows and bytes the stores of a persistent query hold on this server.',
    isOurs: true,
    answer: json(ref('QueryState')),
  },
  'GET /queries/:query/tasks': {
    summary: 'Which server, and which of its threads, has which task of a persistent query.',
    isOurs: true,
    answer: json(ref('QueryTasks')),
  },
  'GET /events': {
    summary:
      'Server-sent events: sources, queries, connectors and their last events, topics, schemas and metrics, whenever some of them change.',
    isOurs: true,
    answer: text('text/event-stream'),
  },
  'GET /topics/:topic/records': {
    summary: 'Records of a topic.',
    isOurs: true,
    query: {
      from: { enum: ['end', 'beginning'], default: 'end' },
      offset: { ...integer, minimum: 0, description: 'In place of `from`.' },
      timestamp: { ...integer, minimum: 0, description: 'In place of `from`: ms since the epoch.' },
      partition: { ...integer, minimum: 0 },
      contains: { ...string, description: 'Only records whose key or value holds this text.' },
      key: { ...string, description: 'Only records whose key, as shown, is this text.' },
      as: {
        ...string,
        description: 'A stream or table over the topic, by whose columns and formats records are read.',
      },
      limit: { ...integer, default: 100, maximum: 1000 },
    },
    answer: json(ref('TopicRecords')),
  },
  'GET /connectors/:connector/topics/:topic/schema': {
    summary: 'The columns and formats of a topic that a connector writes.',
    isOurs: true,
    answer: json(ref('ConnectorTopicSchema')),
  },
  'POST /connectors/:connector/validate': {
    summary:
      'What VALIDATE CONNECTOR says of settings: every problem, or what would be made and the first rows. Nothing is made.',
    isOurs: true,
    body: json(record(string)),
    answer: json(ref('ConnectorValidation')),
  },
  'POST /hooks/:connector': {
    summary: 'Takes a delivery for a webhook connector, and answers when it is written.',
    isOurs: true,
    body: { 'application/json': {}, '*/*': string },
    answer: json(object({ ok: boolean })),
    also: {
      400: { description: 'The body is not what the connector takes.', schema: HOOK_REFUSAL },
      401: { description: 'No signature that the connector trusts, and no user who may write.', schema: HOOK_REFUSAL },
      413: { description: 'The body is too large.', schema: HOOK_REFUSAL },
      503: { description: 'Not now: Retry-After says when.', schema: HOOK_REFUSAL },
    },
  },
  'GET /schemas/:subject': {
    summary: 'The versions of a subject of the schema registry.',
    isOurs: true,
    answer: json(list(ref('RegisteredSchema'))),
  },
  'GET /clusterStatus': { summary: 'The servers of the service.', answer: json(ref('ClusterStatus')) },
  'POST /heartbeat': { summary: 'From server to server.', answer: json(object({ ok: boolean })) },
  'POST /lag': { summary: 'From server to server.', answer: json(object({ ok: boolean })) },
};
