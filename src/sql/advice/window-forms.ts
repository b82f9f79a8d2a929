import { must } from '../../base/assert.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

type WindowKind = 'TUMBLING' | 'HOPPING' | 'SESSION';

const EXAMPLES: Readonly<Record<WindowKind, string>> = {
  TUMBLING: 'WINDOW TUMBLING (SIZE 1 HOUR)',
  HOPPING: 'WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 10 MINUTES)',
  SESSION: 'WINDOW SESSION (5 MINUTES)',
};

/** The units that other dialects and abbreviations have, as they are written here. */
const UNITS: Readonly<Record<string, string>> = {
  MS: 'MILLISECONDS',
  SEC: 'SECONDS',
  SECS: 'SECONDS',
  S: 'SECONDS',
  MIN: 'MINUTES',
  MINS: 'MINUTES',
  M: 'MINUTES',
  HR: 'HOURS',
  HRS: 'HOURS',
  H: 'HOURS',
  D: 'DAYS',
};

/** Units that are longer than the longest here, in days. */
const DAYS: Readonly<Record<string, number>> = {
  WEEK: 7,
  WEEKS: 7,
  MONTH: 30,
  MONTHS: 30,
  QUARTER: 91,
  YEAR: 365,
  YEARS: 365,
};

/** For a number with a fraction: the unit in which it is whole, and how many of that are one of its own. */
const SMALLER: Readonly<Record<string, readonly [unit: string, count: number]>> = {
  DAY: ['HOURS', 24],
  HOUR: ['MINUTES', 60],
  MINUTE: ['SECONDS', 60],
  SECOND: ['MILLISECONDS', 1000],
};

/** Advice for a WINDOW clause that does not parse: the clause with the durations as they were written. */
export function windowAdvice(stuck: Stuck): Advice | undefined {
  if (find(stuck, 'WINDOW') === -1) return undefined;
  const kinds = Object.keys(EXAMPLES) as WindowKind[];
  const kind = kinds.find((k) => find(stuck, k) !== -1 && find(stuck, k) >= stuck.at - 20);
  if (kind !== undefined && find(stuck, 'GROUP') === -1) {
    if (stuck.hint?.startsWith('Did you mean')) return undefined;
    const whole = wholeNumber(stuck);
    if (whole !== undefined) return adviceAt(stuck, stuck.at, `The number is whole: ${whole}.`);
    const isCounted = stuck.tokens[stuck.at - 1]?.kind === 'integer';
    const days = DAYS[word(stuck, stuck.at)];
    if (days !== undefined && isCounted)
      return adviceAt(
        stuck,
        stuck.at,
        `The longest unit is DAYS, of 24 hours each: ${days * Number(written(stuck, stuck.at - 1))} DAYS.`,
      );
    const unit = UNITS[word(stuck, stuck.at)];
    if (unit !== undefined && isCounted)
      return adviceAt(
        stuck,
        stuck.at,
        `The units are written out, up to days: ${written(stuck, stuck.at - 1)} ${unit}.`,
      );
    return { hint: `A ${kind.toLowerCase()} window is written ${formOf(stuck, kind)}.` };
  }
  if (word(stuck, stuck.at - 1) === 'WINDOW') {
    const near = { TUMBLE: 'TUMBLING', HOP: 'HOPPING', SLIDE: 'HOPPING', SLIDING: 'HOPPING', FIXED: 'TUMBLING' }[
      word(stuck, stuck.at)
    ] as WindowKind | undefined;
    if (near !== undefined)
      return adviceAt(stuck, stuck.at, `Did you mean ${near}? It is written ${must(EXAMPLES[near], 'example')}.`);
    if (stuck.tokens[stuck.at]?.kind === '(')
      return adviceAt(stuck, stuck.at, `A window has a kind: ${Object.values(EXAMPLES).join(', ')}.`);
  }
  return undefined;
}

/** A duration with a fraction in the unit in which it is whole: `1.5 HOURS` is 90 MINUTES. */
function wholeNumber(stuck: Stuck): string | undefined {
  // A number may be one token, or two of which the parser is stuck at the second.
  const value = [written(stuck, stuck.at), written(stuck, stuck.at) + written(stuck, stuck.at + 1)]
    .map(Number)
    .find((n) => Number.isFinite(n) && !Number.isInteger(n));
  const unit = [1, 2]
    .map((n) => word(stuck, stuck.at + n).replace(/S$/, ''))
    .find((name) => Object.hasOwn(SMALLER, name));
  if (value === undefined || unit === undefined) return undefined;
  const [smaller, count] = must(SMALLER[unit], 'smaller unit');
  return Number.isInteger(value * count) ? `${value * count} ${smaller}` : undefined;
}

/** The window of this kind with the durations that stand in its parentheses, else an example. */
function formOf(stuck: Stuck, kind: WindowKind): string {
  const open = find(stuck, kind) + 1;
  const found: Partial<Record<'SIZE' | 'ADVANCE BY' | 'GRACE PERIOD' | 'RETENTION', string>> = {};
  if (stuck.tokens[open]?.kind !== '(') return EXAMPLES[kind];
  let name: keyof typeof found | undefined;
  for (let i = open + 1; i < stuck.tokens.length && stuck.tokens[i]?.kind !== ')'; i++) {
    if (/^(?:SIZE|GAP)$/.test(word(stuck, i))) name = 'SIZE';
    else if (/^(?:ADVANCE|SLIDE|HOP)$/.test(word(stuck, i))) name = 'ADVANCE BY';
    else if (/^(?:GRACE|LATENESS)$/.test(word(stuck, i))) name = 'GRACE PERIOD';
    else if (word(stuck, i) === 'RETENTION') name = 'RETENTION';
    const unit = UNITS[word(stuck, i + 1)] ?? word(stuck, i + 1);
    if (stuck.tokens[i]?.kind !== 'integer' || !/^(?:MILLISECOND|SECOND|MINUTE|HOUR|DAY)S?$/.test(unit)) continue;
    // A duration without a name is the size, and behind the size the hop or the grace period.
    const meant = name ?? (found.SIZE === undefined ? 'SIZE' : kind === 'HOPPING' ? 'ADVANCE BY' : 'GRACE PERIOD');
    found[meant] ??= `${written(stuck, i)} ${unit}`;
    name = undefined;
  }
  const size = found.SIZE;
  if (size === undefined) return EXAMPLES[kind];
  const parts = [kind === 'SESSION' ? size : `SIZE ${size}`];
  if (kind === 'HOPPING') parts.push(`ADVANCE BY ${found['ADVANCE BY'] ?? '10 MINUTES'}`);
  for (const clause of ['RETENTION', 'GRACE PERIOD'] as const)
    if (found[clause] !== undefined) parts.push(`${clause} ${found[clause]}`);
  return `WINDOW ${kind} (${parts.join(', ')})`;
}
