import { must } from '../../base/assert.ts';
import type { Row } from '../../types/row.ts';
import type { CodecSite, RowDecoder } from '../api.ts';
import type { CoerceOptions } from './coerce.ts';
import { GeneralJsonDecoder, nodeToRow } from './general-decoder.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { asciiText } from '../internal/ascii-text.ts';
import { PLAIN } from './json-reader.ts';
import { createJsonScanner } from './adaptive-scanner.ts';

/** The decoder of JSON records: a generated scanner where it is faster, in front of the general parser. */
export function createJsonDecoder(
  site: CodecSite,
  wanted: readonly number[],
  unwrapped: boolean,
  options: CoerceOptions = {},
): RowDecoder {
  // A source without a key: the key bytes are ignored.
  if (site.schema.isKey && site.schema.columns.length === 0) return { decode: () => false };
  const general = new GeneralJsonDecoder(site.topic, nodeToRow(site.schema, wanted, unwrapped, options));
  if (unwrapped) return bareDecoder(site.schema.columns[0]!.type, must(wanted[0], 'wanted field'), general);
  const scanner = createJsonScanner(
    site.schema.columns,
    wanted,
    (bytes, from, to, row) => general.decode(bytes, from, to, row),
    options,
  );
  if (scanner === undefined) return general;
  return { decode: (bytes: Uint8Array, from: number, to: number, row: Row) => scanner(bytes, from, to, row) };
}

/**
 * A decoder for an unwrapped value that handles the common cases first: most are keys, ASCII text or short integers.
 */
function bareDecoder(type: SqlType, target: number, general: GeneralJsonDecoder): RowDecoder {
  if (target < 0) return general;
  if (type.kind === 'STRING') {
    return {
      decode(bytes, from, to, row) {
        const last = to - 1;
        if (last > from && bytes[from] === 34 && bytes[last] === 34) {
          let i = from + 1;
          while (i < last && PLAIN[bytes[i]!] === 1) i++;
          if (i === last) {
            row[target] = asciiText(bytes, from + 1, last);
            return true;
          }
        }
        return general.decode(bytes, from, to, row);
      },
    };
  }
  if (type.kind !== 'INTEGER' && type.kind !== 'BIGINT') return general;
  const digits = type.kind === 'INTEGER' ? 9 : 15;
  return {
    decode(bytes, from, to, row) {
      const first = bytes[from] === 45 ? from + 1 : from;
      const n = to - first;
      if (n > 0 && n <= digits && (bytes[first] !== 48 || n === 1)) {
        let value = 0;
        let i = first;
        for (; i < to; i++) {
          const c = bytes[i]!;
          if (c < 48 || c > 57) break;
          value = value * 10 + (c - 48);
        }
        if (i === to) {
          row[target] = first === from ? value : 0 - value;
          return true;
        }
      }
      return general.decode(bytes, from, to, row);
    },
  };
}
