import type { Source, SourceKind } from '../../catalog/source.ts';
import type { Column } from '../../types/schema.ts';
import { array, BIGINT, DOUBLE, formatType, INTEGER, STRING, TIMESTAMP, type SqlType } from '../../types/sql-type.ts';

/** Names of the built-in sources, as in statements. */
export const STATE_SOURCES = {
  connectors: 'CONNECTORS',
  tasks: 'CONNECTOR_TASKS',
  events: 'CONNECTOR_EVENTS',
} as const;

/** The topics of the built-in sources. They belong to the server and are hidden like its others. */
export function stateTopics(serviceId: string): Readonly<Record<keyof typeof STATE_SOURCES, string>> {
  const prefix = `_confluent-ksql-${serviceId}`;
  return {
    connectors: `${prefix}_connectors`,
    tasks: `${prefix}_connector_tasks`,
    events: `${prefix}_connector_events`,
  };
}

/** Whether a topic is one of those. A connector that read them would cause the events that it reads. */
export function isStateTopic(topic: string, serviceId: string): boolean {
  return Object.values(stateTopics(serviceId)).includes(topic);
}

type Columns = Readonly<Record<string, SqlType>>;

/** Must match the columns that rows.ts writes. */
const CONNECTOR_COLUMNS = {
  TYPE: STRING,
  CLASS: STRING,
  STATE: STRING,
  CAUSE: STRING,
  ADVICE: STRING,
  TASKS: INTEGER,
  RUNNING: INTEGER,
  FAILED: INTEGER,
  LAG: BIGINT,
  TOPICS: array(STRING),
  WORKER: STRING,
  CHANGED_AT: TIMESTAMP,
} as const satisfies Columns;

const TASK_COLUMNS = {
  STATE: STRING,
  CAUSE: STRING,
  ADVICE: STRING,
  RECORDS: BIGINT,
  RECORDS_PER_SECOND: DOUBLE,
  FAILURES: BIGINT,
  RETRIES: BIGINT,
  WORKER: STRING,
  CHANGED_AT: TIMESTAMP,
} as const satisfies Columns;

const EVENT_COLUMNS = {
  EVENT: STRING,
  TASK: INTEGER,
  STATE: STRING,
  PREVIOUS_STATE: STRING,
  TOPIC: STRING,
  DETAIL: STRING,
  AT: TIMESTAMP,
} as const satisfies Columns;

/** The JSON value of a row: each column, null when unknown. */
type RowOf<C extends Columns, Numbers extends keyof C, Lists extends keyof C = never> = {
  readonly [K in keyof C]: (K extends Numbers ? number : K extends Lists ? readonly string[] : string) | null;
};
export type ConnectorRow = RowOf<
  typeof CONNECTOR_COLUMNS,
  'TASKS' | 'RUNNING' | 'FAILED' | 'LAG' | 'CHANGED_AT',
  'TOPICS'
>;
export type TaskRow = RowOf<
  typeof TASK_COLUMNS,
  'RECORDS' | 'RECORDS_PER_SECOND' | 'FAILURES' | 'RETRIES' | 'CHANGED_AT'
>;
export type EventRow = RowOf<typeof EVENT_COLUMNS, 'TASK' | 'AT'> & { readonly EVENT: string; readonly AT: number };

/**
 * Streams and tables with the state of connectors. Nobody declares them and no list shows them, but every statement can
 * read them. They are ordinary sources over topics that the feed (feed.ts) writes.
 */
export function stateSources(serviceId: string): readonly Source[] {
  const topics = stateTopics(serviceId);
  return [
    source('TABLE', STATE_SOURCES.connectors, topics.connectors, 'KAFKA', { NAME: STRING }, CONNECTOR_COLUMNS),
    source('TABLE', STATE_SOURCES.tasks, topics.tasks, 'JSON', { CONNECTOR: STRING, TASK: INTEGER }, TASK_COLUMNS),
    source('STREAM', STATE_SOURCES.events, topics.events, 'KAFKA', { CONNECTOR: STRING }, EVENT_COLUMNS),
  ];
}

function source(
  kind: SourceKind,
  name: string,
  topic: string,
  keyFormat: string,
  key: Columns,
  value: Columns,
): Source {
  const keyWord = kind === 'TABLE' ? 'PRIMARY KEY' : 'KEY';
  const columns = [
    ...Object.entries(key).map(([column, type]) => `${column} ${formatType(type)} ${keyWord}`),
    ...Object.entries(value).map(([column, type]) => `${column} ${formatType(type)}`),
  ];
  const format = (of: string) => ({ format: of, properties: {} });
  return {
    kind,
    name,
    schema: { key: columnsOf(key, 'KEY'), value: columnsOf(value, 'VALUE') },
    topic: {
      name: topic,
      keyFormat: format(keyFormat),
      valueFormat: format('JSON'),
      keyFeatures: [],
      valueFeatures: [],
    },
    isSource: true,
    isCasTarget: false,
    sql: `CREATE SOURCE ${kind} ${name} (${columns.join(', ')}) WITH (KAFKA_TOPIC='${topic}', KEY_FORMAT='${keyFormat}', VALUE_FORMAT='JSON');`,
    partitions: 1,
  };
}

function columnsOf(columns: Columns, role: Column['role']): Column[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type, role }));
}
