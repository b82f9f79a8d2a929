/**
 * Rounds a DOUBLE for a field of 4 bytes, which has 7 significant digits.
 * @throws Error for a number beyond the range of such a field, which would become infinite
 */
export function fittingFloat(value: number): number {
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
    throw new Error(`${value} is out of the range of a FLOAT of 4 bytes, whose largest value is 3.4028235e38`);
  return value;
}
