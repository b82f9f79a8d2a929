/**
 * The natural logarithm, nearly always correctly rounded, like Java's. V8's sometimes differs in the last digit (for 3,
 * for example), which is visible in the text of a DOUBLE. The leading term of the series is computed in two doubles.
 */
export function naturalLog(x: number): number {
  if (!(x > 0) || x === Infinity || x === 1) return Math.log(x);
  let exponent = 0;
  let m = x;
  if (m < 2.2250738585072014e-308) {
    m *= 18014398509481984;
    exponent = -54;
  }
  VIEW.setFloat64(0, m);
  const high = VIEW.getUint32(0);
  exponent += ((high >>> 20) & 0x7ff) - 1023;
  VIEW.setUint32(0, (high & 0x800fffff) | 0x3ff00000);
  m = VIEW.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  // ln m = 2 atanh(s), s = (m - 1) / (m + 1); the numerator is exact.
  const numerator = m - 1;
  const denominator = m + 1;
  const denominatorLow = m > 1 ? 1 - (denominator - m) : m - (denominator - 1);
  const s = numerator / denominator;
  const sLow = (numerator - product(s, denominator) - productLow - s * denominatorLow) / denominator;
  const z = s * s;
  let tail = 0;
  for (let k = 27; k >= 3; k -= 2) tail = tail * z + 1 / k;
  const lead = exponent * LN2_HIGH;
  const sum = lead + 2 * s;
  const low = Math.abs(lead) > Math.abs(2 * s) ? lead - sum + 2 * s : 2 * s - sum + lead;
  return sum + (low + 2 * sLow + 2 * s * z * tail + exponent * LN2_LOW);
}

const VIEW = new DataView(new ArrayBuffer(8));
/** ln 2 in two parts; products of the first part and an exponent are exact. */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;

/** The rounding error of the last `product`. */
let productLow = 0;

/** Dekker's exact product: returns the rounded product and stores its error in `productLow`. */
function product(a: number, b: number): number {
  const p = a * b;
  const aBig = 134217729 * a;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = 134217729 * b;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  productLow = aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return p;
}
