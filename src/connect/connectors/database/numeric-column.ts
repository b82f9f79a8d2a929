import { must } from '../../../base/assert.ts';
import { fitsPrecision, parseDecimal, rescale } from '../../../types/decimal.ts';
import { normalizeInt64 } from '../../../types/int64.ts';
import { DataError } from '../../api/errors.ts';
import { decimalSchema, primitive, type ConnectSchema } from '../../api/schema.ts';
import type { NumericMapping } from './dialect.ts';

/** Precision and scale of NUMERIC columns that declare none: SQL's 38 digits, 18 of them after the decimal point. */
export const OPEN_NUMERIC = { precision: 38, scale: 18 } as const;

/** How the values of a NUMERIC column are read. */
export interface NumericColumn {
  readonly schema: ConnectSchema;
  /** Converts the database's text. @throws DataError */
  readonly parse: (text: string) => unknown;
  readonly isInteger: boolean;
  /** Digits after the decimal point; undefined when it is not a decimal. */
  readonly kept: number | undefined;
}

/** `declared` is undefined when the column states no precision. */
export function numericColumn(
  declared: { readonly precision: number; readonly scale: number } | undefined,
  optional: boolean,
  mapping: NumericMapping,
): NumericColumn {
  const plain = { isInteger: false, kept: undefined };
  if (mapping === 'string') return { ...plain, schema: primitive('STRING', optional), parse: (t) => t };
  if (mapping === 'double') return { ...plain, schema: primitive('FLOAT64', optional), parse: Number };
  const { precision, scale } = declared ?? OPEN_NUMERIC;
  if (mapping !== 'none' && declared !== undefined && scale <= 0 && precision - scale < 19) {
    const digits = precision - scale;
    const type = digits < 3 ? 'INT8' : digits < 5 ? 'INT16' : digits < 10 ? 'INT32' : 'INT64';
    const parse = type === 'INT64' ? parseBigint : Number;
    return { schema: primitive(type, optional), parse, isInteger: true, kept: undefined };
  }
  const fractional = scale > 0;
  if (
    (mapping === 'best_fit' && fractional && (precision < 19 || declared === undefined)) ||
    (mapping === 'best_fit_eager_double' && fractional)
  )
    return { ...plain, schema: primitive('FLOAT64', optional), parse: Number };
  const kept = Math.max(0, scale);
  return {
    schema: decimalSchema(kept, optional, Math.max(precision, precision - scale, kept)),
    isInteger: false,
    kept,
    parse: declared === undefined ? parseOpen : (t) => parseNumeric(t, kept),
  };
}

function parseOpen(text: string): bigint {
  const unscaled = parseNumeric(text, OPEN_NUMERIC.scale);
  if (!fitsPrecision(unscaled, OPEN_NUMERIC.precision))
    throw new DataError(
      `${shown(text)} has ${digitsBefore(text)} digits before the point, and DECIMAL(${OPEN_NUMERIC.precision}, ${OPEN_NUMERIC.scale}), which a ` +
        `NUMERIC without precision is, has ${OPEN_NUMERIC.precision - OPEN_NUMERIC.scale}: ${NUMERIC_CURE}`,
    );
  return unscaled;
}

const NUMERIC_CURE =
  "'numeric.mapping'='string' (all digits) or 'double' (about 15) reads it, or 'errors.tolerance'='all' leaves the row out and counts it";
const digitsBefore = (text: string): number => must(/^-?(\d*)/.exec(text)![1], 'group 1 of the match').length;
const digitsAfter = (text: string): number => (/\.(\d*)$/.exec(text)?.[1] ?? '').length;
const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}... (${text.length} digits)` : text);

function parseNumeric(text: string, scale: number): bigint {
  const parsed = parseDecimal(text);
  if (parsed === undefined) {
    throw new DataError(`${text} is no DECIMAL: ${NUMERIC_CURE}`);
  }
  if (parsed.scale === scale) return parsed.unscaled;
  const kept = rescale(parsed.unscaled, parsed.scale, scale);
  if (parsed.scale > scale && rescale(kept, scale, parsed.scale) !== parsed.unscaled)
    throw new DataError(
      `${shown(text)} has ${digitsAfter(text)} digits after the point, and DECIMAL has ${scale} here: ${NUMERIC_CURE}`,
    );
  return kept;
}

/** A number where that is exact, otherwise a bigint. */
export function parseBigint(text: string): number | bigint {
  return text.length < 16 ? Number(text) : normalizeInt64(BigInt(text));
}
