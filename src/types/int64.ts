/**
 * BIGINT values: a number if it is a safe integer, otherwise a bigint. They are always normalized in this way, hence
 * `===` compares them. A zero is never negative.
 */
export type Int64 = number | bigint;

const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const MAX_SAFE_BIG = BigInt(Number.MAX_SAFE_INTEGER);

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;
export const INT32_MAX = 2147483647;
export const INT32_MIN = -2147483648;

/** The normalized value of a 64-bit integer; wider integers wrap. */
export function normalizeInt64(b: bigint): Int64 {
  if (b <= MAX_SAFE_BIG && b >= -MAX_SAFE_BIG) return Number(b);
  const wrapped = BigInt.asIntN(64, b);
  return wrapped <= MAX_SAFE_BIG && wrapped >= -MAX_SAFE_BIG ? Number(wrapped) : wrapped;
}

/**
 * The normalized value of an integer that fits in 64 bits. @throws RangeError, which includes the `type` of the value
 */
export function checkedInt64(b: bigint, type: 'BIGINT' | 'TIMESTAMP'): Int64 {
  if (b > INT64_MAX || b < INT64_MIN) throw new RangeError(`Not in the range of ${type}: ${b}`);
  return normalizeInt64(b);
}

/** The sum, which wraps, so that what is added to a sum can be subtracted again. See also `checkedAddInt64`. */
export function addInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum <= MAX_SAFE && sum >= -MAX_SAFE) return sum;
  }
  return normalizeInt64(BigInt(a) + BigInt(b));
}

/** The difference, which wraps like the result of `addInt64`. */
export function subInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (difference <= MAX_SAFE && difference >= -MAX_SAFE) return difference;
  }
  return normalizeInt64(BigInt(a) - BigInt(b));
}

/** @throws RangeError when the sum is beyond 64 bits */
export function checkedAddInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') return addInt64(a, b);
  return checkedInt64(BigInt(a) + BigInt(b), 'BIGINT');
}

/** @throws RangeError when the difference is beyond 64 bits */
export function checkedSubInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') return subInt64(a, b);
  return checkedInt64(BigInt(a) - BigInt(b), 'BIGINT');
}

/** @throws RangeError when the product is beyond 64 bits */
export function mulInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // A product that rounds to a safe integer is exact; `+ 0` converts -0 to 0.
    if (product <= MAX_SAFE && product >= -MAX_SAFE) return product + 0;
  }
  return checkedInt64(BigInt(a) * BigInt(b), 'BIGINT');
}

/** Truncates towards zero. @throws RangeError `/ by zero`, or if the smallest long is divided by -1 */
export function divInt64(a: Int64, b: Int64): Int64 {
  if (b === 0) throw new RangeError('/ by zero');
  // The quotient of two safe integers is closer to its exact value than 1/b, so truncation is correct.
  if (typeof a === 'number' && typeof b === 'number') return Math.trunc(a / b) + 0;
  return checkedInt64(BigInt(a) / BigInt(b), 'BIGINT');
}

/** The remainder, with the sign of the dividend. @throws RangeError `/ by zero` */
export function modInt64(a: Int64, b: Int64): Int64 {
  if (b === 0) throw new RangeError('/ by zero');
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
  return normalizeInt64(BigInt(a) % BigInt(b));
}

/** @throws RangeError for the smallest long, whose negation is out of range */
export function negateInt64(a: Int64): Int64 {
  return typeof a === 'number' ? 0 - a : checkedInt64(-a, 'BIGINT');
}

/** The absolute value. @throws RangeError for the smallest long, whose absolute value is out of range */
export function absInt64(a: Int64): Int64 {
  if (typeof a === 'number') return Math.abs(a);
  return a < 0n ? checkedInt64(-a, 'BIGINT') : a;
}

/** Negative, zero or positive if `a` is less than, equal to or greater than `b`. */
export function compareInt64(a: Int64, b: Int64): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const INTEGER_TEXT = /^[+-]?[0-9]+$/;

/** The long in `text`: decimal digits with an optional sign. Undefined if it is not one or exceeds 64 bits. */
export function parseInt64(text: string): Int64 | undefined {
  if (!INTEGER_TEXT.test(text)) return undefined;
  if (text.length <= 15) return Number(text) + 0;
  // Longer texts are out of range or begin with zeros, and BigInt is slow for them.
  if (text.length > 1000) return undefined;
  const value = BigInt(text[0] === '+' ? text.slice(1) : text);
  return value > INT64_MAX || value < INT64_MIN ? undefined : normalizeInt64(value);
}

/** The int in `text`, or undefined if it is not one or exceeds 32 bits. */
export function parseInt32(text: string): number | undefined {
  if (!INTEGER_TEXT.test(text)) return undefined;
  const value = Number(text) + 0;
  return value > INT32_MAX || value < INT32_MIN ? undefined : value;
}

/** Java's `(long) x`: rounds towards zero and saturates; NaN is 0. */
export function toInt64FromDouble(x: number): Int64 {
  const truncated = Math.trunc(x) + 0;
  if (truncated <= MAX_SAFE && truncated >= -MAX_SAFE) return truncated;
  if (Number.isNaN(x)) return 0;
  if (x >= 9223372036854775808) return INT64_MAX;
  if (x <= -9223372036854775808) return INT64_MIN;
  return BigInt(truncated);
}

/** Java's `(int) x` for a long: the low 32 bits. */
export function wrapInt32(x: Int64): number {
  // ToInt32 of a double works modulo 2^32 and a safe integer is exact, so `| 0` is correct for all of them.
  return typeof x === 'number' ? x | 0 : Number(BigInt.asIntN(32, x));
}

/** The value as a bigint, for arithmetic that needs more than 64 bits. */
export function toBigInt(x: Int64): bigint {
  return typeof x === 'bigint' ? x : BigInt(x);
}
