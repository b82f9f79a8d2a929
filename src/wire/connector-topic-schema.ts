/** `GET /connectors/NAME/topics/TOPIC/schema`: a topic that a connector has written, as SQL would declare it. */
export interface ConnectorTopicSchema {
  readonly connector: string;
  readonly topic: string;
  /** Of the records in the topic; null where SQL has no such format. */
  readonly keyFormat: string | null;
  readonly valueFormat: string | null;
  /** A newer record of a key takes the place of the older one. */
  readonly isTable: boolean;
  readonly columns: readonly {
    /** In SQL. */
    readonly name: string;
    /** In the records. */
    readonly sourceName: string;
    readonly type: string;
    readonly isKey: boolean;
  }[];
  /** Streams and tables over the topic. */
  readonly sources: readonly string[];
}
