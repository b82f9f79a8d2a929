/** A row: values by column position, typed by the plan (see sql-type.ts for the mapping). */
export type Row = unknown[];

/** A record's key: the key columns by position; of windowed sources followed by window start and end (ms). */
export type Key = unknown[];

export interface Header {
  readonly key: string;
  readonly value: Uint8Array | null;
}
