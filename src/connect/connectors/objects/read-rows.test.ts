import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { columnsOf } from '../internal/json-columns.ts';
import { rowsOf } from './read-rows.ts';
import type { ObjectStore } from './store.ts';

/** A store with one object, whose bytes arrive in small pieces. */
function storeOf(bytes: Buffer, piece = 3): ObjectStore {
  return {
    name: 's3://b',
    read: async function* (_key: string, from = 0, length = bytes.length) {
      for (let at = from; at < from + length; at += piece)
        yield bytes.subarray(at, Math.min(at + piece, from + length));
    },
  } as unknown as ObjectStore;
}

async function read(text: string | Buffer, format: string, columns?: string, from = 0): Promise<unknown[]> {
  const bytes = Buffer.from(text);
  const settings = { format, columns: columns === undefined ? undefined : columnsOf(columns) };
  const rows: unknown[] = [];
  for await (const row of rowsOf(storeOf(bytes), { key: 'k', size: bytes.length, etag: 'e' }, settings, from)) {
    try {
      rows.push(row.value());
    } catch (error) {
      rows.push(`${(error as Error).message} <${row.text}>`);
    }
  }
  return rows;
}

describe('CSV', () => {
  test('NULL is an empty field, quotes keep commas, line breaks, quotes and the empty text', async () => {
    const csv = '\uFEFFid,name,note\r\n1,"a, ""b""\nc",\r\n\r\n2,"",ø\n3,x,"y"';
    expect(await read(csv, 'csv', '`id` INT, `name` STRING, `note` STRING')).toEqual([
      [1, 'a, "b"\nc', null],
      [2, '', 'ø'],
      [3, 'x', 'y'],
    ]);
    expect(await read(csv, 'csv', '`id` INT', 2)).toEqual([[3]]);
  });

  test('fields of every type, times as texts and as numbers', async () => {
    expect(
      await read(
        'a,b,c,d,e,f,g\n1.50,TRUE,2024-05-17,1715938200123,"[1,2]",AQI=,9007199254740993\n',
        'csv',
        'a DECIMAL(9, 2), b BOOLEAN, c DATE, d TIMESTAMP, e ARRAY<INT>, f BYTES, g BIGINT',
      ),
    ).toEqual([[150n, true, 19_860, 1_715_938_200_123, [1, 2], new Uint8Array([1, 2]), 9_007_199_254_740_993n]]);
  });

  test('what does not fit is the error of its row, what is no such file of the file', async () => {
    expect(await read('a,b\nx,1\n1\n2,3\n', 'csv', 'a INT, b INT')).toEqual([
      expect.stringMatching(/no JSON.* <"x","1">/),
      'it has 1 fields, and the header 2 <"1">',
      [2, 3],
    ]);
    await expect(read('a,b\n1,2\n', 'csv', 'a INT, c INT')).rejects.toThrow('it has no column C: its columns are a, b');
    await expect(read('a\n"1', 'csv', 'a INT')).rejects.toThrow('ends within quotes');
  });
});

describe('JSON lines', () => {
  test('whole, or by columns; compressed too; from a row on', async () => {
    const lines = '{"id":1,"at":"2024-05-17T09:30:00Z"}\r\n\n{"ID":2,"at":1715938200123}\n{"id":"x"}\nno';
    expect(await read(lines, 'json')).toEqual([
      '{"id":1,"at":"2024-05-17T09:30:00Z"}',
      '{"ID":2,"at":1715938200123}',
      '{"id":"x"}',
      'no',
    ]);
    const rows = [
      [1, 1_715_938_200_000],
      [2, 1_715_938_200_123],
      expect.stringContaining('member ID is the text "x", and the column is INTEGER <{"id":"x"}>'),
      expect.stringContaining('no JSON'),
    ];
    expect(await read(lines, 'json', 'id INT, at TIMESTAMP')).toEqual(rows);
    expect(await read(gzipSync(lines), 'json', 'id INT, at TIMESTAMP', 1)).toEqual(rows.slice(1));
  });

  test('a compressed file that is cut off is said to be', async () => {
    await expect(read(gzipSync('{"id":1}\n'.repeat(1000)).subarray(0, 30), 'json')).rejects.toThrow(/unexpected end/);
  });

  test('an empty file has no rows', async () => {
    expect(await read('', 'json')).toEqual([]);
    expect(await read('', 'csv', 'a INT')).toEqual([]);
  });
});

test('what is no Parquet is said to be none', async () => {
  await expect(read('{"id":1}\n{"id":2}\n', 'parquet', 'id INT')).rejects.toThrow(/parquet/i);
});

test.each(['csv', 'json'])('a line without an end, compressed to a thousandth, is an error of %s', async (format) => {
  const bomb = gzipSync(Buffer.alloc(17 << 20, 'x'));
  const read = async (): Promise<void> => {
    const rows = rowsOf(
      storeOf(bomb, 1000),
      { key: 'k', size: bomb.length, etag: 'e' },
      { format, columns: columnsOf('a INT') },
      0,
    );
    for await (const _ of rows);
  };
  await expect(read()).rejects.toThrow('a line has more than 16777216 characters');
});
