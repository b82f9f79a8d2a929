import type { LogicalSchema } from '../types/schema.ts';

export type SourceKind = 'STREAM' | 'TABLE';

/** A format and its properties, as in the plan: `{ format: 'DELIMITED', properties: { delimiter: '|' } }`. */
export interface SourceFormat {
  readonly format: string;
  readonly properties: Readonly<Record<string, string>>;
}

export type SourceFeature = 'WRAP_SINGLES' | 'UNWRAP_SINGLES';

/** Window of a windowed key; `sizeMs` is absent for sessions, and for imported sources that do not tell. */
export interface SourceWindow {
  readonly type: 'TUMBLING' | 'HOPPING' | 'SESSION';
  readonly sizeMs?: number | undefined;
}

/** How a source's records stand on its topic. */
export interface SourceTopic {
  readonly name: string;
  readonly keyFormat: SourceFormat;
  readonly valueFormat: SourceFormat;
  readonly keyFeatures: readonly SourceFeature[];
  readonly valueFeatures: readonly SourceFeature[];
  readonly window?: SourceWindow | undefined;
}

/** The column that gives a record its time; `format` is a Java DateTimeFormatter pattern for STRING columns. */
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
  /** Made by CREATE SOURCE: read-only. */
  readonly isSource: boolean;
  /** Made by CREATE ... AS SELECT: a query writes it. */
  readonly isCasTarget: boolean;
  /** Text of the statement that made it. */
  readonly sql: string;
  /** Number of the topic's partitions, where known when it was made. */
  readonly partitions?: number | undefined;
  /** Name of the connector it was declared for automatically. */
  readonly createdBy?: string | undefined;
  /**
   * A table that a query derives from tables with read times, or that was declared by hand over a connector's topic:
   * see `hasReadTimes`.
   */
  readonly derivesReadTimes?: boolean | undefined;
}

/**
 * Whether a table's records carry the time at which a connector read them, not the time of what they tell: a row that
 * is years old looks as if it had just happened. A timestamp column has event times.
 */
export function hasReadTimes(source: Source): boolean {
  if (source.kind !== 'TABLE' || source.timestamp !== undefined) return false;
  return source.createdBy !== undefined || source.derivesReadTimes === true;
}

/** `stream` or `table`: as the sentences say it. */
export function kindWord(kind: SourceKind): string {
  return kind.toLowerCase();
}

/** `Stream` or `Table`: at the start of a sentence. */
export function kindTitle(kind: SourceKind): string {
  return kind === 'STREAM' ? 'Stream' : 'Table';
}
