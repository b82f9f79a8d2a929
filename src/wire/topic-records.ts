/** Response of `GET /topics/NAME/records`. */
export interface TopicRecords {
  readonly topic: string;
  /** The offset range of each partition; `latest` is the offset of the next record. */
  readonly partitions: readonly { readonly partition: number; readonly earliest: number; readonly latest: number }[];
  readonly configs: Readonly<Record<string, string>>;
  /** The format that PRINT infers, or that of the stream or table through which the records are read. */
  readonly keyFormat: string;
  readonly valueFormat: string;
  /** Ordered by time. */
  readonly records: readonly TopicRecord[];
  /** The number of records that were examined. */
  readonly scanned: number;
  /** False if the time limit was reached before all records were examined. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

/** A record of the topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  /** Ms since the epoch. */
  readonly timestamp: number;
  /** Text as PRINT shows it; null for a null key or value. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: string | null }[];
  /** Ids of the registered schemas in key and value; absent: they contain none. */
  readonly keySchemaId?: number;
  readonly valueSchemaId?: number;
  /** Why it could not be read through the requested stream or table; it is then shown as by PRINT. */
  readonly problem?: string;
}

/** The query parameters, all optional. */
export interface TopicRecordsRequest {
  /** `end` (default) returns the last records, `beginning` the first. */
  readonly from?: 'end' | 'beginning';
  /** Instead of `from`: starts at this offset, in each partition or in `partition`. */
  readonly offset?: number;
  /** Instead of `from`: starts at the first record at or after this time, in ms since the epoch. */
  readonly timestamp?: number;
  readonly partition?: number;
  /** Default 100, at most 1000. */
  readonly limit?: number;
  /** Only records whose key or value contains this text, ignoring case. */
  readonly contains?: string;
  /** Only records whose displayed key equals this text. */
  readonly key?: string;
  /** A stream or table over the topic: records are read with its columns and formats. Default: as by PRINT. */
  readonly as?: string;
}
