import type { Expression } from '../../sql/ast/expressions.ts';
import { displayValue } from '../../types/display.ts';
import { formatType, quoteIdentifier, type SqlType } from '../../types/sql-type.ts';
import { patternReading } from '../../types/datetime-guess.ts';
import { formatString } from '../../sql/printer/names.ts';

/** Advice on what the column accepts instead. */
export function misfit(
  value: unknown,
  from: SqlType,
  name: string,
  to: SqlType,
  expression: Expression,
): string | undefined {
  if (TIMES.has(to.kind) && expression.kind === 'Arithmetic')
    return `A ${to.kind} stands in quotes: ${TIMES.get(to.kind)!}. Without them this is a sum: ${displayValue(from, value)}.`;
  if (TIMES.has(to.kind)) return timeMisfit(value, from, name, to);
  if (from.kind !== 'DECIMAL' || to.kind !== 'DECIMAL') {
    // A number that is too large remains so after a CAST.
    if (to.kind === 'INTEGER' && from.kind === 'BIGINT')
      return `${quoteIdentifier(name)} is INTEGER, from -2147483648 to 2147483647. A column of larger numbers is a BIGINT.`;
    const instead = otherForm(value, from, to);
    if (instead !== undefined) return `${quoteIdentifier(name)} is ${formatType(to)}: ${instead}`;
    const range = to.kind === 'INTEGER' ? ', from -2147483648 to 2147483647' : '';
    return `${quoteIdentifier(name)} is ${formatType(to)}${range}: write such a value, or CAST(… AS ${formatType(to)}).`;
  }
  const digits =
    from.scale > to.scale ? `${to.scale} digits after the point` : `${to.precision - to.scale} digits before the point`;
  return `${quoteIdentifier(name)} is ${formatType(to)}, which has ${digits}; CAST(${displayValue(from, value)} AS ${formatType(to)}) rounds where it can.`;
}

/** How to write a value of the type that was given in another form. */
function otherForm(value: unknown, from: SqlType, to: SqlType): string | undefined {
  const text = typeof value === 'string' ? formatString(value) : undefined;
  switch (to.kind) {
    case 'BYTES':
      return text === undefined
        ? undefined
        : `TO_BYTES(${text}, 'utf8') makes them of a text; 'hex' and 'base64' read those.`;
    case 'BOOLEAN':
      return 'TRUE or FALSE, without quotes.';
    case 'ARRAY':
      if (from.kind === 'ARRAY') return `its elements are ${formatType(to.element)}, not ${formatType(from.element)}.`;
      if (typeof value === 'string' && jsonElements(value) !== undefined)
        return `SQL writes it ARRAY[${jsonElements(value) ?? ''}], not as JSON.`;
      return `ARRAY[${to.element.kind === 'STRING' ? "'a', 'b'" : '1, 2'}] writes one${text === undefined ? '' : `, SPLIT(${text}, ',') makes one of a text`}.`;
    case 'MAP':
      if (from.kind === 'MAP') return `its values are ${formatType(to.value)}, not ${formatType(from.value)}.`;
      return "MAP('key' := value) writes one.";
    case 'STRUCT':
      return from.kind === 'STRUCT'
        ? undefined
        : `STRUCT(${to.fields.map((f) => `${f.name} := …`).join(', ')}) writes one.`;
    default:
      return typeof value === 'string' && NUMBERS.has(to.kind) ? numberOf(value, to) : undefined;
  }
}

const NUMBERS: ReadonlySet<string> = new Set(['INTEGER', 'BIGINT', 'DOUBLE', 'DECIMAL']);

/** The number in a text with a comma, a currency or thousands separators; an empty text is not a number. */
function numberOf(text: string, to: SqlType): string | undefined {
  if (text.trim() === '') return 'an empty text is no number: NULL is no value.';
  const whole = to.kind === 'INTEGER' || to.kind === 'BIGINT';
  const [, sign = '', digits, fraction] =
    /^\s*[$€£]?\s*([-+]?)(\d+(?:[ '_]\d{3})*)(?:,(\d+))?\s*[$€£%]?\s*$/.exec(text) ?? [];
  if (digits === undefined || (whole && fraction !== undefined)) return undefined;
  return `a number has no quotes, and a point before its fraction: ${sign}${digits.replaceAll(/[ '_]/g, '')}${fraction === undefined ? '' : `.${fraction}`}.`;
}

/** The elements of a JSON array of plain values, as SQL; undefined for any other text. */
function jsonElements(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isPlain =
      Array.isArray(parsed) && parsed.length > 0 && parsed.every((v) => /^(?:string|number)$/.test(typeof v));
    if (!isPlain) return undefined;
    return parsed.map((v: unknown) => (typeof v === 'string' ? formatString(v) : String(v))).join(', ');
  } catch {
    return undefined;
  }
}

const TIMES = new Map([
  ['TIMESTAMP', "'2024-12-31T23:59:59.999'"],
  ['DATE', "'2024-12-31'"],
  ['TIME', "'23:59:59'"],
]);

/** How to write a time, and which function parses the given form. */
function timeMisfit(value: unknown, from: SqlType, name: string, { kind }: SqlType): string {
  const form = `${quoteIdentifier(name)} is a ${kind}, written ${TIMES.get(kind)!}`;
  const shown = displayValue(from, value);
  if (from.kind === 'STRING' && (kind === 'TIMESTAMP' || kind === 'DATE' || kind === 'TIME')) {
    const pattern = patternReading(shown, kind);
    return pattern === undefined
      ? `${form}; PARSE_${kind}(text, pattern), with the pattern that fits, reads others.`
      : `${form}; PARSE_${kind}(${formatString(shown)}, ${formatString(pattern)}) reads this one.`;
  }
  const isNumber = from.kind === 'INTEGER' || from.kind === 'BIGINT';
  return isNumber && kind === 'TIMESTAMP' ? `${form}; FROM_UNIXTIME(${shown}) makes one of ms.` : `${form}.`;
}

/** The pattern that reads the text which the pattern of a PARSE_… function does not, according to its message. */
export function patternAdvice(message: string): string | undefined {
  const text = /^Text '([\s\S]*)' could not be parsed/.exec(message)?.[1];
  if (text === undefined) return undefined;
  for (const kind of ['TIMESTAMP', 'TIME'] as const) {
    const pattern = patternReading(text, kind);
    if (pattern !== undefined) return `${formatString(text)} is read by the pattern ${formatString(pattern)}.`;
  }
  return "The letters of the pattern stand for the parts of the text, as in 'yyyy-MM-dd HH:mm:ss'.";
}
