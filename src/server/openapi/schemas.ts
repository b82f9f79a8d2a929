/** The part of JSON Schema that the description uses. */
export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const string: Schema = { type: 'string' };
export const integer: Schema = { type: 'integer' };
export const boolean: Schema = { type: 'boolean' };
export const nullable = (schema: Schema): Schema => ({ oneOf: [schema, { type: 'null' }] });
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const record = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });

/** An object; fields whose name ends in `?` are optional. Additional fields are allowed. */
export function object(fields: Readonly<Record<string, Schema>>): Schema {
  return {
    type: 'object',
    required: Object.keys(fields).filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
  };
}

const position = object({ partition: integer, earliest: integer, latest: integer });

/** The shapes of `wire`, by the names that they have there. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Error: {
    ...object({
      '@type': { enum: ['generic_error', 'statement_error'] },
      error_code: { ...integer, description: 'ksqlDB’s number: the HTTP status and two digits.' },
      message: string,
      'code?': { ...string, description: 'Match on this one: /docs/errors lists the codes.' },
      'line?': { ...integer, description: 'From 1.' },
      'column?': { ...integer, description: 'From 0.' },
      'hint?': { ...string, description: 'What can be done.' },
      'docs?': { ...string, description: 'Path of the code’s page on this server.' },
      'statementText?': string,
      'entities?': { ...list(ref('Entity')), description: 'Of the statements before the one that failed.' },
    }),
  },
  Entity: {
    ...object({
      '@type': string,
      statementText: string,
      warnings: list(object({ message: string })),
    }),
    description: 'The result of one statement; `@type` tells which fields stand beside these.',
  },
  KsqlRequest: object({
    ksql: { ...string, description: 'One or more statements, each with its semicolon.' },
    'streamsProperties?': { ...record({}), description: 'Overrides as by SET.' },
    'sessionVariables?': { ...record(string), description: 'Variables as by DEFINE.' },
    'commandSequenceNumber?': nullable(integer),
  }),
  QueryStreamRequest: object({
    sql: { ...string, description: 'A SELECT or PRINT.' },
    'properties?': { ...record({}), description: 'Overrides as by SET.' },
    'sessionVariables?': { ...record(string), description: 'Variables as by DEFINE.' },
    'notices?': { ...boolean, description: 'Lines {"notice": text} may stand among the rows.' },
    'tombstones?': { ...boolean, description: 'A row that leaves the table is a line {"tombstone": [...]}.' },
  }),
  QueryStreamMetadata: object({ queryId: string, columnNames: list(string), columnTypes: list(string) }),
  InsertAck: object({ status: { enum: ['ok', 'error'] }, seq: integer, 'message?': string, 'error_code?': integer }),
  ServerInfo: object({
    KsqlServerInfo: object({ version: string, kafkaClusterId: string, ksqlServiceId: string, serverStatus: string }),
  }),
  Health: object({
    isHealthy: boolean,
    details: record(object({ isHealthy: boolean, 'message?': string })),
    serverState: { type: 'null' },
  }),
  CommandStatus: object({ status: string, message: string, queryId: nullable(string) }),
  ClusterStatus: object({
    clusterStatus: record(object({ hostAlive: boolean, lastStatusUpdateMs: integer })),
  }),
  Lineage: object({
    nodes: list(
      object({
        id: string,
        kind: { enum: ['EXTERNAL', 'CONNECTOR', 'TOPIC', 'STREAM', 'TABLE', 'QUERY'] },
        name: string,
        'state?': { ...string, description: 'Of queries and connectors.' },
        'cause?': { ...string, description: 'What is wrong, in one line.' },
        'topic?': { ...string, description: 'Of streams and tables.' },
        'statement?': { ...string, description: 'Of queries.' },
      }),
    ),
    edges: list(object({ from: string, to: string, 'topic?': string })),
  }),
  QueryState: object({
    queryId: string,
    rows: integer,
    bytes: {
      ...integer,
      description: 'Keys and values as they are stored, with the index by time of rows that expire.',
    },
    stores: list(
      object({
        name: string,
        rows: integer,
        bytes: integer,
        tasks: list(
          object({ id: { ...string, description: 'Sub-topology and partition.' }, rows: integer, bytes: integer }),
        ),
      }),
    ),
    complete: { ...boolean, description: 'False where time ran out before all was counted: there is more.' },
    countedAt: { ...integer, description: 'Ms since the epoch: an answer is given again for some seconds.' },
  }),
  CallerInfo: object({
    name: { ...nullable(string), description: 'Null: the server asks nobody who they are.' },
    may: {
      ...object({ read: boolean, write: boolean, connectors: boolean, administer: boolean }),
      description: 'Of each right whether it is granted, for some things at least.',
    },
  }),
  QueryTasks: object({
    queryId: string,
    tasks: list(
      object({
        id: { ...string, description: 'Sub-topology and partition.' },
        server: { ...string, description: 'Host and port of its REST API.' },
        isHere: { ...boolean, description: 'Whether that is the server that answers.' },
        thread: nullable({ ...integer, description: "Number of a worker thread; null: the server's own." }),
        inputs: list(object({ topic: string, partition: integer })),
      }),
    ),
  }),
  ConnectorTopicSchema: object({
    connector: string,
    topic: string,
    keyFormat: nullable(string),
    valueFormat: nullable(string),
    isTable: boolean,
    columns: list(object({ name: string, sourceName: string, type: string, isKey: boolean })),
    sources: { ...list(string), description: 'Streams and tables over the topic.' },
  }),
  ConnectorValidation: object({
    '@type': string,
    statementText: string,
    connectorName: string,
    isValid: boolean,
    problems: list(string),
    hint: nullable(string),
    config: { ...record(string), description: 'Short forms expanded, secrets hidden; empty where there are problems.' },
    topics: list(
      object({
        topic: string,
        partitions: integer,
        name: { ...nullable(string), description: 'The stream or table that would be declared.' },
        kind: { enum: ['STREAM', 'TABLE'] },
        statement: nullable(string),
        note: nullable(string),
        columns: list(
          object({
            name: string,
            type: string,
            isKey: boolean,
            sourceType: nullable(string),
            loss: { ...nullable(string), description: 'What of the values is lost.' },
          }),
        ),
        rows: { ...list(object({ key: nullable(string), value: nullable(string) })), description: 'JSON texts.' },
      }),
    ),
    settings: {
      ...list(object({ name: string, visible: boolean, recommended: list(string) })),
      description: 'Which settings mean something with the others as they are, and values to choose from.',
    },
    warnings: list(object({ message: string })),
  }),
  TopicRecords: object({
    topic: string,
    partitions: list(position),
    configs: record(string),
    keyFormat: string,
    valueFormat: string,
    records: list(
      object({
        partition: integer,
        offset: integer,
        timestamp: { ...integer, description: 'Ms since the epoch.' },
        key: nullable(string),
        value: nullable(string),
        headers: list(object({ key: string, value: nullable(string) })),
        'keySchemaId?': { ...integer, description: 'Number of the registered schema that the key names.' },
        'valueSchemaId?': integer,
        'problem?': { ...string, description: 'Why it could not be read by what `as` names.' },
      }),
    ),
    scanned: integer,
    complete: boolean,
    notes: list(string),
  }),
  RegisteredSchema: object({
    subject: string,
    version: integer,
    id: integer,
    schemaType: { enum: ['AVRO', 'PROTOBUF', 'JSON'] },
    schema: string,
  }),
};
