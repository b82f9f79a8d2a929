import { ByteWriter } from '../../base/byte-writer.ts';
import type { PersistenceSchema } from '../../formats/api.ts';
import { formatNamed } from '../../formats/registry.ts';
import { typesEqual, type SqlType } from '../../types/sql-type.ts';
import { isImplicitlyCastable } from '../../types/coerce.ts';

/**
 * How a reader handles what a connector writes: unchanged, in part (some values are changed or refused), or not at all.
 */
export type Reading = 'whole' | 'in part' | 'never';

/** Formats whose readers compare the writer's schema with the reader's. */
const WITH_SCHEMA = ['AVRO', 'PROTOBUF', 'PROTOBUF_NOSR', 'JSON_SR'];

/** Formats whose readers find the fields of a struct by name. */
const BY_NAME = ['JSON', 'CONNECT_JSON'];

/**
 * Whether a column that is written with one type and declared with another can be read. The format itself decides: it
 * writes values of the one type and reads them as the other.
 */
export function readingOf(format: string, isKey: boolean, written: SqlType, declared: SqlType): Reading {
  if (typesEqual(written, declared)) return 'whole';
  const parts = partsOf(format, isKey, written, declared);
  if (parts !== undefined) return parts;
  if (WITH_SCHEMA.includes(format.toUpperCase())) return isImplicitlyCastable(written, declared) ? 'whole' : 'never';
  const samples = samplesOf(written);
  if (samples === undefined) return declared.kind === 'STRING' ? 'in part' : 'never';
  const results = samples.map((value) => readBack(format, isKey, written, declared, value));
  if (results.every((r) => r === 'failed')) return 'never';
  return results.every((r) => r === 'same') ? 'whole' : 'in part';
}

/** How the parts of an ARRAY, MAP or STRUCT are read. Fields are matched by name in any case. */
function partsOf(format: string, isKey: boolean, written: SqlType, declared: SqlType): Reading | undefined {
  const all = (readings: readonly Reading[]): Reading =>
    readings.includes('never') ? 'never' : readings.every((r) => r === 'whole') ? 'whole' : 'in part';
  if (!BY_NAME.includes(format.toUpperCase())) return undefined;
  if (written.kind === 'STRUCT' && declared.kind === 'STRUCT')
    return all(
      declared.fields.map(({ name, type }) => {
        const found = written.fields.find((f) => f.name.toLowerCase() === name.toLowerCase());
        return found === undefined ? 'in part' : readingOf(format, isKey, found.type, type);
      }),
    );
  if (written.kind === 'ARRAY' && declared.kind === 'ARRAY')
    return readingOf(format, isKey, written.element, declared.element);
  return undefined;
}

/** Values that represent a type: usual ones and extremes. Undefined for composite types. */
function samplesOf(type: SqlType): readonly unknown[] | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return [true, false];
    case 'INTEGER':
      return [1, -2_147_483_648, 2_147_483_647];
    case 'BIGINT':
      return [1, 3_000_000_000, -9_007_199_254_740_991];
    case 'DOUBLE':
      return [1, 0.5, 1e300];
    case 'STRING':
      return ['1', 'a text', '2024-02-29'];
    case 'DECIMAL':
      return [1n, 10n ** BigInt(type.precision) - 1n];
    case 'DATE':
      return [1, 19_782];
    case 'TIME':
      return [1, 86_399_999];
    case 'TIMESTAMP':
      return [1, 1_704_103_200_123];
    case 'BYTES':
      return [Buffer.from([1, 2, 255])];
    default:
      return undefined;
  }
}

/** Bytes that are not text, read as text. */
// oxlint-disable-next-line no-control-regex
const BINARY = /[\u0000-\u0008\u000e-\u001f\ufffd]/;

type ReadBack = 'same' | 'other' | 'failed';

function readBack(formatName: string, isKey: boolean, written: SqlType, declared: SqlType, value: unknown): ReadBack {
  const format = formatNamed(formatName);
  const info = { format: format.name, properties: {} };
  const schema = (type: SqlType): PersistenceSchema => ({
    columns: [{ name: 'C', type }],
    features: isKey && format.features.includes('UNWRAP_SINGLES') ? ['UNWRAP_SINGLES'] : [],
    isKey,
  });
  const parts = (type: SqlType) => ({ schema: schema(type), info, topic: 'sample', registry: undefined });
  try {
    const out = new ByteWriter(64);
    format.createEncoder(parts(written)).encode([value], 0, out);
    const bytes = out.toBuffer();
    const row: unknown[] = [null];
    format.createDecoder(parts(declared), [0]).decode(bytes, 0, bytes.length, row);
    if (row[0] === null || (typeof row[0] === 'string' && BINARY.test(row[0]))) return 'failed';
    const number = asDecimal(value, written, declared);
    if (number !== undefined) return row[0] === number ? 'same' : 'other';
    // A value was read unchanged if it is written the same again.
    const again = new ByteWriter(64);
    format.createEncoder(parts(declared)).encode(row, 0, again);
    return again.toBuffer().equals(bytes) || declared.kind === 'STRING' ? 'same' : 'other';
  } catch {
    return 'failed';
  }
}

/** A number as a DECIMAL of another scale represents it, which has other digits; undefined for other types. */
function asDecimal(value: unknown, written: SqlType, declared: SqlType): bigint | undefined {
  if (declared.kind !== 'DECIMAL' || (typeof value !== 'bigint' && typeof value !== 'number')) return undefined;
  const scale = written.kind === 'DECIMAL' ? written.scale : 0;
  const isExact = written.kind === 'DECIMAL' || written.kind === 'INTEGER' || written.kind === 'BIGINT';
  return isExact && declared.scale >= scale ? BigInt(value) * 10n ** BigInt(declared.scale - scale) : undefined;
}
