import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  snappyUncompress,
  type SchemaElement,
} from 'hyparquet';
import { gunzipSync } from 'node:zlib';
import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';
import { formatDecimal } from '../../../types/decimal.ts';
import { JsonNumber, JsonObject, type Json } from '../../../types/json-text.ts';
import { formatDateText, formatTimestampText, formatTimeText } from '../../../types/time-text.ts';

/**
 * The most rows of a row group, and bytes of its decompressed pages: a group is in memory as a whole, and a few bytes
 * can stand for billions of rows.
 */
const GROUP_MAX = { rows: 10_000_000, bytes: 512 << 20 };

type SchemaTree = ReturnType<typeof parquetSchema>;

/**
 * Every type that SQL distinguishes is converted to a JSON string or number, which `valuesOf` converts to the column's
 * type.
 */
const PARSERS = {
  dateFromDays: (days: number) => formatDateText(days),
  timestampFromMilliseconds: (ms: bigint) => formatTimestampText(Number(ms)),
  timestampFromMicroseconds: (us: bigint) => formatTimestampText(Math.floor(Number(us) / 1000)),
  timestampFromNanoseconds: (ns: bigint) => formatTimestampText(Number(ns / 1_000_000n)),
};

export interface ParquetBytes {
  readonly size: number;
  readonly slice: (from: number, length: number) => Promise<Buffer>;
  /**
   * Whether bytes without a logical type stay bytes. Otherwise they are text, which some writers store without a type.
   */
  readonly hasBytes: boolean;
}

/**
 * The rows of a Parquet file from row `from` on, one row group in memory at a time.
 * @param file - its size in bytes, how its bytes are read, and whether bytes without a logical type stay bytes
 * @param check - called with the names of its columns
 */
export async function* parquetRowsOf(
  { size, slice, hasBytes }: ParquetBytes,
  from: number,
  check: (names: readonly string[]) => void,
  most: typeof GROUP_MAX = GROUP_MAX,
): AsyncGenerator<JsonObject> {
  const file: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end) => {
      const first = start < 0 ? size + start : start;
      const bytes = await slice(first, (end ?? size) - first);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    },
  };
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  // The library converts decimals to doubles. Without their logical type it returns the unscaled digits.
  const scales = new Map<SchemaElement, number>();
  for (const element of metadata.schema) {
    if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') continue;
    scales.set(element, element.scale ?? 0);
    delete element.converted_type;
    delete element.logical_type;
  }
  const root = parquetSchema(metadata);
  check(root.children.map((child) => child.element.name));
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    if (end > from) {
      if (end - start > most.rows) throw tooLarge(`${end - start} rows, more than ${most.rows}`);
      let bytes = 0;
      const within = (length: number): number => {
        bytes += length;
        if (bytes > most.bytes) throw tooLarge(`more than ${most.bytes} bytes`);
        return length;
      };
      const rows = await parquetReadObjects({
        file,
        metadata,
        rowStart: Math.max(start, from),
        rowEnd: end,
        utf8: !hasBytes,
        parsers: PARSERS,
        geoparquet: false,
        compressors: {
          GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, within(length)) }),
          SNAPPY: (input, length) => {
            const output = new Uint8Array(within(length));
            snappyUncompress(input, output);
            return output;
          },
        },
      });
      for (const row of rows) yield jsonOf(row, root, scales) as JsonObject;
    }
    start = end;
  }
}

const tooLarge = (what: string): ConnectError =>
  new ConnectError(`a row group has ${what}: write the file in smaller row groups`);

function jsonOf(value: unknown, node: SchemaTree, scales: ReadonlyMap<SchemaElement, number>): Json {
  if (value === null || value === undefined) return null;
  const { element, children } = node;
  if (children.length > 0) {
    if (Array.isArray(value)) {
      // The items of a list are below a repeated group, or are themselves repeated.
      const below = must(children[0], 'item of the list');
      const item = below.children.length === 1 ? must(below.children[0], 'item of the list') : below;
      return value.map((one) => jsonOf(one, item, scales));
    }
    const of = (name: string): SchemaTree =>
      children.find((child) => child.element.name === name) ?? must(children[0]?.children[1], 'values of the map');
    return JsonObject.of(
      Object.entries(value).map(([name, member]): [string, Json] => [name, jsonOf(member, of(name), scales)]),
    );
  }
  const scale = scales.get(element);
  if (scale !== undefined) return new JsonNumber(formatDecimal(unscaledOf(value), scale));
  if (element.converted_type === 'TIME_MILLIS') return formatTimeText(Number(value));
  if (element.converted_type === 'TIME_MICROS') return formatTimeText(Math.floor(Number(value) / 1000));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  return new JsonNumber(String(value as number | bigint));
}

/** The unscaled value of a decimal, stored as an integer or as bytes in two's complement. */
function unscaledOf(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex') || '0'}`));
}
