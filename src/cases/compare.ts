import { isLosslessNumber } from 'lossless-json';
import { elementAt } from '../base/assert.ts';
import { decimalOf, type Decoded, type DecodedDecimal, type DecodedDouble, type DecodedInteger } from './decoded.ts';
import { toJson, type Node } from './case-file.ts';

const DOUBLE_TOLERANCE = 0.000001;

/**
 * The difference between `actual` and `expected` (README 3.6 of the suite), or undefined when they match. The type of
 * the expected node determines the comparison.
 */
export function mismatch(expected: Node, actual: Decoded, path = '$'): string | undefined {
  const differs = (): string => `${path}: expected ${toJson(expected)}, got ${showDecoded(actual)}`;
  if (expected === null) return actual === null ? undefined : differs();
  if (actual === null) return differs();
  if (typeof expected === 'boolean') return actual === expected ? undefined : differs();
  if (typeof expected === 'string') {
    if (typeof actual === 'string') return actual === expected ? undefined : differs();
    if (actual instanceof Uint8Array)
      return Buffer.from(actual).toString('base64') === expected ? undefined : differs();
    if (isTagged(actual) && actual.kind === 'decimal')
      return sameDecimal(tryDecimal(expected), actual) ? undefined : differs();
    return differs();
  }
  if (isLosslessNumber(expected)) return isTagged(actual) && sameNumber(expected.value, actual) ? undefined : differs();
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return differs();
    for (let i = 0; i < expected.length; i++) {
      const found = mismatch(
        elementAt(expected as readonly Node[], i),
        elementAt(actual as readonly Decoded[], i),
        `${path}[${i}]`,
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!(actual instanceof Map)) return differs();
  const fields = Object.entries(expected as { readonly [name: string]: Node });
  if (fields.length !== actual.size)
    return `${path}: expected ${fields.length} fields, got ${actual.size}: ${showDecoded(actual)}`;
  for (const [name, node] of fields) {
    const value = (actual.get(name) ?? actual.get(name.toUpperCase()) ?? null) as Decoded;
    const found = mismatch(node, value, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sameNumber(lexeme: string, actual: DecodedInteger | DecodedDouble | DecodedDecimal): boolean {
  const fractional = /[.eE]/.test(lexeme);
  switch (actual.kind) {
    case 'integer':
      return (fractional ? BigInt(Math.trunc(Number(lexeme))) : BigInt(lexeme)) === actual.value;
    case 'double':
      return (
        Math.abs(Number(lexeme) - actual.value) < DOUBLE_TOLERANCE ||
        Object.is(Number(lexeme), actual.value) ||
        Number(lexeme) === actual.value
      );
    case 'decimal':
      if (!fractional) {
        if (actual.scale > 0) return false;
        return BigInt(lexeme) === actual.unscaled * 10n ** BigInt(-actual.scale);
      }
      return sameDecimal(decimalOf(lexeme), actual);
  }
}

function sameDecimal(expected: DecodedDecimal | undefined, actual: DecodedDecimal): boolean {
  return expected !== undefined && expected.unscaled === actual.unscaled && expected.scale === actual.scale;
}

function tryDecimal(text: string): DecodedDecimal | undefined {
  try {
    return decimalOf(text);
  } catch {
    return undefined;
  }
}

function isTagged(value: Decoded): value is DecodedInteger | DecodedDouble | DecodedDecimal {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function decimalText({ unscaled, scale }: DecodedDecimal): string {
  if (scale <= 0) return scale === 0 ? String(unscaled) : `${unscaled}E${-scale}`;
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A decoded value as text, for messages. */
export function showDecoded(value: Decoded): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `bytes(${Buffer.from(value).toString('base64')})`;
  if (Array.isArray(value)) return `[${(value as readonly Decoded[]).map(showDecoded).join(', ')}]`;
  if (value instanceof Map)
    return `{${[...(value as ReadonlyMap<string, Decoded>)].map(([k, v]) => `${k}: ${showDecoded(v)}`).join(', ')}}`;
  const tagged = value as DecodedInteger | DecodedDouble | DecodedDecimal;
  switch (tagged.kind) {
    case 'integer':
      return String(tagged.value);
    case 'double':
      return Number.isInteger(tagged.value) ? `${tagged.value}.0` : String(tagged.value);
    case 'decimal':
      return decimalText(tagged);
  }
}
