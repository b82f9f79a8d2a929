import { formatDouble } from './double-text.ts';
import { decimal, type DecimalType } from './sql-type.ts';

/** An exact decimal with its own scale: `unscaled` x 10^-`scale`. Inside the engine the scale is that of the type. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Java's RoundingMode. */
export type Rounding = 'UP' | 'DOWN' | 'CEILING' | 'FLOOR' | 'HALF_UP' | 'HALF_DOWN' | 'HALF_EVEN' | 'UNNECESSARY';

const POWERS: bigint[] = [1n];

/** 10^n for n >= 0. */
export function pow10(n: number): bigint {
  if (n > 2000) return 10n ** BigInt(n);
  for (let i = POWERS.length; i <= n; i++) POWERS.push(POWERS[i - 1]! * 10n);
  return POWERS[n]!;
}

/**
 * The most digits that are parsed, when written out: `1e999999999` would exhaust memory, and BigInt is slow for long
 * texts.
 */
const MAX_TEXT_DIGITS = 10_000;
const DECIMAL_TEXT = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,9}))?$/;

/** The decimal in `text` (digits, point and exponent as accepted by `new BigDecimal(text)`), or undefined. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL_TEXT.exec(text);
  if (match === null) return undefined;
  const whole = match[2]!;
  const fraction = match[3] ?? '';
  if (whole.length + fraction.length === 0) return undefined;
  const exponent = match[4] === undefined ? 0 : Number(match[4]);
  if (whole.length + fraction.length > MAX_TEXT_DIGITS) {
    throw new RangeError(`A number of more than ${MAX_TEXT_DIGITS} digits`);
  }
  const magnitude = BigInt(whole + fraction);
  const scale = fraction.length - exponent;
  return { unscaled: match[1] === '-' ? -magnitude : magnitude, scale };
}

/** Plain notation: all digits without an exponent, exactly `scale` of them after the decimal point if scale > 0. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale <= 0) return (scale === 0 ? unscaled : unscaled * pow10(-scale)).toString();
  const negative = unscaled < 0n;
  let digits = (negative ? -unscaled : unscaled).toString();
  if (digits.length <= scale) digits = digits.padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Java's `BigDecimal.toString`: plain unless scale < 0 or the value is below 10^-6; then `1.23E+5`. */
export function javaBigDecimalToString(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString();
  const exponent = digits.length - 1 - scale;
  if (scale >= 0 && exponent >= -6) return formatDecimal(unscaled, scale);
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const suffix = exponent === 0 ? '' : `E${exponent > 0 ? '+' : ''}${exponent}`;
  return `${negative ? '-' : ''}${digits[0]}${fraction}${suffix}`;
}

/**
 * `numerator / denominator` as an integer, with a rounding mode; UNNECESSARY throws RangeError if the result is
 * inexact.
 */
export function divideRounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const quotient = numerator / denominator;
  const remainder = numerator - quotient * denominator;
  if (remainder === 0n) return quotient;
  const positive = numerator < 0n === denominator < 0n;
  const awayFromZero = positive ? quotient + 1n : quotient - 1n;
  switch (rounding) {
    case 'DOWN':
      return quotient;
    case 'UP':
      return awayFromZero;
    case 'CEILING':
      return positive ? awayFromZero : quotient;
    case 'FLOOR':
      return positive ? quotient : awayFromZero;
    case 'UNNECESSARY':
      throw new RangeError('Rounding necessary');
    default: {
      const twice = (remainder < 0n ? -remainder : remainder) * 2n;
      const whole = denominator < 0n ? -denominator : denominator;
      if (twice !== whole) return twice > whole ? awayFromZero : quotient;
      if (rounding === 'HALF_UP') return awayFromZero;
      if (rounding === 'HALF_DOWN') return quotient;
      return quotient % 2n === 0n ? quotient : awayFromZero;
    }
  }
}

/** No decimal of the engine has more digits; an exponent in a record's text may require a billion. */
const MAX_SHIFT = 5000;

/**
 * The unscaled value at another scale. Throws RangeError if a number would have to grow by more than MAX_SHIFT digits,
 * and for UNNECESSARY if digits would be lost.
 */
export function rescale(unscaled: bigint, from: number, to: number, rounding: Rounding = 'HALF_UP'): bigint {
  if (to === from || unscaled === 0n) return unscaled;
  if (to > from) {
    if (to - from > MAX_SHIFT) throw new RangeError(`A number of more than ${MAX_SHIFT} digits`);
    return unscaled * pow10(to - from);
  }
  // Below a tenth of the last digit, all further places round to the same result.
  const places = from - to > MAX_SHIFT ? Math.min(from - to, precisionOf(unscaled) + 1) : from - to;
  return divideRounded(unscaled, pow10(places), rounding);
}

/** Whether the value has at most `precision` digits. */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  const limit = pow10(precision);
  return unscaled < limit && unscaled > -limit;
}

/** The number of digits, like `BigDecimal.precision`: 1 for zero. */
export function precisionOf(unscaled: bigint): number {
  return (unscaled < 0n ? -unscaled : unscaled).toString().length;
}

/** Compares by value, regardless of the scales: negative, zero or positive. */
export function compareDecimal(a: bigint, aScale: number, b: bigint, bScale: number): number {
  if (a === 0n || b === 0n || a < 0n !== b < 0n) return a < b ? -1 : a > b ? 1 : 0;
  if (Math.abs(aScale - bScale) > MAX_SHIFT) {
    const larger = precisionOf(a) - aScale - (precisionOf(b) - bScale);
    return a < 0n ? -larger : larger;
  }
  const left = aScale < bScale ? a * pow10(bScale - aScale) : a;
  const right = bScale < aScale ? b * pow10(aScale - bScale) : b;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The nearest double. */
export function decimalToNumber(unscaled: bigint, scale: number): number {
  if (scale === 0) return Number(unscaled);
  // Exact operands and one correctly rounded division: correct for up to 15 digits; otherwise the parser rounds once.
  if (scale > 0 && scale <= 22 && unscaled <= 9007199254740991n && unscaled >= -9007199254740991n) {
    return Number(unscaled) / 10 ** scale;
  }
  return Number(`${unscaled}e${-scale}`);
}

/** Java's `BigDecimal.valueOf(double)`: the decimal in the double's text. @throws RangeError for NaN and infinities */
export function decimalFromNumber(x: number): Decimal {
  const value = parseDecimal(formatDouble(x));
  if (value === undefined) throw new RangeError('Infinite or NaN');
  return value;
}

// Result types of arithmetic (docs: "DECIMAL arithmetic"): SQL Server's rules without its limit of 38 digits.

export function addResultType(a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  return decimal(scale + Math.max(a.precision - a.scale, b.precision - b.scale) + 1, scale);
}

export function mulResultType(a: DecimalType, b: DecimalType): DecimalType {
  return decimal(a.precision + b.precision + 1, a.scale + b.scale);
}

export function divResultType(a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(6, a.scale + b.precision + 1);
  return decimal(a.precision - a.scale + b.scale + scale, scale);
}

export function modResultType(a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  return decimal(Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

// Arithmetic on unscaled values with the given scales; the result has the scale of the result type above.

/** The unscaled sum of two decimals, at the larger of their scales. */
export function addDecimal(a: bigint, aScale: number, b: bigint, bScale: number): bigint {
  const scale = Math.max(aScale, bScale);
  return rescale(a, aScale, scale) + rescale(b, bScale, scale);
}

/** The unscaled difference of two decimals, at the larger of their scales. */
export function subDecimal(a: bigint, aScale: number, b: bigint, bScale: number): bigint {
  const scale = Math.max(aScale, bScale);
  return rescale(a, aScale, scale) - rescale(b, bScale, scale);
}

/** The unscaled product, at scale `aScale + bScale`. */
export function mulDecimal(a: bigint, b: bigint): bigint {
  return a * b;
}

/** The unscaled quotient, rounded HALF_UP to `resultScale`. @throws RangeError `Division by zero` */
export function divDecimal(a: bigint, aScale: number, b: bigint, bScale: number, resultScale: number): bigint {
  if (b === 0n) throw new RangeError('Division by zero');
  const shift = resultScale - aScale + bScale;
  return shift >= 0 ? divideRounded(a * pow10(shift), b, 'HALF_UP') : divideRounded(a, b * pow10(-shift), 'HALF_UP');
}

/** The remainder, with the sign of the dividend. @throws RangeError `Division by zero` */
export function modDecimal(a: bigint, aScale: number, b: bigint, bScale: number): bigint {
  if (b === 0n) throw new RangeError('Division by zero');
  const scale = Math.max(aScale, bScale);
  return rescale(a, aScale, scale) % rescale(b, bScale, scale);
}
