/** The units of durations in WITH (...), singular and plural. */
const UNIT_MS: Readonly<Record<string, number>> = {
  DAY: 86_400_000,
  DAYS: 86_400_000,
  HOUR: 3_600_000,
  HOURS: 3_600_000,
  MINUTE: 60_000,
  MINUTES: 60_000,
  SECOND: 1_000,
  SECONDS: 1_000,
  MILLISECOND: 1,
  MILLISECONDS: 1,
};

const UNITS_ADVICE = 'The units are DAYS, HOURS, MINUTES, SECONDS and MILLISECONDS.';

/** Reads a duration such as `30 SECONDS` in ms, which must be positive, or returns the reason why it cannot. */
export function parseDuration(text: string): number | { readonly reason: string; readonly hint?: string } {
  const parts = text.trim().split(/\s+/);
  const fail = (reason: string): { readonly reason: string } => ({ reason: `Invalid duration: '${text}'. ${reason}` });
  if (parts.length !== 2) return fail(`Expected 2 tokens, got: ${parts.length}`);
  const [size, unit] = parts as [string, string];
  if (!/^[+-]?\d{1,15}$/.test(size)) return fail(`Size must be numeric, '${size}'`);
  const ms = UNIT_MS[unit.toUpperCase()];
  if (ms === undefined) return { ...fail(`Unknown time unit: '${unit.toUpperCase()}'`), hint: UNITS_ADVICE };
  const duration = Number(size) * ms;
  return duration > 0 ? duration : fail('Size must be larger than zero.');
}
