import { patternProblem } from '../regex/name-pattern.ts';
import { didYouMean } from '../suggest.ts';
import type { ConfigValidator, ConfigValue } from './key.ts';

/** Validators of keys. Their reasons are those of Kafka's ConfigDef. */

export const atLeast =
  (min: number): ConfigValidator =>
  (value) =>
    value === null ? 'Value must be non-null' : Number(value) < min ? `Value must be at least ${min}` : undefined;

export const between =
  (min: number, max: number): ConfigValidator =>
  (value) => {
    if (value === null) return 'Value must be non-null';
    if (Number(value) < min) return `Value must be at least ${min}`;
    return Number(value) > max ? `Value must be no more than ${max}` : undefined;
  };

export const oneOf =
  (...allowed: readonly string[]): ConfigValidator =>
  (value) =>
    value !== null && allowed.includes(String(value as string))
      ? undefined
      : `String must be one of: ${allowed.join(', ')}${nearestOf(value, allowed)}`;

export const oneOfIgnoringCase =
  (...allowed: readonly string[]): ConfigValidator =>
  (value) =>
    value !== null && allowed.some((a) => a.toLowerCase() === String(value as string).toLowerCase())
      ? undefined
      : `String must be one of (case insensitive): ${allowed.map((a) => a.toUpperCase()).join(', ')}${nearestOf(value, allowed)}`;

/** Adds the value that was probably meant to Kafka's message. */
function nearestOf(value: unknown, allowed: readonly string[]): string {
  const meant = typeof value === 'string' ? didYouMean(value, allowed) : undefined;
  return meant === undefined ? '' : `. ${meant}`;
}

export const notEmpty: ConfigValidator = (value) =>
  value === null || value === '' ? 'String may not be empty' : undefined;

/** A regular expression, or a list of them. */
export const isRegex: ConfigValidator = (value) => {
  for (const pattern of Array.isArray(value)
    ? (value as readonly string[])
    : [String((value as string | null) ?? '')]) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) return `Not a regular expression: ${problem}`;
  }
  return undefined;
};

/**
 * A value without line breaks, such as a login. A line break at the end, common in files that contain one, has its own
 * message.
 */
export const oneLine = (value: ConfigValue): string | undefined => {
  if (typeof value !== 'string') return undefined;
  if (/[\r\n]$/.test(value)) return 'It ends with a line break';
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)
    ? 'It has a line break or another control character'
    : undefined;
};

/** The value of an HTTP header, or a part of one (RFC 9110 section 5.5). */
export const headerValue = (value: ConfigValue): string | undefined => {
  const problem = oneLine(value);
  if (problem !== undefined) return `${problem}, which no HTTP header may have`;
  return typeof value === 'string' && /[^\t -~\u0080-\u00ff]/.test(value)
    ? 'It has a character that no HTTP header may have: those are ASCII and ISO 8859-1'
    : undefined;
};

/** The name of an HTTP header (RFC 9110 section 5.1); empty for none. */
export const headerName = (value: ConfigValue): string | undefined =>
  typeof value === 'string' && !/^[\w!#$%&'*+.^`|~-]*$/.test(value) ? 'It is no name of an HTTP header' : undefined;
