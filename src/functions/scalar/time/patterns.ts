import { compilePattern, type DateTimePattern } from '../../../types/datetime-pattern.ts';
import { STRING } from '../../../types/sql-type.ts';
import type { CallSite, Param } from '../../api.ts';

export const FORMAT: Param = {
  name: 'formatPattern',
  type: STRING,
  doc: 'The format, a pattern of java.time.format.DateTimeFormatter such as yyyy-MM-dd HH:mm:ss.',
  text: 'TIME_PATTERN',
};
export const TIME_ZONE: Param = {
  name: 'timeZone',
  type: STRING,
  doc: "The zone to use, e.g. 'UTC', 'America/Los_Angeles' or '+02:00'. UTC when it is not given.",
  text: 'TIME_ZONE',
};

/**
 * Finds the pattern for one call: compiled once if format and zone are constant, otherwise looked up in the cache of
 * compiled patterns. An invalid constant pattern fails on each row, not when the statement is planned.
 */
export function patternFinder(
  site: CallSite,
  formatAt: number,
  zoneAt?: number,
): (format: string, zone?: string) => DateTimePattern {
  const format = site.constants[formatAt];
  const zone = zoneAt === undefined ? undefined : site.constants[zoneAt];
  if (typeof format !== 'string' || (zoneAt !== undefined && typeof zone !== 'string')) return compilePattern;
  let compiled: DateTimePattern | undefined;
  return () => (compiled ??= compilePattern(format, zone as string | undefined));
}
