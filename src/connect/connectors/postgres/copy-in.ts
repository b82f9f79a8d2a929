import { must } from '../../../base/assert.ts';
import type { Client } from './connection.ts';

/** Characters of one CopyData message, about. */
const CHUNK_CHARS = 1 << 16;

/** What a COPY needs of the driver's connection. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** `COPY … FROM STDIN`: rows as `copyChunks` makes them. @throws the server's error */
export async function copyIn(client: Client, sql: string, chunks: readonly Buffer[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // The driver takes any object with these methods for a query.
    client.query({
      submit: (wire: Wire) => wire.query(sql),
      handleCopyInResponse: (wire: Wire) => {
        for (const chunk of chunks) wire.sendCopyFromChunk(chunk);
        wire.endCopyFrom();
      },
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    } as never);
  });
}

/**
 * Rows in the text format of COPY
 * (https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS), in pieces to send.
 */
export function copyChunks(rows: Iterable<string>): Buffer[] {
  const chunks: Buffer[] = [];
  let text = '';
  for (const row of rows) {
    text += row;
    if (text.length < CHUNK_CHARS) continue;
    chunks.push(Buffer.from(text));
    text = '';
  }
  if (text !== '') chunks.push(Buffer.from(text));
  return chunks;
}

/** A cell: what the format gives a meaning is escaped. */
export function copyCell(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (c) => must(ESCAPED[c], 'escape')) : text;
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
