import type { Row } from '../../types/row.ts';
import type { CodecSite, RowDecoder } from '../api.ts';
import type { CoerceOptions } from './coerce.ts';
import { GeneralJsonDecoder, nodeToRow } from './general-decoder.ts';
import { createJsonScanner } from './scanner.ts';

/** The decoder of JSON records: a generated scanner where it pays, in front of the careful parser. */
export function createJsonDecoder(
  site: CodecSite,
  wanted: readonly number[],
  unwrapped: boolean,
  options: CoerceOptions = {},
): RowDecoder {
  // A keyless source: whatever the key bytes are, they are not looked at.
  if (site.schema.isKey && site.schema.columns.length === 0) return { decode: () => false };
  const general = new GeneralJsonDecoder(site.topic, nodeToRow(site.schema, wanted, unwrapped, options));
  if (unwrapped) return general;
  const scanner = createJsonScanner(
    site.schema.columns,
    wanted,
    (bytes, from, to, row) => general.decode(bytes, from, to, row),
    options,
  );
  if (scanner === undefined) return general;
  return { decode: (bytes: Uint8Array, from: number, to: number, row: Row) => scanner(bytes, from, to, row) };
}
