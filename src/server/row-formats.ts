import type { QueryEnd, QueryHandle, ResultRow } from '../engine/query-handle.ts';
import { jsonRowRenderer } from '../types/json-value.ts';
import { type Column, formatSchema } from '../types/schema.ts';
import { formatType } from '../types/sql-type.ts';
import type { RowFormat } from './row-format.ts';

/** What depends on the columns alone: answers of one plan share them. */
interface OfColumns {
  readonly render: (values: readonly unknown[]) => string;
  readonly namesAndTypes: string;
}

const ofColumns = new WeakMap<readonly Column[], OfColumns>();

function columnsOf({ columns }: QueryHandle): OfColumns {
  let found = ofColumns.get(columns);
  if (found === undefined) {
    const names = JSON.stringify(columns.map((c) => c.name));
    const types = JSON.stringify(columns.map((c) => formatType(c.type)));
    found = {
      render: jsonRowRenderer(columns.map((c) => c.type)),
      namesAndTypes: `"columnNames":${names},"columnTypes":${types}`,
    };
    ofColumns.set(columns, found);
  }
  return found;
}

function metadata(handle: QueryHandle): string {
  return `{"queryId":${JSON.stringify(handle.queryId)},${columnsOf(handle).namesAndTypes}}`;
}

/**
 * One line of metadata, then one JSON array a row. Tombstones are left out, or objects where the client asks for them.
 */
export function delimitedFormat(handle: QueryHandle, showsTombstones = false): RowFormat {
  const { render } = columnsOf(handle);
  return {
    contentType: 'application/vnd.ksqlapi.delimited.v1',
    head: () => `${metadata(handle)}\n`,
    row: (row) => {
      if (!row.tombstone) return `${render(row.values)}\n`;
      return showsTombstones ? `{"tombstone":${render(row.values)}}\n` : '';
    },
    error: (body) => `${JSON.stringify(body)}\n`,
    notice: (text) => `${JSON.stringify({ notice: text })}\n`,
    tail: () => '',
  };
}

/** Writes the rows as one JSON array. */
export function jsonArrayFormat(handle: QueryHandle): RowFormat {
  const { render } = columnsOf(handle);
  return {
    contentType: 'application/json',
    head: () => `[${metadata(handle)}`,
    row: (row) => (row.tombstone ? '' : `,${render(row.values)}`),
    error: (body) => `,${JSON.stringify(body)}]`,
    tail: () => ']',
  };
}

/** `/query`'s array of StreamedRow: header, rows, final message. */
export function streamedRowFormat(handle: QueryHandle): RowFormat {
  const { render } = columnsOf(handle);
  const schema = formatSchema({
    key: [],
    value: handle.kind === 'PULL' ? handle.columns : handle.columns.map((c) => ({ ...c, role: 'VALUE' as const })),
  });
  return {
    contentType: 'application/vnd.ksql.v1+json',
    ...streamedArray(handle, { queryId: handle.queryId, schema }, (row) => streamedRow(row, render)),
  };
}

/**
 * The array of StreamedRow around elements of any kind. A push query completes each element with its comma and line end
 * at once, as ksqlDB does: who reads lines sees a row when it happens. So something must follow every element: the
 * answer ends with a final message, or with the error.
 */
export function streamedArray(
  handle: QueryHandle,
  header: unknown,
  element: (row: ResultRow) => string,
): Omit<RowFormat, 'contentType'> {
  const head = `[${JSON.stringify({ header })}`;
  if (handle.kind === 'PULL') {
    return {
      head: () => head,
      row: (row) => `,\n${element(row)}`,
      error: (body) => `,\n${JSON.stringify({ errorMessage: body })}]`,
      tail: (end, notice) => (notice === undefined ? ']' : `,\n${JSON.stringify(finalMessage(end, notice))}]`),
    };
  }
  return {
    head: () => `${head},\n`,
    row: (row) => `${element(row)},\n`,
    error: (body) => `${JSON.stringify({ errorMessage: body })}]`,
    tail: (end, notice) => `${JSON.stringify(finalMessage(end, notice))}]`,
  };
}

/** One row as an element of that array. */
export function streamedRow(row: ResultRow, render: (values: readonly unknown[]) => string): string {
  return `{"row":{"columns":${render(row.values)}${row.tombstone ? ',"tombstone":true' : ''}}}`;
}

/** How a push query ended, for its client. */
export function finalMessage(end: QueryEnd, notice?: string): { readonly finalMessage: string } {
  const how = end === 'LIMIT' ? 'Limit Reached' : 'Query Completed';
  return { finalMessage: notice === undefined ? how : `${how}. ${notice}` };
}
