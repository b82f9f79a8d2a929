import { must } from '../../../../base/assert.ts';
import type { TypeForm } from './column-types.ts';

/** Types whose defaults Debezium reads; other types have no default in their schema. */
const READ = new Set(
  (
    'bool bit varbit int2 int4 int8 float4 float8 numeric bpchar varchar text ' +
    'date time timestamp timestamptz interval uuid json jsonb xml enum'
  ).split(' '),
);

/** Values for defaults that the database computes. */
const WORKED_OUT: Readonly<Record<string, string>> = {
  int2: '0',
  int4: '0',
  int8: '0',
  float4: '0',
  float8: '0',
  numeric: '0',
  bool: 'f',
  date: '1970-01-01',
  time: '00:00:00',
  timestamp: '1970-01-01 00:00:00',
  timestamptz: '1970-01-01 00:00:00+00',
  interval: 'PT0S',
  uuid: '00000000-0000-0000-0000-000000000000',
  bpchar: '',
  varchar: '',
  text: '',
};

const FUNCTION = /^\(?[\w."]+\(.*\)|^\(?(?:CURRENT_|LOCAL)(?:DATE|TIME)/s;
const QUOTED = /^\(?(?:[Bb])?'((?:[^']|'')*)'/s;

/**
 * The default in a column's schema: a literal as converted by the form, a fixed value if the database computes the
 * default, undefined if Debezium does not support it (another expression, or a type whose defaults it does not read).
 * @param expression in the format of pg_get_expr: `'ab'::bpchar`, `nextval('s'::regclass)`
 */
export function defaultOf(expression: string | undefined, type: string, form: TypeForm): unknown {
  // A struct has no default.
  if (expression === undefined || !READ.has(type) || form.schema.type === 'STRUCT') return undefined;
  if (expression.includes('NULL')) return undefined;
  const quoted = QUOTED.exec(expression);
  const text =
    quoted === null
      ? FUNCTION.test(expression)
        ? WORKED_OUT[type]
        : plainText(expression)
      : literalText(must(quoted[1], 'group 1 of the match').replaceAll("''", "'"), type);
  if (text === undefined) return undefined;
  try {
    return form.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Reads a number or boolean without quotes: `42`, `(-1.5)::double precision`, `true`. */
function plainText(expression: string): string | undefined {
  const found = /^\(?(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false)\)?(?:::[\w ]+(?:\([\d,]+\))?)?$/.exec(expression);
  if (found === null) return undefined;
  const text = found[1]!;
  return text === 'true' ? 't' : text === 'false' ? 'f' : text;
}

/** Converts a literal to the text that the server would send for the value. */
function literalText(text: string, type: string): string {
  switch (type) {
    case 'interval':
      return isoInterval(text);
    case 'time':
      return /^\d\d:\d\d$/.test(text) ? `${text}:00` : text;
    default:
      return text;
  }
}

/**
 * Converts `1 year 2 mons 3 days 04:05:06.7` (the server prints literals in the session's interval style) to ISO 8601.
 */
function isoInterval(text: string): string {
  if (text.startsWith('P')) return text;
  const part = (unit: string): string => new RegExp(`([-+]?\\d+) ${unit}`).exec(text)?.[1] ?? '';
  const [years, months, days] = [part('years?'), part('mons?'), part('days?')].map((p) => p.replace(/^\+/, ''));
  const clock = /([-+]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(text);
  const sign = clock?.[1] === '-' ? '-' : '';
  const date = `${years === '' ? '' : `${years}Y`}${months === '' ? '' : `${months}M`}${days === '' ? '' : `${days}D`}`;
  const time = clock === null ? '' : `T${sign}${clock[2]}H${sign}${clock[3]}M${sign}${clock[4]}S`;
  return date === '' && time === '' ? 'PT0S' : `P${date}${time}`;
}
