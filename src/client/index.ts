/** Public door 2: a client of the REST API, for browsers and Node. */
export { ClientError } from './client-error.ts';
export { RowStream, type RowChange, type RowObject } from './row-stream.ts';
export {
  SluiceClient,
  type ClientOptions,
  type CommandStatusAnswer,
  type InsertAck,
  type OptionsFor,
  type QueryOptions,
  type RequestOptions,
} from './sluice-client.ts';
export { fetchTransport, fetchTransportWith } from './transport.ts';
export type { Transport, TransportAnswer, TransportRequest } from './transport.ts';
export { textLiteral, type InsertValue, type VariableValue } from './values.ts';
export type { ConnectorTopicSchema } from '../wire/connector-topic-schema.ts';
export type { Entity, ErrorBody, FieldInfo, SchemaInfo, ServerInfo } from '../wire/entities.ts';
export type { QueryRates, ServerEvent, ServerEvents } from '../wire/events.ts';
export type { Lineage, LineageEdge, LineageNode } from '../wire/lineage.ts';
export type { QueryState, StoreState } from '../wire/query-state.ts';
export type { CallerInfo } from '../wire/caller.ts';
export type { QueryTasks, TaskPlace } from '../wire/query-tasks.ts';
export type { RegisteredSchema } from '../wire/registered-schema.ts';
export type { TopicRecord, TopicRecords, TopicRecordsRequest } from '../wire/topic-records.ts';
export { ExactNumber, type RowValue } from '../wire/row-json.ts';
