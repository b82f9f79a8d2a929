/**
 * INTEGER arithmetic for generated code; BIGINT's is in types/int64.ts. No argument is null. A result that is out of
 * range is rejected, whereas in Java, and therefore in ksqlDB, it wraps: 2147483647 + 1 would silently become
 * -2147483648. Decision 0030.
 * @throws RangeError
 */
export function addInt32(a: number, b: number): number {
  return within32(a + b);
}

/** @throws RangeError if the difference is out of range */
export function subInt32(a: number, b: number): number {
  return within32(a - b);
}

/** @throws RangeError if the product is out of range */
export function mulInt32(a: number, b: number): number {
  // `+ 0` avoids -0.
  return within32(a * b + 0);
}

/** Divides as Java does: toward zero. @throws RangeError for division by 0, and beyond 32 bits */
export function divInt32(a: number, b: number): number {
  if (b === 0) throw new RangeError('/ by zero');
  return within32(Math.trunc(a / b) + 0);
}

/** The remainder, with the sign of the dividend, as in Java. @throws RangeError for division by 0 */
export function modInt32(a: number, b: number): number {
  if (b === 0) throw new RangeError('/ by zero');
  return (a % b) | 0;
}

/** @throws RangeError for the smallest INTEGER, whose negation is out of range */
export function negateInt32(a: number): number {
  return within32(0 - a);
}

function within32(exact: number): number {
  if (exact === (exact | 0)) return exact;
  throw new RangeError(`Not in the range of INTEGER: ${exact}`);
}
