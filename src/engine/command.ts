import type { Ddl, QueryChange } from '../catalog/ddl.ts';

/** Version of the commands that this server writes. It reads this version and older ones. */
export const COMMAND_VERSION = 2;

/**
 * One change of the catalog as stored in the command topic: the statement's text and its plan. A command is applied by
 * applying `changes` in order and then adjusting the running queries to the catalog; nothing is planned again.
 */
export interface Command {
  readonly version: number;
  /** "type/entity/action" as in ksqlDB: ``stream/`S`/create``, `terminate/CSAS_S_1/execute`. */
  readonly id: string;
  /** The statement as the user wrote it. */
  readonly statement: string;
  readonly changes: readonly (Ddl | QueryChange)[];
  /** Overrides in force when the statement was planned; its queries run with them. */
  readonly properties: Readonly<Record<string, string>>;
  /** Server settings that this command changes (ALTER SYSTEM). */
  readonly system?: Readonly<Record<string, string>>;
  /**
   * What is deleted together with the dropped source. The writer of the command deletes it; if the writer died before,
   * the next start does.
   */
  readonly deletes?: Deletes;
  /**
   * Marks the beginning or the end of a DROP CONNECTOR ... TERMINATE; one without an end is completed at the next
   * start.
   */
  readonly connectorDrop?: ConnectorDrop;
  /** The message of SHOW and of the answer: "Stream created". */
  readonly message: string;
  /**
   * Sequence number of the newest command in force when this one was planned, -1 for none. If another command came in
   * between, this one is void on every server, and its writer plans again. Absent in version 1, whose commands are
   * never void.
   */
  readonly basedOn?: number;
  /** Identifies the command to its writer when it is read back; several commands may have the same id. */
  readonly nonce?: string;
}

/** DROP ... DELETE TOPIC: the topic, and its subjects in the schema registry. */
export interface Deletes {
  readonly topic: string;
  /** Id of the topic, which distinguishes it from a later topic of the same name; absent where topics have no ids. */
  readonly topicId?: string;
  readonly subjects: readonly string[];
}

/** DROP CONNECTOR ... TERMINATE: the connector, and what is dropped with it. */
export interface ConnectorDrop {
  readonly stage: 'begun' | 'ended';
  readonly connector: string;
  /** Whether everything that reads its sources is dropped as well. */
  readonly cascade: boolean;
  /** Names of the sources that were declared for it. */
  readonly sources: readonly string[];
  /** The topics that DELETE TOPICS deletes. */
  readonly topics: readonly { readonly topic: string; readonly topicId: string | undefined }[];
}
