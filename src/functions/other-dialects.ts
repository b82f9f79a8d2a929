import { must } from '../base/assert.ts';
import { asMillis, asTimestamp, javaPattern, type KindOf } from './time-arguments.ts';

const NOW =
  'FROM_UNIXTIME(UNIX_TIMESTAMP()) is the time now as a TIMESTAMP, UNIX_TIMESTAMP() in ms; ROWTIME is the time of the record.';

/** STRING_AGG(column, ', '). */
function joined([value = 'column', between = "','"]: readonly string[]): string {
  return `ARRAY_JOIN(COLLECT_LIST(${value}), ${between}) joins the texts of a group.`;
}

/** IF(condition, a, b). */
function chosen([condition = 'condition', a = 'a', b]: readonly string[]): string {
  // The printer sets comparisons in parentheses.
  const bare = /^\(([^()]*)\)$/.exec(condition)?.[1] ?? condition;
  return `CASE WHEN ${bare} THEN ${a} ${b === undefined ? '' : `ELSE ${b} `}END chooses.`;
}

/** DECODE(value, a, x, b, y, otherwise). */
function decoded([value = 'value', ...rest]: readonly string[]): string {
  const pairs = rest.length < 2 ? ['a', 'b'] : rest;
  const cases: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) cases.push(`WHEN ${pairs[i]} THEN ${pairs[i + 1]}`);
  return `CASE ${value} ${cases.join(' ')} ${pairs.length % 2 === 1 ? `ELSE ${pairs.at(-1)} ` : ''}END chooses.`;
}

/** For the name of a type that is called as a function. */
function casts(type: string): (args: readonly string[]) => string {
  return ([value = 'column']) => `CAST(${value} AS ${type}) converts.`;
}

/** `LIKE ALL ('a%', 'b%')` compares with several values, `= ANY (array)` with the elements of an array. */
function ofSeveral(ofArray: string, joined: 'AND' | 'OR'): (args: readonly string[]) => string {
  return ([first, second]) => {
    if (first === undefined) return 'GROUP BY names its columns, one by one: GROUP BY a, b.';
    const isList = second !== undefined || first.startsWith("'");
    return isList
      ? `Each is compared by itself: x LIKE ${first} ${joined} x LIKE ${second ?? first}${joined === 'OR' ? `; values without a pattern by x IN (${first}, …)` : ''}.`
      : ofArray.replace('(array', `(${first}`).replace('(array', `(${first}`);
  };
}

/** The pattern letters of a time unit, for FORMAT_TIMESTAMP. */
const LETTERS: Readonly<Record<string, string>> = {
  YEAR: 'yyyy',
  MONTH: 'M',
  WEEK: 'w',
  DAY: 'd',
  DOW: 'e',
  HOUR: 'H',
  MINUTE: 'm',
  SECOND: 's',
};

/** The pattern that truncates a time to a unit. */
const DOWN_TO: Readonly<Record<string, string>> = {
  YEAR: 'yyyy',
  MONTH: 'yyyy-MM',
  DAY: 'yyyy-MM-dd',
  HOUR: 'yyyy-MM-dd HH',
  MINUTE: 'yyyy-MM-dd HH:mm',
  SECOND: 'yyyy-MM-dd HH:mm:ss',
};

/** A replacement for a function of another dialect, possibly depending on the SQL text of the arguments. */
type Advice = string | ((args: readonly string[], kindOf: KindOf) => string);

/** A time unit that is an argument, with or without quotes, in the singular. */
function unitOf(text: string | undefined): string {
  return (text ?? '').replaceAll("'", '').trim().toUpperCase().replace(/S$/, '');
}

function datePart(unit: string): Advice {
  return ([time = 'column'], kindOf) => partOf(must(LETTERS[unit], 'letter'), asTimestamp(time, kindOf));
}

/** DATEDIFF(a, b), DATEDIFF('day', a, b): ms, and what they are divided by for the unit. */
function difference(args: readonly string[], kindOf: KindOf): string {
  const named = [args[0], args[2]].map(unitOf).find((unit) => MS_OF[unit] !== undefined);
  const [a = 'a', b = 'b'] = args.filter((arg) => MS_OF[unitOf(arg)] === undefined);
  const ms = `${asMillis(a, kindOf)} - ${asMillis(b, kindOf)}`;
  return named === undefined
    ? `${ms} is the difference in ms.`
    : `(${ms}) / ${MS_OF[named]} is the difference in ${named.toLowerCase()}s, of ms.`;
}

const MS_OF: Readonly<Record<string, number>> = {
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
  WEEK: 604_800_000,
};

/** DATE_ADD(at, 1), DATE_ADD(at, INTERVAL 1 DAY), DATEADD(day, 1, at). */
const shifted =
  (name: string, verb: string): Advice =>
  ([time = 'timestamp', by = '1'], kindOf) =>
    `${name}(DAYS, ${/^\d+$/.test(by) ? by : '1'}, ${asTimestamp(time, kindOf)}) ${verb} days, with HOURS, MINUTES and so on the others; of a DATE ${name.replace('TIMESTAMP', 'DATE')}.`;

/** TO_CHAR(at, 'YYYY'), STRFTIME('%Y', at). */
const formatted: Advice = (args, kindOf) => {
  const [time = 'column', pattern] = args[0]?.startsWith("'") === true ? [args[1], args[0]] : args;
  const number = kindOf(time);
  const text = `FORMAT_TIMESTAMP(${asTimestamp(time, kindOf)}, ${javaPattern(pattern, 'yyyy-MM-dd')})`;
  return `${text} makes a text of a time${number === undefined || /^(?:BIGINT|INTEGER|DOUBLE|DECIMAL)$/.test(number) ? `, CAST(${time} AS STRING) of a number` : ''}.`;
};

function partOf(letters: string, time: string): string {
  return `CAST(FORMAT_TIMESTAMP(${time}, '${letters}') AS INT) takes a part of a time: 'yyyy', 'M', 'd', 'H', 'm', 's'.`;
}

function truncated(args: readonly string[], kindOf: KindOf): string {
  // DATE_TRUNC('hour', at), or the argument order of other dialects.
  const [unit, given = 'column'] = DOWN_TO[unitOf(args[0])] === undefined ? [args[1], args[0]] : args;
  const time = asTimestamp(given, kindOf);
  const name = DOWN_TO[unitOf(unit)] === undefined ? 'HOUR' : unitOf(unit);
  const pattern = must(DOWN_TO[name], 'pattern');
  const text = `FORMAT_TIMESTAMP(${time}, '${pattern}')`;
  const window = /^(DAY|HOUR|MINUTE|SECOND)$/.test(name)
    ? `; by the time of the records WINDOW TUMBLING (SIZE 1 ${name}) behind FROM groups a stream`
    : '';
  return `${text} is the ${name.toLowerCase()} of a time as a text, PARSE_TIMESTAMP(${text}, '${pattern}') as a TIMESTAMP${window}.`;
}

/** For functions that take a part of a JSON text, which CAST(column AS STRING) does not produce. */
function jsonPart([text = 'column', path]: readonly string[]): string {
  const at = path?.startsWith("'$") === true ? path : "'$.path'";
  const cast = /^CAST\((.+) AS (?:STRING|VARCHAR)\)$/i.exec(text)?.[1];
  return cast === undefined
    ? `EXTRACTJSONFIELD(${text}, ${at}) takes a part of a JSON text.`
    : `CAST makes no JSON: EXTRACTJSONFIELD(TO_JSON_STRING(${cast}), ${at}) takes a part of its JSON; without JSON an element is written ${cast}[1], its field ${cast}[1]->FIELD.`;
}

/** For functions of arithmetic that return null or a default where the operation fails. */
const arithmetic =
  (sign: string) =>
  ([a = 'a', b = 'b']: readonly string[]): string =>
    `It is written ${a} ${sign} ${b}.`;

function division([a = 'a', b = 'b', otherwise]: readonly string[]): string {
  const safe = `${a} / NULLIF(${b}, 0)`;
  if (/^[\d.]+$/.test(b)) return `It is written ${a} / ${b}.`;
  return otherwise === undefined
    ? `It is written ${a} / ${b}; ${safe} is NULL where ${b} is 0.`
    : `COALESCE(${safe}, ${otherwise}) is ${otherwise} where ${b} is 0.`;
}

const TUMBLING =
  'A window stands behind the FROM clause, before WHERE and GROUP BY: WINDOW TUMBLING (SIZE 1 HOUR). Its bounds are WINDOWSTART and WINDOWEND; the time of a record is ROWTIME.';
const HOPPING = TUMBLING.replace('TUMBLING (SIZE 1 HOUR)', 'HOPPING (SIZE 1 HOUR, ADVANCE BY 10 MINUTES)');
const SESSION = TUMBLING.replace('TUMBLING (SIZE 1 HOUR)', 'SESSION (5 MINUTES)');
const PERCENTILES =
  'There is no percentile: ARRAY_SORT(COLLECT_LIST(column))[CAST(CEIL(0.9 * ARRAY_LENGTH(COLLECT_LIST(column))) AS INT)] is the value below which 90 % are, and keeps all of them; HISTOGRAM(text) counts each value.';
const WINDOWS =
  'Window functions are not supported: GROUP BY with LATEST_BY_OFFSET, EARLIEST_BY_OFFSET, TOPK or LATEST_BY_OFFSET(column, n) over a WINDOW does such work.';
const GROUPINGS = 'Grouping sets are not supported: one CREATE TABLE … GROUP BY …; for each grouping.';

/** Functions of other dialects, by upper-case name, and their replacements here. */
const ADVICE: Readonly<Record<string, Advice>> = {
  NOW,
  CURRENT_TIMESTAMP: NOW,
  LOCALTIMESTAMP: NOW,
  GETDATE: NOW,
  SYSDATE: NOW,
  CURRENT_DATE:
    "PARSE_DATE(FORMAT_TIMESTAMP(FROM_UNIXTIME(UNIX_TIMESTAMP()), 'yyyy-MM-dd'), 'yyyy-MM-dd') is the date today.",
  CURRENT_TIME: NOW,
  DATE_TRUNC: truncated,
  TIMESTAMP_TRUNC: truncated,
  TIME_BUCKET: ([, time = 'column'], kindOf) => truncated(["'hour'", time], kindOf),
  DATE_BIN: ([, time = 'column'], kindOf) => truncated(["'hour'", time], kindOf),
  TUMBLE: TUMBLING,
  TUMBLE_START: TUMBLING,
  TUMBLE_END: TUMBLING,
  TUMBLE_ROWTIME: TUMBLING,
  HOP: HOPPING,
  HOP_START: HOPPING,
  HOP_END: HOPPING,
  SESSION,
  SESSION_START: SESSION,
  SESSION_END: SESSION,
  EXTRACT: ([unit, time = 'column'], kindOf) => partOf(LETTERS[unitOf(unit)] ?? 'H', asTimestamp(time, kindOf)),
  DATE_PART: ([unit, time = 'column'], kindOf) => partOf(LETTERS[unitOf(unit)] ?? 'H', asTimestamp(time, kindOf)),
  YEAR: datePart('YEAR'),
  MONTH: datePart('MONTH'),
  DAY: datePart('DAY'),
  DAYOFWEEK: ([time = 'column'], kindOf) =>
    `CAST(FORMAT_TIMESTAMP(${asTimestamp(time, kindOf)}, 'e') AS INT) is the day of the week.`,
  HOUR: datePart('HOUR'),
  MINUTE: datePart('MINUTE'),
  SECOND: datePart('SECOND'),
  DATEDIFF: difference,
  DATE_DIFF: difference,
  TIMESTAMPDIFF: difference,
  AGE: ([time = 'column'], kindOf) => `UNIX_TIMESTAMP() - ${asMillis(time, kindOf)} is the age in ms.`,
  DATE_ADD: shifted('TIMESTAMPADD', 'adds'),
  DATE_SUB: shifted('TIMESTAMPSUB', 'subtracts'),
  DATE_FORMAT: formatted,
  STRFTIME: formatted,
  TO_CHAR: formatted,
  TO_DATE: "PARSE_DATE(column, 'yyyy-MM-dd') makes a DATE of a text.",
  STR_TO_DATE: "PARSE_DATE(column, 'yyyy-MM-dd') makes a DATE of a text.",
  TO_TIMESTAMP: ([value = 'column', pattern], kindOf) => {
    const ofText = `PARSE_TIMESTAMP(${value}, ${javaPattern(pattern, 'yyyy-MM-dd HH:mm:ss')}) makes a TIMESTAMP of a text`;
    const ofMs = `FROM_UNIXTIME(${value})`;
    const kind = kindOf(value);
    if (kind === undefined) return `${ofText}, ${ofMs} of ms.`;
    return kind === 'STRING' ? `${ofText}.` : `${ofMs} makes a TIMESTAMP of ms.`;
  },
  TO_TIMESTAMP_LTZ: 'FROM_UNIXTIME(column) makes a TIMESTAMP of ms.',
  TO_UNIXTIME: ([time = 'column'], kindOf) => `${asMillis(time, kindOf)} is a TIMESTAMP in ms.`,
  EPOCH: ([time = 'column'], kindOf) => `${asMillis(time, kindOf)} is a TIMESTAMP in ms.`,
  TO_NUMBER: 'CAST(column AS DOUBLE) makes a number of a text.',
  TRY_CAST: 'CAST(column AS type) gives null for what cannot be cast.',
  SAFE_CAST: 'CAST(column AS type) gives null for what cannot be cast.',
  ANY: ofSeveral('ARRAY_CONTAINS(array, value) asks whether an array holds a value.', 'OR'),
  SOME: ofSeveral('ARRAY_CONTAINS(array, value) asks whether an array holds a value.', 'OR'),
  ALL: ofSeveral('ARRAY_MAX(array) and ARRAY_MIN(array) are what to compare with.', 'AND'),
  ARRAY: (values) => `An array is written with brackets: ARRAY[${values.join(', ')}].`,
  LIST: (values) => `An array is written with brackets: ARRAY[${values.join(', ')}].`,
  DATE: ([value = 'column'], kindOf) =>
    value.startsWith("'")
      ? `A date is a text where it is compared with one, ${value}; else CAST(${value} AS DATE).`
      : kindOf(value) === 'STRING'
        ? `PARSE_DATE(${value}, 'yyyy-MM-dd') makes a DATE of a text.`
        : `CAST(${asTimestamp(value, kindOf)} AS DATE) is the day of a TIMESTAMP${kindOf(value) === undefined ? `, PARSE_DATE(${value}, 'yyyy-MM-dd') that of a text` : ''}.`,
  TIME: casts('TIME'),
  TIMESTAMP: ([value = 'column']) =>
    `CAST(${value} AS TIMESTAMP) reads a text such as '2024-12-31T23:59:59', FROM_UNIXTIME(${value}) milliseconds, PARSE_TIMESTAMP(${value}, 'dd.MM.yyyy HH:mm') a text of another form.`,
  INT: casts('INT'),
  INTEGER: casts('INT'),
  BIGINT: casts('BIGINT'),
  DOUBLE: casts('DOUBLE'),
  FLOAT: casts('DOUBLE'),
  DECIMAL: casts('DECIMAL(10, 2)'),
  STRING: casts('STRING'),
  VARCHAR: casts('STRING'),
  TEXT: casts('STRING'),
  STR: casts('STRING'),
  TO_STRING: casts('STRING'),
  TOSTRING: casts('STRING'),
  TO_VARCHAR: casts('STRING'),
  TO_INT: casts('INT'),
  TOINT: casts('INT'),
  BOOLEAN: casts('BOOLEAN'),
  CONVERT: ([first = 'column', second = 'type']) => {
    // CONVERT(INT, note) as in SQL Server, CONVERT(note, INT) as in MySQL.
    const [value, type] = /^(?:INT|INTEGER|BIGINT|DOUBLE|VARCHAR|STRING|DATE|TIME|TIMESTAMP|CHAR|SIGNED)\b/i.test(first)
      ? [second, first]
      : [first, second];
    return `CAST(${value} AS ${type}) converts; CONVERT_TZ moves a time to another zone.`;
  },
  SAFE_DIVIDE: division,
  TRY_DIVIDE: division,
  IEEE_DIVIDE: division,
  DIV: division,
  DIV0: ([a = 'a', b = 'b']) => division([a, b, '0']),
  SAFE_MULTIPLY: arithmetic('*'),
  SAFE_ADD: arithmetic('+'),
  SAFE_SUBTRACT: arithmetic('-'),
  TRY_ADD: arithmetic('+'),
  TRY_SUBTRACT: arithmetic('-'),
  TRY_MULTIPLY: arithmetic('*'),
  TRY_TO_NUMBER: 'CAST(column AS DOUBLE) makes a number of a text, and null of what is none.',
  TRY_TO_TIMESTAMP: "PARSE_TIMESTAMP(column, 'yyyy-MM-dd HH:mm:ss') makes a TIMESTAMP of a text.",
  TRY_TO_DATE: "PARSE_DATE(column, 'yyyy-MM-dd') makes a DATE of a text.",
  TIMESTAMP_SECONDS: ([seconds = 'column']) =>
    `FROM_UNIXTIME(${seconds} * 1000) is the TIMESTAMP of seconds since 1970.`,
  TIMESTAMP_MILLIS: ([ms = 'column']) => `FROM_UNIXTIME(${ms}) is the TIMESTAMP of ms since 1970.`,
  UNIX_SECONDS: ([time = 'column'], kindOf) => `${asMillis(time, kindOf)} / 1000 is a TIMESTAMP in seconds since 1970.`,
  UNIX_MILLIS: ([time = 'column'], kindOf) => `${asMillis(time, kindOf)} is a TIMESTAMP in ms since 1970.`,
  ZEROIFNULL: ([value = 'column']) => `COALESCE(${value}, 0) is 0 for null.`,
  STARTS_WITH: ([text = 'text']) => `${text} LIKE 'a%' asks how a text begins.`,
  ENDS_WITH: ([text = 'text']) => `${text} LIKE '%a' asks how a text ends.`,
  CONTAINS_SUBSTR: ([text = 'text', part = "'a'"]) => `INSTR(${text}, ${part}) > 0 asks whether a text holds another.`,
  REGEXP_CONTAINS: ([text = 'text', pattern = "'pattern'"]) =>
    `REGEXP_EXTRACT(${pattern}, ${text}) IS NOT NULL asks whether a pattern matches.`,
  REGEXP_SUBSTR: ([text = 'text', pattern = "'pattern'"]) => `REGEXP_EXTRACT(${pattern}, ${text}) takes what matches.`,
  GENERATE_UUID: 'UUID() makes an id.',
  PARSE_JSON: "A JSON text stays a text: EXTRACTJSONFIELD(column, '$.path') takes a part of it.",
  NVL: (args) => `COALESCE(${args.length === 0 ? 'a, b' : args.join(', ')}) takes the first that is not null.`,
  ISNULL: 'column IS NULL asks, COALESCE(a, b) takes the first that is not null.',
  IF: chosen,
  IFF: chosen,
  IIF: chosen,
  DECODE: decoded,
  NVL2: ([a = 'a', b = 'b', c = 'c']) => `CASE WHEN ${a} IS NOT NULL THEN ${b} ELSE ${c} END chooses.`,
  LENGTH: 'LEN(text) counts characters, ARRAY_LENGTH(array) elements.',
  CHAR_LENGTH: 'LEN(text) counts characters.',
  CHARACTER_LENGTH: 'LEN(text) counts characters.',
  SIZE: 'ARRAY_LENGTH(array) counts elements, LEN(text) characters.',
  CARDINALITY: 'ARRAY_LENGTH(array) counts elements; COUNT_DISTINCT(column) different values.',
  LEFT: 'SUBSTRING(text, 1, n) takes the first characters.',
  RIGHT: 'SUBSTRING(text, -n) takes the last characters.',
  MID: 'SUBSTRING(text, from, length) takes a part.',
  POSITION: 'INSTR(text, part) finds a part.',
  STRPOS: 'INSTR(text, part) finds a part.',
  LOCATE: 'INSTR(text, part) finds a part.',
  CHARINDEX: 'INSTR(text, part) finds a part.',
  SPLIT_PART: 'SPLIT(text, delimiter)[n] takes a part; the first is [1].',
  STRING_SPLIT: 'SPLIT(text, delimiter) makes an array.',
  LTRIM: "TRIM(text) takes blanks from both ends; REGEXP_REPLACE(text, '^ +', '') from the beginning.",
  RTRIM: "TRIM(text) takes blanks from both ends; REGEXP_REPLACE(text, ' +$', '') from the end.",
  UPPERCASE: 'UCASE(text) makes capitals.',
  TOUPPER: 'UCASE(text) makes capitals.',
  TO_UPPER: 'UCASE(text) makes capitals.',
  LOWERCASE: 'LCASE(text) makes small letters.',
  TOLOWER: 'LCASE(text) makes small letters.',
  TO_LOWER: 'LCASE(text) makes small letters.',
  REGEXP_MATCHES: 'REGEXP_EXTRACT(pattern, text) takes what matches, REGEXP_EXTRACT_ALL all of it.',
  REGEXP_LIKE: 'REGEXP_EXTRACT(pattern, text) IS NOT NULL asks whether a pattern matches.',
  STRING_AGG: joined,
  GROUP_CONCAT: joined,
  LISTAGG: joined,
  ARRAY_AGG: 'COLLECT_LIST(column) gathers the values of a group, COLLECT_SET(column) the different ones.',
  ARRAY_APPEND: 'ARRAY_CONCAT(array, ARRAY[value]) appends.',
  JSON_AGG: 'TO_JSON_STRING(COLLECT_LIST(column)) makes JSON of the values of a group.',
  JSON_VALUE: jsonPart,
  JSON_EXTRACT: jsonPart,
  JSON_EXTRACT_SCALAR: jsonPart,
  JSON_EXTRACT_STRING: jsonPart,
  JSON_QUERY: jsonPart,
  JSON_EXTRACT_PATH_TEXT: jsonPart,
  GET_JSON_OBJECT: jsonPart,
  TO_JSON: 'TO_JSON_STRING(value) makes a JSON text.',
  UNNEST: 'EXPLODE(array) in the SELECT makes a row of each element.',
  FLATTEN: 'EXPLODE(array) in the SELECT makes a row of each element.',
  JSON_ARRAY_ELEMENTS: 'EXPLODE(JSON_ITEMS(column)) makes a row of each element of a JSON array.',
  LAST_VALUE: 'LATEST_BY_OFFSET(column) is the last value of a group.',
  FIRST_VALUE: 'EARLIEST_BY_OFFSET(column) is the first value of a group.',
  LAST: 'LATEST_BY_OFFSET(column) is the last value of a group.',
  FIRST: 'EARLIEST_BY_OFFSET(column) is the first value of a group.',
  ANY_VALUE: 'LATEST_BY_OFFSET(column) is a value of a group: the last.',
  AVERAGE: 'AVG(column) is the mean.',
  MEAN: 'AVG(column) is the mean.',
  MEDIAN:
    'ARRAY_SORT(COLLECT_LIST(column))[(ARRAY_LENGTH(COLLECT_LIST(column)) + 1) / 2] is the middle of the values, all of which it keeps; AVG(column) is the mean.',
  PERCENTILE: PERCENTILES,
  PERCENTILE_CONT: PERCENTILES,
  PERCENTILE_DISC: PERCENTILES,
  QUANTILE: PERCENTILES,
  APPROX_PERCENTILE: PERCENTILES,
  STDDEV: 'STDDEV_SAMP(column) and STDDEV_POP(column).',
  APPROX_COUNT_DISTINCT: 'COUNT_DISTINCT(column) counts different values.',
  COUNTIF: 'SUM(CASE WHEN condition THEN 1 ELSE 0 END) counts the rows of a kind.',
  COUNT_IF: 'SUM(CASE WHEN condition THEN 1 ELSE 0 END) counts the rows of a kind.',
  ROW_NUMBER: WINDOWS,
  RANK: WINDOWS,
  DENSE_RANK: WINDOWS,
  LAG: 'LATEST_BY_OFFSET(column, 2)[1] with GROUP BY is the value before the last.',
  LEAD: WINDOWS,
  NTILE: WINDOWS,
  CUBE: GROUPINGS,
  ROLLUP: GROUPINGS,
  GROUPING: GROUPINGS,
  POW: 'POWER(base, exponent) raises to a power.',
  MOD: 'a % b is the remainder.',
  RAND: 'RANDOM() is a number from 0 to 1.',
  TRUNCATE: 'TRUNC(number, digits) cuts digits off.',
  LOG10: 'LOG(10, number) is the logarithm to the base 10.',
  LOG2: 'LOG(2, number) is the logarithm to the base 2.',
  CEILING: 'CEIL(number) rounds up.',
  GEN_RANDOM_UUID: 'UUID() makes an id.',
  NEWID: 'UUID() makes an id.',
  SHA256: 'There is no hash function; functions of your own are JavaScript files in the folder ksql.extension.dir.',
};

/** Placeholders that are replaced by the argument of the call. */
const PLACES = /(?<=[A-Z0-9_]\()(?:column|text|array|value|number|timestamp)(?=[,) ])/g;

/**
 * The replacement for a function of another dialect, with the arguments of the call if they are known; undefined for
 * any other name.
 */
export function functionAdvice(
  name: string,
  args: readonly string[] = [],
  kindOf: KindOf = () => undefined,
): string | undefined {
  const upper = name.toUpperCase();
  if (!Object.hasOwn(ADVICE, upper)) return undefined;
  const advice = ADVICE[upper]!;
  if (typeof advice === 'function') return advice(args, kindOf);
  const [first] = args;
  return first === undefined ? advice : advice.replaceAll(PLACES, () => first);
}

/** The function names for which there is advice. */
export const OTHER_FUNCTIONS: readonly string[] = Object.keys(ADVICE);
