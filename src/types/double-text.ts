/**
 * The number of trailing digits of a long between 2^53 and 2^63 that are not significant for the double that it came
 * from, by binary exponent minus 54: floor(log10(2^n)) for n > 3.
 */
function insignificantDigits(binaryExponent: number): number {
  const n = binaryExponent - 54;
  return n > 1 ? Math.floor(n * Math.LOG10E * Math.LN2) : 0;
}

/**
 * The text of a double as by Java's `Double.toString`: plain for 0.001 <= |x| < 10^7, with at least one digit after the
 * decimal point, otherwise `d.dddE±n` without a plus sign. The digits are the shortest that parse to `x`, except for
 * integers from 2^53 to 2^63, for which Java up to version 18 prints up to 17 significant digits of the exact value
 * (2^62 is `4.6116860184273879E18`).
 */
export function formatDouble(x: number): string {
  const magnitude = x < 0 ? -x : x;
  if (magnitude >= 0.001 && magnitude < 1e7) {
    return Number.isInteger(x) ? `${x}.0` : String(x);
  }
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0';
  if (Number.isNaN(x)) return 'NaN';
  if (magnitude === Infinity) return x < 0 ? '-Infinity' : 'Infinity';
  if (magnitude >= 9007199254740992 && magnitude < 9223372036854775808) return formatLargeInteger(x, magnitude);
  let text = x.toExponential();
  // Java always prints two digits, the nearest ones: the smallest double is 4.9E-324, not 5.0E-324.
  if (!text.includes('.')) text = x.toExponential(1);
  const exponentAt = text.indexOf('e');
  return `${text.slice(0, exponentAt)}E${text[exponentAt + 1] === '+' ? text.slice(exponentAt + 2) : text.slice(exponentAt + 1)}`;
}

function formatLargeInteger(x: number, magnitude: number): string {
  let binaryExponent = 53;
  while (2 ** (binaryExponent + 1) <= magnitude) binaryExponent++;
  const drop = insignificantDigits(binaryExponent);
  let value = BigInt(magnitude);
  if (drop > 0) {
    const power = 10n ** BigInt(drop);
    const residue = value % power;
    value = value / power + (residue >= power / 2n ? 1n : 0n);
  }
  const all = value.toString();
  const digits = all.replace(/0+$/, '');
  const fraction = digits.length > 1 ? digits.slice(1) : '0';
  return `${x < 0 ? '-' : ''}${digits[0]}.${fraction}E${all.length + drop - 1}`;
}

const DOUBLE_TEXT = /^[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)$/;

/** The double in `text` as parsed by Java's `Double.parseDouble` (except hexadecimal forms), or undefined. */
export function parseDouble(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DOUBLE_TEXT.test(trimmed)) return undefined;
  const last = trimmed.charCodeAt(trimmed.length - 1) | 32;
  // A trailing f or d is Java's type suffix; 'Infinity' and 'NaN' end with neither.
  return Number(last === 102 || last === 100 ? trimmed.slice(0, -1) : trimmed);
}
