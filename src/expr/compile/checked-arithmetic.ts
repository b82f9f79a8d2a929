/**
 * Arithmetic of INTEGER as generated code calls it; types/int64.ts has BIGINT's. No argument is null. A result beyond
 * the type is refused, where Java's, and so ksqlDB's, wraps: 2147483647 + 1 would be -2147483648, for good and unsaid.
 * Decision 0030.
 * @throws RangeError
 */
export function addInt32(a: number, b: number): number {
  return within32(a + b);
}

export function subInt32(a: number, b: number): number {
  return within32(a - b);
}

export function mulInt32(a: number, b: number): number {
  // `+ 0`: no -0.
  return within32(a * b + 0);
}

/** As Java divides: toward zero. @throws RangeError for 0, and beyond 32 bits */
export function divInt32(a: number, b: number): number {
  if (b === 0) throw new RangeError('/ by zero');
  return within32(Math.trunc(a / b) + 0);
}

/** With the sign of the dividend, as in Java. @throws RangeError for 0 */
export function modInt32(a: number, b: number): number {
  if (b === 0) throw new RangeError('/ by zero');
  return (a % b) | 0;
}

export function negateInt32(a: number): number {
  return within32(0 - a);
}

function within32(exact: number): number {
  if (exact === (exact | 0)) return exact;
  throw new RangeError(`Not in the range of INTEGER: ${exact}`);
}
