/**
 * A value decoded from a topic's bytes for comparison, with the distinctions of README 3.6 of the suite: an integer, a
 * double and an exact decimal are different. Structs and maps are Maps by field name or key text.
 */
export type Decoded =
  | null
  | boolean
  | string
  | Uint8Array
  | DecodedInteger
  | DecodedDouble
  | DecodedDecimal
  | readonly Decoded[]
  | ReadonlyMap<string, Decoded>;

export interface DecodedInteger {
  readonly kind: 'integer';
  readonly value: bigint;
}
export interface DecodedDouble {
  readonly kind: 'double';
  readonly value: number;
}
export interface DecodedDecimal {
  readonly kind: 'decimal';
  readonly unscaled: bigint;
  readonly scale: number;
}

/** An exact decimal from a JSON lexeme: `1.50` is (150, 2), `1.0E10` is (10, -9). */
export function decimalOf(lexeme: string): DecodedDecimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(lexeme);
  if (!match) throw new Error(`Not a number: ${lexeme}`);
  const fraction = match[3] ?? '';
  const unscaled = BigInt(`${match[2]}${fraction}` || '0');
  return {
    kind: 'decimal',
    unscaled: match[1] === '-' ? -unscaled : unscaled,
    scale: fraction.length - Number(match[4] ?? 0),
  };
}
