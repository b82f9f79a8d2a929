import type { QueryEnd, QueryHandle, ResultRow } from '../engine/query-handle.ts';
import { jsonRowRenderer } from '../types/json-value.ts';
import { formatSchema } from '../types/schema.ts';
import { formatType } from '../types/sql-type.ts';
import type { RowFormat } from './row-format.ts';

function metadata(handle: QueryHandle): string {
  return JSON.stringify({
    queryId: handle.queryId,
    columnNames: handle.columns.map((c) => c.name),
    columnTypes: handle.columns.map((c) => formatType(c.type)),
  });
}

/** One line of metadata, then one JSON array a row. Tombstones are left out. */
export function delimitedFormat(handle: QueryHandle): RowFormat {
  const render = jsonRowRenderer(handle.columns.map((c) => c.type));
  return {
    contentType: 'application/vnd.ksqlapi.delimited.v1',
    head: () => `${metadata(handle)}\n`,
    rows: (rows) => rows.map((row) => (row.tombstone ? '' : `${render(row.values)}\n`)).join(''),
    error: (body) => `${JSON.stringify(body)}\n`,
    tail: () => '',
  };
}

/** The same as one JSON array. */
export function jsonArrayFormat(handle: QueryHandle): RowFormat {
  const render = jsonRowRenderer(handle.columns.map((c) => c.type));
  return {
    contentType: 'application/json',
    head: () => `[${metadata(handle)}`,
    rows: (rows) => rows.map((row) => (row.tombstone ? '' : `,${render(row.values)}`)).join(''),
    error: (body) => `,${JSON.stringify(body)}]`,
    tail: () => ']',
  };
}

/** `/query`'s array of StreamedRow: header, rows, final message. */
export function streamedRowFormat(handle: QueryHandle): RowFormat {
  const render = jsonRowRenderer(handle.columns.map((c) => c.type));
  const pull = handle.kind === 'PULL';
  const schema = formatSchema({
    key: [],
    value: pull ? handle.columns : handle.columns.map((c) => ({ ...c, role: 'VALUE' as const })),
  });
  return {
    contentType: 'application/vnd.ksql.v1+json',
    head: () => `[${JSON.stringify({ header: { queryId: handle.queryId, schema } })}`,
    rows: (rows) => rows.map((row) => `,\n${streamedRow(row, render)}`).join(''),
    error: (body) => `,\n${JSON.stringify({ errorMessage: body })}]`,
    tail: (end) => finalMessage(handle, end) + ']',
  };
}

function streamedRow(row: ResultRow, render: (values: readonly unknown[]) => string): string {
  return `{"row":{"columns":${render(row.values)}${row.tombstone ? ',"tombstone":true' : ''}}}`;
}

/** `Limit Reached` or `Query Completed` for push queries; pull queries just end. */
export function finalMessage(handle: QueryHandle, end: QueryEnd): string {
  if (handle.kind === 'PULL' || end === 'CLOSED') return '';
  return `,\n${JSON.stringify({ finalMessage: end === 'LIMIT' ? 'Limit Reached' : 'Query Completed' })}`;
}
