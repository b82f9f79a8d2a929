import { quoting } from '../base/quoting.ts';
import { SluiceError } from '../base/errors.ts';
import { checkedDays, daysOfInstant, instantOf, msOfDay } from './calendar.ts';
import { parseBoolean } from './boolean-text.ts';
import {
  decimalFromNumber,
  decimalToNumber,
  fitsPrecision,
  formatDecimal,
  javaBigDecimalToString,
  parseDecimal,
  pow10,
  rescale,
} from './decimal.ts';
import { displayText } from './display.ts';
import { parseDouble } from './double-text.ts';
import { checkedInt64, parseInt32, parseInt64, toInt64FromDouble, wrapInt32, type Int64 } from './int64.ts';
import { formatType, typesEqual, type DecimalType, type SqlType } from './sql-type.ts';
import { parseDateText, parseTimestampText, parseTimeText } from './time-text.ts';

/** Converts one value that is not null; the result is null only inside nested values. @throws SluiceError EVALUATION */
export type CastFunction = (value: any) => unknown;

/** The conversion of CAST, or undefined if there is none. Equal types give the identity function. */
export function findCast(from: SqlType, to: SqlType): CastFunction | undefined {
  if (typesEqual(from, to)) return identity;
  switch (to.kind) {
    case 'STRING':
      return from.kind === 'BYTES' ? undefined : displayText(from);
    case 'BOOLEAN':
      return from.kind === 'STRING' ? (text: string) => parseBoolean(text.trim()) ?? false : undefined;
    case 'INTEGER':
      return toInteger(from);
    case 'BIGINT':
      return toBigint(from);
    case 'DOUBLE':
      return toDouble(from);
    case 'DECIMAL':
      return toDecimal(from, to);
    case 'BYTES':
      return undefined;
    case 'DATE':
      if (from.kind === 'TIMESTAMP') return (ms: Int64) => checkedDays(daysOfInstant(ms));
      return from.kind === 'STRING' ? dateOfText : undefined;
    case 'TIME':
      if (from.kind === 'TIMESTAMP') return msOfDay;
      return from.kind === 'STRING' ? timeOfText : undefined;
    case 'TIMESTAMP':
      if (from.kind === 'DATE') return (days: number) => instantOf(days, 0);
      return from.kind === 'STRING' ? timestampOfText : undefined;
    case 'ARRAY': {
      if (from.kind !== 'ARRAY') return undefined;
      const item = nullable(findCast(from.element, to.element));
      return item && ((values: unknown[]) => values.map(item));
    }
    case 'MAP': {
      if (from.kind !== 'MAP') return undefined;
      const key = nullable(findCast(from.key, to.key));
      const item = nullable(findCast(from.value, to.value));
      return (
        key && item && ((values: Map<unknown, unknown>) => new Map([...values].map(([k, v]) => [key(k), item(v)])))
      );
    }
    case 'STRUCT':
      return from.kind === 'STRUCT' ? structCast(from.fields, to.fields) : undefined;
    default:
      return undefined;
  }
}

/** Like findCast. @throws SluiceError STATEMENT with ksqlDB's message if there is no such CAST */
export function castFunction(from: SqlType, to: SqlType): CastFunction {
  // Inside arrays, maps and structs ksqlDB's test cases require -2147483648 for 2147483648.
  if (from.kind === 'BIGINT' && to.kind === 'INTEGER') return int32OfInt64;
  const cast = findCast(from, to);
  if (cast === undefined) {
    throw new SluiceError('STATEMENT', `Cast of ${formatType(from)} to ${formatType(to)} is not supported`);
  }
  return cast;
}

/** Whether the cast returns every value unchanged or in a wider type, so that it cannot fail. */
export function castCannotFail(from: SqlType, to: SqlType): boolean {
  if (typesEqual(from, to)) return true;
  switch (to.kind) {
    case 'STRING':
    case 'BOOLEAN':
      return true;
    case 'INTEGER':
      return false;
    case 'BIGINT':
      return from.kind === 'INTEGER';
    case 'DOUBLE':
      return from.kind !== 'STRING';
    case 'DECIMAL': {
      const digits = from.kind === 'INTEGER' ? 10 : from.kind === 'BIGINT' ? 19 : undefined;
      if (digits !== undefined) return to.precision - to.scale >= digits;
      return (
        from.kind === 'DECIMAL' && to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale
      );
    }
    case 'DATE':
      return from.kind === 'DATE';
    case 'TIME':
    case 'TIMESTAMP':
      return from.kind !== 'STRING';
    default:
      return false;
  }
}

const identity: CastFunction = (value: unknown) => value;

function nullable(cast: CastFunction | undefined): CastFunction | undefined {
  return cast && ((value: unknown) => (value === null || value === undefined ? null : cast(value)));
}

function structCast(
  from: readonly { readonly name: string; readonly type: SqlType }[],
  to: readonly { readonly name: string; readonly type: SqlType }[],
): CastFunction | undefined {
  const fields: { at: number; cast: CastFunction }[] = [];
  for (const field of to) {
    const at = from.findIndex((f) => f.name === field.name);
    const cast = at < 0 ? identity : nullable(findCast(from[at]!.type, field.type));
    if (cast === undefined) return undefined;
    fields.push({ at, cast });
  }
  return (values: unknown[]) => fields.map(({ at, cast }) => (at < 0 ? null : cast(values[at])));
}

function toInteger(from: SqlType): CastFunction | undefined {
  switch (from.kind) {
    case 'BIGINT':
      return wrapInt32;
    case 'DOUBLE':
      return (value: number) => {
        const whole = Math.trunc(value) + 0;
        return whole === (whole | 0) ? whole : beyond('INTEGER', value);
      };
    case 'DECIMAL': {
      const { scale } = from;
      const unit = pow10(scale);
      return (unscaled: bigint) => {
        const whole = Number(unscaled / unit);
        return whole === (whole | 0) ? whole : beyond('INTEGER', formatDecimal(unscaled, scale));
      };
    }
    case 'STRING':
      return (text: string) => parseInt32(text.trim()) ?? badNumber(text);
    default:
      return undefined;
  }
}

function toBigint(from: SqlType): CastFunction | undefined {
  switch (from.kind) {
    case 'INTEGER':
      return identity;
    case 'DOUBLE':
      return int64OfDouble;
    case 'DECIMAL': {
      const unit = pow10(from.scale);
      return (unscaled: bigint) => checkedInt64(unscaled / unit, 'BIGINT');
    }
    case 'STRING':
      return (text: string) => parseInt64(text.trim()) ?? badNumber(text);
    default:
      return undefined;
  }
}

function toDouble(from: SqlType): CastFunction | undefined {
  switch (from.kind) {
    case 'INTEGER':
      return identity;
    case 'BIGINT':
      return Number;
    case 'DECIMAL': {
      const { scale } = from;
      return (unscaled: bigint) => decimalToNumber(unscaled, scale);
    }
    case 'STRING':
      return (text: string) => parseDouble(text) ?? badNumber(text);
    default:
      return undefined;
  }
}

function toDecimal(from: SqlType, to: DecimalType): CastFunction | undefined {
  switch (from.kind) {
    case 'INTEGER':
    case 'BIGINT':
      return (value: Int64) => fitDecimal(BigInt(value), 0, to);
    case 'DOUBLE':
      return (value: number) => {
        if (!Number.isFinite(value)) return badNumber(String(value));
        const { unscaled, scale } = decimalFromNumber(value);
        return fitDecimal(unscaled, scale, to);
      };
    case 'DECIMAL': {
      const { scale } = from;
      return (value: bigint) => fitDecimal(value, scale, to);
    }
    case 'STRING':
      return (text: string) => {
        const value = parseDecimal(text.trim());
        return value === undefined ? badNumber(text) : fitDecimal(value.unscaled, value.scale, to);
      };
    default:
      return undefined;
  }
}

const MAX_EXPONENT = 4000;

/**
 * The unscaled value at the scale of the type, rounded HALF_UP. @throws SluiceError EVALUATION `Numeric field
 * overflow...` if it exceeds the precision
 */
export function fitDecimal(unscaled: bigint, scale: number, to: DecimalType): bigint {
  // An exponent this large is out of range for any DECIMAL: its digits need not be written out.
  if (scale < -MAX_EXPONENT && unscaled !== 0n) throw numericOverflow(javaBigDecimalToString(unscaled, scale), to);
  const result = rescale(unscaled, scale, to.scale, 'HALF_UP');
  if (!fitsPrecision(result, to.precision)) throw numericOverflow(formatDecimal(unscaled, scale), to);
  return result;
}

/** ksqlDB's error for a value that exceeds its DECIMAL type. */
export function numericOverflow(text: string, to: DecimalType): SluiceError {
  return new SluiceError(
    'EVALUATION',
    quoting(
      text,
      (t) =>
        `Numeric field overflow: A field with precision ${to.precision} and scale ${to.scale} must round to an absolute value less than 10^${to.precision - to.scale}. Got ${t}`,
    ),
  );
}

/**
 * The whole part of a double, rounded towards zero. Java's cast would silently convert a value that is too large to the
 * maximum, and NaN to 0. @throws SluiceError EVALUATION for such values
 */
export function int64OfDouble(value: number): Int64 {
  const whole = toInt64FromDouble(value);
  return typeof whole === 'number' ? (Number.isNaN(value) ? beyond('BIGINT', value) : whole) : inInt64(value, whole);
}

function inInt64(value: number, whole: bigint): bigint {
  return value >= 9223372036854775808 || value < -9223372036854775808 ? beyond('BIGINT', value) : whole;
}

function int32OfInt64(value: Int64): number {
  return typeof value === 'number' && value === (value | 0) ? value : beyond('INTEGER', value);
}

function beyond(type: 'INTEGER' | 'BIGINT', value: Int64 | string): never {
  throw new SluiceError(
    'EVALUATION',
    quoting(value, (v) => `Not in the range of ${type}: ${v}`),
  );
}

function badNumber(text: string): never {
  throw new SluiceError(
    'EVALUATION',
    quoting(text, (t) => `For input string: "${t}"`),
  );
}

/** Days since 1970-01-01. @throws SluiceError EVALUATION with ksqlDB's message */
export function dateOfText(text: string): number {
  return parseDateText(text) ?? badTime('date', text, 'yyyy-MM-dd');
}

/** Milliseconds of the day. @throws SluiceError EVALUATION with ksqlDB's message */
export function timeOfText(text: string): number {
  return parseTimeText(text) ?? badTime('time', text, 'HH:mm:ss.SSS');
}

/** Milliseconds since the epoch. @throws SluiceError EVALUATION with ksqlDB's message */
export function timestampOfText(text: string): number {
  return (
    parseTimestampText(text) ??
    badTime('timestamp', text, "yyyy-MM-dd'T'HH:mm:ss.SSS", ", with an optional numeric '+HHMM' timezone")
  );
}

function badTime(what: string, text: string, format: string, more = ''): never {
  const message = quoting(text, (t) => `Failed to parse ${what} '${t}'. Required format is: "${format}"${more}.`);
  throw new SluiceError('EVALUATION', message);
}
