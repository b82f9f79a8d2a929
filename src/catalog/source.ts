import type { LogicalSchema } from '../types/schema.ts';

export type SourceKind = 'STREAM' | 'TABLE';

/** A format and its properties, as in the plan: `{ format: 'DELIMITED', properties: { delimiter: '|' } }`. */
export interface SourceFormat {
  readonly format: string;
  readonly properties: Readonly<Record<string, string>>;
}

export type SourceFeature = 'WRAP_SINGLES' | 'UNWRAP_SINGLES';

/** The window of a windowed key; `sizeMs` is absent for sessions, and for imported sources that do not specify it. */
export interface SourceWindow {
  readonly type: 'TUMBLING' | 'HOPPING' | 'SESSION';
  readonly sizeMs?: number | undefined;
}

/** How the records of a source are stored in its topic. */
export interface SourceTopic {
  readonly name: string;
  readonly keyFormat: SourceFormat;
  readonly valueFormat: SourceFormat;
  readonly keyFeatures: readonly SourceFeature[];
  readonly valueFeatures: readonly SourceFeature[];
  readonly window?: SourceWindow | undefined;
}

/** The column that contains a record's timestamp; `format` is a Java DateTimeFormatter pattern for STRING columns. */
export interface SourceTimestamp {
  readonly column: string;
  readonly format?: string | undefined;
}

/** A stream or table: a topic with a schema. */
export interface Source {
  readonly kind: SourceKind;
  readonly name: string;
  readonly schema: LogicalSchema;
  readonly topic: SourceTopic;
  readonly timestamp?: SourceTimestamp | undefined;
  /** Created by CREATE SOURCE: read-only. */
  readonly isSource: boolean;
  /** Created by CREATE ... AS SELECT: a query writes it. */
  readonly isCasTarget: boolean;
  /** The text of the statement that created it. */
  readonly sql: string;
  /** The number of the topic's partitions, if it was known at creation. */
  readonly partitions?: number | undefined;
  /** The name of the connector for which it was declared automatically. */
  readonly createdBy?: string | undefined;
  /**
   * Whether it is a table that a query derives from tables with read times, or that was declared manually over a
   * connector's topic: see `hasReadTimes`.
   */
  readonly derivesReadTimes?: boolean | undefined;
}

/**
 * Whether the timestamps of a table's records are the times at which a connector read them, not those of the events: a
 * row that is years old then looks as if it had just changed. A timestamp column contains event times.
 */
export function hasReadTimes(source: Source): boolean {
  if (source.kind !== 'TABLE' || source.timestamp !== undefined) return false;
  return source.createdBy !== undefined || source.derivesReadTimes === true;
}

/** The word for a kind in messages: `stream` or `table`. */
export function kindWord(kind: SourceKind): string {
  return kind.toLowerCase();
}

/** The word for a kind at the start of a sentence: `Stream` or `Table`. */
export function kindTitle(kind: SourceKind): string {
  return kind === 'STREAM' ? 'Stream' : 'Table';
}
