import { compilePattern } from '../../../types/datetime-pattern.ts';

const DAY_MS = 86_400_000;

export type PartitionerKind = 'default' | 'field' | 'time' | 'daily' | 'hourly';

/** The partitioner of a class name (Confluent's) or a short name; undefined: not supported. */
export function partitionerKind(text: string): PartitionerKind | undefined {
  const name = (text.trim().split('.').at(-1) ?? '').replace(/Partitioner$/i, '').toLowerCase();
  switch (name) {
    case 'default':
    case 'field':
    case 'daily':
    case 'hourly':
      return name;
    case 'time':
    case 'timebased':
      return 'time';
    default:
      return undefined;
  }
}

/** How times become folder names. @throws SluiceError for an invalid pattern or time zone */
export function timeFolders(
  kind: PartitionerKind,
  given: { readonly path: string; readonly durationMs: number; readonly zone: string },
): { readonly pattern: (ms: number) => string; readonly durationMs: number } {
  const path = { daily: DAILY, hourly: HOURLY }[kind as string] ?? given.path;
  const durationMs = { daily: DAY_MS, hourly: DAY_MS / 24 }[kind as string] ?? given.durationMs;
  const compiled = compilePattern(javaPattern(path), given.zone);
  return { pattern: (ms) => compiled.formatTimestamp(ms), durationMs };
}

const DAILY = "'year'=YYYY/'month'=MM/'day'=dd";
const HOURLY = `${DAILY}/'hour'=HH`;

/** The pattern in the syntax of DateTimeFormatter: in Joda-Time, which Confluent's connector uses, YYYY is the year. */
function javaPattern(path: string): string {
  return path
    .split(/('[^']*')/)
    .map((part) => (part.startsWith("'") ? part : part.replaceAll('Y', 'y')))
    .join('');
}

type ExtractorKind = 'wallclock' | 'record' | 'recordfield';

/** The timestamp extractor of a class name (Confluent's) or a short name; undefined: not supported. */
export function extractorKind(text: string): ExtractorKind | undefined {
  const name = (text.trim().split(/[.$]/).at(-1) ?? '').replace(/TimestampExtractor$/i, '').toLowerCase();
  return name === 'wallclock' || name === 'record' || name === 'recordfield' ? name : undefined;
}
