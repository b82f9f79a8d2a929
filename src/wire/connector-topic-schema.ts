/**
 * `GET /connectors/NAME/topics/TOPIC/schema`: the schema of a topic that a connector has written, as SQL would declare
 * it.
 */
export interface ConnectorTopicSchema {
  readonly connector: string;
  readonly topic: string;
  /** Formats of the records in the topic; null when SQL has no such format. */
  readonly keyFormat: string | null;
  readonly valueFormat: string | null;
  /** Whether a newer record of a key replaces the older one. */
  readonly isTable: boolean;
  readonly columns: readonly {
    /** The name in SQL. */
    readonly name: string;
    /** The name in the records. */
    readonly sourceName: string;
    readonly type: string;
    readonly isKey: boolean;
  }[];
  /** Streams and tables declared over the topic. */
  readonly sources: readonly string[];
}
