import type { SourceType } from './definition.ts';
import type { Expression } from './expressions.ts';
import type { Identifier, Node } from './node.ts';

export type ConnectorStatement =
  | CreateConnector
  | AlterConnector
  | DropConnector
  | RestartConnector
  | PauseConnector
  | ResumeConnector
  | StopConnector
  | AlterConnectorOffsets
  | ResetConnectorOffsets
  | SnapshotTables
  | RetryDeadLetters
  | ValidateConnector
  | CreateFromConnector
  | ListConnectorLogs;

/**
 * A connector's name. Unquoted it is upper-cased like any identifier, but an unquoted name with a hyphen keeps its
 * case (`my-postgres-jdbc`), as a quoted one does. `written` is the text without its quotes.
 */
export interface ConnectorName extends Node {
  readonly kind: 'ConnectorName';
  readonly name: string;
  readonly written: string;
  readonly quoting: 'none' | 'back-quote' | 'double' | 'string';
}

export interface CreateConnector extends Node {
  readonly kind: 'CreateConnector';
  readonly type: 'SOURCE' | 'SINK';
  /** The existing connector of the name gets these settings and keeps its offsets. */
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly name: ConnectorName;
  readonly properties: readonly ConnectorProperty[];
  /** The state in which a new connector stays until it is resumed (KIP-980); null: it runs. */
  readonly initialState: 'STOPPED' | 'PAUSED' | null;
}
/** One entry of a connector's WITH (...). Keys and values are texts, exactly as written without their quotes. */
export interface ConnectorProperty extends Node {
  readonly kind: 'ConnectorProperty';
  readonly key: string;
  readonly value: string;
  /** How the value was written; a bare number, true or false is `bare`. Needed only for printing. */
  readonly valueStyle: 'string' | 'bare';
}
/** ALTER CONNECTOR name SET (...) [RESET (...)] | RESET (...): these entries are changed or removed, others stay. */
export interface AlterConnector extends Node {
  readonly kind: 'AlterConnector';
  readonly name: ConnectorName;
  /** The settings that SET changes. */
  readonly properties: readonly ConnectorProperty[];
  /** Names of the settings that RESET returns to their defaults. */
  readonly reset: readonly string[];
}
export interface DropConnector extends Node {
  readonly kind: 'DropConnector';
  readonly ifExists: boolean;
  readonly name: ConnectorName;
  /** Deletes offsets and drops the sources that were declared automatically. */
  readonly terminate: boolean;
  /** With `terminate`: also deletes the topics that it wrote. */
  readonly deleteTopics: boolean;
  /** With `terminate`: also terminates the queries that read those sources, and drops their results. */
  readonly cascade: boolean;
}
export interface RestartConnector extends Node {
  readonly kind: 'RestartConnector';
  readonly name: ConnectorName;
  /** Null: the connector and all its tasks. */
  readonly task: number | null;
  /** Restarts only what has failed (KIP-745). */
  readonly onlyFailed: boolean;
}
export interface PauseConnector extends Node {
  readonly kind: 'PauseConnector';
  readonly name: ConnectorName;
}
export interface ResumeConnector extends Node {
  readonly kind: 'ResumeConnector';
  readonly name: ConnectorName;
}
/** Stops the tasks and releases what they hold; the config and the offsets are kept (KIP-875). */
export interface StopConnector extends Node {
  readonly kind: 'StopConnector';
  readonly name: ConnectorName;
}
/**
 * ALTER CONNECTOR OFFSETS OF name SET BEGINNING | END | TIMESTAMP '...' | '[{"partition": {...}, "offset": {...}}]'.
 */
export interface AlterConnectorOffsets extends Node {
  readonly kind: 'AlterConnectorOffsets';
  readonly name: ConnectorName;
  readonly position: OffsetsPosition;
}
export type OffsetsPosition =
  | { readonly at: 'BEGINNING' | 'END' }
  | { readonly at: 'TIMESTAMP'; readonly text: string }
  /** JSON as Connect's REST API has it. */
  | { readonly at: 'OFFSETS'; readonly json: string };
/**
 * ALTER CONNECTOR name SNAPSHOT TABLES (users, public.orders) [WHERE 'condition']: reads tables again whose changes it
 * captures. ALTER CONNECTOR name PAUSE | RESUME | STOP SNAPSHOT [TABLES (...)]: holds or ends readings, first ones too.
 */
export interface SnapshotTables extends Node {
  readonly kind: 'SnapshotTables';
  readonly name: ConnectorName;
  readonly action: 'READ' | 'PAUSE' | 'RESUME' | 'STOP';
  /** As written; empty: all tables. */
  readonly tables: readonly string[];
  /** The condition on the rows to read, in the database's SQL; null: all rows. */
  readonly where: string | null;
}
/** RESET CONNECTOR OFFSETS OF name: deletes all of them. */
export interface ResetConnectorOffsets extends Node {
  readonly kind: 'ResetConnectorOffsets';
  readonly name: ConnectorName;
}
/**
 * VALIDATE [SOURCE | SINK] CONNECTOR …, continued as CREATE [OR REPLACE]: shows what CREATE would do, and does nothing.
 */
export interface ValidateConnector extends Node {
  readonly kind: 'ValidateConnector';
  readonly connector: CreateConnector;
}
/** CREATE STREAM | TABLE [IF NOT EXISTS] name FROM CONNECTOR connector [TOPIC 't']: over a topic that it writes. */
export interface CreateFromConnector extends Node {
  readonly kind: 'CreateFromConnector';
  readonly sourceType: SourceType;
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly connector: ConnectorName;
  /** Null: the connector's single topic. */
  readonly topic: string | null;
}
/** SHOW LOGS OF name [LIMIT n]: what happened to a connector. */
export interface ListConnectorLogs extends Node {
  readonly kind: 'ListConnectorLogs';
  readonly name: ConnectorName;
  readonly limit: number | null;
}
/** RETRY DEAD LETTERS OF name [WHERE …]: returns those that were not sent again yet to their topics. */
export interface RetryDeadLetters extends Node {
  readonly kind: 'RetryDeadLetters';
  readonly name: ConnectorName;
  readonly where: Expression | null;
}
