/** A row: values by column position, typed by the plan (see sql-type.ts for the mapping). */
export type Row = unknown[];

/** A record's key: the key columns by position; for windowed sources followed by the window's start and end (ms). */
export type Key = unknown[];

/** A header of a Kafka record. */
export interface Header {
  readonly key: string;
  readonly value: Uint8Array | null;
}
