import type { QueryEnd, ResultRow } from '../engine/query-handle.ts';
import type { ErrorBody } from '../wire/entities.ts';

/** How the rows of a query go onto the wire: pieces of text in order. */
export interface RowFormat {
  readonly contentType: string;
  head(): string;
  rows(rows: readonly ResultRow[]): string;
  error(body: ErrorBody): string;
  tail(end: QueryEnd): string;
}

export type RowFormatKind = 'delimited' | 'json' | 'streamed' | 'protobuf';

/** What `/query-stream` answers for an Accept header; undefined: 406. A client that lists several gets the first that is known. */
export function negotiate(accept: string | undefined): RowFormatKind | undefined {
  if (accept === undefined || accept.trim() === '') return 'delimited';
  for (const item of accept.split(',')) {
    switch (item.split(';')[0]!.trim().toLowerCase()) {
      case '*/*':
      case 'application/*':
      case 'application/vnd.ksqlapi.delimited.v1':
        return 'delimited';
      case 'application/json':
        return 'json';
      case 'application/vnd.ksql.v1+json':
        return 'streamed';
      case 'application/vnd.ksql.v1+protobuf':
        return 'protobuf';
      default:
    }
  }
  return undefined;
}
