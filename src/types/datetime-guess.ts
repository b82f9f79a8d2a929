import { compilePattern, type DateTimePattern } from './datetime-pattern.ts';

const DATES: readonly string[] = [
  'yyyy-MM-dd',
  'yyyy/MM/dd',
  'yyyy.MM.dd',
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'dd.MM.yyyy',
  'dd-MM-yyyy',
  'd/M/yyyy',
  'M/d/yyyy',
  'd.M.yyyy',
  'yyyyMMdd',
  'd MMM yyyy',
  'd-MMM-yyyy',
  'MMM d, yyyy',
  'EEE, d MMM yyyy',
];
const CLOCKS: readonly string[] = [
  'HH:mm',
  'HH:mm:ss',
  'HH:mm:ss.SSS',
  'HH:mm:ss.SSSSSS',
  'h:mm a',
  'h:mm:ss a',
  'HHmmss',
];
const ZONES: readonly string[] = ['', 'XXX', 'XX', ' XX', ' z', ' VV'];
/** What may separate a date from a time of day. */
const BETWEEN: readonly string[] = [' ', "'T'", ', '];

/**
 * The pattern, among those in common use, that reads a text as a time of the kind; day before month where both are
 * possible. Undefined if none does.
 */
export function patternReading(text: string, kind: 'TIMESTAMP' | 'DATE' | 'TIME'): string | undefined {
  switch (kind) {
    case 'DATE':
      return DATES.find((pattern) => reads(pattern, (p) => p.parseDate(text)));
    case 'TIME':
      return CLOCKS.find((pattern) => reads(pattern, (p) => p.parseTime(text)));
    default:
      return timestampPattern(text);
  }
}

function timestampPattern(text: string): string | undefined {
  for (const date of DATES) {
    if (reads(date, (p) => p.parseTimestamp(text))) return date;
    for (const clock of CLOCKS)
      for (const between of BETWEEN)
        for (const zone of ZONES) {
          const pattern = `${date}${between}${clock}${zone}`;
          if (reads(pattern, (p) => p.parseTimestamp(text))) return pattern;
        }
  }
  return undefined;
}

function reads(pattern: string, parse: (compiled: DateTimePattern) => number): boolean {
  try {
    parse(compilePattern(pattern));
    return true;
  } catch {
    return false;
  }
}
