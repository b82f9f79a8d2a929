import { isLosslessNumber } from 'lossless-json';
import { decimalOf } from '../decoded.ts';
import type { Node } from '../case-file.ts';

/** Compact JSON with the case's numbers: integers as written, fractions as Java's BigDecimal prints them. */
export function jsonLine(node: Node): string {
  if (isLosslessNumber(node)) return numberLine(node.value);
  if (Array.isArray(node)) return `[${(node as readonly Node[]).map(jsonLine).join(',')}]`;
  if (node !== null && typeof node === 'object') {
    return `{${Object.entries(node as { readonly [name: string]: Node })
      .map(([name, value]) => `${JSON.stringify(name)}:${jsonLine(value)}`)
      .join(',')}}`;
  }
  return JSON.stringify(node);
}

/** With an exponent only if the scale is negative or the number is very small. */
function numberLine(lexeme: string): string {
  if (!/[.eE]/.test(lexeme)) return lexeme;
  const { unscaled, scale } = decimalOf(lexeme);
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString();
  const exponent = -scale + digits.length - 1;
  let text: string;
  if (scale >= 0 && exponent >= -6) {
    const padded = digits.padStart(scale + 1, '0');
    text = scale === 0 ? padded : `${padded.slice(0, padded.length - scale)}.${padded.slice(padded.length - scale)}`;
  } else {
    text = `${digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits}E${exponent >= 0 ? '+' : ''}${exponent}`;
  }
  return negative ? `-${text}` : text;
}
