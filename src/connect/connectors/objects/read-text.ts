import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';

/** The longest line or row, in characters: a longer one means that the file has another format. */
const LONGEST = 16 * 1024 * 1024;

/** The UTF-8 text of a file as it arrives; gzip is recognized by its first bytes and decompressed. */
async function* textOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of unpacked(bytes)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* unpacked(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]();
  // Enough bytes to recognize gzip.
  let head = Buffer.alloc(0);
  for (let next; head.length < 2 && !(next = await chunks.next()).done;) head = Buffer.concat([head, next.value]);
  const all = (async function* () {
    yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  })();
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  // An error of either side is thrown by the loop below.
  pipeline(Readable.from(all), gunzip, () => undefined);
  for await (const chunk of gunzip) yield chunk as Buffer;
}

/** The lines of a file, without line ends and without empty lines. */
export async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of textOf(bytes)) {
    if (rest.length + text.length > LONGEST && !text.includes('\n')) throw tooLong();
    // A long line is not searched again with each of its pieces.
    if (!text.includes('\n')) {
      rest += text;
      continue;
    }
    const lines = (rest + text).split('\n');
    rest = must(lines.pop(), 'line');
    for (const line of lines) if (line.trim() !== '') yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest.trim() !== '') yield rest;
}

/** A CSV field; null if it is empty and unquoted. */
export type CsvField = string | null;

/**
 * The rows of CSV (RFC 4180), including the header: fields in quotes may contain commas, line breaks and doubled
 * quotes. Empty lines are omitted.
 */
export async function* csvRowsOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<CsvField[]> {
  let row: CsvField[] = [];
  let field = '';
  let length = 0;
  let state: 'start' | 'plain' | 'quoted' | 'quote' = 'start';
  const endField = (): void => {
    row.push(state === 'start' ? null : field);
    field = '';
    state = 'start';
  };
  const endRow = (): CsvField[] | undefined => {
    const isEmpty = row.length === 0 && state === 'start';
    endField();
    const ended = row;
    row = [];
    length = 0;
    return isEmpty ? undefined : ended;
  };
  let isFirst = true;
  for await (const text of textOf(bytes)) {
    for (const c of isFirst ? text.replace(/^\uFEFF/, '') : text) {
      if (++length > LONGEST) throw tooLong();
      if (state === 'quoted') {
        if (c === '"') state = 'quote';
        else field += c;
      } else if (c === '"' && state === 'start') state = 'quoted';
      else if (c === '"' && state === 'quote') {
        field += c;
        state = 'quoted';
      } else if (c === ',') endField();
      else if (c === '\n') {
        const ended = endRow();
        if (ended !== undefined) yield ended;
      } else if (c !== '\r') {
        field += c;
        state = 'plain';
      }
    }
    if (text !== '') isFirst = false;
  }
  if (state === 'quoted') throw new ConnectError('the file ends within quotes');
  const last = endRow();
  if (last !== undefined) yield last;
}

const tooLong = (): ConnectError =>
  new ConnectError(`a line has more than ${LONGEST} characters: the file is of another format, or not text`);
