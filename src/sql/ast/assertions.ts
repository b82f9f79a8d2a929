import type { ConnectorName } from './connectors.ts';
import type { ColumnDefinition, Property, SourceType } from './definition.ts';
import type { Expression } from './expressions.ts';
import type { Identifier, Node } from './node.ts';
import type { Duration } from './query.ts';

export type AssertionStatement =
  | AssertTopic
  | AssertSchema
  | AssertConnector
  | AssertValues
  | AssertTombstone
  | AssertSource;

/** ASSERT [NOT EXISTS] TOPIC name [WITH (PARTITIONS=..)] [TIMEOUT 10 SECONDS]. */
export interface AssertTopic extends Node {
  readonly kind: 'AssertTopic';
  /** False for NOT EXISTS. */
  readonly exists: boolean;
  /** Case as written, quoted or not. */
  readonly topic: string;
  readonly properties: readonly Property[];
  readonly timeout: Duration | null;
}
/** ASSERT [NOT EXISTS] SCHEMA [SUBJECT name] [ID n] [TIMEOUT ..]; at least one of the two is set. */
export interface AssertSchema extends Node {
  readonly kind: 'AssertSchema';
  readonly exists: boolean;
  readonly subject: string | null;
  readonly id: number | null;
  readonly timeout: Duration | null;
}

/** ASSERT [NOT EXISTS] CONNECTOR name [RUNNING | PAUSED | STOPPED | FAILED] [TIMEOUT ..]. */
export interface AssertConnector extends Node {
  readonly kind: 'AssertConnector';
  /** False for NOT EXISTS. */
  readonly exists: boolean;
  readonly name: ConnectorName;
  /** The state that the connector and all its tasks must have; null: any state. */
  readonly state: ConnectorState | null;
  readonly timeout: Duration | null;
}
export type ConnectorState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED';

/** ASSERT VALUES source (columns) VALUES (...): test scripts only. */
export interface AssertValues extends Node {
  readonly kind: 'AssertValues';
  readonly source: Identifier;
  readonly columns: readonly Identifier[];
  readonly values: readonly Expression[];
}
/** ASSERT NULL VALUES source (key columns) KEY (...): test scripts only. */
export interface AssertTombstone extends Node {
  readonly kind: 'AssertTombstone';
  readonly source: Identifier;
  readonly columns: readonly Identifier[];
  readonly values: readonly Expression[];
}
/** ASSERT STREAM|TABLE name (columns) WITH (...): test scripts only. */
export interface AssertSource extends Node {
  readonly kind: 'AssertSource';
  readonly sourceType: SourceType;
  readonly name: Identifier;
  readonly columns: readonly ColumnDefinition[];
  readonly properties: readonly Property[];
}
