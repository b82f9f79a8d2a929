/** `GET /topics/NAME/records`. */
export interface TopicRecords {
  readonly topic: string;
  /** What each partition holds; `latest` is the offset of the next record. */
  readonly partitions: readonly { readonly partition: number; readonly earliest: number; readonly latest: number }[];
  readonly configs: Readonly<Record<string, string>>;
  /** As PRINT guesses it, or that of the stream or table by which the records are read. */
  readonly keyFormat: string;
  readonly valueFormat: string;
  /** In the order of time. */
  readonly records: readonly TopicRecord[];
  /** Records that were looked at. */
  readonly scanned: number;
  /** False where time ran out before all was looked at. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  /** Ms since the epoch. */
  readonly timestamp: number;
  /** Text as PRINT shows it; null where there is none. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: string | null }[];
  /** Numbers of the registered schemas that key and value name; absent: they name none. */
  readonly keySchemaId?: number;
  readonly valueSchemaId?: number;
  /** Why it could not be read by the stream or table that was asked for: then it is as PRINT shows it. */
  readonly problem?: string;
}

/** The query parameters, all of them optional. */
export interface TopicRecordsRequest {
  /** `end` (default) gives the last records, `beginning` the first. */
  readonly from?: 'end' | 'beginning';
  /** Instead: from this offset on, of each partition or of `partition`. */
  readonly offset?: number;
  /** Instead: from the first record at or after this time on, in ms since the epoch. */
  readonly timestamp?: number;
  readonly partition?: number;
  /** 100 where it is absent, 1000 at most. */
  readonly limit?: number;
  /** Only records whose key or value holds this text; case does not matter. */
  readonly contains?: string;
  /** Only records whose key, as shown, is this text. */
  readonly key?: string;
  /** A stream or table over the topic: records are read by its columns and formats. Else as PRINT reads them. */
  readonly as?: string;
}
