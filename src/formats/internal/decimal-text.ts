import { quoting } from '../../base/quoting.ts';
import { formatDecimal, javaBigDecimalToString, pow10, type Decimal } from '../../types/decimal.ts';
import { Misfit } from './record-errors.ts';

/**
 * The unscaled value of `value` as DECIMAL(precision, scale). Exact: a format must not round what it reads.
 * @throws Misfit when digits would be lost or the precision is exceeded
 */
export function fitDecimal(value: Decimal, precision: number, scale: number): bigint {
  const shift = scale - value.scale;
  let unscaled = value.unscaled;
  if (unscaled === 0n) return 0n;
  // Limits the work that a malicious exponent can cause.
  if (shift > precision + 64 || shift < -4096) throw misfit(value, precision, scale);
  if (shift >= 0) unscaled *= pow10(shift);
  else {
    const divisor = pow10(-shift);
    if (unscaled % divisor !== 0n) throw misfit(value, precision, scale);
    unscaled /= divisor;
  }
  const bound = pow10(precision);
  if (unscaled >= bound || unscaled <= -bound) throw misfit(value, precision, scale);
  return unscaled;
}

function misfit(value: Decimal, precision: number, scale: number): Misfit {
  const shown =
    value.scale >= 0 && value.scale <= 4096
      ? formatDecimal(value.unscaled, value.scale)
      : javaBigDecimalToString(value.unscaled, value.scale);
  return new Misfit(
    quoting(shown, (v) => `Cannot fit decimal '${v}' into DECIMAL(${precision}, ${scale}) without rounding.`),
  );
}
