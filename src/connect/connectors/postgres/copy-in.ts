import { must } from '../../../base/assert.ts';
import type { Client } from './connection.ts';

/** Approximate size of a CopyData message, in characters. */
const CHUNK_CHARS = 1 << 16;

/** The part of the driver's connection that COPY uses. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Executes `COPY … FROM STDIN` with rows produced by `copyChunks`. @throws the server's error */
export async function copyIn(client: Client, sql: string, chunks: readonly Buffer[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // The driver accepts any object with these methods as a query.
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
 * Encodes rows in the text format of COPY
 * (https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS), in chunks to be sent.
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

/** A cell of a row; characters with a special meaning in the format are escaped. */
export function copyCell(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (c) => must(ESCAPED[c], 'escape')) : text;
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
