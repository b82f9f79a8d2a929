import { isLosslessNumber } from 'lossless-json';
import { decimalOf, type DecodedDecimal } from '../decoded.ts';
import type { Node } from '../case-file.ts';
import { jsonLine } from './json-text.ts';

/** Scalars of a case's JSON, converted to the types of a schema by parsing their text. */

/** @throws Error for a node that is not a scalar */
export function textOf(node: Node): string {
  if (typeof node === 'string') return node;
  if (typeof node === 'boolean') return String(node);
  if (isLosslessNumber(node)) return jsonLine(node);
  throw new Error(`Not a scalar: ${jsonLine(node)}`);
}

/** @throws Error for anything but a whole number */
export function bigintOf(node: Node): bigint {
  const text = textOf(node);
  if (/^[+-]?\d+$/.test(text)) return BigInt(text);
  const { unscaled, scale } = decimalOf(text);
  const factor = 10n ** BigInt(Math.max(scale, 0));
  if (scale > 0 && unscaled % factor !== 0n) throw new Error(`For input string: "${text}"`);
  return scale > 0 ? unscaled / factor : unscaled * 10n ** BigInt(-scale);
}

/** @throws Error for anything but a number */
export function numberOf(node: Node): number {
  const text = textOf(node);
  const value = Number(text);
  if (Number.isNaN(value) && text !== 'NaN') throw new Error(`For input string: "${text}"`);
  return value;
}

export function booleanOf(node: Node): boolean {
  return textOf(node).toLowerCase() === 'true';
}

/** The bytes of a base64 text. */
export function bytesOf(node: Node): Buffer {
  return Buffer.from(textOf(node), 'base64');
}

/** The unscaled value at `scale`, without rounding. */
export function unscaledOf(node: Node, scale: number): bigint {
  const { unscaled, scale: from }: DecodedDecimal = decimalOf(textOf(node));
  if (from <= scale) return unscaled * 10n ** BigInt(scale - from);
  const factor = 10n ** BigInt(from - scale);
  if (unscaled % factor !== 0n) throw new Error(`Rounding necessary: ${textOf(node)}`);
  return unscaled / factor;
}

/** Java's BigInteger.toByteArray: two's complement, big endian, of minimal length. */
export function bigintToBytes(value: bigint): Buffer {
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size++;
  return Buffer.from(
    BigInt.asUintN(size * 8, value)
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );
}

/** The inverse of `bigintToBytes`: two's complement, big endian; 0 for no bytes. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

/** The value of field `name` in an object, by exact name or otherwise ignoring case; null when there is none. */
export function fieldOf(node: Node, name: string): Node {
  if (node === null || typeof node !== 'object' || Array.isArray(node) || isLosslessNumber(node))
    throw new Error(`Not an object: ${jsonLine(node)}`);
  const fields = node as { readonly [name: string]: Node };
  if (Object.hasOwn(fields, name)) return fields[name]!;
  const found = Object.keys(fields).find((key) => key.toUpperCase() === name.toUpperCase());
  return found === undefined ? null : (fields[found] ?? null);
}

/** @throws Error for anything but an object */
export function entriesOf(node: Node): readonly (readonly [string, Node])[] {
  if (node === null || typeof node !== 'object' || Array.isArray(node) || isLosslessNumber(node))
    throw new Error(`Not an object: ${jsonLine(node)}`);
  return Object.entries(node as { readonly [name: string]: Node });
}

/** @throws Error for anything but a list */
export function elementsOf(node: Node): readonly Node[] {
  if (!Array.isArray(node)) throw new Error(`Not an array: ${jsonLine(node)}`);
  return node as readonly Node[];
}
