import { quoting } from '../../base/quoting.ts';
import { parseDecimal } from '../../types/decimal.ts';
import { parseDouble } from '../../types/double-text.ts';
import { parseInt32, parseInt64, type Int64 } from '../../types/int64.ts';
import { fitDecimal } from './decimal-text.ts';
import { Misfit } from './record-errors.ts';

/** Parses numbers as Java's parsers do, with a Misfit that has Java's message where they throw. */

function orMisfit<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Misfit(quoting(text, (t) => `For input string: "${t}"`));
  return value;
}

/** @throws Misfit */
export function readInt32(text: string): number {
  return orMisfit(parseInt32(text), text);
}

/** @throws Misfit */
export function readInt64(text: string): Int64 {
  return orMisfit(parseInt64(text), text);
}

/** @throws Misfit */
export function readDouble(text: string): number {
  return orMisfit(parseDouble(text), text);
}

const MS_PER_DAY = 86_400_000;

/** A TIME that formats accept: from 0 to the length of a day, in ms. @throws Misfit with ksqlDB's message */
export function timeOfDay(ms: Int64): number {
  if (typeof ms === 'number' && ms >= 0 && ms <= MS_PER_DAY) return ms;
  throw new Misfit(`Time values must use number of milliseconds greater than 0 and less than ${MS_PER_DAY}.`);
}

/** The unscaled value at the scale of the type. @throws Misfit */
export function readDecimal(text: string, precision: number, scale: number): bigint {
  return fitDecimal(orMisfit(parseDecimal(text), text), precision, scale);
}
