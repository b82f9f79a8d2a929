import type { Ddl, QueryChange } from '../catalog/ddl.ts';

/** Version of the commands this server writes. It reads this and older ones. */
export const COMMAND_VERSION = 2;

/**
 * One change of the catalog as it stands on the command topic: the statement's text and what was planned from it.
 * Applying it is applying `changes` in order and then making the running queries agree with the catalog; nothing is
 * planned again.
 */
export interface Command {
  readonly version: number;
  /** "type/entity/action", as ksqlDB's: ``stream/`S`/create``, `terminate/CSAS_S_1/execute`. */
  readonly id: string;
  /** The statement as the user wrote it. */
  readonly statement: string;
  readonly changes: readonly (Ddl | QueryChange)[];
  /** Overrides in force when the statement was planned; the queries run with them. */
  readonly properties: Readonly<Record<string, string>>;
  /** Server settings that this command changes (ALTER SYSTEM). */
  readonly system?: Readonly<Record<string, string>>;
  /** What goes with what it drops. Whoever wrote it deletes that; where it died before, the next start does. */
  readonly deletes?: Deletes;
  /** Marks the begin or the end of a DROP CONNECTOR ... TERMINATE; one without an end is finished by the next start. */
  readonly connectorDrop?: ConnectorDrop;
  /** What SHOW and the answer say about it: "Stream created". */
  readonly message: string;
  /**
   * Sequence number of the newest command in force when this one was planned, -1 for none. When another has come in
   * between, this one is void, on every server: its writer plans again. Absent in version 1, whose commands are never
   * void.
   */
  readonly basedOn?: number;
  /** Tells the writer its own command when it reads it back; commands of one id may be many. */
  readonly nonce?: string;
}

/** DROP ... DELETE TOPIC: the topic, and its subjects in the schema registry. */
export interface Deletes {
  readonly topic: string;
  /** Id of the topic, which tells it from a later topic of the same name; absent where topics have no ids. */
  readonly topicId?: string;
  readonly subjects: readonly string[];
}

/** DROP CONNECTOR ... TERMINATE: the connector, and what goes with it. */
export interface ConnectorDrop {
  readonly stage: 'begun' | 'ended';
  readonly connector: string;
  /** Whether what reads its sources goes as well. */
  readonly cascade: boolean;
  /** Names of the sources that were declared for it. */
  readonly sources: readonly string[];
  /** Those that DELETE TOPICS deletes. */
  readonly topics: readonly { readonly topic: string; readonly topicId: string | undefined }[];
}
