import type { QueryEnd, ResultRow } from '../engine/query-handle.ts';
import type { ErrorBody } from '../wire/entities.ts';

/** How the rows of a query go onto the wire: pieces of text in order. */
export interface RowFormat {
  readonly contentType: string;
  head(): string;
  /** One row; empty where the form leaves it out. */
  row(row: ResultRow): string;
  error(body: ErrorBody): string;
  /** A line beside the rows, for clients that ask for such; absent where the form has no place for it. */
  notice?(text: string): string;
  /** `notice`: what the reader should know, where the form's end has words. */
  tail(end: QueryEnd, notice?: string): string;
}

export type RowFormatKind = 'delimited' | 'json' | 'streamed' | 'protobuf';

const FORMATS: ReadonlyMap<string, RowFormatKind> = new Map([
  ['*/*', 'delimited'],
  ['application/*', 'delimited'],
  ['application/vnd.ksqlapi.delimited.v1', 'delimited'],
  ['application/json', 'json'],
  ['application/vnd.ksql.v1+json', 'streamed'],
  ['application/vnd.ksql.v1+protobuf', 'protobuf'],
]);

/**
 * What `/query-stream` answers for an Accept header; undefined: 406. The highest quality wins (RFC 9110 section
 * 12.5.1), among equals the one that stands first; what is given 0 is not sent.
 */
export function negotiate(accept: string | undefined): RowFormatKind | undefined {
  if (accept === undefined || accept.trim() === '') return 'delimited';
  let best: RowFormatKind | undefined;
  let bestQuality = 0;
  for (const item of accept.split(',')) {
    const [type, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const kind = FORMATS.get(type!);
    const quality = qualityOf(parameters);
    if (kind === undefined || quality <= bestQuality) continue;
    best = kind;
    bestQuality = quality;
  }
  return best;
}

/** `q=0.5` of a media range; 1 where it is absent or no number. */
function qualityOf(parameters: readonly string[]): number {
  const text = parameters.find((p) => /^q\s*=/.test(p))?.replace(/^q\s*=\s*/, '');
  return text !== undefined && /^[01](?:\.\d{0,3})?$/.test(text) ? Number(text) : 1;
}
