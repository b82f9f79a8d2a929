import type { WireRows } from '../../rows.ts';
import { textsOf } from './pgoutput.ts';

/**
 * The key of a tuple of the stream as a single text, which identifies a row of the table.
 * @param fallback the tuple with the values that were not sent, -1 for none
 */
export function keyText(bytes: Buffer, at: number, columns: readonly number[], fallback = -1): string {
  const texts = textsOf(bytes, at);
  const other = fallback === -1 ? undefined : textsOf(bytes, fallback);
  return keyOfTexts(columns.map((i) => texts[i] ?? other?.[i] ?? ''));
}

/** Combines the texts of a key into one; different keys have different results. */
export function keyOfTexts(texts: readonly string[]): string {
  return texts.length === 1 ? texts[0]! : texts.map((t) => `${t.length}:${t}`).join('');
}

/** The texts of some columns of a row that was read; NULL becomes an empty text. */
export function textsAt(rows: WireRows, i: number, columns: readonly number[]): string[] {
  const bytes = rows.buffer(i);
  const last = Math.max(...columns);
  const found = new Map<number, string>();
  let at = rows.start(i) + 2;
  for (let f = 0; f <= last; f++) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (columns.includes(f)) found.set(f, length < 0 ? '' : bytes.toString('utf8', at, at + length));
    if (length > 0) at += length;
  }
  return columns.map((c) => found.get(c)!);
}
